//! Moving members' seats from one plan to another, with a preview (R35, R36).
//!
//! A member's old seat is freed and the new one given in one commit: nobody is without a seat in between, and who does
//! not fit keeps what they have. What rests on user groups moves by giving the group the other plan. An admin chose:
//! no policy is asked about direct seats; for a group's seats they are, as ever.

mod groups;
mod terms;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::json;
use usher_domain::ids::{GroupId, MemberId, PlanId};
use usher_store::Stored;

use self::terms::Terms;
use super::holders::step;
use super::queue;
use crate::app::App;
use crate::app::actor::{By, MovingSeats};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::plans;
use crate::app::refusal::Refusal;
use crate::app::stored::Member;

/// Most members, and most groups, that can be named.
pub const MAX_NAMED: usize = 500;
/// Most members who are told one by one.
const MAX_TOLD: usize = 500;
/// Members in one commit, each with some ten of its operations.
const BATCH: usize = 200;
/// Seats moved in one call, give or take a step, before it ends with a place to go on from.
const MAX_AT_ONCE: usize = 2_000;
/// Members looked at in one call, give or take a step, before it ends so.
const MAX_LOOKED_AT: usize = 100_000;

/// Moves seats of one plan to another.
#[derive(Clone, Debug)]
pub struct Switch {
    /// The plan whose seats are given up.
    pub from: PlanId,
    /// The plan whose seats are given.
    pub to: PlanId,
    /// Whose.
    pub who: Who,
}

/// Whose seats are moved.
#[derive(Clone, Debug)]
pub enum Who {
    /// Everybody's and every group's; members behind `after`, where a call before it ended.
    Everybody {
        /// The last one of the call before.
        after: Option<MemberId>,
    },
    /// These.
    Chosen {
        /// Members with a direct seat.
        members: Vec<MemberId>,
        /// User groups that give seats of the plan.
        groups: Vec<GroupId>,
    },
    /// These in one commit, or none of them.
    Together {
        /// Members with a direct seat.
        members: Vec<MemberId>,
    },
}

/// Why a seat stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// They are no member any more.
    Deleted,
    /// They hold no seat of the plan; a group does not give one.
    NoSeat,
    /// It comes from a user group, which is what can be moved.
    OfGroup,
    /// The other plan has too few seats free.
    NoSeatFree,
    /// Yet another plan stands in the way.
    PlanConflict,
}

impl fmt::Display for Keeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Keeps::Deleted => "they are deleted",
            Keeps::NoSeat => "they hold no seat of the plan",
            Keeps::OfGroup => "their seat comes from a user group",
            Keeps::NoSeatFree => "the other plan has too few seats free",
            Keeps::PlanConflict => "yet another plan stands in the way",
        })
    }
}

/// What becomes of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is moved; given anew unless they hold one of the other plan already.
    Moves {
        gives: bool,
    },
    Keeps(Keeps),
}

/// What was moved, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switched {
    /// Members whose seat is moved.
    pub moved: u64,
    /// Members whose seat stays where it is.
    pub kept: u64,
    /// Who they are and why, at most 500.
    pub keepers: Vec<(MemberId, Keeps)>,
    /// The groups.
    pub groups: Vec<SwitchedGroup>,
    /// Of a preview: members who wait for a seat of the plan and would get one that is given up, unless a policy
    /// declines (R36).
    pub taken_up: u64,
    /// Where to go on, if members are left.
    pub next: Option<MemberId>,
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchedGroup {
    /// Which.
    pub group: GroupId,
    /// How many are in it.
    pub members: u64,
    /// Seats of the other plan that they need.
    pub needed: u32,
    /// Why it is not moved; its members keep what they have.
    pub keeps: Option<Keeps>,
}

/// Why nothing is moved.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// From a plan to itself.
    #[error("seats are moved to another plan: name one")]
    SamePlan,
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// None, or one twice.
    #[error("name 1 to {MAX_NAMED} members or groups, each once; or none of either, for all of them")]
    Names,
    /// Too many members.
    #[error("at most {MAX_NAMED} members are named: name the others after that")]
    TooManyMembers,
    /// Too many groups.
    #[error("at most {MAX_NAMED} groups are named: name the others after that")]
    TooManyGroups,
    /// One of those who are to be moved together does not fit.
    #[error("nothing was moved, because of {0}: {1}; leave them out, or do not move them together")]
    Unfit(MemberId, Keeps),
}

/// What became of members, one by one.
type Fates = Vec<(MemberId, Fate)>;

/// Why members stay where they are.
type Halted = Halt<Fates, SwitchError>;

/// Moves seats. Those of groups follow right after, once their groups give the other plan.
pub async fn switch(app: &App, by: &By<MovingSeats>, order: &Switch) -> Result<Switched, SwitchError> {
    check(order)?;
    // Whatever is named must be there before anything is moved.
    Terms::read(by, order).await?.groups(order)?;
    let mut done = Switched::default();
    match &order.who {
        Who::Together { members } => done.tell(batch(app, by, order, members).await?),
        Who::Chosen { members, .. } => {
            drop(named(by, members).await?);
            for some in members.chunks(BATCH) {
                done.tell(batch(app, by, order, some).await?);
            }
        }
        Who::Everybody { after } => everybody(app, by, order, *after, &mut done).await?,
    }
    if done.next.is_none() {
        done.groups = groups::switch(app, by, order).await?;
    }
    Ok(done)
}

