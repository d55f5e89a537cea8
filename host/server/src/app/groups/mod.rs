//! User groups (R35): who is in which, and the seats that come with them.
//!
//! A member is put into groups in the commit that writes the member (`regroup`); members are looked at anew, step
//! by step, when a group changes ([`sweep`]). Must not know why a member is written.

pub mod change;
pub mod department;
mod known;
pub mod members;
mod regroup;
pub mod sweep;

use std::sync::Arc;

use usher_domain::group::{self, Groups, MAX_GROUPS, RuleError};
use usher_domain::ids::{DepartmentId, GroupId, MemberId, PlanId};
use usher_domain::member::NameError;
use usher_domain::workforce::WorkforceError;
use usher_store::{MAX_SCAN, OrgScope, OrgWrites, Page, Stored};

pub use self::known::Known;
pub(crate) use self::regroup::{group_new, regroup};
use super::actor::{By, MembersAndDepartments, MovingSeats, Right as _};
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::{Group, Grouping as Version};
use super::{App, counters};

/// Why a group is not made or changed, or a member not put into one.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Another group has the name.
    #[error("there is a group `{0}` already: choose another name")]
    NameTaken(String),
    /// The rule will not do.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// There is no such department.
    #[error("the rule names the department {0}, which is not there")]
    NoSuchDepartment(DepartmentId),
    /// There are too many groups.
    #[error(
        "the organisation has {MAX_GROUPS} user groups beside those of departments, the most there may be: delete one \
         of them"
    )]
    TooMany,
    /// A rule decides who is in it.
    #[error("a rule decides who is in the group: change the rule, or the member")]
    ByRule,
    /// No rule decides who is in it.
    #[error("admins decide who is in the group: make a new group to have a rule decide")]
    ByHand,
    /// Its department decides what it is called and whom it takes.
    #[error("the group is a department's: rename the department, or say anew which workforce types its group takes")]
    OfDepartment,
    /// There is no such workforce type.
    #[error(transparent)]
    WorkforceType(#[from] WorkforceError),
    /// They are no member any more.
    #[error("the member is deleted: restore them first")]
    Deleted,
    /// They are not in the group.
    #[error("the member {0} is not in the group")]
    NotIn(MemberId),
}

/// A group with the number of its members.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GroupView {
    /// The group.
    pub group: group::Group,
    /// How many are in it.
    pub members: u64,
}

/// All groups of an organisation, as they stood at one moment.
pub(crate) struct Grouping {
    /// The groups.
    pub groups: Arc<Groups>,
    version: Option<u64>,
}

impl Grouping {
    /// Reads them. Their version is read first: what comes in between makes it stale.
    pub(crate) async fn read(scope: &OrgScope) -> Result<Grouping, Refusal> {
        let version = version(scope).await?;
        let mut rows: Vec<(GroupId, _)> = Vec::new();
        // The groups of departments alone may fill a page of the store.
        let mut more = version.is_some();
        while more {
            let after = rows.last().map(|(id, _)| *id);
            let page = scope.page::<Group>(Page::first(MAX_SCAN).after(after)).await?;
            more = page.len() == MAX_SCAN;
            rows.extend(page);
        }
        let groups = rows.into_iter().map(|(_, found)| found.record.0).collect();
        Ok(Grouping { groups: Arc::new(groups), version })
    }

    /// [`Grouping::read`], of what is remembered if nothing changed since: for whatever is done member by member.
    pub(crate) async fn known(app: &App, scope: &OrgScope) -> Result<Grouping, Refusal> {
        let Some(at) = version(scope).await? else { return Ok(Grouping { groups: Arc::default(), version: None }) };
        if let Some(groups) = app.groups.get(*scope.owner(), at) {
            return Ok(Grouping { groups, version: Some(at) });
        }
        let read = Grouping::read(scope).await?;
        // INVARIANT: what is remembered is what stood there at that version: nothing came while it was read.
        if let Some(at) = read.version
            && version(scope).await? == Some(at)
        {
            app.groups.put(*scope.owner(), at, &read.groups);
        }
        Ok(read)
    }

    /// Refuses the commit if a group was made, changed or deleted since.
    pub(crate) fn guard(&self, writes: &mut OrgWrites) {
        match self.version {
            Some(version) => writes.guard_version::<Version>(&(), version),
            None => writes.guard_absent::<Version>(&()),
        }
    }
}

async fn version(scope: &OrgScope) -> Result<Option<u64>, Refusal> {
    Ok(scope.get::<Version>(&()).await?.map(|found| found.version))
}

/// Groups in order of id, which is the order in which they were made.
pub async fn list(by: &By<MembersAndDepartments>, paging: &Paging) -> Result<PageOf<GroupView>, Refusal> {
    let after = paging.after_id(GroupId::from_bytes)?;
    let rows = by.scope.page::<Group>(Page::first(paging.limit + 1).after(after)).await?;
    let mut views = Vec::with_capacity(rows.len());
    for (_, found) in rows {
        views.push(view(&by.scope, found.record.0).await?);
    }
    Ok(PageOf::of(views, paging, |view: &GroupView| view.group.id.as_bytes().to_vec()))
}

/// One group.
pub async fn show(by: &By<MembersAndDepartments>, id: GroupId) -> Result<Stored<GroupView>, Refusal> {
    let found = get(&by.scope, id).await?;
    Ok(Stored { version: found.version, record: view(&by.scope, found.record.0).await? })
}

async fn get(scope: &OrgScope, id: GroupId) -> Result<Stored<Group>, Refusal> {
    scope.get::<Group>(&id).await?.ok_or_else(|| Refusal::not_found("group", &id))
}

async fn view(scope: &OrgScope, group: group::Group) -> Result<GroupView, Refusal> {
    let members = scope.counter(&counters::group_members(group.id)).await?;
    Ok(GroupView { group, members: u64::try_from(members).unwrap_or(0) })
}

/// Who is in a group that gives seats is theirs to say who may move seats (R1): its members, its plan and its rule. A
/// rule is their standing word: whoever changes a member by whom it goes, with no right to move seats, moves one by
/// it, as they do when they bring somebody in whom the rule takes.
fn check_may<R>(by: &By<R>, gives_seats: bool) -> Result<(), Refusal> {
    if gives_seats && !MovingSeats::held_by(&by.actor) {
        return Err(Refusal::Forbidden { needs: MovingSeats::NEEDS });
    }
    Ok(())
}
