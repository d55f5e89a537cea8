//! Conversions that all decision points share.

use bumpalo::Bump;
use usher_domain::address::Address;
use usher_domain::policy::{Failure, Obligation, ObligationKind, Organisation, Pair, Reason, SettingsProblem};

use crate::bindings::types as wit;

/// Most reasons, and most obligations, of one decision.
const MAX_ENTRIES: usize = 8;
const MAX_CODE_BYTES: usize = 64;
const MAX_TEXT_BYTES: usize = 1_024;
const MAX_PARAMS: usize = 16;
/// Settings problems that are passed on; a policy that lists more is cut.
const MAX_PROBLEMS: usize = 32;

/// Room for the texts and lists that a request needs beside its own: one block for most requests.
const LOWERED_BYTES: usize = 2_048;

/// Holds what a lowered request borrows and the request itself does not have: ids as text, lists.
pub(super) fn scratch() -> Bump {
    Bump::with_capacity(LOWERED_BYTES)
}

/// As text: an id, a date.
pub(super) fn text(scratch: &Bump, value: impl std::fmt::Display) -> &str {
    bumpalo::format!(in scratch, "{}", value).into_bump_str()
}

pub(super) fn texts<'a>(scratch: &'a Bump, values: &[impl std::fmt::Display]) -> &'a [&'a str] {
    scratch.alloc_slice_fill_iter(values.iter().map(|value| text(scratch, value)))
}

pub(super) fn pairs<'a>(scratch: &'a Bump, pairs: &'a [Pair]) -> &'a [wit::PairParam<'a>] {
    scratch.alloc_slice_fill_iter(pairs.iter().map(|pair| wit::PairParam { name: &pair.name, value: &pair.value }))
}

pub(super) fn address<'a>(scratch: &'a Bump, address: &'a Address) -> wit::Address<'a> {
    wit::Address {
        raw: address.raw(),
        canonical: address.canonical(),
        domain: address.domain(),
        evidence: scratch.alloc_slice_fill_iter(address.evidence().iter().map(|evidence| evidence.as_str())),
    }
}

pub(super) fn organisation<'a>(scratch: &'a Bump, organisation: &'a Organisation) -> wit::Organisation<'a> {
    wit::Organisation {
        id: text(scratch, organisation.id),
        region: &organisation.region,
        language: &organisation.language,
        paid_plans: organisation.paid_plans,
    }
}

pub(super) fn address_bytes(address: &Option<Address>) -> usize {
    address.as_ref().map_or(0, |address| 2 * address.canonical().len() + address.domain().len())
}

pub(super) fn pairs_bytes(pairs: &[Pair]) -> usize {
    pairs.iter().map(|pair| pair.name.len() + pair.value.len()).sum()
}

/// A text within its bound; `what` names it in the message.
fn bounded(text: String, what: &str, limit: usize) -> Result<String, String> {
    if text.len() > limit {
        return Err(format!("{what} has {} bytes, more than the {limit} allowed", text.len()));
    }
    Ok(text)
}

pub(super) fn workforce_type(text: String) -> Result<String, String> {
    bounded(text, "a workforce type", MAX_CODE_BYTES)
}

fn code(code: String, what: &str) -> Result<String, String> {
    let kebab = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if code.is_empty() || code.len() > MAX_CODE_BYTES || !code.bytes().all(kebab) {
        let shown: String = code.chars().take(MAX_CODE_BYTES).collect();
        return Err(format!("{what} must be 1 to {MAX_CODE_BYTES} of a-z, 0-9 and -, and is `{shown}`"));
    }
    Ok(code)
}

fn params(params: Vec<wit::PairResult>, what: &str) -> Result<Vec<Pair>, String> {
    if params.len() > MAX_PARAMS {
        return Err(format!("{what} has {} parameters, more than the {MAX_PARAMS} allowed", params.len()));
    }
    params
        .into_iter()
        .map(|pair| {
            Ok(Pair {
                name: bounded(pair.name, "the name of a parameter", MAX_TEXT_BYTES)?,
                value: bounded(pair.value, "the value of a parameter", MAX_TEXT_BYTES)?,
            })
        })
        .collect()
}

pub(super) fn reasons(reasons: Vec<wit::Reason>) -> Result<Vec<Reason>, String> {
    if reasons.is_empty() || reasons.len() > MAX_ENTRIES {
        return Err(format!("a decision has 1 to {MAX_ENTRIES} reasons, and this one has {}", reasons.len()));
    }
    reasons
        .into_iter()
        .map(|reason| {
            Ok(Reason {
                code: code(reason.code, "the code of a reason")?,
                params: params(reason.params, "a reason")?,
                text: bounded(reason.text, "the text of a reason", MAX_TEXT_BYTES)?,
            })
        })
        .collect()
}

