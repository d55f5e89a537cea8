//! Decision point `sso-matching`: whose login is this?

use usher_domain::policy::sso::{Candidate, Claim, Decision, Login, Request, Verdict};
use usher_domain::policy::{DecisionPoint, Reason, SettingsProblem};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use super::vocabulary as common;
use super::{Answer, Point};
use crate::bindings::sso::exports::usher::policy::sso_matching as wit;
use crate::bindings::sso::{SsoPolicy, SsoPolicyPre};
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
    type Request = Request;
    type Decision = Decision;
    type Pre = SsoPolicyPre<Sandbox>;
    type Instance = SsoPolicy;

    fn pre(linked: InstancePre<Sandbox>) -> wasmtime::Result<Self::Pre> {
        SsoPolicyPre::new(linked)
    }

    fn instantiate(pre: &Self::Pre, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance> {
        pre.instantiate(store)
    }

    fn bind(instance: &Instance, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance> {
        SsoPolicy::new(store, instance)
    }

    fn configure(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        settings: &str,
    ) -> wasmtime::Result<Result<(), Vec<SettingsProblem>>> {
        let answer = instance.usher_policy_sso_matching().call_configure(store, settings)?;
        Ok(answer.map_err(common::settings_problems))
    }

    fn decide(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        request: &Request,
    ) -> wasmtime::Result<Answer<Decision>> {
        Ok(match instance.usher_policy_sso_matching().call_decide(store, &lower(request))? {
            Ok(decision) => Answer::of(lift(decision, request)),
            Err(failure) => common::failure(failure).map_or_else(Answer::Invalid, Answer::Failure),
        })
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

impl SsoMatching {
    /// The keys under which a claim is found.
    ///
    /// # Errors
    /// A trap or a limit; the answer is invalid if there are too many keys, or one is too long.
    pub fn match_keys(
        instance: &SsoPolicy,
        store: &mut Store<Sandbox>,
        asked: &Claim,
    ) -> wasmtime::Result<Answer<Vec<String>>> {
        let keys = instance.usher_policy_sso_matching().call_match_keys(store, &claim(asked))?;
        Ok(Answer::of(check_keys(keys)))
    }
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

fn lower(request: &Request) -> wit::Request {
    wit::Request {
        organisation: common::organisation(&request.organisation),
        at: request.at.as_micros(),
        today: request.today.to_string(),
        login: login(&request.login),
        candidates: request.candidates.iter().map(candidate).collect(),
    }
}

fn login(login: &Login) -> wit::Login {
    wit::Login {
        connection: login.connection.to_string(),
        protocol: login.protocol.as_str().to_owned(),
        subject: login.subject.clone(),
        claims: login.claims.iter().map(claim).collect(),
    }
}

fn candidate(candidate: &Candidate) -> wit::Candidate {
    wit::Candidate {
        member: candidate.member.to_string(),
        state: candidate.state.as_str().to_owned(),
        created_at: candidate.created_at.as_micros(),
        claims: candidate.claims.iter().map(claim).collect(),
    }
}

fn claim(claim: &Claim) -> wit::Claim {
    wit::Claim {
        kind: claim.kind.clone(),
        value: claim.value.clone(),
        address: claim.address.as_ref().map(common::address),
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
        obligations: common::obligations(decision.obligations)?,
    })
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
