//! Restoring a deleted member within 30 days (R1, R32).

use usher_domain::ids::{DepartmentId, MemberId, PlanId};
use usher_domain::member::Member;
use usher_domain::plan::{Plan, member_limit};
use usher_domain::policy::seat::Occasion;
use usher_domain::seat::Outcome;
use usher_domain::time::Date;
use usher_store::{OrgScope, Stored};

use super::MemberError;
use super::departments::guard_departments;
use super::enrol::enrol;
use super::step::{self, Draft, Step, draft};
use crate::app::actor::{By, PrimaryAdmin, Right};
use crate::app::groups::regroup;
use crate::app::refusal::Refusal;
use crate::app::seating::{Asking, Seating};
use crate::app::sso::index;
use crate::app::stored::{self, Department, Plans};
use crate::app::{App, organisations, plans, workforce_types};

/// Brings a deleted member back as they were, with a seat of `plan`, or of the only plan there is. What is gone since,
/// departments or their workforce type, they come back without.
pub async fn restore(
    app: &App,
    by: &By<PrimaryAdmin>,
    id: MemberId,
    version: u64,
    plan: Option<PlanId>,
) -> Result<Stored<Member>, MemberError> {
    step::take(app, || restoring(app, by, id, Some(version), plan)).await
}

pub(super) async fn restoring<R>(
    app: &App,
    by: &By<R>,
    id: MemberId,
    version: Option<u64>,
    plan: Option<PlanId>,
) -> Result<Step, MemberError> {
    if !PrimaryAdmin::held_by(&by.actor) {
        return Err(Refusal::Forbidden { needs: PrimaryAdmin::NEEDS }.into());
    }
    let Draft { version, before, mut change } = draft(app, by, "member.restored", id, version).await?;
    let organisation = organisations::current(by).await?.record.0;
    let today = organisation.today(by.call.at);
    let found = plans::current(&by.scope).await?;
    let plans = found.record.plans;
    let mut after = before.clone();
    after.restore(by.call.at)?;
    after.departments = still_there(&by.scope, &before.departments, organisation.root_department).await?;

    change.plan.guard_version::<Plans>(&(), found.version);
    change.plan.guard_version::<stored::Member>(&id, version);
    guard_departments(by, &mut change, &after.departments).await?;
    after.workforce_type = match &before.workforce_type {
        Some(was) => workforce_types::find(&by.scope, &mut change.plan, was).await?,
        None => None,
    };
    let (at, occasion) = (by.call.at, Occasion::Add);
    let asking = Asking { organisation: &organisation, plans: &plans, at, occasion, offered: None, held: None };
    let seating = seating(&by.scope, &asking, &after, plan, today).await?;
    seating.apply(app, &mut change, &asking, &mut after, || MemberError::NoSeatFree);
    regroup(app, &by.scope, &by.call, &mut change, &before.groups, &mut after).await?;
    enrol(&mut change, &after, member_limit(&plans, today, organisation.member_limit));
    index::add(app, &by.scope, &mut change.plan, &after).await?;
    change.event(app, "member.restored", serde_json::json!({ "member": id }));
    let change = change.before(&before.state()).after(&after);
    Ok(Step { before, after, sessions_ended: 0, change })
}

/// The departments that are left of theirs; the root if none is.
async fn still_there(
    scope: &OrgScope,
    departments: &[DepartmentId],
    root: DepartmentId,
) -> Result<Vec<DepartmentId>, Refusal> {
    let found = scope.get_many::<Department>(departments).await?;
    let left = departments.iter().zip(found).filter_map(|(id, found)| found.map(|_| *id));
    let left: Vec<_> = left.collect();
    Ok(if left.is_empty() { vec![root] } else { left })
}

/// R32: where seats were bought, a free one is needed. Primary admins are exempt (R19).
async fn seating(
    scope: &OrgScope,
    asking: &Asking<'_>,
    member: &Member,
    named: Option<PlanId>,
    today: Date,
) -> Result<Seating, MemberError> {
    let mut paid = asking.plans.iter().filter(|plan: &&Plan| plan.is_paid(today));
    let plan = match (named, paid.next(), paid.next()) {
        (Some(named), ..) => named,
        (None, Some(only), None) => only.id,
        (None, None, _) => return Ok(Seating::none()),
        (None, Some(_), Some(_)) if member.authority.is_primary_admin() => return Ok(Seating::none()),
        (None, Some(_), Some(_)) => return Err(MemberError::PlanRequired),
    };
    let seating = match Seating::of_plan(scope, asking, plan).await {
        Err(Refusal::NotFound { .. }) => return Err(MemberError::NoSuchPlan(plan)),
        seating => seating?,
    };
    match seating.outcome {
        Outcome::Seat(_) => Ok(seating),
        Outcome::Wish(..) | Outcome::Nothing if member.authority.is_primary_admin() => Ok(Seating::none()),
        Outcome::Wish(..) | Outcome::Nothing => Err(MemberError::NoSeatFree),
    }
}
