//! Suspending, resuming and deleting a member (R30, R32).

use usher_domain::ids::MemberId;
use usher_domain::member::Member;
use usher_store::{OrgScope, Stored};

use super::enrol::{leave_department, leave_workforce_type, places};
use super::step::{self, Draft, Step, draft, end_sessions};
use super::{MemberError, last_primary_admin};
use crate::app::actor::{By, Call, Managing};
use crate::app::change::Change;
use crate::app::groups::regroup;
use crate::app::privacy::erasure;
use crate::app::seating::{count_awaited, unwish};
use crate::app::stored::{self, MemberAt};
use crate::app::{App, approvers, counters, seats};

/// Takes a member's login away. They still count, and keep their seats.
pub async fn suspend(app: &App, by: &By<Managing>, id: MemberId, version: u64) -> Result<Stored<Member>, MemberError> {
    step::take(app, by, || suspending(app, by, id, Some(version))).await
}

/// Gives a suspended member's login back.
pub async fn resume(app: &App, by: &By<Managing>, id: MemberId, version: u64) -> Result<Stored<Member>, MemberError> {
    step::take(app, by, || resuming(app, by, id, Some(version))).await
}

/// Deletes a member: no login, no seat, not counted; the address is free for others.
pub async fn delete(app: &App, by: &By<Managing>, id: MemberId, version: u64) -> Result<(), MemberError> {
    step::take(app, by, || deleting(app, by, id, Some(version))).await.map(drop)
}

pub(super) async fn suspending(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    version: Option<u64>,
) -> Result<Step, MemberError> {
    let Draft { version, before, change } = draft(app, by, "member.suspended", id, version).await?;
    let mut after = before.clone();
    after.suspend()?;
    let mut change = change.before(&before.state()).after(&after.state());
    if before.counts_as_primary_admin() {
        last_primary_admin(&mut change);
    }
    let sessions_ended = end_sessions(&by.scope, &by.call, &mut change, id).await?;
    write(app, &mut change, version, &after, "member.suspended");
    Ok(Step { sessions_ended, ..Step::new(before, after, change) })
}

pub(super) async fn resuming(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    version: Option<u64>,
) -> Result<Step, MemberError> {
    let Draft { version, before, change } = draft(app, by, "member.resumed", id, version).await?;
    let mut after = before.clone();
    after.resume()?;
    let mut change = change.before(&before.state()).after(&after.state());
    count_awaited(&mut change, &before.wishes, &after.wishes);
    // Whoever was suspended kept their place among those who wait (R36).
    for wish in &after.wishes {
        seats::freed(&mut change.writes, wish.plan, by.call.at);
    }
    if after.counts_as_primary_admin() {
        change.writes.add(&counters::primary_admins(), 1, 0, i64::MAX);
    }
    write(app, &mut change, version, &after, "member.resumed");
    Ok(Step::new(before, after, change))
}

pub(super) async fn deleting(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    version: Option<u64>,
) -> Result<Step, MemberError> {
    let Draft { version, before, mut change } = draft(app, by, "member.deleted", id, version).await?;
    let (after, sessions_ended) = leaving(app, &by.scope, &by.call, &mut change, &before).await?;
    erasure::due(&mut change.writes, id, by.call.at);
    let mut change = change.before(&before).after(&after.state());
    write(app, &mut change, version, &after, "member.deleted");
    Ok(Step { sessions_ended, ..Step::new(before, after, change) })
}

/// Takes a member out of everything that counts them, that they hold or that leads to them; their record is not
/// written. Returns them as they are from then on, and how many sessions end.
pub(super) async fn leaving(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<MemberError>,
    before: &Member,
) -> Result<(Member, usize), MemberError> {
    let mut after = before.clone();
    if before.counts_as_primary_admin() {
        last_primary_admin(change);
    }
    for plan in &before.seats {
        seats::free(app, scope, call, change, &mut after, *plan).await?;
    }
    for wish in &before.wishes {
        unwish(change, &mut after, wish.plan);
    }
    after.delete(call.at)?;
    let sessions_ended = end_sessions(scope, call, change, before.id).await?;
    regroup(app, scope, call, change, &before.groups, &mut after).await?;
    vacate(change, before);
    Ok((after, sessions_ended))
}

/// The member's record, their place among those who may answer requests, and the event.
fn write(app: &App, change: &mut Change<MemberError>, version: u64, after: &Member, event: &str) {
    approvers::list_anew(&mut change.writes, after);
    change.writes.replace(&after.id, version, &stored::Member(after.clone()));
    change.event(app, event, serde_json::json!({ "member": after.id }));
}

/// Gives up everything that counts them or leads to them.
fn vacate(change: &mut Change<MemberError>, member: &Member) {
    change.writes.add(&counters::members(), -1, 0, i64::MAX);
    if let Some(name) = &member.workforce_type {
        leave_workforce_type(change, name);
    }
    for department in &member.departments {
        leave_department(change, member, *department);
    }
    for place in places(member).keys() {
        change.writes.delete::<MemberAt>(place);
    }
}
