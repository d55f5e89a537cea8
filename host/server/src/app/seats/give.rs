//! Seats given to a member, and taken from one, by an admin who chose so: no policy is asked.

use serde_json::json;
use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::{SeatSource, SeatWish, State, WishReason};
use usher_domain::seat::Move;
use usher_store::Stored;

use super::{Given, SeatError, free, freed, get, written};
use crate::app::actor::{By, MovingSeats};
use crate::app::change::Change;
use crate::app::groups::Grouping;
use crate::app::seating::{obstacle, unwish, wish};
use crate::app::stored::{Member, Plans};
use crate::app::{App, join, plans};

/// Gives a member a seat of a plan; keeps the wish if none is free or something stands in the way (R36).
/// What a user group gave them stays when they leave the group (R35).
pub async fn give(app: &App, by: &By<MovingSeats>, member: MemberId, plan: PlanId) -> Result<Given, SeatError> {
    match app.change(|| giving(app, by, member, plan, true)).await {
        // Somebody took the last one between reading and writing: then the wish is kept.
        Err(SeatError::NoneFree) => Ok(app.change(|| giving(app, by, member, plan, false)).await?.0),
        given => Ok(given?.0),
    }
}

async fn giving(
    app: &App,
    by: &By<MovingSeats>,
    id: MemberId,
    plan: PlanId,
    may_give: bool,
) -> Result<(Given, Change<SeatError>), SeatError> {
    let today = join::ticket::organisation(&by.scope).await?.0.today(by.call.at);
    let Stored { version: plans_version, record: plans } = plans::current(&by.scope).await?;
    let found = plans.plans.iter().find(|found| found.id == plan && found.is_paid(today));
    let found = found.ok_or(SeatError::NoSuchPlan(plan))?;
    let Stored { version, record: Member(mut member) } = get(&by.scope, id).await?;
    if member.state() == State::Deleted {
        return Err(SeatError::Deleted);
    }
    let before = (member.seats.clone(), member.wishes.clone());
    let mut change: Change<SeatError> = app.draft(by, "seat.assigned", id).before(&before);
    change.writes.guard_version::<Plans>(&(), plans_version);
    let is_free = may_give && plans::ledger(&by.scope, found).await?.free() > 0;
    let given = match obstacle(&plans.plans, &member, plan, today) {
        _ if member.seats.contains(&plan) => Given::Seat,
        Some(reason) => Given::Wish(reason),
        None if is_free => {
            change.seat(found, Move::Give, SeatError::NoneFree);
            unwish(&mut change, &mut member, plan);
            change.event(app, "seat.given", json!({ "member": id, "plan": plan }));
            Given::Seat
        }
        None => Given::Wish(WishReason::NoSeatFree),
    };
    match given {
        Given::Seat => member.seated(plan, SeatSource::Admin),
        Given::Wish(reason) => {
            let new = SeatWish { plan, reason, since: by.call.at, source: SeatSource::Admin };
            wish(&mut change, &mut member, new);
        }
    }
    let change = change.after(&(&member.seats, &member.wishes));
    Ok((given, written(change, version, &member)))
}

/// Takes a seat, or a wish for one, away from a member. Whoever waits longest gets the seat. If they are in a user
/// group that gives one of this plan, they keep it as the group's (R35).
pub async fn take(app: &App, by: &By<MovingSeats>, id: MemberId, plan: PlanId) -> Result<(), SeatError> {
    app.change(|| async {
        let Stored { version, record: Member(mut member) } = get(&by.scope, id).await?;
        let before = (member.seats.clone(), member.wishes.clone());
        let mut change: Change<SeatError> = app.draft(by, "seat.taken", id).before(&before);
        let grouping = Grouping::read(&by.scope).await?;
        grouping.guard(&mut change.writes);
        match member.seat_source(plan) {
            None => return Err(SeatError::NoSeat),
            Some(SeatSource::Group) => return Err(SeatError::OfGroup),
            Some(_) if grouping.groups.plans(&member.groups).contains(&plan) => {
                member.rests_on(plan, SeatSource::Group);
                // Of a wish that is a group's from now on, the policies are asked.
                freed(&mut change.writes, plan, by.call.at);
            }
            Some(_) if member.seats.contains(&plan) => {
                free(app, &by.scope, &by.call, &mut change, &mut member, plan).await?;
            }
            Some(_) => unwish(&mut change, &mut member, plan),
        }
        let change = change.after(&(&member.seats, &member.wishes));
        Ok(((), written(change, version, &member)))
    })
    .await
    .map(drop)
}
