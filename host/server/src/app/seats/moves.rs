//! Seats that become free, in the commit of whatever frees them; the queue is served right after it.

use serde_json::json;
use usher_domain::ids::PlanId;
use usher_domain::member::{Member, WishReason};
use usher_domain::seat::Move;
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites};

use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::seating::count_awaited;
use crate::app::stored::{ONE_LOOK, SeatFreed};
use crate::app::{App, plans};

/// Has the queue of a plan looked at right after the commit: once, however many ask for it before the look begins.
pub(crate) fn freed(writes: &mut OrgWrites, id: PlanId, at: Instant) {
    writes.schedule::<SeatFreed>(at.as_micros(), &(id, ONE_LOOK));
}

/// [`freed`] for every plan: something changed that bears on who may have a seat of any.
pub(crate) async fn all_freed(scope: &OrgScope, call: &Call, writes: &mut OrgWrites) -> Result<(), Refusal> {
    for known in plans::current(scope).await?.record.plans {
        freed(writes, known.id, call.at);
    }
    Ok(())
}

/// Frees a member's seat. The member's record is the caller's to write.
pub(crate) async fn free<E: From<Refusal>>(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    member: &mut Member,
    plan: PlanId,
) -> Result<(), Refusal> {
    let plans = plans::current(scope).await?.record.plans;
    if let Some(found) = plans.iter().find(|found| found.id == plan) {
        // Taking what is held cannot find the ledger empty; were it damaged, trying again is right.
        change.seat(found, Move::Take, Refusal::Busy.into());
    }
    let in_the_way = member.wishes.iter().filter(|wish| wish.reason == WishReason::PlanConflict);
    for waited_for in in_the_way.map(|wish| wish.plan).chain([plan]) {
        freed(&mut change.writes, waited_for, call.at);
    }
    let waited = member.wishes.clone();
    member.unseated(plan);
    count_awaited(change, &waited, &member.wishes);
    change.event(app, "seat.freed", json!({ "member": member.id, "plan": plan }));
    Ok(())
}

/// Gives up a reserved seat of a plan.
pub(crate) async fn release<E: From<Refusal>>(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    id: PlanId,
) -> Result<(), Refusal> {
    let plans = plans::current(scope).await?.record.plans;
    if let Some(plan) = plans.iter().find(|plan| plan.id == id) {
        // Giving up what is held cannot find the ledger full; were it damaged, trying again is right.
        change.seat(plan, Move::Release, Refusal::Busy.into());
        freed(&mut change.writes, id, call.at);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use usher_domain::ids::OrgId;
    use usher_store::{MemoryStore, due_until};

    #[tokio::test]
    async fn r36_many_wishes_at_one_moment_have_a_queue_looked_at_once() {
        let store = Arc::new(MemoryStore::new());
        let scope = OrgScope::new(store.clone(), OrgId::from_bytes([1; 16]));
        for _ in 0..100 {
            let mut writes = scope.writes();
            freed(&mut writes, PlanId::from_bytes([2; 16]), Instant::from_micros(5));
            writes.commit().await.unwrap();
        }
        assert_eq!(due_until(store.as_ref(), 5, 1_000).await.unwrap().len(), 1);
    }
}
