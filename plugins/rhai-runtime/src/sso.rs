//! What a script for the decision point `sso-matching` sees.

use rhai::{Dynamic, Engine};
use usher_policy::sso::{Candidate, Claim, Decision, Login, Request, Verdict, value};

use crate::fields::{self, explained, fields, text};

/// Registers the request's fields, `value(kind)` of a login and a candidate, and `match_member`, `review`
/// and `mismatch`.
pub(crate) fn register(engine: &mut Engine) {
    fields::register(engine);
    fields!(engine, Request as "Request" {
        organisation: record, at: instant, today: text, login: record, candidates: records,
    });
    fields!(engine, Login as "Login" {
        connection: text, protocol: text, subject: text, claims: records,
    });
    fields!(engine, Candidate as "Candidate" {
        member: text, state: text, created_at: instant, claims: records,
    });
    fields!(engine, Claim as "Claim" { kind: text, value: text, address: optional_record });
    engine
        .register_fn("value", |login: &'static Login, kind: &str| found(&login.claims, kind))
        .register_fn("value", |candidate: &'static Candidate, kind: &str| found(&candidate.claims, kind));
    explained!(engine, Decision)
        .register_fn("match_member", |member: &str, code: &str, text: &str| Decision::matches(member, code, text))
        .register_fn("review", |member: &str, code: &str, text: &str| Decision::review(member, code, text))
        .register_fn("review", |code: &str, text: &str| Decision {
            verdict: Verdict::Review,
            ..Decision::mismatch(code, text)
        })
        .register_fn("mismatch", |code: &str, text: &str| Decision::mismatch(code, text));
}

fn found(claims: &[Claim], kind: &str) -> Dynamic {
    value(claims, kind).map_or(Dynamic::UNIT, |value| Dynamic::from(text(value)))
}
