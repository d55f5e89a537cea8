//! Making, changing and deleting user groups.

use usher_domain::group::{Group, Rule};
use usher_domain::ids::{DepartmentId, GroupId, PlanId};
use usher_domain::member::check_name;
use usher_domain::time::Instant;
use usher_store::{OrgScope, Stored};

use super::{GroupError, GroupView, Grouping, check_may, get, sweep, view};
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::change::{Change, Made};
use crate::app::refusal::{Refusal, based_on};
use crate::app::stored::{self, Department, Grouping as Version};
use crate::app::{App, join, plans};

/// Makes a group.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Unlike the other groups' that are no department's.
    pub name: String,
    /// Who is in it; without a rule, whom admins put there.
    pub rule: Option<Rule>,
    /// The plan a seat of which each of its members gets.
    pub plan: Option<PlanId>,
}

/// What changes of a group. Nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    /// Unlike the other groups' that are no department's.
    pub name: Option<String>,
    /// Another rule, of a group that has one.
    pub rule: Option<Rule>,
    /// Another plan, or none.
    pub plan: Option<Option<PlanId>>,
}

/// Makes a group. Whom its rule takes is put into it right after.
pub async fn create(app: &App, by: &By<MembersAndDepartments>, new: &NewGroup) -> Result<Made<GroupView>, GroupError> {
    let name = check_name(&new.name)?;
    check_may(by, new.plan.is_some())?;
    new.rule.as_ref().map_or(Ok(()), |rule| rule.check("/rule"))?;
    app.make(by, || async {
        let group = Group {
            id: app.new_id(GroupId::from_parts),
            name: name.clone(),
            rule: new.rule.clone(),
            plan: new.plan,
            department: None,
            created_at: by.call.at,
        };
        let grouping = Grouping::read(&by.scope).await?;
        if !grouping.groups.has_room() {
            return Err(GroupError::TooMany);
        }
        let mut change = app.draft(by, "group.created", group.id).after(&group);
        check(by, &mut change, &grouping, &group).await?;
        if group.rule.is_some() {
            sweep::begin(&by.scope, &by.call, &mut change.writes, group.id, true).await?;
        }
        change.writes.insert(&group.id, &stored::Group(group.clone()));
        Ok((GroupView { group, members: 0 }, (), change))
    })
    .await
}

/// Renames a group, gives it another rule or another plan. Its members, and their seats, follow right after.
pub async fn update(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: GroupId,
    version: u64,
    new: &GroupChange,
) -> Result<Stored<GroupView>, GroupError> {
    let name = new.name.as_deref().map(check_name).transpose()?;
    new.rule.as_ref().map_or(Ok(()), |rule| rule.check("/rule"))?;
    let (group, committed) = app
        .change(|| async {
            let before = based_on(get(&by.scope, id).await?, version)?.record.0;
            if new.rule.is_some() && before.rule.is_none() {
                return Err(GroupError::ByHand);
            }
            if before.department.is_some() && (new.rule.is_some() || name.is_some()) {
                return Err(GroupError::OfDepartment);
            }
            let after = Group {
                name: name.clone().unwrap_or_else(|| before.name.clone()),
                rule: new.rule.clone().or_else(|| before.rule.clone()),
                plan: new.plan.unwrap_or(before.plan),
                ..before.clone()
            };
            check_may(by, before.plan.is_some() || after.plan.is_some())?;
            let grouping = Grouping::read(&by.scope).await?;
            let mut change = app.draft(by, "group.changed", id).before(&before).after(&after);
            check(by, &mut change, &grouping, &after).await?;
            let ruled_anew = before.rule != after.rule;
            if ruled_anew || before.plan != after.plan {
                sweep::begin(&by.scope, &by.call, &mut change.writes, id, ruled_anew).await?;
            }
            change.writes.replace(&id, version, &stored::Group(after.clone()));
            Ok((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: view(&by.scope, group).await? })
}

/// Deletes a group. Its members leave it right after; seats that rest on it alone are free then (R35).
pub async fn delete(app: &App, by: &By<MembersAndDepartments>, id: GroupId, version: u64) -> Result<(), GroupError> {
    app.change(|| async {
        let before = based_on(get(&by.scope, id).await?, version)?.record.0;
        check_may(by, before.plan.is_some())?;
        let grouping = Grouping::read(&by.scope).await?;
        let mut change = app.draft(by, "group.deleted", id).before(&before);
        touch(&mut change, &grouping, by.call.at);
        sweep::begin(&by.scope, &by.call, &mut change.writes, id, false).await?;
        change.writes.guard_version::<stored::Group>(&id, version);
        change.writes.delete::<stored::Group>(&id);
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Has groups give a seat of another plan, in a commit of the caller's. Their members' seats follow right after.
pub(in crate::app) async fn give_plan<R, E>(
    by: &By<R>,
    change: &mut Change<E>,
    grouping: &Grouping,
    groups: &[Group],
    plan: PlanId,
) -> Result<(), Refusal> {
    touch(change, grouping, by.call.at);
    for group in groups {
        let after = Group { plan: Some(plan), ..group.clone() };
        sweep::begin(&by.scope, &by.call, &mut change.writes, group.id, false).await?;
        change.also_changed("group.changed", group.id, group, &after);
        change.writes.put(&group.id, &stored::Group(after));
    }
    Ok(())
}

/// Refuses a name that another group has, and a plan or a department that is not there; guards what it found.
async fn check(
    by: &By<MembersAndDepartments>,
    change: &mut Change<GroupError>,
    grouping: &Grouping,
    group: &Group,
) -> Result<(), GroupError> {
    let is_rival = |known: &Group| known.id != group.id && known.department.is_none() && group.department.is_none();
    if grouping.groups.iter().any(|known| is_rival(known) && known.name == group.name) {
        return Err(GroupError::NameTaken(group.name.clone()));
    }
    touch(change, grouping, by.call.at);
    if let Some(plan) = group.plan {
        let today = join::ticket::organisation(&by.scope).await?.0.today(by.call.at);
        let found = plans::current(&by.scope).await?;
        if !found.record.plans.iter().any(|known| known.id == plan && known.is_paid(today)) {
            return Err(GroupError::NoSuchPlan(plan));
        }
    }
    let departments = group.rule.as_ref().map(Rule::departments).unwrap_or_default();
    check_departments(&by.scope, &departments).await
}

async fn check_departments(scope: &OrgScope, ids: &[DepartmentId]) -> Result<(), GroupError> {
    let found = scope.get_many::<Department>(ids).await.map_err(Refusal::from)?;
    let missing = ids.iter().zip(found).find(|(_, found)| found.is_none());
    missing.map_or(Ok(()), |(id, _)| Err(GroupError::NoSuchDepartment(*id)))
}

/// INVARIANT: whatever changes a group rewrites this record, at the version it was read.
pub(super) fn touch<E>(change: &mut Change<E>, grouping: &Grouping, at: Instant) {
    let new = Version { changed_at: at };
    match grouping.version {
        Some(version) => change.writes.replace(&(), version, &new),
        None => change.writes.insert(&(), &new),
    }
}
