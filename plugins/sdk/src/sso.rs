//! Whose login is this? The decision point `sso-matching` (R39 to R41).

use serde::de::DeserializeOwned;

pub use crate::bindings::sso::exports::usher::policy::sso_matching::{
    Candidate, Claim, Decision, Login, Request, Verdict,
};
use crate::{Address, Failure, Reason, SettingsProblem};

/// A policy that finds the member whom a login belongs to.
///
/// INVARIANT: two claims which `decide` would take for the same must share a key of `match_keys`, else the
/// host never shows it the member.
pub trait SsoMatching: Sized + Send + Sync + 'static {
    /// What the organisation sets, read from its JSON document.
    type Settings: DeserializeOwned;

    /// Takes the organisation's settings, once, before anything else. Facts cannot be asked for here.
    ///
    /// # Errors
    /// What is wrong with the settings, each with a JSON Pointer to it.
    fn configure(settings: Self::Settings) -> Result<Self, Vec<SettingsProblem>>;

    /// Keys under which a claim is found: at most 16 of at most 512 bytes. Pure: no facts, no time.
    fn match_keys(&self, claim: &Claim) -> Vec<String>;

    /// Decides on one login.
    ///
    /// # Errors
    /// The policy cannot decide; the login is refused.
    fn decide(&self, request: &Request) -> Result<Decision, Failure>;
}

impl Decision {
    fn of(verdict: Verdict, member: Option<String>, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { verdict, member, reasons: vec![Reason::new(code, text)], obligations: Vec::new() }
    }

    /// The login is the member's (`mem_…` out of the candidates), if the host rules allow it.
    pub fn matches(member: impl Into<String>, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(Verdict::Match, Some(member.into()), code, text)
    }

    /// An admin decides whether the login is the member's; it is refused until then.
    pub fn review(member: impl Into<String>, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(Verdict::Review, Some(member.into()), code, text)
    }

    /// The login is nobody's.
    pub fn mismatch(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(Verdict::Mismatch, None, code, text)
    }
}

crate::parts::explained!(Decision);

/// The addresses among claims of the kind `kind`.
pub fn addresses<'a>(claims: &'a [Claim], kind: &'a str) -> impl Iterator<Item = &'a Address> {
    claims.iter().filter(move |claim| claim.kind == kind).filter_map(|claim| claim.address.as_ref())
}

/// The text of the first claim of the kind `kind`.
#[must_use]
pub fn value<'a>(claims: &'a [Claim], kind: &str) -> Option<&'a str> {
    claims.iter().find(|claim| claim.kind == kind).map(|claim| claim.value.as_str())
}
