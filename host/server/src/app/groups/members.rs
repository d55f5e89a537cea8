//! Who is in a group: listed, and put in and out by admins where no rule decides.

use usher_domain::ids::{GroupId, MemberId};
use usher_domain::member::State;
use usher_store::{Page, Stored};

use super::{GroupError, check_may, get, regroup};
use crate::app::App;
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;
use crate::app::stored::{GroupMember, Member};

/// Members of a group, in the order in which they came to the organisation.
pub async fn list(
    by: &By<MembersAndDepartments>,
    group: GroupId,
    paging: &Paging,
) -> Result<PageOf<MemberId>, Refusal> {
    get(&by.scope, group).await?;
    let after = paging.after_id(MemberId::from_bytes)?;
    let page = Page::first(paging.limit + 1).after(after.map(|after| (group, after)));
    let rows = by.scope.page_within::<GroupMember>(&group, page).await?;
    let ids = rows.into_iter().map(|((_, id), _)| id).collect();
    Ok(PageOf::of(ids, paging, |id: &MemberId| id.as_bytes().to_vec()))
}

/// Puts a member into a group; they get a seat of its plan, or wait for one (R35). Twice is once.
pub async fn put(app: &App, by: &By<MembersAndDepartments>, group: GroupId, id: MemberId) -> Result<(), GroupError> {
    app.change(|| async {
        let (change, found) = draft(app, by, "group.member_added", group, id).await?;
        let mut member = found.record.0.clone();
        if !member.groups.contains(&group) {
            member.groups.push(group);
        }
        commit(app, by, change, &found, member).await
    })
    .await
    .map(drop)
}

/// Takes a member out of a group; if it was the last one that gave them a seat of its plan, the seat is free (R35).
pub async fn remove(app: &App, by: &By<MembersAndDepartments>, group: GroupId, id: MemberId) -> Result<(), GroupError> {
    app.change(|| async {
        let (change, found) = draft(app, by, "group.member_removed", group, id).await?;
        let mut member = found.record.0.clone();
        if !member.groups.contains(&group) {
            return Err(GroupError::NotIn(id));
        }
        member.groups.retain(|known| *known != group);
        commit(app, by, change, &found, member).await
    })
    .await
    .map(drop)
}

async fn draft(
    app: &App,
    by: &By<MembersAndDepartments>,
    action: &str,
    group: GroupId,
    id: MemberId,
) -> Result<(Change<GroupError>, Stored<Member>), GroupError> {
    let target = get(&by.scope, group).await?.record.0;
    check_may(by, target.plan.is_some())?;
    if target.rule.is_some() {
        return Err(GroupError::ByRule);
    }
    let found = by.scope.get::<Member>(&id).await.map_err(Refusal::from)?;
    let found = found.ok_or_else(|| Refusal::not_found("member", &id))?;
    if found.record.0.state() == State::Deleted {
        return Err(GroupError::Deleted);
    }
    Ok((app.draft(by, action, id).before(&found.record.0.groups), found))
}

async fn commit(
    app: &App,
    by: &By<MembersAndDepartments>,
    mut change: Change<GroupError>,
    found: &Stored<Member>,
    mut member: usher_domain::member::Member,
) -> Result<((), Change<GroupError>), GroupError> {
    regroup(app, &by.scope, &by.call, &mut change, &found.record.0.groups, &mut member).await?;
    let mut change = change.after(&member.groups);
    change.writes.replace(&member.id, found.version, &Member(member.clone()));
    Ok(((), change))
}
