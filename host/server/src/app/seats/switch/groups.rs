//! Groups that give seats of another plan from now on.
//!
//! A group is moved only if all its members fit at that moment. The seats are exchanged right after, a member's old one
//! for the new one in one commit, so that nobody is left without a seat by it; what somebody else takes meanwhile, or a
//! policy declines, is waited for.

use serde_json::json;
use usher_domain::group::Group;
use usher_domain::ids::{GroupId, MemberId};
use usher_store::{OrgScope, Page};

use super::terms::Terms;
use super::{Keeps, Switch, SwitchError, SwitchedGroup};
use crate::app::App;
use crate::app::actor::{By, MovingSeats};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::groups::change::give_plan;
use crate::app::refusal::Refusal;
use crate::app::stored::{GroupMember, Member};

/// Members read at a time.
const STEP: usize = 500;

/// What becomes of a group, with so many seats free; there are less if it moves.
pub(super) async fn fate(
    by: &By<MovingSeats>,
    terms: &Terms,
    group: &Group,
    free: &mut u32,
) -> Result<SwitchedGroup, Refusal> {
    let mut told = SwitchedGroup { group: group.id, members: 0, needed: 0, keeps: None };
    if group.plan != Some(terms.from.id) {
        return Ok(SwitchedGroup { keeps: Some(Keeps::NoSeat), ..told });
    }
    let mut last = None;
    loop {
        let members = step(&by.scope, group.id, last).await?;
        let Some(member) = members.last() else { break };
        last = Some(member.id);
        told.members += members.len() as u64;
        for member in members.iter().filter(|member| !member.seats.contains(&terms.to.id)) {
            told.needed += 1;
            if terms.is_in_the_way(member) {
                told.keeps = Some(Keeps::PlanConflict);
            }
        }
    }
    if told.keeps.is_none() && told.needed > *free {
        told.keeps = Some(Keeps::NoSeatFree);
    }
    if told.keeps.is_none() {
        *free -= told.needed;
    }
    Ok(told)
}

/// Moves the groups whose members fit, in one commit.
pub(super) async fn switch(app: &App, by: &By<MovingSeats>, order: &Switch) -> Result<Vec<SwitchedGroup>, SwitchError> {
    app.change_if_needed(|| switching(app, by, order)).await
}

type Halted = Halt<Vec<SwitchedGroup>, SwitchError>;

async fn switching(
    app: &App,
    by: &By<MovingSeats>,
    order: &Switch,
) -> Result<(Vec<SwitchedGroup>, Change<Halted>), Halted> {
    let terms = Terms::read(by, order).await.map_err(Halt::Error)?;
    let (mut told, mut moving, mut free) = (Vec::new(), Vec::new(), terms.free);
    for group in terms.groups(order).map_err(Halt::Error)? {
        let fate = fate(by, &terms, &group, &mut free).await?;
        told.push(fate);
        moving.extend(fate.keeps.is_none().then_some(group));
    }
    if moving.is_empty() {
        return Err(Halt::AsBefore(told));
    }
    let mut change: Change<Halted> = app.draft(by, "groups.switched", order.from);
    terms.guard(&mut change.writes);
    give_plan(by, &mut change, &terms.grouping, &moving, order.to).await?;
    Ok((told, change.after(&json!({ "to": order.to, "groups": moving.len() }))))
}

async fn step(
    scope: &OrgScope,
    group: GroupId,
    after: Option<MemberId>,
) -> Result<Vec<usher_domain::member::Member>, Refusal> {
    let page = Page::first(STEP).after(after.map(|after| (group, after)));
    let rows = scope.page_within::<GroupMember>(&group, page).await?;
    let ids: Vec<_> = rows.into_iter().map(|((_, id), _)| id).collect();
    let found = scope.get_many::<Member>(&ids).await?;
    Ok(found.into_iter().flatten().map(|found| found.record.0).collect())
}
