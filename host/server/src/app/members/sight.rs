//! Which members somebody sees, and which they may change (R1): the one way to a member by id.
//!
//! Somebody is seen who is in any department in reach, and may be changed only if all of theirs are.

use usher_domain::authority::{Authority, Reach};
use usher_domain::ids::MemberId;
use usher_domain::member;
use usher_store::{OrgWrites, Stored};

use super::MemberError;
use crate::app::actor::By;
use crate::app::reach::{self, Inside};
use crate::app::refusal::Refusal;
use crate::app::stored::Member;

/// A member as whoever asks sees them.
pub(in crate::app) async fn seen<R>(by: &By<R>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    let Stored { version, record: Member(member) } = get(by, id).await?;
    let inside = Inside::of(&by.scope, &by.reach()).await?;
    let member = as_seen(member, &inside).ok_or_else(|| no_such(id))?;
    Ok(Stored { version, record: Member(member) })
}

/// A member without the departments beyond those in reach; none if all are beyond.
pub(super) fn as_seen(mut member: member::Member, inside: &Inside) -> Option<member::Member> {
    let Inside::Only(_) = inside else { return Some(member) };
    member.departments.retain(|id| inside.includes(*id));
    if let Authority::DepartmentAdmin(departments) = &mut member.authority {
        departments.retain(|id| inside.includes(*id));
    }
    (!member.departments.is_empty()).then_some(member)
}

/// A member who is about to be changed by the plan, which guards that they stay in reach.
pub(in crate::app) async fn touched<R>(
    by: &By<R>,
    id: MemberId,
    writes: &mut OrgWrites,
) -> Result<Stored<Member>, MemberError> {
    let found = get(by, id).await?;
    let (reach, departments) = (by.reach(), &found.record.0.departments);
    match reach::guard_within(&by.scope, &reach, departments, writes).await?.len() {
        0 if reach != Reach::Whole => Err(no_such(id).into()),
        all if all == departments.len() => Ok(found),
        _ => Err(MemberError::BeyondReach),
    }
}

async fn get<R>(by: &By<R>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    by.scope.get::<Member>(&id).await?.ok_or_else(|| no_such(id))
}

fn no_such(id: MemberId) -> Refusal {
    Refusal::not_found("member", &id)
}
