//! One action on many members, each on its own, and what it would do before it is done (R31, R32).

use std::collections::BTreeSet;

use usher_domain::ids::{DepartmentId, GroupId, MemberId, PlanId};
use usher_domain::member::{Member, State};

use super::MemberError;
use super::alter::{MemberChange, altered, altering};
use super::edit::{Edit, changed, editing};
use super::remind::reminding;
use super::restore::restoring;
use super::states::{deleting, resuming, suspending};
use super::step::Step;
use crate::app::App;
use crate::app::actor::{By, Managing, PrimaryAdmin, Right as _};
use crate::app::change::foresight::Foresight;
use crate::app::deliveries::Failed;
use crate::app::refusal::Refusal;

/// Most members in one call.
pub const MAX_MEMBERS: usize = 500;

/// What is done to each member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Takes their login away.
    Suspend,
    /// Gives it back.
    Resume,
    /// Deletes them.
    Delete,
    /// Brings them back, with a seat of the plan; by primary admins alone.
    Restore(Option<PlanId>),
    /// Reminds them that they are expected.
    Remind,
    /// Makes this their only department.
    Move(DepartmentId),
    /// Puts them into this department too.
    AddTo(DepartmentId),
    /// Changes their data.
    Edit(Edit),
}

/// What an action does to one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// Their state afterwards.
    pub state: State,
    /// Plans whose seat they give up.
    pub seats_freed: Vec<PlanId>,
    /// Plans whose seat they get.
    pub seats_given: Vec<PlanId>,
    /// Plans whose seat their groups give them: each has it right afterwards if one is free and the seat policies
    /// agree, and else waits for it (R35, R36).
    pub seats_wished: Vec<PlanId>,
    /// Plans for whose seat they wait no more.
    pub wishes_dropped: Vec<PlanId>,
    /// Departments they leave.
    pub departments_left: Vec<DepartmentId>,
    /// Departments they come into.
    pub departments_joined: Vec<DepartmentId>,
    /// User groups they leave.
    pub groups_left: Vec<GroupId>,
    /// User groups they come into.
    pub groups_joined: Vec<GroupId>,
    /// Sessions of theirs that end.
    pub sessions_ended: usize,
    /// Wire names of the data of theirs that changes.
    pub data_changed: Vec<&'static str>,
    /// Why no SMS is sent to them, where one should be (R34).
    pub not_sent: Option<Failed>,
}

/// What came of the action for one member, or would come of it.
#[derive(Debug)]
pub struct Outcome {
    /// Whom.
    pub member: MemberId,
    /// What it does to them, or why it is refused.
    pub result: Result<Effects, MemberError>,
}

/// Why nothing is done at all.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// None, or too many.
    #[error("name 1 to {MAX_MEMBERS} members")]
    Count,
    /// The edit names nothing to change.
    #[error("nothing is to be changed: name a workforce type, a language or attributes")]
    EmptyEdit,
    /// The edit names what nobody can be given.
    #[error(transparent)]
    Edit(MemberError),
    /// A member is named twice.
    #[error("the member {id} is named twice")]
    Repeated {
        /// Who.
        id: MemberId,
        /// Where the second time is.
        index: usize,
    },
}

/// Does the action to each member, in order, each in a commit of its own: what is refused for one is done for the
/// others.
pub async fn apply(app: &App, by: &By<Managing>, ids: &[MemberId], action: &Action) -> Result<Vec<Outcome>, BulkError> {
    check(by, ids, action)?;
    let mut outcomes = Vec::with_capacity(ids.len());
    for member in ids {
        let done = app.change(|| async {
            let mut step = decide(app, by, *member, action).await?;
            step.keep_a_way_in(&by.scope, &[]).await?;
            Ok((Effects::of(&step), step.change))
        });
        outcomes.push(Outcome { member: *member, result: done.await.map(|(effects, _)| effects) });
    }
    Ok(outcomes)
}

/// What [`apply`] would do at this moment. Changes nothing.
pub async fn preview(
    app: &App,
    by: &By<Managing>,
    ids: &[MemberId],
    action: &Action,
) -> Result<Vec<Outcome>, BulkError> {
    check(by, ids, action)?;
    let (mut foresight, mut gone) = (Foresight::default(), Vec::new());
    let mut outcomes = Vec::with_capacity(ids.len());
    for member in ids {
        let result = foresee(app, by, *member, action, &mut foresight, &mut gone).await;
        outcomes.push(Outcome { member: *member, result });
    }
    Ok(outcomes)
}

