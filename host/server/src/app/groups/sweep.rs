//! Looking at members anew because a group changed, a bounded step at a time.
//!
//! INVARIANT: a step does what `regroup` does when a member is written, so that doing it twice is doing it once.

use usher_domain::ids::{GroupId, MemberId};
use usher_store::{CommitError, OrgPlan, OrgScope, Page, Stored};

use super::regroup;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::refusal::Refusal;
use crate::app::stored::{Group, GroupMember, GroupSweep, Member, ONE_LOOK, SweepStep};
use crate::app::{App, counters};

/// Members looked at in one step.
const STEP: usize = 250;

/// Begins, or begins anew: with `everyone` all members are looked at, else those in the group. To be called in the
/// commit that changes the group.
pub(super) async fn begin(
    scope: &OrgScope,
    call: &Call,
    plan: &mut OrgPlan,
    group: GroupId,
    everyone: bool,
) -> Result<(), Refusal> {
    let found = scope.get::<GroupSweep>(&group).await?;
    let everyone = everyone || found.as_ref().is_some_and(|found| found.record.everyone);
    let new = GroupSweep { everyone, after: None };
    match found {
        Some(found) => plan.replace(&group, found.version, &new),
        None => plan.insert(&group, &new),
    }
    plan.schedule::<SweepStep>(call.at.as_micros(), &(group, ONE_LOOK));
    Ok(())
}

/// Has everybody looked at anew in the commit that moves a department, if a group goes by departments.
pub(crate) async fn department_moved(scope: &OrgScope, call: &Call, plan: &mut OrgPlan) -> Result<(), Refusal> {
    let grouping = super::Grouping::read(scope).await?;
    grouping.guard(plan);
    match grouping.groups.first_by_department() {
        Some(group) => begin(scope, call, plan, group, true).await,
        None => Ok(()),
    }
}

/// Looks at the next members; called when the step has come.
pub(crate) async fn step(app: &App, scope: &OrgScope, call: &Call, group: GroupId) -> Result<(), Refusal> {
    let Some(Stored { version, record: sweep }) = scope.get::<GroupSweep>(&group).await? else { return Ok(()) };
    let members = next(scope, group, &sweep).await?;
    for member in &members {
        app.change_if_needed(|| anew(app, scope, call, *member)).await?;
    }
    let mut plan = scope.plan();
    if members.len() == STEP {
        plan.replace(&group, version, &GroupSweep { after: members.last().copied(), ..sweep });
        plan.schedule::<SweepStep>(call.at.as_micros(), &(group, ONE_LOOK));
    } else {
        plan.guard_version::<GroupSweep>(&group, version);
        plan.delete::<GroupSweep>(&group);
        if scope.get::<Group>(&group).await?.is_none() {
            plan.delete_counter(&counters::group_members(group));
        }
    }
    match plan.commit().await {
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

async fn anew(app: &App, scope: &OrgScope, call: &Call, id: MemberId) -> Result<((), Change<Halt<()>>), Halt<()>> {
    let found = scope.get::<Member>(&id).await.map_err(Refusal::from)?.ok_or(Halt::AsBefore(()))?;
    let (before, mut after) = (&found.record.0, found.record.0.clone());
    let change: Change<Halt<()>> = app.draft_as(scope, call, Doer::Host, "member.regrouped", id);
    let mut change = change.before(&(&before.groups, &before.seats));
    regroup(app, scope, call, &mut change, &before.groups, &mut after).await?;
    if after == *before {
        return Err(Halt::AsBefore(()));
    }
    let mut change = change.after(&(&after.groups, &after.seats));
    change.plan.replace(&id, found.version, &Member(after));
    Ok(((), change))
}
