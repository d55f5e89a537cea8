//! Seats of plans: who holds one, who waits for one (R36).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::import::{RowNote, SheetFormat};

/// Seats of one plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ledger {
    /// `plan_…`
    pub plan: String,
    /// Seats bought.
    pub bought: u32,
    /// Seats that members hold.
    pub used: u32,
    /// Seats held for personal invitations and open requests.
    pub reserved: u32,
    /// Seats that can be given; 0 while more are used and reserved than bought.
    pub free: u32,
}

/// What came of giving a seat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatGiven {
    /// `plan_…`
    pub plan: String,
    /// `given` | `wished`: a wish is kept and taken up when a seat frees.
    pub outcome: String,
    /// Why it is only wished: `no_seat_free` | `plan_conflict` | `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Somebody who waits for a seat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// `mem_…`
    pub member: String,
    /// RFC 3339.
    pub since: String,
}

/// Somebody who holds a seat of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatHolder {
    /// `mem_…`
    pub member: String,
    /// `direct`, from an admin or a policy; `group`, from user groups alone.
    pub source: String,
    /// `grp_…` of theirs that give a seat of the plan.
    pub groups: Vec<String>,
}

/// Moves seats of a plan to another plan: everybody's and every group's, or those that are named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatSwitch {
    /// `plan_…` whose seats are given instead.
    pub to: String,
    /// `mem_…` whose direct seats are moved, each once, at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// `grp_…` that give a seat of the other plan from then on, each once, at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Moves the members that are named all at once, or none of them. Without groups.
    #[serde(default)]
    pub together: bool,
    /// Changes nothing, and says what would happen.
    #[serde(default)]
    pub preview: bool,
    /// `next` of the answer before, to go on with everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What was moved, or would be. Whoever does not fit keeps what they have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatsSwitched {
    /// Whether nothing was changed.
    pub preview: bool,
    /// Members whose seat is moved.
    pub moved: u64,
    /// Members whose seat stays where it is.
    pub kept: u64,
    /// Who they are and why, at most 500.
    pub keepers: Vec<SeatKeeper>,
    /// The groups. The seats of their members follow right after, with the policies' word.
    pub groups: Vec<GroupSwitched>,
    /// Of a preview: members who wait for a seat of the old plan and would get one that is given up.
    pub taken_up: u64,
    /// `mem_…`: send it as `cursor`, for members are left; absent when all is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Why a seat stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatKept {
    /// They are no member any more.
    Deleted,
    /// They hold no seat of the old plan; the group does not give one.
    NoSeat,
    /// It comes from a user group: move that.
    OfGroup,
    /// The new plan has too few seats free.
    NoSeatFree,
    /// Yet another plan stands in the way.
    PlanConflict,
}

/// A member whose seat stays where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatKeeper {
    /// `mem_…`
    pub member: String,
    /// Why.
    pub reason: SeatKept,
}

/// A group that gives seats of another plan, or would.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupSwitched {
    /// `grp_…`
    pub group: String,
    /// How many are in it.
    pub members: u64,
    /// Seats of the new plan that they need.
    pub needed: u32,
    /// Why it is not moved; absent if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<SeatKept>,
}

/// What a file of seats is to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeatFileQuery {
    /// Gives the seats; without it, it is a dry run.
    #[serde(default)]
    pub apply: bool,
}

/// Which sheet of seats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeatSheetQuery {
    /// `xlsx` if left out.
    #[serde(default)]
    #[param(inline)]
    pub format: SheetFormat,
    /// `plan_…`: only this plan's.
    pub plan: Option<String>,
}

/// What became of a file of seats, or would.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatFile {
    /// Whether seats were given.
    pub applied: bool,
    /// Rows that give a seat.
    pub given: u64,
    /// Rows whose wish is kept (R36).
    pub waiting: u64,
    /// Rows that change nothing.
    pub existing: u64,
    /// Rows that fail.
    pub failed: u64,
    /// Every row, in the order of the file.
    pub rows: Vec<SeatRow>,
}

/// A row of a file of seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatRow {
    /// Its number in the sheet.
    pub row: u32,
    /// What becomes of it.
    pub verdict: SeatVerdict,
    /// `plan_…`, where the row names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// `mem_…`, where the row names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Why it waits: `no_seat_free` | `plan_conflict` | `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<RowNote>,
}

/// What becomes of a row of a file of seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatVerdict {
    /// The member gets a seat.
    Give,
    /// None is free, or something stands in the way: the wish is kept and taken up when that is over.
    Wait,
    /// They hold one, or wait for one, already: nothing changes.
    Exists,
    /// It cannot be read, or names nobody.
    Fail,
}
