//! Decision point `seat-assignment`: which seat do they get?
//!
//! Owns the request and decision of the question; must not know the ledger that grants seats (R36).

use serde::{Deserialize, Serialize};

use super::{Obligation, Organisation, Pair, Reason, Role};
use crate::address::Address;
use crate::ids::{DepartmentId, GroupId, MemberId, PlanId};
use crate::kebab::names;
use crate::time::{Date, Instant};

names! {
    /// Why the question is asked.
    pub enum Occasion as "occasion" {
        /// Somebody joins.
        Join = "join",
        /// An admin adds somebody.
        Add = "add",
        /// A row of an import.
        Import = "import",
        /// A user group gives seats.
        Group = "group",
        /// A seat became free (R36).
        Freed = "freed",
        /// Anything else.
        Other = "other",
    }
}

names! {
    /// What the policy says.
    pub enum Verdict as "seat verdict" {
        /// A seat of the first of the plans that has one free; if none has, the wish for the first is kept.
        Assign = "assign",
        /// No seat, and no wish kept.
        Decline = "decline",
    }
}

/// A paid plan of the organisation that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// As the organisation sees it.
    pub name: String,
    /// First day with login (R8).
    pub starts_on: Date,
    /// Last day; none if open.
    pub ends_on: Option<Date>,
    /// Whether `starts_on` has come.
    pub in_effect: bool,
    /// Seats bought.
    pub bought: u32,
    /// Seats held by members.
    pub used: u32,
    /// Seats held for personal invitations and open requests (R15).
    pub reserved: u32,
}

/// Who would sit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// None if asked before the member exists.
    pub id: Option<MemberId>,
    /// As given.
    pub name: String,
    /// The work email.
    pub work_email: Option<Address>,
    /// Departments, the main one first.
    #[serde(default)]
    pub departments: Vec<DepartmentId>,
    /// As in the approval request.
    pub workforce_type: Option<String>,
    /// The role.
    pub role: Role,
    /// User groups that the member is in.
    #[serde(default)]
    pub groups: Vec<GroupId>,
    /// Plans a seat of which the member holds.
    #[serde(default)]
    pub holds: Vec<PlanId>,
    /// The organisation's own attributes, in order of name.
    #[serde(default)]
    pub attributes: Vec<Pair>,
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
    /// Why the question is asked.
    pub occasion: Occasion,
    /// Who would sit.
    pub member: Member,
    /// In order of id.
    pub plans: Vec<Plan>,
    /// The plan that the invitation or the group offers.
    pub offered: Option<PlanId>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What the policy says.
    pub verdict: Verdict,
    /// Preferred first, each at most once, out of the request's. Not empty with `assign`, empty with
    /// `decline`.
    #[serde(default)]
    pub plans: Vec<PlanId>,
    /// At least one, most important first, at most 8.
    pub reasons: Vec<Reason>,
    /// At most 8.
    #[serde(default)]
    pub obligations: Vec<Obligation>,
}
