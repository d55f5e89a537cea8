//! Seats at other times than joining: given and taken by admins, taken up by who waits longest (R36).

use serde_json::json;
use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::{self, State, WishReason};
use usher_domain::plan::Plan;
use usher_domain::seat::{Ledger, Move};
use usher_domain::time::Instant;
use usher_store::{OrgPlan, OrgScope, Page, Stored};

use super::actor::{By, Call, Doer, Insight, MovingSeats};
use super::change::Change;
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::seating::{unwish, wish};
use super::stored::{Member, Plans, SeatFreed, Waiting};
use super::{App, join, plans};

/// Waiting members read at a time.
const STEP: usize = 100;
/// Bytes of a place in the queue: a moment and a member.
const PLACE_BYTES: usize = 24;

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
    /// They are suspended.
    #[error("the member is suspended: resume them first")]
    Suspended,
    /// They have none.
    #[error("the member holds no seat of the plan and waits for none")]
    NoSeat,
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

/// Who waits for a seat of the plan, longest first.
pub async fn waiting(
    by: &By<MovingSeats>,
    id: PlanId,
    paging: &Paging,
) -> Result<PageOf<(Instant, MemberId)>, Refusal> {
    let after = paging.after.as_deref().map(place).transpose()?;
    known(&by.scope, id).await?;
    let page = Page::first(paging.limit + 1).after(after.map(|after| (id, after)));
    let rows = by.scope.page_within::<Waiting>(&id, page).await?;
    let items = rows.into_iter().map(|((_, (since, member)), _)| (Instant::from_micros(since), member)).collect();
    Ok(PageOf::of(items, paging, |(since, member): &(Instant, MemberId)| {
        [&since.as_micros().to_be_bytes()[..], member.as_bytes()].concat()
    }))
}

fn place(bytes: &[u8]) -> Result<(i64, MemberId), Refusal> {
    let bytes: &[u8; PLACE_BYTES] = bytes.try_into().map_err(|_| Refusal::Cursor)?;
    let (since, member) = bytes.split_at(8);
    let since = since.try_into().map_err(|_| Refusal::Cursor)?;
    let member = member.try_into().map_err(|_| Refusal::Cursor)?;
    Ok((i64::from_be_bytes(since), MemberId::from_bytes(member)))
}

/// Gives a member a seat of a plan; keeps the wish if none is free, or while they are suspended (R36).
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
    let (plans_version, plan) = paid(&by.scope, &by.call, plan).await?;
    let Stored { version, record: Member(mut member) } = get(&by.scope, id).await?;
    let before = (member.seats.clone(), member.wishes.clone());
    let mut change: Change<SeatError> = app.draft(by, "seat.assigned", id).before(&before);
    change.plan.guard_version::<Plans>(&(), plans_version);
    let free = plans::ledger(&by.scope, &plan).await?.free() > 0;
    let given = match member.state() {
        State::Deleted => return Err(SeatError::Deleted),
        _ if member.seats.contains(&plan.id) => Given::Seat,
        State::Suspended => Given::Wish(WishReason::Suspended),
        _ if free && may_give => Given::Seat,
        _ => Given::Wish(WishReason::NoSeatFree),
    };
    match given {
        Given::Seat => seat(app, &mut change, &mut member, &plan),
        Given::Wish(reason) => wish(&mut change, &mut member, plan.id, reason, by.call.at),
    }
    let change = change.after(&(&member.seats, &member.wishes));
    Ok((given, written(change, version, &member)))
}

/// Takes a seat, or a wish for one, away from a member. Whoever waits longest gets the seat.
pub async fn take(app: &App, by: &By<MovingSeats>, id: MemberId, plan: PlanId) -> Result<(), SeatError> {
    app.change(|| async {
        let Stored { version, record: Member(mut member) } = get(&by.scope, id).await?;
        let before = (member.seats.clone(), member.wishes.clone());
        let mut change: Change<SeatError> = app.draft(by, "seat.taken", id).before(&before);
        if member.seats.contains(&plan) {
            free(app, &by.scope, &by.call, &mut change, &mut member, plan).await?;
        } else if !member.wishes.iter().any(|wish| wish.plan == plan) {
            return Err(SeatError::NoSeat);
        }
        unwish(&mut change, &mut member, plan);
        let change = change.after(&(&member.seats, &member.wishes));
        Ok(((), written(change, version, &member)))
    })
    .await
    .map(drop)
}

