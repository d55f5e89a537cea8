//! Looking at members anew because a group changed, a bounded step at a time.
//!
//! INVARIANT: a step does what `regroup` does when a member is written, so that doing it twice is doing it once. Beyond
//! that, whose group gives a seat of another plan now is given it in the commit that frees the old one: else they could
//! not log in until the queue comes to them (R19).

use usher_domain::ids::{GroupId, MemberId};
use usher_domain::member::{self, SeatSource};
use usher_domain::policy::seat::Occasion;
use usher_store::{CommitError, OrgScope, OrgWrites, Page, Stored};

use super::regroup;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::refusal::Refusal;
use crate::app::seating::{Asking, meet};
use crate::app::stored::{Group, GroupMember, GroupSweep, Member, ONE_LOOK, Plans, SweepStep};
use crate::app::{App, counters, organisations, plans};

/// Members looked at in one step.
const STEP: usize = 250;

/// Begins, or begins anew: with `everyone` all members are looked at, else those in the group. To be called in the
/// commit that changes the group.
pub(super) async fn begin(
    scope: &OrgScope,
    call: &Call,
    writes: &mut OrgWrites,
    group: GroupId,
    everyone: bool,
) -> Result<(), Refusal> {
    let found = scope.get::<GroupSweep>(&group).await?;
    let everyone = everyone || found.as_ref().is_some_and(|found| found.record.everyone);
    let new = GroupSweep { everyone, after: None };
    match found {
        Some(found) => writes.replace(&group, found.version, &new),
        None => writes.insert(&group, &new),
    }
    writes.schedule::<SweepStep>(call.at.as_micros(), &(group, ONE_LOOK));
    Ok(())
}

/// Has everybody looked at anew in the commit that moves a department, if a group goes by departments.
pub(crate) async fn department_moved(scope: &OrgScope, call: &Call, writes: &mut OrgWrites) -> Result<(), Refusal> {
    let grouping = super::Grouping::read(scope).await?;
    grouping.guard(writes);
    match grouping.groups.first_by_department() {
        Some(group) => begin(scope, call, writes, group, true).await,
        None => Ok(()),
    }
}

/// Looks at the next members; called when the step has come.
pub(crate) async fn step(app: &App, scope: &OrgScope, call: &Call, group: GroupId) -> Result<(), Refusal> {
    let Some(Stored { version, record: sweep }) = scope.get::<GroupSweep>(&group).await? else { return Ok(()) };
    let members = next(scope, group, &sweep).await?;
    for member in &members {
        look(app, scope, call, *member).await?;
    }
    let mut writes = scope.writes();
    if members.len() == STEP {
        writes.replace(&group, version, &GroupSweep { after: members.last().copied(), ..sweep });
        writes.schedule::<SweepStep>(call.at.as_micros(), &(group, ONE_LOOK));
    } else {
        writes.guard_version::<GroupSweep>(&group, version);
        writes.delete::<GroupSweep>(&group);
        if scope.get::<Group>(&group).await?.is_none() {
            writes.delete_counter(&counters::group_members(group));
        }
    }
    match writes.commit().await {
        // It was begun anew, with a step of its own.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(Refusal::Commit(error)),
    }
}

async fn next(scope: &OrgScope, group: GroupId, sweep: &GroupSweep) -> Result<Vec<MemberId>, Refusal> {
    let page = Page::first(STEP);
    if sweep.everyone {
        let rows = scope.page::<Member>(page.after(sweep.after)).await?;
        return Ok(rows.into_iter().map(|(id, _)| id).collect());
    }
    let page = Page::first(STEP).after(sweep.after.map(|after| (group, after)));
    let rows = scope.page_within::<GroupMember>(&group, page).await?;
    Ok(rows.into_iter().map(|((_, id), _)| id).collect())
}

/// Looks at one member; a seat that somebody else was faster to take is waited for.
async fn look(app: &App, scope: &OrgScope, call: &Call, id: MemberId) -> Result<(), Refusal> {
    match app.change_if_needed(|| anew(app, scope, call, id, true)).await? {
        Looked::NoneFree => app.change_if_needed(|| anew(app, scope, call, id, false)).await.map(drop),
        Looked::Whole => Ok(()),
    }
}

/// How far a look at somebody came.
enum Looked {
    /// All is as their groups say.
    Whole,
    /// Somebody took the last seat between reading and writing: nothing is changed yet.
    NoneFree,
}

async fn anew(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    id: MemberId,
    may_give: bool,
) -> Result<(Looked, Change<Halt<Looked>>), Halt<Looked>> {
    let found = scope.get::<Member>(&id).await.map_err(Refusal::from)?.ok_or(Halt::AsBefore(Looked::Whole))?;
    let (before, mut after) = (&found.record.0, found.record.0.clone());
    let change: Change<Halt<Looked>> = app.draft_as(scope, call, Doer::Host, "member.regrouped", id);
    let mut change = change.before(&(&before.groups, &before.seats));
    regroup(app, scope, call, &mut change, before.in_groups(), &mut after).await?;
    if after == *before {
        return Err(Halt::AsBefore(Looked::Whole));
    }
    if may_give && before.group_seats.iter().any(|plan| !after.seats.contains(plan)) {
        change = exchange(app, scope, call, change, before, &mut after).await?;
    }
    let mut change = change.after(&(&after.groups, &after.seats));
    change.writes.replace(&id, found.version, &Member(after));
    Ok((Looked::Whole, change))
}

/// Gives somebody who lost a group's seat the seats that their groups give now, where one is free and the policies
/// agree; they wait for the others, as whoever is put into a group.
async fn exchange(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    mut change: Change<Halt<Looked>>,
    before: &member::Member,
    after: &mut member::Member,
) -> Result<Change<Halt<Looked>>, Refusal> {
    let organisation = organisations::of(scope).await?.record.0;
    let Stored { version, record: Plans { plans } } = plans::current(scope).await?;
    change.writes.guard_version::<Plans>(&(), version);
    let today = organisation.today(call.at);
    let new = after.wishes.iter().filter(|wish| wish.source == SeatSource::Group && before.wish(wish.plan).is_none());
    let mut met = Vec::new();
    for wish in new {
        let found = plans.iter().find(|plan| plan.id == wish.plan && plan.is_paid(today));
        let Some(plan) = found else { continue };
        if plans::ledger(scope, plan).await?.free() > 0 {
            met.push(wish.clone());
        }
    }
    let (at, occasion) = (call.at, Occasion::Group);
    let asking = Asking { organisation: &organisation, plans: &plans, at, occasion, offered: None, held: None };
    meet(app, scope, &asking, change, after, met, || Halt::AsBefore(Looked::NoneFree)).await
}
