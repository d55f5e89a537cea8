//! Suspending, resuming and deleting a member (R30, R32).

use usher_domain::ids::MemberId;
use usher_domain::member::{Member, State};
use usher_store::Stored;

use super::enrol::{leave_department, leave_workforce_type};
use super::{MemberError, get, last_primary_admin};
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::groups::regroup;
use crate::app::login::sessions;
use crate::app::refusal::based_on;
use crate::app::seating::unwish;
use crate::app::stored::{self, MemberAt, Unique};
use crate::app::{App, approvers, counters, seats};

/// Takes a member's login away. They still count, and keep their seats.
pub async fn suspend(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: MemberId,
    version: u64,
) -> Result<Stored<Member>, MemberError> {
    let step = |member: &mut Member, change: &mut Change<MemberError>| {
        if member.counts_as_primary_admin() {
            last_primary_admin(change);
        }
        Ok(member.suspend()?)
    };
    alter_state(app, by, id, version, "member.suspended", step).await
}

/// Gives a suspended member's login back.
pub async fn resume(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: MemberId,
    version: u64,
) -> Result<Stored<Member>, MemberError> {
    let step = |member: &mut Member, change: &mut Change<MemberError>| {
        member.resume()?;
        // Whoever was suspended kept their place among those who wait (R36).
        for wish in &member.wishes {
            seats::freed(&mut change.plan, wish.plan, by.call.at, app.random());
        }
        if member.counts_as_primary_admin() {
            change.plan.add(&counters::primary_admins(), 1, 0, i64::MAX);
        }
        Ok(())
    };
    alter_state(app, by, id, version, "member.resumed", step).await
}

async fn alter_state(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: MemberId,
    version: u64,
    action: &str,
    step: impl Fn(&mut Member, &mut Change<MemberError>) -> Result<(), MemberError>,
) -> Result<Stored<Member>, MemberError> {
    let step = &step;
    let (member, committed) = app
        .change(|| async {
            let before = within_reach(by, id, version).await?;
            let mut after = before.clone();
            let mut change = app.draft(by, action, id);
            step(&mut after, &mut change)?;
            approvers::list_anew(&mut change.plan, &after);
            let mut change = change.before(&before.state()).after(&after.state());
            if after.state() == State::Suspended {
                sessions::end_all(&by.scope, &mut change.plan, id).await?;
            }
            change.plan.replace(&id, version, &stored::Member(after.clone()));
            change.event(app, action, serde_json::json!({ "member": id }));
            Ok((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: member })
}

/// Deletes a member: no login, no seat, not counted; the address is free for others.
pub async fn delete(app: &App, by: &By<MembersAndDepartments>, id: MemberId, version: u64) -> Result<(), MemberError> {
    app.change(|| async {
        let before = within_reach(by, id, version).await?;
        let mut after = before.clone();
        let mut change = app.draft(by, "member.deleted", id);
        if before.counts_as_primary_admin() {
            last_primary_admin(&mut change);
        }
        for plan in &before.seats {
            seats::free(app, &by.scope, &by.call, &mut change, &mut after, *plan).await?;
        }
        for wish in &before.wishes {
            unwish(&mut change, &mut after, wish.plan);
        }
        after.delete(by.call.at)?;
        regroup(app, &by.scope, &by.call, &mut change, &before.groups, &mut after).await?;
        sessions::end_all(&by.scope, &mut change.plan, id).await?;
        vacate(&mut change, &before);
        approvers::list_anew(&mut change.plan, &after);
        let mut change = change.before(&before).after(&after.state());
        change.plan.replace(&id, version, &stored::Member(after));
        change.event(app, "member.deleted", serde_json::json!({ "member": id }));
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Gives up everything that counts them or leads to them.
fn vacate(change: &mut Change<MemberError>, member: &Member) {
    change.plan.add(&counters::members(), -1, 0, i64::MAX);
    if let Some(name) = &member.workforce_type {
        leave_workforce_type(change, name);
    }
    for department in &member.departments {
        leave_department(change, member, *department);
    }
    if let Some(address) = &member.work_email {
        change.plan.delete::<MemberAt>(&Unique::WorkEmail.place(address.canonical()));
    }
    if let Some(phone) = &member.phone {
        change.plan.delete::<MemberAt>(&Unique::Phone.place(phone.as_str()));
    }
}

/// The member, if whoever asks may do at least what they may.
async fn within_reach(by: &By<MembersAndDepartments>, id: MemberId, version: u64) -> Result<Member, MemberError> {
    let member = based_on(get(&by.scope, id).await?, version)?.record.0;
    if by.actor.authority().covers(&member.authority) { Ok(member) } else { Err(MemberError::TooMuchAuthority) }
}
