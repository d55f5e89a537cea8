//! Departments: added, renamed, moved, removed, within the limits of R37 and the reach of whoever asks (R1).

use std::slice::from_ref;

use serde::{Deserialize, Serialize};
use usher_domain::authority::Reach;
use usher_domain::department::{Department, DepartmentError, DepartmentNameError, MAX_DEPARTMENTS, Tree, check_name};
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::organisation::Organisation;
use usher_domain::workforce::WorkforceError;
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::actor::{By, Call, Managing, SeeingDepartments};
use super::change::{Change, Made};
use super::groups::{self, Grouping, sweep};
use super::members::{self, MemberError};
use super::page::{PageOf, Paging};
use super::reach::{self, Inside};
use super::refusal::{Refusal, based_on};
use super::stored::DepartmentMember;
use super::{App, counters, organisations, stored, workforce_types};

/// Most direct members that removing a department moves elsewhere: more are moved in bulk before.
pub const MAX_MOVED: u64 = 1_000;

/// Why a department is not added, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum DepartmentsError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] DepartmentNameError),
    /// The tree cannot take it.
    #[error(transparent)]
    Tree(#[from] DepartmentError),
    /// It has direct members.
    #[error("the department still has members: move them to other departments first")]
    HasMembers,
    /// It has too many of them to be moved by this.
    #[error("the department has more than {MAX_MOVED} members: move them to other departments first")]
    TooManyMembers,
    /// Below none, by an admin of departments.
    #[error("you are an admin of departments: name the one among them that the new department lies below")]
    ParentRequired,
    /// The topmost one that an admin of departments has.
    #[error("you may change what lies below the department, not itself: ask an admin of the department above it")]
    Topmost,
    /// Its group should take members of a workforce type that there is not.
    #[error(transparent)]
    WorkforceType(#[from] WorkforceError),
    /// One of its members cannot be moved.
    #[error("the member {0} cannot be moved: {1}")]
    Member(MemberId, Box<MemberError>),
}

/// A department with the number of its direct members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepartmentView {
    /// The department.
    pub department: Department,
    /// Direct members.
    pub members: u64,
}

/// What changes of a department. Nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct DepartmentChange {
    /// Its new name.
    pub name: Option<String>,
    /// Where it moves, with everything below it.
    pub parent: Option<DepartmentId>,
}

/// Adds a department; below the root if no parent is named. With `group` it has its group, which takes members of
/// these workforce types, or of any if none is named (R28).
pub async fn create(
    app: &App,
    by: &By<Managing>,
    name: &str,
    parent: Option<DepartmentId>,
    group: Option<&[String]>,
) -> Result<Made<DepartmentView>, DepartmentsError> {
    let name = check_name(name)?;
    let parent = match (parent, by.reach()) {
        (Some(parent), _) => parent,
        (None, Reach::Whole) => organisations::current(by).await?.record.0.root_department,
        (None, Reach::Below(_)) => return Err(DepartmentsError::ParentRequired),
    };
    let types = match group {
        Some(texts) => Some(workforce_types::named::<DepartmentsError>(&by.scope, texts).await?),
        None => None,
    };
    app.make(by, || async {
        let id = app.new_id(DepartmentId::from_parts);
        let (tree, change) = reshaping(app, by, "department.created", id).await?;
        check_parent(by, parent).await?;
        tree.check_new(&name, parent)?;
        let department = Department { id, name: name.clone(), parent: Some(parent), created_at: by.call.at };
        let mut change = change.after(&department);
        change.writes.insert(&department.id, &stored::Department(department.clone()));
        if let Some(types) = &types {
            let grouping = Grouping::read(&by.scope).await?;
            groups::department::make(app, by.call.at, &mut change, &grouping, from_ref(&department), types);
        }
        Ok((DepartmentView { department, members: 0 }, (), change))
    })
    .await
}

/// Departments in reach, in order of id, which is the order in which they came; the root first.
pub async fn list(by: &By<SeeingDepartments>, paging: &Paging) -> Result<PageOf<DepartmentView>, Refusal> {
    let after = paging.after_id(DepartmentId::from_bytes)?;
    let limit = paging.limit + 1;
    let inside = Inside::of(&by.scope, &by.reach()).await?;
    let departments: Vec<Department> = match &inside {
        Inside::All => {
            let rows = by.scope.page::<stored::Department>(Page::first(limit).after(after)).await?;
            rows.into_iter().map(|(_, found)| found.record.0).collect()
        }
        Inside::Only(ids) => {
            let ids: Vec<_> =
                ids.iter().filter(|id| after.is_none_or(|after| **id > after)).take(limit).copied().collect();
            let found = by.scope.get_many::<stored::Department>(&ids).await?;
            found.into_iter().flatten().map(|found| found.record.0).collect()
        }
    };
    let mut views = Vec::with_capacity(departments.len());
    for mut department in departments {
        department.parent = department.parent.filter(|parent| inside.includes(*parent));
        views.push(view(&by.scope, department).await?);
    }
    Ok(PageOf::of(views, paging, |view: &DepartmentView| view.department.id.as_bytes().to_vec()))
}

