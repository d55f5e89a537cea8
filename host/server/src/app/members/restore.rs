//! Restoring a deleted member within 30 days (R1, R32).

use usher_domain::ids::{DepartmentId, MemberId, PlanId};
use usher_domain::member::{Member, SeatWish};
use usher_domain::plan::member_limit;
use usher_domain::policy::seat::Occasion;
use usher_domain::seat::Outcome;
use usher_store::{OrgScope, Stored};

use super::MemberError;
use super::departments::guard_departments;
use super::enrol::enrol;
use super::step::{self, Draft, Step, draft};
use crate::app::actor::{By, PrimaryAdmin, Right};
use crate::app::change::Change;
use crate::app::groups::regroup;
use crate::app::refusal::Refusal;
use crate::app::seating::{Asking, Seating, meet};
use crate::app::sso::index;
use crate::app::stored::{self, Department, Plans};
use crate::app::{App, organisations, plans, workforce_types};

/// Brings a deleted member back as they were, their user groups too, with a seat of `plan`; else with those that their
/// groups give, else with one of the only plan there is, if the seat policies agree. What is gone since, departments,
/// groups or their workforce type, they come back without.
pub async fn restore(
    app: &App,
    by: &By<PrimaryAdmin>,
    id: MemberId,
    version: u64,
    plan: Option<PlanId>,
) -> Result<Stored<Member>, MemberError> {
    step::take(app, by, || restoring(app, by, id, Some(version), plan)).await
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

    change.writes.guard_version::<Plans>(&(), found.version);
    change.writes.guard_version::<stored::Member>(&id, version);
    guard_departments(by, &mut change, &after.departments).await?;
    after.workforce_type = match &before.workforce_type {
        Some(was) => workforce_types::find(&by.scope, &mut change.writes, was).await?,
        None => None,
    };
    regroup(app, &by.scope, &by.call, &mut change, before.in_groups(), &mut after).await?;
    let (at, occasion) = (by.call.at, Occasion::Add);
    let asking = Asking { organisation: &organisation, plans: &plans, at, occasion, offered: None, held: None };
    let mut change = seated(app, &by.scope, &asking, change, &mut after, plan).await?;
    enrol(&mut change, &after, member_limit(&plans, today, organisation.member_limit));
    index::add(app, &by.scope, &mut change.writes, &after).await?;
    change.event(app, "member.restored", serde_json::json!({ "member": id }));
    let change = change.before(&before.state()).after(&after);
    Ok(Step::new(before, after, change))
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
async fn seated(
    app: &App,
    scope: &OrgScope,
    asking: &Asking<'_>,
    mut change: Change<MemberError>,
    member: &mut Member,
    named: Option<PlanId>,
) -> Result<Change<MemberError>, MemberError> {
    let exempt = member.authority.is_primary_admin();
    let none_free = || MemberError::NoSeatFree;
    let of_groups = if named.is_none() { of_groups(scope, asking, member).await? } else { None };
    if let Some(free) = of_groups {
        if free.is_empty() && !exempt {
            return Err(MemberError::NoSeatFree);
        }
        let asking = Asking { occasion: Occasion::Group, ..*asking };
        return Ok(meet(app, scope, &asking, change, member, free, none_free).await?);
    }
    let seating = match seating(app, scope, asking, member, named).await? {
        Seating { outcome: Outcome::Wish(..), .. } if exempt => Seating::none(),
        Seating { outcome: Outcome::Wish(..), .. } => return Err(MemberError::NoSeatFree),
        seating => seating,
    };
    change = change.decided_by(seating.policies().to_vec());
    seating.apply(app, &mut change, asking, member, none_free);
    Ok(change)
}

/// Of the seats that their groups give them, the free ones that nobody waits for; none if their groups give none.
async fn of_groups(scope: &OrgScope, asking: &Asking<'_>, member: &Member) -> Result<Option<Vec<SeatWish>>, Refusal> {
    let (mut gives, mut free) = (false, Vec::new());
    for plan in asking.paid_plans() {
        let Some(wish) = member.wish(plan.id) else { continue };
        gives = true;
        if plans::ledger(scope, plan).await?.unclaimed() > 0 {
            free.push(wish.clone());
        }
    }
    Ok(gives.then_some(free))
}

/// The seat for somebody whom no group gives one.
async fn seating(
    app: &App,
    scope: &OrgScope,
    asking: &Asking<'_>,
    member: &Member,
    named: Option<PlanId>,
) -> Result<Seating, MemberError> {
    let mut paid = asking.paid_plans();
    match (named, paid.next(), paid.next()) {
        (Some(named), ..) => match Seating::of_plan(scope, asking, named).await {
            Err(Refusal::NotFound { .. }) => Err(MemberError::NoSuchPlan(named)),
            seating => Ok(seating?),
        },
        (None, Some(only), None) => {
            let asking = Asking { offered: Some(only.id), ..*asking };
            Ok(Seating::by_policy(app, scope, &asking, member.for_seat_policies()).await?)
        }
        (None, Some(_), Some(_)) if !member.authority.is_primary_admin() => Err(MemberError::PlanRequired),
        (None, ..) => Ok(Seating::none()),
    }
}
