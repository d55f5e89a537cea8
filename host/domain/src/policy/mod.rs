//! The vocabulary of decision points: what a policy is asked and what it answers, as the host knows it.
//!
//! Mirrors `usher:policy` field for field, with typed ids and closed sets of names where the host closes
//! them. Owns no conversion to or from WIT (the engine's) and no wire type (the API's): each of those has
//! its own version clock.

pub mod approval;
pub mod facts;
pub mod seat;
pub mod sso;

use serde::{Deserialize, Serialize};

use crate::ids::OrgId;
use crate::kebab::names;

names! {
    /// A question that an organisation's policies answer.
    pub enum DecisionPoint as "decision point" {
        /// May this person join?
        Approval = "approval",
        /// Which seat do they get?
        SeatAssignment = "seat-assignment",
        /// Whose login is this?
        SsoMatching = "sso-matching",
    }
}

names! {
    /// Role of a member, or role an invitation is bound to (R1).
    pub enum Role as "role" {
        /// May do everything; never fewer than one.
        PrimaryAdmin = "primary-admin",
        /// Has the permissions given.
        Admin = "admin",
        /// Has none.
        Member = "member",
    }
}

names! {
    /// What the host must do if a decision takes effect.
    pub enum ObligationKind as "obligation" {
        /// Tell those who may approve (R17): of every review they are told.
        NotifyApprovers = "notify-approvers",
        /// Have the applicant prove an address or a phone first.
        RequireProof = "require-proof",
    }
}

/// A name with a value: a parameter, or an attribute of a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// ASCII, kebab-case for what Usher defines.
    pub name: String,
    /// UTF-8 text, at most 1,024 bytes.
    pub value: String,
}

/// Why a policy decided as it did; for admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Stable, kebab-case ASCII, at most 64 bytes.
    pub code: String,
    /// What the text for the code is filled with.
    #[serde(default)]
    pub params: Vec<Pair>,
    /// One or two sentences for the admin, at most 1,024 bytes.
    pub text: String,
}

/// Something the host must do if the decision takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obligation {
    /// What to do.
    pub kind: ObligationKind,
    /// Of `require-proof`: `of` = `work-email` | `phone`.
    #[serde(default)]
    pub params: Vec<Pair>,
}

impl Obligation {
    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }
}

/// The organisation that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its id.
    pub id: OrgId,
    /// Home region, ISO 3166-1 alpha-2.
    pub region: String,
    /// Default language, BCP 47.
    pub language: String,
    /// How many distinct paid plans it has: future ones count, ended ones do not (R16).
    pub paid_plans: u32,
}

/// A policy says that it cannot decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Stable, kebab-case ASCII, at most 64 bytes.
    pub code: String,
    /// For the admin and the author, at most 1,024 bytes.
    pub text: String,
}

/// One thing wrong with a policy's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsProblem {
    /// JSON Pointer (RFC 6901) to the setting; empty for the document.
    pub pointer: String,
    /// What is wrong and what is expected.
    pub text: String,
}
