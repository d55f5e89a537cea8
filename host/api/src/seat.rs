//! Seats of plans: who holds one, who waits for one (R36).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
