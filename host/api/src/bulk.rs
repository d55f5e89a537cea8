//! One action on many members, and its preview (R31, R32).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Does one thing to many members, to each on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkChange {
    /// `mem_…`, each once; 1 to 500.
    pub members: Vec<String>,
    /// What is done to them.
    pub action: BulkAction,
    /// Changes nothing, and says for each member what would happen.
    #[serde(default)]
    pub preview: bool,
}

/// What is done to each member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkAction {
    /// Takes their login away.
    Suspend,
    /// Gives it back.
    Resume,
    /// Deletes them; they can be restored for 30 days.
    Delete,
    /// Brings them back; by primary admins alone.
    Restore {
        /// `plan_…` whose seat each gets. Left out: what their user groups give; else, with one plan, a seat of that
        /// one if the seat policies agree.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<String>,
    },
    /// Reminds those who are `invited` or `inactive`.
    Remind,
    /// Makes a department their only one.
    Move {
        /// `dep_…`
        department: String,
    },
    /// Puts them into a department besides those they are in.
    AddToDepartment {
        /// `dep_…`
        department: String,
    },
    /// Changes their data; what is left out stays.
    Change {
        /// Workforce type; `null` clears it.
        #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
        workforce_type: Option<Option<String>>,
        /// BCP 47; `null` for the organisation's.
        #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
        language: Option<Option<String>>,
        /// Of the organisation's own attributes, those that are set, or with `null` cleared; each member's others stay.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<String, Option<String>>,
    },
}

/// What came of it, or would come of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkResult {
    /// Whether nothing was changed.
    pub preview: bool,
    /// All of it together.
    pub totals: BulkTotals,
    /// Each member, in the order asked for.
    pub items: Vec<BulkItem>,
}

/// A bulk change in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkTotals {
    /// Members it is done to.
    pub done: usize,
    /// Members it is refused for.
    pub refused: usize,
    /// Seats given up.
    pub seats_freed: usize,
    /// Seats given.
    pub seats_given: usize,
    /// Seats that user groups give.
    pub seats_wished: usize,
    /// Departments left, counted for each member.
    pub departments_left: usize,
    /// User groups left, counted for each member.
    pub groups_left: usize,
    /// Sessions ended.
    pub sessions_ended: usize,
}

/// One member of a bulk change: with `effects` if it is done, with `problem` if it is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkItem {
    /// `mem_…`
    pub member: String,
    /// What it does to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<BulkEffects>,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What a bulk change does to one member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkEffects {
    /// Their state afterwards (R30).
    pub state: String,
    /// `plan_…` whose seat they give up.
    pub seats_freed: Vec<String>,
    /// `plan_…` whose seat they get.
    pub seats_given: Vec<String>,
    /// `plan_…` whose seat their user groups give them: they have it right afterwards if one is free and the seat
    /// policies agree, and else wait for it (R35, R36).
    pub seats_wished: Vec<String>,
    /// `plan_…` for whose seat they wait no more.
    pub wishes_dropped: Vec<String>,
    /// `dep_…` they leave.
    pub departments_left: Vec<String>,
    /// `dep_…` they come into.
    pub departments_joined: Vec<String>,
    /// `grp_…` they leave.
    pub groups_left: Vec<String>,
    /// `grp_…` they come into.
    pub groups_joined: Vec<String>,
    /// How many sessions of theirs end.
    pub sessions_ended: usize,
    /// Which of their data changes: `workforce_type` | `language` | `attributes`.
    pub data_changed: Vec<String>,
    /// Why no SMS is sent to them, where one should be: `organisation_full` (R34).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<String>,
}
