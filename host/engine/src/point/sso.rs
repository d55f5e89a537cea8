//! Decision point `sso-matching`: whose login is this?

use bumpalo::Bump;
use usher_domain::policy::sso::{Candidate, Claim, Decision, Login, Request, Verdict};
use usher_domain::policy::{DecisionPoint, Reason};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre, TypedFunc};

use super::linked::{Bound, function};
use super::vocabulary as common;
use super::{Answer, Point};
use crate::bindings::sso_matching as wit;
use crate::fault::Fault;
use crate::pipeline::{OnFault, fault_reason};
use crate::sandbox::Sandbox;

/// Most keys of one claim.
pub const MAX_MATCH_KEYS: usize = 16;
/// Most bytes of one key.
pub const MAX_MATCH_KEY_BYTES: usize = 512;

/// The decision point `sso-matching`.
#[derive(Clone, Copy, Debug)]
pub struct SsoMatching;

impl Point for SsoMatching {
    const POINT: DecisionPoint = DecisionPoint::SsoMatching;
    const EXAMPLE: &'static str = include_str!("example/sso-matching.json");
    type Request = Request;
    type Decision = Decision;
    type Lowered<'a> = wit::Request<'a>;
    type Lifted = wit::Decision;

    fn lower<'a>(scratch: &'a Bump, request: &'a Request) -> wit::Request<'a> {
        wit::Request {
            organisation: common::organisation(scratch, &request.organisation),
            at: request.at.as_micros(),
            today: common::text(scratch, request.today),
            login: login(scratch, &request.login),
            candidates: scratch.alloc_slice_fill_iter(request.candidates.iter().map(|of| candidate(scratch, of))),
        }
    }

    fn lift(decision: wit::Decision, request: &Request) -> Result<Decision, String> {
        let verdict = match decision.verdict {
            wit::Verdict::Match => Verdict::Match,
            wit::Verdict::Review => Verdict::Review,
            wit::Verdict::Mismatch => Verdict::Mismatch,
        };
        let member = decision.member.as_deref().map(common::parsed).transpose()?;
        match (verdict, member) {
            (Verdict::Match, None) => return Err("`match` must name a member".into()),
            (Verdict::Mismatch, Some(_)) => return Err("`mismatch` must not name a member".into()),
            _ => {}
        }
        if let Some(id) = member
            && !request.candidates.iter().any(|candidate| candidate.member == id)
        {
            return Err(format!("`{id}` is none of the candidates"));
        }
        Ok(Decision {
            verdict,
            member,
            reasons: common::reasons(decision.reasons)?,
            obligations: common::obligations(decision.obligations, &[])?,
        })
    }

    fn check_others(
        pre: &InstancePre<Sandbox>,
        instance: &Instance,
        store: &mut Store<Sandbox>,
    ) -> wasmtime::Result<()> {
        match_keys(pre, instance, store).map(drop)
    }

    fn input_bytes(request: &Request) -> usize {
        let claims = request.login.claims.iter().chain(request.candidates.iter().flat_map(|c| &c.claims));
        request.login.subject.len() + claims.map(claim_bytes).sum::<usize>()
    }

    fn for_fault(fault: &Fault, on_fault: OnFault) -> Decision {
        let verdict = match on_fault {
            OnFault::Deny => Verdict::Mismatch,
            OnFault::Review => Verdict::Review,
        };
        Decision { verdict, member: None, reasons: vec![fault_reason(fault)], obligations: vec![] }
    }

    fn verdict(decision: &Decision) -> &'static str {
        decision.verdict.as_str()
    }

    fn is_decisive(decision: &Decision) -> bool {
        decision.verdict == Verdict::Match
    }

    fn stricter(decision: &Decision, other: &Decision) -> Option<Decision> {
        let both_match = decision.verdict == Verdict::Match && other.verdict == Verdict::Match;
        if both_match && decision.member != other.member {
            let reason = Reason {
                code: "policies-disagree".into(),
                params: vec![],
                text: "Two policies match this login to two members.".into(),
            };
            return Some(Decision {
                verdict: Verdict::Mismatch,
                member: None,
                reasons: vec![reason],
                obligations: vec![],
            });
        }
        (strictness(other.verdict) > strictness(decision.verdict)).then(|| other.clone())
    }
}

impl Bound<'_, SsoMatching> {
    /// The keys under which a claim is found.
    ///
    /// # Errors
    /// A trap or a limit; the answer is invalid if there are too many keys, or one is too long.
    pub fn match_keys(&self, store: &mut Store<Sandbox>, asked: &Claim) -> wasmtime::Result<Answer<Vec<String>>> {
        let scratch = common::scratch();
        let function = match_keys(self.pre(), self.instance(), store)?;
        let (keys,) = function.call(store, (claim(&scratch, asked),))?;
        Ok(Answer::of(check_keys(keys)))
    }
}

type MatchKeys<'a> = TypedFunc<(wit::Claim<'a>,), (Vec<String>,)>;

fn match_keys<'a>(
    pre: &InstancePre<Sandbox>,
    instance: &Instance,
    store: &mut Store<Sandbox>,
) -> wasmtime::Result<MatchKeys<'a>> {
    instance.get_typed_func(store, function::<SsoMatching>(pre, "match-keys")?)
}

fn check_keys(mut keys: Vec<String>) -> Result<Vec<String>, String> {
    if keys.len() > MAX_MATCH_KEYS {
        return Err(format!("`match-keys` gave {} keys, more than the {MAX_MATCH_KEYS} allowed", keys.len()));
    }
    if let Some(key) = keys.iter().find(|key| key.len() > MAX_MATCH_KEY_BYTES) {
        return Err(format!("a key has {} bytes, more than the {MAX_MATCH_KEY_BYTES} allowed", key.len()));
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Bytes of text in a claim.
pub(crate) fn claim_bytes(claim: &Claim) -> usize {
    claim.kind.len() + claim.value.len() + common::address_bytes(&claim.address)
}

fn strictness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Match => 0,
        Verdict::Review => 1,
        Verdict::Mismatch => 2,
    }
}

fn login<'a>(scratch: &'a Bump, login: &'a Login) -> wit::Login<'a> {
    wit::Login {
        connection: common::text(scratch, login.connection),
        protocol: login.protocol.as_str(),
        subject: &login.subject,
        claims: claims(scratch, &login.claims),
    }
}

fn candidate<'a>(scratch: &'a Bump, candidate: &'a Candidate) -> wit::Candidate<'a> {
    wit::Candidate {
        member: common::text(scratch, candidate.member),
        state: candidate.state.as_str(),
        created_at: candidate.created_at.as_micros(),
        claims: claims(scratch, &candidate.claims),
    }
}

fn claims<'a>(scratch: &'a Bump, claims: &'a [Claim]) -> &'a [wit::Claim<'a>] {
    scratch.alloc_slice_fill_iter(claims.iter().map(|of| claim(scratch, of)))
}

fn claim<'a>(scratch: &'a Bump, claim: &'a Claim) -> wit::Claim<'a> {
    wit::Claim {
        kind: &claim.kind,
        value: &claim.value,
        address: claim.address.as_ref().map(|address| common::address(scratch, address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bounded_and_made_unique() {
        assert_eq!(check_keys(vec!["b".into(), "a".into(), "b".into()]), Ok(vec!["a".into(), "b".into()]));
        assert!(check_keys(vec!["a".into(); 17]).unwrap_err().contains("17 keys"));
        assert!(check_keys(vec!["a".repeat(513)]).unwrap_err().contains("513 bytes"));
    }
}
