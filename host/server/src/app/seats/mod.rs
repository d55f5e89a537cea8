//! Seats at other times than joining: given and taken by admins, taken up by who waits longest (R36).

pub mod file;
pub mod give;
pub mod holders;
mod moves;
pub mod queue;
pub mod switch;

use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::{self, WishReason};
use usher_domain::plan::Plan;
use usher_domain::seat::Ledger;
use usher_store::{OrgScope, Stored};

pub use self::give::{give, take};
pub(crate) use self::moves::{all_freed, free, freed, release};
pub use self::queue::waiting;
use super::actor::{By, Insight};
use super::change::Change;
use super::plans;
use super::refusal::Refusal;
use super::stored::Member;

/// Why a seat is not given or taken.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// They are no member any more.
    #[error("the member is deleted: restore them first")]
    Deleted,
    /// They have none.
    #[error("the member holds no seat of the plan and waits for none")]
    NoSeat,
    /// It is a user group's to take (R35).
    #[error("the seat comes from a user group: take the member out of the group, or the plan from the group")]
    OfGroup,
    /// Somebody was faster.
    #[error("no seat of the plan is free")]
    NoneFree,
}

/// What came of giving a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// They hold one.
    Seat,
    /// A wish is kept, for this reason (R36).
    Wish(WishReason),
}

/// Seats of a plan.
pub async fn ledger(by: &By<Insight>, id: PlanId) -> Result<Ledger, Refusal> {
    plans::ledger(&by.scope, &known(&by.scope, id).await?).await
}

async fn known(scope: &OrgScope, id: PlanId) -> Result<Plan, Refusal> {
    let plans = plans::current(scope).await?.record.plans;
    plans.into_iter().find(|plan| plan.id == id).ok_or_else(|| Refusal::not_found("plan", &id))
}

async fn get(scope: &OrgScope, id: MemberId) -> Result<Stored<Member>, Refusal> {
    scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", &id))
}

fn written<E>(mut change: Change<E>, version: u64, member: &member::Member) -> Change<E> {
    change.writes.replace(&member.id, version, &Member(member.clone()));
    change
}