/// What the action would do to one member after those before them, some of whom are `gone` by then.
async fn foresee(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    action: &Action,
    foresight: &mut Foresight,
    gone: &mut Vec<MemberId>,
) -> Result<Effects, MemberError> {
    let mut step = decide(app, by, id, action).await?;
    step.keep_a_way_in(&by.scope, gone).await?;
    let (effects, leaves) = (Effects::of(&step), !step.after.counts_as_primary_admin());
    foresight.admit(app, step.change).await?;
    if leaves {
        gone.push(id);
    }
    Ok(effects)
}

fn check(by: &By<Managing>, ids: &[MemberId], action: &Action) -> Result<(), BulkError> {
    if ids.is_empty() || ids.len() > MAX_MEMBERS {
        return Err(BulkError::Count);
    }
    let mut seen = BTreeSet::new();
    if let Some((index, id)) = ids.iter().enumerate().find(|(_, id)| !seen.insert(**id)) {
        return Err(BulkError::Repeated { id: *id, index });
    }
    if let Action::Edit(edit) = action {
        if edit.is_empty() {
            return Err(BulkError::EmptyEdit);
        }
        edit.check().map_err(BulkError::Edit)?;
    }
    if matches!(action, Action::Restore(_)) && !PrimaryAdmin::held_by(&by.actor) {
        return Err(Refusal::Forbidden { needs: PrimaryAdmin::NEEDS }.into());
    }
    Ok(())
}

async fn decide(app: &App, by: &By<Managing>, id: MemberId, action: &Action) -> Result<Step, MemberError> {
    match action {
        Action::Suspend => suspending(app, by, id, None).await,
        Action::Resume => resuming(app, by, id, None).await,
        Action::Delete => deleting(app, by, id, None).await,
        Action::Restore(plan) => restoring(app, by, id, None, *plan).await,
        Action::Remind => reminding(app, by, id).await,
        Action::Move(department) => place(app, by, id, |_| vec![*department]).await,
        Action::AddTo(department) => {
            place(app, by, id, |member| {
                let others = member.departments.iter().copied().filter(|known| known != department);
                others.chain([*department]).collect()
            })
            .await
        }
        Action::Edit(edit) => editing(app, by, id, edit).await,
    }
}

async fn place(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    departments: impl FnOnce(&Member) -> Vec<DepartmentId>,
) -> Result<Step, MemberError> {
    let draft = altered(app, by, id, None).await?;
    let new = MemberChange { departments: Some(departments(&draft.before)), ..MemberChange::default() };
    altering(app, by, draft, &new).await
}

impl Effects {
    fn of(step: &Step) -> Effects {
        let (before, after) = (&step.before, &step.after);
        let wishes = |member: &Member| member.wishes.iter().map(|wish| wish.plan).collect::<Vec<_>>();
        Effects {
            state: after.state(),
            seats_freed: missing(&before.seats, &after.seats),
            seats_given: missing(&after.seats, &before.seats),
            seats_wished: missing(&wishes(after), &wishes(before)),
            wishes_dropped: missing(&wishes(before), &[wishes(after), after.seats.clone()].concat()),
            departments_left: left(before, after),
            departments_joined: left(after, before),
            groups_left: missing(before.in_groups(), after.in_groups()),
            groups_joined: missing(after.in_groups(), before.in_groups()),
            sessions_ended: step.sessions_ended,
            data_changed: changed(before, after),
            not_sent: step.not_sent,
        }
    }
}

/// Departments that somebody is in and as the other is not; who is deleted is in none.
fn left(one: &Member, other: &Member) -> Vec<DepartmentId> {
    let of = |member: &Member| if member.counts() { member.departments.clone() } else { Vec::new() };
    missing(&of(one), &of(other))
}

fn missing<T: Copy + PartialEq>(these: &[T], there: &[T]) -> Vec<T> {
    these.iter().copied().filter(|one| !there.contains(one)).collect()
}