/// One department.
pub async fn show(by: &By<SeeingDepartments>, id: DepartmentId) -> Result<Stored<DepartmentView>, Refusal> {
    let Stored { version, record: mut department } = get(by, id).await?;
    if !has_parent_in_reach(by, &department).await? {
        department.parent = None;
    }
    Ok(Stored { version, record: view(&by.scope, department).await? })
}

/// Renames or moves a department.
pub async fn update(
    app: &App,
    by: &By<Managing>,
    id: DepartmentId,
    version: u64,
    new: &DepartmentChange,
) -> Result<Stored<DepartmentView>, DepartmentsError> {
    let name = new.name.as_deref().map(check_name).transpose()?;
    let (department, committed) = app
        .change(|| async {
            let (tree, change) = reshaping(app, by, "department.changed", id).await?;
            let before = based_on(get_below(by, id).await?, version)?.record;
            if let Some(parent) = new.parent {
                check_parent(by, parent).await?;
            }
            let after = Department {
                name: name.clone().unwrap_or_else(|| before.name.clone()),
                parent: new.parent.or(before.parent),
                ..before.clone()
            };
            tree.check_change(id, &after.name, after.parent.ok_or(DepartmentError::Root)?)?;
            let mut change = change.before(&before).after(&after);
            if after.parent != before.parent {
                sweep::department_moved(&by.scope, &by.call, &mut change.writes).await?;
            }
            if after.name != before.name {
                groups::department::rename(&by.scope, &by.call, &mut change, &after).await?;
            }
            change.writes.replace(&id, version, &stored::Department(after.clone()));
            Ok::<_, DepartmentsError>((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: view(&by.scope, department).await? })
}

/// Empties a department into another one: the departments below it first, in one commit, then its direct members, each
/// in a commit of its own. What is refused ends it half-way; asked again, it goes on from there.
pub async fn empty(
    app: &App,
    by: &By<Managing>,
    id: DepartmentId,
    version: u64,
    into: DepartmentId,
) -> Result<(), DepartmentsError> {
    drop(based_on(get_below(by, id).await?, version)?);
    check_parent(by, into).await?;
    let (_, tree) = tree(&by.scope).await?;
    if tree.path(into)?.iter().any(|above| above.id == id) {
        return Err(DepartmentError::Cycle.into());
    }
    if view(&by.scope, tree.get(id)?.clone()).await?.members > MAX_MOVED {
        return Err(DepartmentsError::TooManyMembers);
    }
    if tree.children(id).next().is_some() {
        app.change(|| moving_children(app, by, id, into)).await?;
    }
    let rows = by.scope.page_within::<DepartmentMember>(&id, Page::first(MAX_MOVED as usize)).await;
    for ((_, member), _) in rows.map_err(Refusal::from)? {
        let moved = members::alter::exchange(app, by, member, id, into).await;
        moved.map_err(|error| DepartmentsError::Member(member, Box::new(error)))?;
    }
    Ok(())
}

/// Moves all that lies directly below a department: no more than fits into one commit.
async fn moving_children(
    app: &App,
    by: &By<Managing>,
    id: DepartmentId,
    into: DepartmentId,
) -> Result<((), Change<DepartmentsError>), DepartmentsError> {
    let (mut tree, mut change) = reshaping(app, by, "department.emptied", id).await?;
    drop(get_below(by, id).await?);
    check_parent(by, into).await?;
    for child in tree.children(id).collect::<Vec<_>>() {
        let before = tree.get(child)?.clone();
        tree.check_change(child, &before.name, into)?;
        let after = Department { parent: Some(into), ..before.clone() };
        change.also_changed("department.changed", child, &before, &after);
        change.writes.put(&child, &stored::Department(after.clone()));
        tree.put(after);
    }
    sweep::department_moved(&by.scope, &by.call, &mut change.writes).await?;
    Ok(((), change.before(&id).after(&into)))
}

/// Removes a department that has neither members nor departments below it.
pub async fn remove(app: &App, by: &By<Managing>, id: DepartmentId, version: u64) -> Result<(), DepartmentsError> {
    app.change(|| async {
        let (tree, change) = reshaping(app, by, "department.removed", id).await?;
        let before = based_on(get_below(by, id).await?, version)?.record;
        tree.check_removal(id)?;
        let mut change = change.before(&before);
        // Whoever joins it at the same time guards its record's version, which goes with this.
        change.count_up(&counters::department_members(id), 0, 0, DepartmentsError::HasMembers);
        change.writes.delete_counter(&counters::department_members(id));
        groups::department::remove(&by.scope, &by.call, &mut change, id).await?;
        change.writes.guard_version::<stored::Department>(&id, version);
        change.writes.delete::<stored::Department>(&id);
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Has the root follow the organisation's name, in the commit that changes it: whoever names a department by its path
/// may begin with the root.
pub(super) async fn rename_root<E>(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    organisation: &Organisation,
) -> Result<(), Refusal> {
    let (tree, id) = (tree_version(scope).await?, organisation.root_department);
    let found = scope.get::<stored::Department>(&id).await?;
    let Stored { version, record } = found.ok_or_else(|| Refusal::not_found("department", &id))?;
    let (before, after) = (&record.0, Department { name: organisation.name.clone(), ..record.0.clone() });
    change.also_changed("department.changed", id, before, &after);
    groups::department::rename(scope, call, change, &after).await?;
    change.writes.replace(&(), tree, &stored::Tree { changed_at: call.at });
    change.writes.replace(&id, version, &stored::Department(after));
    Ok(())
}

/// The tree, and the beginning of a change of its shape. INVARIANT: whatever changes the shape rewrites the tree's
/// record at the version it was read. So what is found to be in reach behind this stays so until the commit.
async fn reshaping(
    app: &App,
    by: &By<Managing>,
    action: &str,
    id: DepartmentId,
) -> Result<(Tree, Change<DepartmentsError>), Refusal> {
    let (guard, tree) = tree(&by.scope).await?;
    let mut change = app.draft(by, action, id);
    change.writes.replace(&(), guard, &stored::Tree { changed_at: by.call.at });
    Ok((tree, change))
}

/// The whole tree, and the version it has. The guard is read first: what comes in between makes it stale.
pub(super) async fn tree(scope: &OrgScope) -> Result<(u64, Tree), Refusal> {
    let version = tree_version(scope).await?;
    let rows = scope.page::<stored::Department>(Page::first(MAX_DEPARTMENTS)).await?;
    Ok((version, rows.into_iter().map(|(_, found)| found.record.0).collect()))
}

async fn tree_version(scope: &OrgScope) -> Result<u64, Refusal> {
    let tree = scope.get::<stored::Tree>(&()).await?;
    Ok(tree.ok_or_else(|| Refusal::not_found("organisation", scope.owner()))?.version)
}

/// A department in reach of whoever is about to write: the plan guards that it stays as it is, and in reach.
pub(super) async fn held<R>(
    by: &By<R>,
    id: DepartmentId,
    writes: &mut OrgWrites,
) -> Result<Stored<Department>, Refusal> {
    let found = by.scope.get::<stored::Department>(&id).await?;
    let inside = !reach::guard_within(&by.scope, &by.reach(), &[id], writes).await?.is_empty();
    let Stored { version, record } = found.filter(|_| inside).ok_or_else(|| Refusal::not_found("department", &id))?;
    writes.guard_version::<stored::Department>(&id, version);
    Ok(Stored { version, record: record.0 })
}

/// A department in reach, for whoever reads: what is written by it is guarded by [`reshaping`].
async fn get<R>(by: &By<R>, id: DepartmentId) -> Result<Stored<Department>, Refusal> {
    let found = by.scope.get::<stored::Department>(&id).await?;
    match found {
        Some(Stored { version, record }) if reach::includes(&by.scope, &by.reach(), id).await? => {
            Ok(Stored { version, record: record.0 })
        }
        _ => Err(Refusal::not_found("department", &id)),
    }
}

/// A department in reach that may be renamed, moved and removed: the one above it is in reach too.
async fn get_below(by: &By<Managing>, id: DepartmentId) -> Result<Stored<Department>, DepartmentsError> {
    let found = get(by, id).await?;
    let may = by.reach() == Reach::Whole || has_parent_in_reach(by, &found.record).await?;
    if may { Ok(found) } else { Err(DepartmentsError::Topmost) }
}

async fn has_parent_in_reach<R>(by: &By<R>, department: &Department) -> Result<bool, Refusal> {
    match department.parent {
        Some(parent) => reach::includes(&by.scope, &by.reach(), parent).await,
        None => Ok(false),
    }
}

/// Refuses a department to move or make others below that is not in reach, as one that is not there.
async fn check_parent(by: &By<Managing>, id: DepartmentId) -> Result<(), DepartmentsError> {
    let inside = reach::includes(&by.scope, &by.reach(), id).await?;
    if inside { Ok(()) } else { Err(DepartmentError::Unknown(id).into()) }
}

async fn view(scope: &OrgScope, department: Department) -> Result<DepartmentView, Refusal> {
    let members = scope.counter(&counters::department_members(department.id)).await?;
    Ok(DepartmentView { department, members: u64::try_from(members).unwrap_or(0) })
}