/// What [`switch`] would do at this moment, to the last member. Changes nothing.
pub async fn preview(by: &By<MovingSeats>, order: &Switch) -> Result<Switched, SwitchError> {
    check(order)?;
    let terms = Terms::read(by, order).await?;
    let (mut told, mut free) = (Switched::default(), terms.free);
    match &order.who {
        Who::Together { members } | Who::Chosen { members, .. } => {
            for Stored { record: Member(member), .. } in named(by, members).await? {
                told.tell([(member.id, terms.fate(&member, &mut free))]);
            }
        }
        Who::Everybody { after } => {
            let mut last = *after;
            loop {
                let members = step(&by.scope, last).await?;
                let Some(member) = members.last() else { break };
                last = Some(member.id);
                let holders = members.iter().filter(|member| terms.is_direct(member));
                told.tell(holders.map(|member| (member.id, terms.fate(member, &mut free))).collect::<Vec<_>>());
            }
        }
    }
    for group in terms.groups(order)? {
        told.groups.push(groups::fate(by, &terms, &group, &mut free).await?);
    }
    let mut seats = plans::ledger(&by.scope, &terms.from).await?;
    seats.committed = seats.committed.saturating_sub(u32::try_from(told.moved).unwrap_or(u32::MAX));
    let given_up = if terms.from.is_paid(terms.today) { seats.free() } else { 0 };
    let waiting = queue::fitting(&by.scope, &terms.plans.record.plans, order.from, terms.today, given_up).await?;
    Ok(Switched { taken_up: waiting.members.len() as u64, ..told })
}

fn check(order: &Switch) -> Result<(), SwitchError> {
    let (members, groups): (&[_], &[_]) = match &order.who {
        Who::Everybody { .. } => return Ok(()),
        Who::Chosen { members, groups } => (members, groups),
        Who::Together { members } => (members, &[]),
    };
    if members.len() > MAX_NAMED {
        return Err(SwitchError::TooManyMembers);
    }
    if groups.len() > MAX_NAMED {
        return Err(SwitchError::TooManyGroups);
    }
    let named = !members.is_empty() || !groups.is_empty();
    let once = members.iter().collect::<BTreeSet<_>>().len() == members.len()
        && groups.iter().collect::<BTreeSet<_>>().len() == groups.len();
    if named && once { Ok(()) } else { Err(SwitchError::Names) }
}

async fn everybody(
    app: &App,
    by: &By<MovingSeats>,
    order: &Switch,
    after: Option<MemberId>,
    done: &mut Switched,
) -> Result<(), SwitchError> {
    let terms = Terms::read(by, order).await?;
    let (mut last, mut looked_at, mut holders) = (after, 0, Vec::new());
    // All are found before one is moved: who takes up a seat that is given up stays.
    done.next = loop {
        let members = step(&by.scope, last).await?;
        let Some(member) = members.last() else { break None };
        last = Some(member.id);
        looked_at += members.len();
        holders.extend(members.iter().filter(|member| terms.is_direct(member)).map(|member| member.id));
        if holders.len() >= MAX_AT_ONCE || looked_at >= MAX_LOOKED_AT {
            break last;
        }
    };
    for some in holders.chunks(BATCH) {
        done.tell(batch(app, by, order, some).await?);
    }
    Ok(())
}

/// Members that are named, in that order.
async fn named(by: &By<MovingSeats>, ids: &[MemberId]) -> Result<Vec<Stored<Member>>, Refusal> {
    let found = by.scope.get_many::<Member>(ids).await?;
    ids.iter().zip(found).map(|(id, found)| found.ok_or_else(|| Refusal::not_found("member", id))).collect()
}

async fn batch(app: &App, by: &By<MovingSeats>, order: &Switch, ids: &[MemberId]) -> Result<Fates, SwitchError> {
    app.change_if_needed(|| switching(app, by, order, ids)).await
}

async fn switching(
    app: &App,
    by: &By<MovingSeats>,
    order: &Switch,
    ids: &[MemberId],
) -> Result<(Fates, Change<Halted>), Halted> {
    let terms = Terms::read(by, order).await.map_err(Halt::Error)?;
    let found = named(by, ids).await?;
    let mut change: Change<Halted> = app.draft(by, "seats.switched", order.from);
    terms.guard(&mut change.writes);
    let (mut fates, mut moved, mut free) = (Vec::with_capacity(ids.len()), 0, terms.free);
    for Stored { version, record: Member(member) } in found {
        let fate = terms.fate(&member, &mut free);
        fates.push((member.id, fate));
        match fate {
            Fate::Moves { gives } => {
                terms.draw(app, by, &mut change, Stored { version, record: member }, gives).await?;
                moved += 1;
            }
            Fate::Keeps(why) if matches!(order.who, Who::Together { .. }) => {
                return Err(Halt::Error(SwitchError::Unfit(member.id, why)));
            }
            Fate::Keeps(_) => {}
        }
    }
    if moved == 0 {
        return Err(Halt::AsBefore(fates));
    }
    Ok((fates, change.after(&json!({ "to": order.to, "members": moved }))))
}

impl Switched {
    fn tell(&mut self, fates: impl IntoIterator<Item = (MemberId, Fate)>) {
        for (member, fate) in fates {
            match fate {
                Fate::Moves { .. } => self.moved += 1,
                Fate::Keeps(why) => {
                    self.kept += 1;
                    if self.keepers.len() < MAX_TOLD {
                        self.keepers.push((member, why));
                    }
                }
            }
        }
    }
}
