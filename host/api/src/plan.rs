//! Paid plans of an organisation, set by the operator.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::seat::SeatHolder;

/// Sells a plan to an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// As the organisation sees it; 1 to 200 characters.
    pub name: String,
    /// Seats bought, at least 1.
    #[schema(minimum = 1)]
    pub size: u32,
    /// First day with login, in the organisation's time zone (R8).
    pub starts_on: String,
    /// Last day; open if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<String>,
    /// `plan_…` that nobody holds together with it (R36); it holds both ways.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
}

/// A plan with its seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// `plan_…`
    pub id: String,
    /// As the organisation sees it.
    pub name: String,
    /// Seats bought.
    pub size: u32,
    /// First day with login.
    pub starts_on: String,
    /// Last day; absent if open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<String>,
    /// `future` | `in_effect` | `ended`, on this day in the organisation's time zone.
    pub state: String,
    /// Seats that members hold. May exceed `size` after a reduction (R36).
    pub used: u64,
    /// Seats held for personal invitations and open requests (R15).
    pub reserved: u64,
    /// `plan_…` that nobody holds together with it; it holds both ways.
    #[serde(default)]
    pub excludes: Vec<String>,
}

/// Changes a plan. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanChange {
    /// As the organisation sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seats bought. A reduction takes nothing away from anybody (R36).
    #[schema(minimum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// First day with login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<String>,
    /// Last day; `null` leaves it open.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Option<String>>,
    /// All `plan_…` that nobody holds together with it. Who holds both already keeps both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excludes: Option<Vec<String>>,
}

/// What a change of a plan would come to. Nobody loses a seat by it (R36).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanPreview {
    /// As it is.
    pub before: Plan,
    /// As it would be.
    pub after: Plan,
    /// Seats used and reserved above those bought. Until so many are given up, and one more, none is given.
    pub over: u32,
    /// Seats that could be given.
    pub free: u32,
    /// Members who hold a seat from an admin or a policy.
    pub direct: u64,
    /// Members who hold one from user groups alone.
    pub by_group: u64,
    /// Of these, those who could log in no more (R8, R19).
    pub lose_login: u64,
    /// Members who wait for a seat.
    pub waiting: u64,
    /// Of these, those who would get one at once, unless a policy declines.
    pub taken_up: u64,
    /// Members of the organisation.
    pub members: u64,
    /// The most there may be then (R38); absent without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_limit: Option<u64>,
    /// Who holds a seat, at most 500; only for who may move seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holders: Option<Vec<SeatHolder>>,
    /// `mem_…` of those who would get a seat, longest waiting first, at most 500; only for who may move seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_in_line: Option<Vec<String>>,
}