/// The obligations of a decision, of the kinds that its decision point knows.
pub(super) fn obligations(
    obligations: Vec<wit::Obligation>,
    known: &[ObligationKind],
) -> Result<Vec<Obligation>, String> {
    if obligations.len() > MAX_ENTRIES {
        return Err(format!(
            "a decision has at most {MAX_ENTRIES} obligations, and this one has {}",
            obligations.len()
        ));
    }
    obligations
        .into_iter()
        .map(|obligation| {
            let kind: ObligationKind = parsed(&obligation.kind)?;
            if !known.contains(&kind) {
                return Err(format!("`{kind}` is no obligation of this decision"));
            }
            complete(Obligation { kind, params: params(obligation.params, "an obligation")? })
        })
        .collect()
}

/// What the host could not do for want of a parameter is refused now, not when it is to be done.
fn complete(obligation: Obligation) -> Result<Obligation, String> {
    match obligation.kind {
        ObligationKind::RequireProof if !matches!(obligation.param("of"), Some("work-email" | "phone")) => {
            Err("`require-proof` must say `of` what: `work-email` or `phone`".into())
        }
        _ => Ok(obligation),
    }
}

pub(super) fn failure(failure: wit::Failure) -> Result<Failure, String> {
    Ok(Failure {
        code: code(failure.code, "the code of a failure")?,
        text: bounded(failure.text, "the text of a failure", MAX_TEXT_BYTES)?,
    })
}

pub(super) fn settings_problems(problems: Vec<wit::SettingsProblem>) -> Vec<SettingsProblem> {
    let cut = |text: String| text.chars().take(MAX_TEXT_BYTES).collect();
    let passed = problems.into_iter().take(MAX_PROBLEMS);
    passed.map(|problem| SettingsProblem { pointer: cut(problem.pointer), text: cut(problem.text) }).collect()
}

/// A name or an id out of a policy's mouth.
pub(super) fn parsed<T>(text: &str) -> Result<T, String>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str, text: &str) -> wit::Reason {
        wit::Reason { code: code.into(), params: vec![], text: text.into() }
    }

    #[test]
    fn reasons_outside_the_contract_are_refused_by_rule() {
        let check = |given: Vec<wit::Reason>, expected: Option<&str>| match (reasons(given), expected) {
            (Ok(_), None) => {}
            (Err(text), Some(part)) => assert!(text.contains(part), "`{text}` does not mention `{part}`"),
            (got, expected) => panic!("got {got:?}, expected {expected:?}"),
        };
        check(vec![reason("ok", "fine")], None);
        check(vec![], Some("has 0"));
        check(vec![reason("ok", ""); 9], Some("has 9"));
        check(vec![reason("Not Kebab", "")], Some("`Not Kebab`"));
        check(vec![reason("ok", &"x".repeat(1_025))], Some("1025 bytes"));
        let flood = wit::PairResult { name: "a".into(), value: "b".into() };
        check(vec![wit::Reason { params: vec![flood; 17], ..reason("ok", "") }], Some("17 parameters"));
    }

    #[test]
    fn an_obligation_nobody_knows_is_refused() {
        let unknown = wit::Obligation { kind: "make-coffee".into(), params: vec![] };
        assert!(obligations(vec![unknown], &[]).unwrap_err().contains("make-coffee"));
    }

    #[test]
    fn an_obligation_that_could_not_be_met_is_refused() {
        let check_of = |known: &[ObligationKind], kind: &str, params: &[(&str, &str)], ok: bool| {
            let params =
                params.iter().map(|(name, value)| wit::PairResult { name: (*name).into(), value: (*value).into() });
            let given = vec![wit::Obligation { kind: kind.into(), params: params.collect() }];
            assert_eq!(obligations(given, known).is_ok(), ok, "{kind} of {known:?}");
        };
        let all = [ObligationKind::NotifyApprovers, ObligationKind::RequireProof];
        let check = |kind: &str, params: &[(&str, &str)], ok: bool| check_of(&all, kind, params, ok);
        check("notify-approvers", &[], true);
        check_of(&[ObligationKind::RequireProof], "notify-approvers", &[], false);
        check_of(&[], "require-proof", &[("of", "phone")], false);
        check("require-proof", &[], false);
        check("require-proof", &[("of", "blood")], false);
        check("require-proof", &[("of", "phone")], true);
    }
}
