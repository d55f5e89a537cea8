//! Who holds a seat of a plan, and from whom (R35).
//!
//! A member's record says which seats they hold; there is no other list of it, so holders are found by going through
//! the members, a step at a time.

use usher_domain::group::Groups;
use usher_domain::ids::{GroupId, MemberId, PlanId};
use usher_domain::member::{self, SeatSource};
use usher_store::{OrgScope, Page};

use super::known;
use crate::app::actor::{By, MovingSeats};
use crate::app::groups::Grouping;
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;
use crate::app::stored::Member;

/// Members read at a time.
const STEP: usize = 500;
/// Members looked at for one page, at most.
const MAX_LOOKED_AT: usize = 10_000;

/// Somebody who holds a seat of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub member: MemberId,
    /// From whom: from groups alone, or from an admin or a policy, which is told apart no more.
    pub source: SeatSource,
    /// Their user groups that give a seat of the plan.
    pub groups: Vec<GroupId>,
}

impl Holder {
    /// Somebody as a holder of the plan, if they are one.
    pub(crate) fn of(member: &member::Member, plan: PlanId, groups: &Groups) -> Option<Holder> {
        let source = member.seat_source(plan).filter(|_| member.seats.contains(&plan))?;
        let gives = |group: &&GroupId| groups.plans(&[**group]).contains(&plan);
        Some(Holder { member: member.id, source, groups: member.groups.iter().filter(gives).copied().collect() })
    }
}

/// Who holds a seat of the plan, in the order in which they came. A page may be short of its limit and yet not be
/// the last: then `next` is there.
pub async fn list(by: &By<MovingSeats>, plan: PlanId, paging: &Paging) -> Result<PageOf<Holder>, Refusal> {
    known(&by.scope, plan).await?;
    let groups = Grouping::read(&by.scope).await?.groups;
    let mut last = paging.after_id(MemberId::from_bytes)?;
    let (mut items, mut looked_at) = (Vec::new(), 0);
    loop {
        let members = step(&by.scope, last).await?;
        let done = members.is_empty();
        looked_at += members.len();
        for member in members {
            if items.len() == paging.limit {
                return Ok(PageOf { items, next: last.map(|last| last.as_bytes().to_vec()) });
            }
            last = Some(member.id);
            items.extend(Holder::of(&member, plan, &groups));
        }
        if done || looked_at >= MAX_LOOKED_AT {
            let next = last.filter(|_| !done).map(|last| last.as_bytes().to_vec());
            return Ok(PageOf { items, next });
        }
    }
}

/// The next members, in the order in which they came; none at the end.
pub(crate) async fn step(scope: &OrgScope, after: Option<MemberId>) -> Result<Vec<member::Member>, Refusal> {
    let rows = scope.page::<Member>(Page::first(STEP).after(after)).await?;
    Ok(rows.into_iter().map(|(_, found)| found.record.0).collect())
}
