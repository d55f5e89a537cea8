//! The group of a department (R28): a dynamic one that takes its members, has its name and goes with it.

use usher_domain::department::Department;
use usher_domain::group::{Group, Rule};
use usher_domain::ids::{DepartmentId, GroupId};
use usher_domain::time::Instant;
use usher_store::{OrgScope, Stored};

use super::change::touch;
use super::{GroupError, GroupView, Grouping, check_may, sweep, view};
use crate::app::actor::{By, Call, Managing};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::{App, departments, stored, workforce_types};

/// Gives a department its group, or says anew whom its group takes: members of these workforce types, or of any if
/// none is named. They are put into it right after.
pub async fn set(
    app: &App,
    by: &By<Managing>,
    id: DepartmentId,
    types: &[String],
) -> Result<Stored<GroupView>, GroupError> {
    let types = &workforce_types::named::<GroupError>(&by.scope, types).await?;
    let (group, committed) = app
        .change(|| async {
            let grouping = Grouping::read(&by.scope).await?;
            let before = grouping.groups.of_department(id).cloned();
            let (action, group) = match &before {
                Some(known) => ("group.changed", known.id),
                None => ("group.created", app.new_id(GroupId::from_parts)),
            };
            let mut change = app.draft(by, action, group);
            let department = departments::held(by, id, &mut change.writes).await?.record;
            check_may(by, before.as_ref().is_some_and(|group| group.plan.is_some()))?;
            let group = match &before {
                Some(known) => Group { rule: Some(Rule::of_department(id, types)), ..known.clone() },
                None => new(group, &department, types, by.call.at),
            };
            let mut change = change.before(&before).after(&group);
            touch(&mut change, &grouping, by.call.at);
            change.writes.put(&group.id, &stored::Group(group.clone()));
            sweep::begin(&by.scope, &by.call, &mut change.writes, group.id, true).await?;
            Ok::<_, GroupError>((group, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: view(&by.scope, group).await? })
}

/// Gives new departments, which have no members yet, their groups in the commit that makes them.
pub(crate) fn make<E>(
    app: &App,
    at: Instant,
    change: &mut Change<E>,
    grouping: &Grouping,
    departments: &[Department],
    types: &[String],
) {
    touch(change, grouping, at);
    for department in departments {
        let group = new(app.new_id(GroupId::from_parts), department, types, at);
        let id = group.id;
        change.also("group.created", id, &group, []);
        change.writes.insert(&id, &stored::Group(group));
    }
}

/// Has the group of a department follow its name, in the commit that changes it.
pub(crate) async fn rename<E>(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    department: &Department,
) -> Result<(), Refusal> {
    let grouping = Grouping::read(scope).await?;
    let Some(before) = grouping.groups.of_department(department.id) else {
        // So that it gets none by its old name meanwhile.
        grouping.guard(&mut change.writes);
        return Ok(());
    };
    let group = Group { name: department.name.clone(), ..before.clone() };
    touch(change, &grouping, call.at);
    change.also_changed("group.changed", group.id, before, &group);
    change.writes.put(&before.id, &stored::Group(group));
    Ok(())
}

/// Deletes the group of a department, in the commit that removes it.
pub(crate) async fn remove<E>(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    id: DepartmentId,
) -> Result<(), Refusal> {
    let grouping = Grouping::read(scope).await?;
    let Some(group) = grouping.groups.of_department(id) else {
        // So that it gets none meanwhile.
        grouping.guard(&mut change.writes);
        return Ok(());
    };
    touch(change, &grouping, call.at);
    sweep::begin(scope, call, &mut change.writes, group.id, false).await?;
    change.also_removed("group.deleted", group.id, group);
    change.writes.delete::<stored::Group>(&group.id);
    Ok(())
}

fn new(id: GroupId, department: &Department, types: &[String], at: Instant) -> Group {
    Group {
        id,
        name: department.name.clone(),
        rule: Some(Rule::of_department(department.id, types)),
        plan: None,
        department: Some(department.id),
        created_at: at,
    }
}