/// Gives the seats of a plan that are free to whoever waits longest (R36); called when one was freed.
pub(crate) async fn serve(app: &App, scope: &OrgScope, call: &Call, plan: PlanId) -> Result<(), SeatError> {
    let mut last = None;
    loop {
        let page = Page::first(STEP).after(last);
        let queue = scope.page_within::<Waiting>(&plan, page).await.map_err(Refusal::from)?;
        if queue.is_empty() {
            return Ok(());
        }
        for (place, _) in queue {
            let (_, (_, member)) = place;
            match app.change(|| serving(app, scope, call, plan, member)).await {
                // Whoever is suspended keeps their place; whoever was served in between has none any more.
                Ok(_) | Err(SeatError::Suspended | SeatError::NoSeat) => {}
                Err(SeatError::NoneFree | SeatError::NoSuchPlan(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
            last = Some(place);
        }
    }
}

async fn serving(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    plan: PlanId,
    id: MemberId,
) -> Result<((), Change<SeatError>), SeatError> {
    let (plans_version, plan) = paid(scope, call, plan).await?;
    let Stored { version, record: Member(mut member) } = get(scope, id).await?;
    if member.state() == State::Suspended {
        return Err(SeatError::Suspended);
    }
    if !member.wishes.iter().any(|wish| wish.plan == plan.id) {
        return Err(SeatError::NoSeat);
    }
    if plans::ledger(scope, &plan).await?.free() == 0 {
        return Err(SeatError::NoneFree);
    }
    let mut change: Change<SeatError> = app.draft_as(scope, call, Doer::Host, "seat.assigned", id);
    change.plan.guard_version::<Plans>(&(), plans_version);
    seat(app, &mut change, &mut member, &plan);
    Ok(((), written(change, version, &member)))
}

/// Has freed seats of a plan given to who waits for one, right after the commit.
pub(crate) fn freed(plan: &mut OrgPlan, id: PlanId, at: Instant) {
    plan.schedule::<SeatFreed>(at.as_micros(), &id);
}

/// Frees a member's seat. The member's record is the caller's to write.
pub(crate) async fn free<E: From<Refusal>>(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    member: &mut member::Member,
    plan: PlanId,
) -> Result<(), Refusal> {
    let plans = plans::current(scope).await?.record.plans;
    if let Some(found) = plans.iter().find(|found| found.id == plan) {
        // Taking what is held cannot find the ledger empty; were it damaged, trying again is right.
        change.seat(found, Move::Take, Refusal::Busy.into());
    }
    member.seats.retain(|held| *held != plan);
    freed(&mut change.plan, plan, call.at);
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
        freed(&mut change.plan, id, call.at);
    }
    Ok(())
}

fn seat(app: &App, change: &mut Change<SeatError>, member: &mut member::Member, plan: &Plan) {
    if member.seats.contains(&plan.id) {
        return;
    }
    change.seat(plan, Move::Give, SeatError::NoneFree);
    member.seats.push(plan.id);
    member.seats.sort_unstable();
    unwish(change, member, plan.id);
    change.event(app, "seat.given", json!({ "member": member.id, "plan": plan.id }));
}

fn written(mut change: Change<SeatError>, version: u64, member: &member::Member) -> Change<SeatError> {
    change.plan.replace(&member.id, version, &Member(member.clone()));
    change
}

async fn get(scope: &OrgScope, id: MemberId) -> Result<Stored<Member>, Refusal> {
    scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", &id))
}

async fn known(scope: &OrgScope, id: PlanId) -> Result<Plan, Refusal> {
    let plans = plans::current(scope).await?.record.plans;
    plans.into_iter().find(|plan| plan.id == id).ok_or_else(|| Refusal::not_found("plan", &id))
}

async fn paid(scope: &OrgScope, call: &Call, id: PlanId) -> Result<(u64, Plan), SeatError> {
    let today = join::ticket::organisation(scope).await?.0.today(call.at);
    let found = plans::current(scope).await?;
    let plan = found.record.plans.into_iter().find(|plan| plan.id == id && plan.is_paid(today));
    Ok((found.version, plan.ok_or(SeatError::NoSuchPlan(id))?))
}
