//! Decision point `sso-matching`: whose login is this?
//!
//! Owns the request and decision of the question; must not know the rules of R40 over a match.

use serde::{Deserialize, Serialize};

use super::{Obligation, Organisation, Reason};
use crate::address::Address;
use crate::ids::{ConnectionId, MemberId};
use crate::kebab::names;
use crate::time::{Date, Instant};

names! {
    /// How the identity provider speaks.
    pub enum Protocol as "protocol" {
        /// The identity layer over OAuth 2.0.
        Oidc = "oidc",
        /// SAML 2.0.
        Saml = "saml",
    }
}

names! {
    /// State of a candidate (R30), without `deleted`.
    pub enum CandidateState as "candidate state" {
        /// No invitation sent.
        Added = "added",
        /// Invitation sent, not taken.
        Invited = "invited",
        /// Joined, never logged in.
        Inactive = "inactive",
        /// Has logged in.
        Active = "active",
        /// No login.
        Suspended = "suspended",
    }
}

names! {
    /// What the policy says.
    pub enum Verdict as "matching verdict" {
        /// The login is the member's, if the host rules allow it.
        Match = "match",
        /// An admin decides; refused until then.
        Review = "review",
        /// Nobody's.
        Mismatch = "mismatch",
    }
}

/// One identifier, of a member or of a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// `work-email` | `employee-number`, or the organisation's own attribute's name.
    pub kind: String,
    /// The text as stored or asserted.
    pub value: String,
    /// Set if and only if the kind is an email address.
    pub address: Option<Address>,
}

/// What the identity provider asserts; already verified (R40).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The connection it came through.
    pub connection: ConnectionId,
    /// How the provider speaks.
    pub protocol: Protocol,
    /// The provider's identifier of the person, as sent.
    pub subject: String,
    /// The identifiers asserted.
    pub claims: Vec<Claim>,
}

/// A member that shares a key with the login and is not linked to another subject of the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Who.
    pub member: MemberId,
    /// In which state.
    pub state: CandidateState,
    /// Since when there is such a member.
    pub created_at: Instant,
    /// Their identifiers.
    pub claims: Vec<Claim>,
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who asks.
    pub organisation: Organisation,
    /// When.
    pub at: Instant,
    /// The same moment's date in the organisation's time zone.
    pub today: Date,
    /// The login.
    pub login: Login,
    /// At most 16, in order of member id.
    pub candidates: Vec<Candidate>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What the policy says.
    pub verdict: Verdict,
    /// Out of the candidates. Set with `match` and `review` only.
    pub member: Option<MemberId>,
    /// At least one, most important first, at most 8.
    pub reasons: Vec<Reason>,
    /// At most 8.
    #[serde(default)]
    pub obligations: Vec<Obligation>,
}
