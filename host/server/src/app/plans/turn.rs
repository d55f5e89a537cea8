//! Plans that begin and end by themselves, on the organisation's own calendar (R8, R36).
//!
//! Whether a plan is in effect is always computed from its days; what is done here is what follows from the turn
//! itself: it is told, and whoever waits for a seat is looked at anew, since a plan that is over stands in nobody's
//! way and policies see which plans are in effect. INVARIANT: a turn is told in the commit that writes where the
//! plan stands, so that it is told once, however often and however late it is looked at.

use serde_json::json;
use usher_domain::ids::PlanId;
use usher_domain::organisation::Organisation;
use usher_domain::plan::{Phase, Plan};
use usher_domain::time::{Date, Instant};
use usher_store::{OrgScope, OrgWrites};

use super::current;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::refusal::Refusal;
use crate::app::stored::{self, PlanPhase, PlanTurn, Plans};
use crate::app::{App, organisations, seats};

/// Has a new plan's first turn come up, in the commit that makes it.
pub(super) fn first_due(writes: &mut OrgWrites, organisation: &Organisation, new: &Plan, today: Date) {
    writes.insert(&new.id, &PlanPhase { phase: new.phase(today) });
    if let Some(day) = new.next_turn(today) {
        writes.schedule::<PlanTurn>(organisation.zone.start_of(day).as_micros(), &new.id);
    }
}

/// Has a plan looked at right after the commit that moves its days.
pub(super) fn due_now(writes: &mut OrgWrites, call: &Call, id: PlanId) {
    writes.schedule::<PlanTurn>(call.at.as_micros(), &id);
}

/// [`due_now`] for every plan: the days of all are meant in another zone from now on.
pub(crate) async fn all_due(scope: &OrgScope, call: &Call, writes: &mut OrgWrites) -> Result<(), Refusal> {
    let found = current(scope).await?;
    writes.guard_version::<Plans>(&(), found.version);
    for known in found.record.plans {
        due_now(writes, call, known.id);
    }
    Ok(())
}

/// Tells that a plan has begun or ended, if it has; called when the moment has come, or has long been. Returns the
/// moment of its next turn.
pub(crate) async fn turn(app: &App, scope: &OrgScope, call: &Call, id: PlanId) -> Result<Option<Instant>, Refusal> {
    app.change_if_needed(|| turning(app, scope, call, id)).await
}

type Halted = Halt<Option<Instant>>;

/// With the moment of its next turn.
async fn turning(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    id: PlanId,
) -> Result<(Option<Instant>, Change<Halted>), Halted> {
    let organisation = organisations::of(scope).await?;
    let (version, organisation) = (organisation.version, organisation.record.0);
    let today = organisation.today(call.at);
    let found = current(scope).await?;
    let plan = found.record.plans.iter().find(|plan| plan.id == id).ok_or(Halt::AsBefore(None))?;
    let next = plan.next_turn(today).map(|day| organisation.zone.start_of(day));
    let told = scope.get::<PlanPhase>(&id).await.map_err(Refusal::from)?;
    let phase = plan.phase(today);
    if told.as_ref().is_some_and(|told| told.record.phase == phase) {
        return Err(Halt::AsBefore(next));
    }
    let action = match phase {
        Phase::Future => "plan.postponed",
        Phase::InEffect => "plan.began",
        Phase::Ended => "plan.ended",
    };
    let change: Change<Halted> = app.draft_as(scope, call, Doer::Host, action, id);
    let mut change = change.before(&told.as_ref().map(|told| told.record.phase)).after(&phase);
    change.writes.guard_version::<Plans>(&(), found.version);
    change.writes.guard_version::<stored::Organisation>(&(), version);
    match told {
        Some(told) => change.writes.replace(&id, told.version, &PlanPhase { phase }),
        None => change.writes.insert(&id, &PlanPhase { phase }),
    }
    change.event(app, action, json!({ "plan": id }));
    seats::all_freed(scope, call, &mut change.writes).await?;
    Ok((next, change))
}
