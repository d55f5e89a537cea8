//! A member's groups and the seats that come with them, in the commit that writes the member.

use std::collections::BTreeSet;

use serde_json::json;
use usher_domain::department::MAX_LEVELS;
use usher_domain::group::Subject;
use usher_domain::ids::{DepartmentId, GroupId};
use usher_domain::member::{GroupSteps, Member, SeatSource, SeatWish, State, WishReason};
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites};

use super::Grouping;
use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::seating::{unwish, wish};
use crate::app::stored::{Department, GroupMember};
use crate::app::{App, counters, seats};

/// Puts a member that is about to be written into the groups that take them now and out of those that do not, and
/// has the seats follow: wished for, to be given right after the commit, or freed. `before` are the groups they were
/// in. To be called by whatever adds, changes, deletes or restores a member, before it writes the member.
pub(crate) async fn regroup<E: From<Refusal>>(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    before: &[GroupId],
    member: &mut Member,
) -> Result<(), Refusal> {
    let grouping = Grouping::known(app, scope).await?;
    grouping.guard(&mut change.writes);
    let under = match grouping.groups.first_by_department() {
        Some(_) => all_above(scope, &mut change.writes, &member.departments).await?,
        None => BTreeSet::new(),
    };
    let steps = put(app, change, &grouping, &under, before, member);
    for plan in &steps.free {
        seats::free(app, scope, call, change, member, *plan).await?;
    }
    wish_for(call.at, change, member, steps);
    // What the seat policies see of them may have changed: those that declined are asked again (R36).
    for declined in member.wishes.iter().filter(|wish| wish.reason == WishReason::PolicyDeclined) {
        seats::freed(&mut change.writes, declined.plan, call.at);
    }
    Ok(())
}

/// [`regroup`] for a new member, by groups that were read and guarded before; `under` are their departments and all
/// above. No group gave them a seat yet, so none is freed.
pub(crate) fn group_new<E>(
    app: &App,
    at: Instant,
    change: &mut Change<E>,
    grouping: &Grouping,
    under: &BTreeSet<DepartmentId>,
    member: &mut Member,
) {
    let steps = put(app, change, grouping, under, &[], member);
    wish_for(at, change, member, steps);
}

/// Puts the member into groups and out of others; returns what comes of it for their seats.
fn put<E>(
    app: &App,
    change: &mut Change<E>,
    grouping: &Grouping,
    under: &BTreeSet<DepartmentId>,
    before: &[GroupId],
    member: &mut Member,
) -> GroupSteps {
    let now = grouping.groups.of(Subject { member, under });
    let places = |group: &GroupId| (*group, member.id);
    for left in before.iter().filter(|group| !now.contains(group)) {
        change.writes.delete::<GroupMember>(&places(left));
        change.writes.add(&counters::group_members(*left), -1, 0, i64::MAX);
        change.event(app, "group.member_removed", json!({ "group": left, "member": member.id }));
    }
    for joined in now.iter().filter(|group| !before.contains(group)) {
        change.writes.put(&places(joined), &GroupMember {});
        change.writes.add(&counters::group_members(*joined), 1, 0, i64::MAX);
        change.event(app, "group.member_added", json!({ "group": joined, "member": member.id }));
    }
    let steps = member.group_steps(&grouping.groups.plans(&now));
    // Of whoever is deleted, the record keeps the groups that they come back to (R32).
    if member.counts() {
        member.groups = now;
    }
    steps
}

fn wish_for<E>(at: Instant, change: &mut Change<E>, member: &mut Member, steps: GroupSteps) {
    for plan in steps.unwish {
        unwish(change, member, plan);
    }
    let suspended = member.state() == State::Suspended;
    let reason = if suspended { WishReason::Suspended } else { WishReason::NoSeatFree };
    for plan in steps.wish {
        wish(change, member, SeatWish { plan, reason, since: at, source: SeatSource::Group });
    }
}

/// The departments and all above them, guarded, so that none is moved before the commit.
async fn all_above(
    scope: &OrgScope,
    writes: &mut OrgWrites,
    departments: &[DepartmentId],
) -> Result<BTreeSet<DepartmentId>, Refusal> {
    let mut all = BTreeSet::new();
    let mut level = departments.to_vec();
    for _ in 0..MAX_LEVELS {
        level.retain(|id| all.insert(*id));
        level.dedup();
        if level.is_empty() {
            break;
        }
        let found = scope.get_many::<Department>(&level).await?;
        let found: Vec<_> = level.iter().zip(found).filter_map(|(id, found)| Some((*id, found?))).collect();
        for (id, found) in &found {
            writes.guard_version::<Department>(id, found.version);
        }
        level = found.into_iter().filter_map(|(_, found)| found.record.0.parent).collect();
    }
    Ok(all)
}
