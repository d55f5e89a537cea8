//! Who waits for a seat of a plan, and how a seat that is free finds the first of them it fits (R36).

use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::SeatSource;
use usher_domain::plan::Plan;
use usher_domain::policy::seat::Occasion;
use usher_domain::seat::Outcome;
use usher_domain::time::{Date, Instant};
use usher_store::{OrgScope, Page, Stored};

use super::{known, written};
use crate::app::actor::{By, Call, Doer, MovingSeats};
use crate::app::change::Change;
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;
use crate::app::seating::{Asking, Seating, obstacle};
use crate::app::stored::{Member, Plans, Waiting};
use crate::app::{App, join, plans};

/// Waiting members looked at in one step: their seat policies may take a second each.
const STEP: usize = 20;
/// Bytes of a place in the queue: a moment and a member.
const PLACE_BYTES: usize = 24;

/// Who waits for a seat of the plan, longest first.
pub async fn waiting(
    by: &By<MovingSeats>,
    id: PlanId,
    paging: &Paging,
) -> Result<PageOf<(Instant, MemberId)>, Refusal> {
    let after = paging.after.as_deref().map(place).transpose()?;
    known(&by.scope, id).await?;
    let page = Page::first(paging.limit + 1).after(after.map(|after| (id, after)));
    let rows = by.scope.page_within::<Waiting>(&id, page).await?;
    let items = rows.into_iter().map(|((_, (since, member)), _)| (Instant::from_micros(since), member)).collect();
    Ok(PageOf::of(items, paging, |(since, member): &(Instant, MemberId)| {
        [&since.as_micros().to_be_bytes()[..], member.as_bytes()].concat()
    }))
}

fn place(bytes: &[u8]) -> Result<(i64, MemberId), Refusal> {
    let bytes: &[u8; PLACE_BYTES] = bytes.try_into().map_err(|_| Refusal::Cursor)?;
    let (since, member) = bytes.split_at(8);
    let since = since.try_into().map_err(|_| Refusal::Cursor)?;
    let member = member.try_into().map_err(|_| Refusal::Cursor)?;
    Ok((i64::from_be_bytes(since), MemberId::from_bytes(member)))
}

/// Where somebody stands in the queue of a plan.
pub(crate) type Place = (PlanId, (i64, MemberId));

/// Who waits for a seat of a plan.
pub(crate) struct Fitting {
    /// How many wait.
    pub waiting: u64,
    /// Whom the free seats would go to, unless a policy declines; longest waiting first.
    pub members: Vec<MemberId>,
}

/// Who would take up so many free seats of a plan, with the plans as given (R36).
pub(crate) async fn fitting(
    scope: &OrgScope,
    plans: &[Plan],
    id: PlanId,
    today: Date,
    free: u32,
) -> Result<Fitting, Refusal> {
    let (mut fitting, mut last) = (Fitting { waiting: 0, members: Vec::new() }, None);
    let free = usize::try_from(free).unwrap_or(usize::MAX);
    loop {
        let queue = scope.page_within::<Waiting>(&id, Page::first(STEP).after(last)).await?;
        let Some((place, _)) = queue.last() else { return Ok(fitting) };
        last = Some(*place);
        fitting.waiting += queue.len() as u64;
        if fitting.members.len() == free {
            continue;
        }
        let ids: Vec<_> = queue.iter().map(|((_, (_, member)), _)| *member).collect();
        let found = scope.get_many::<Member>(&ids).await?.into_iter().flatten().map(|found| found.record.0);
        let fits = found.filter(|member| obstacle(plans, member, id, today).is_none()).map(|member| member.id);
        fitting.members.extend(fits);
        fitting.members.truncate(free);
    }
}

/// Gives the seats of a plan that are free to whoever waits longest and may have one; called when one was freed or
/// wished for. Looks at a step of the queue, and gives the place behind which the next begins; none at its end.
pub(crate) async fn serve(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    plan: PlanId,
    after: Option<Place>,
) -> Result<Option<Place>, Refusal> {
    let queue = scope.page_within::<Waiting>(&plan, Page::first(STEP).after(after)).await?;
    for ((_, (_, member)), _) in &queue {
        match app.change(|| serving(app, scope, call, plan, *member)).await {
            Ok(_) | Err(Halt::Waits) => {}
            Err(Halt::Full) => return Ok(None),
            Err(Halt::Refused(error)) => return Err(error),
        }
    }
    Ok(queue.last().map(|(place, _)| *place))
}

/// Why somebody in the queue gets no seat now.
enum Halt {
    /// For good.
    Refused(Refusal),
    /// Nobody does: no seat is free, or the plan is over.
    Full,
    /// They keep their place, or have none any more.
    Waits,
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Halt {
        Halt::Refused(refusal)
    }
}

async fn serving(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    id: PlanId,
    member: MemberId,
) -> Result<((), Change<Halt>), Halt> {
    let organisation = join::ticket::organisation(scope).await?.0;
    let today = organisation.today(call.at);
    let Stored { version: plans_version, record: plans } = plans::current(scope).await?;
    let plan = plans.plans.iter().find(|plan| plan.id == id && plan.is_paid(today)).ok_or(Halt::Full)?;
    if plans::ledger(scope, plan).await?.free() == 0 {
        return Err(Halt::Full);
    }
    let found = scope.get::<Member>(&member).await.map_err(Refusal::from)?.ok_or(Halt::Waits)?;
    let mut member = found.record.0;
    let wish = member.wish(id).ok_or(Halt::Waits)?.clone();
    let occasion = if wish.source == SeatSource::Group { Occasion::Group } else { Occasion::Freed };
    let (at, plans) = (call.at, &plans.plans);
    let asking = Asking { organisation: &organisation, plans, at, occasion, offered: Some(id), held: None };
    let seating = Seating::of_wish(app, scope, &asking, &member, &wish).await?;
    let action = match seating.outcome {
        Outcome::Seat(_) => "seat.assigned",
        // Nothing new: the decision is not kept either, or a seat that nobody may have would fill the records.
        Outcome::Wish(_, reason) if reason == wish.reason => return Err(Halt::Waits),
        Outcome::Wish(..) | Outcome::Nothing => "seat.refused",
    };
    let change: Change<Halt> = app.draft_as(scope, call, Doer::Host, action, member.id);
    let mut change = change.before(&(&member.seats, &member.wishes)).decided_by(seating.policies().to_vec());
    change.writes.guard_version::<Plans>(&(), plans_version);
    seating.apply(app, &mut change, &asking, &mut member, || Halt::Full);
    let change = change.after(&(&member.seats, &member.wishes));
    Ok(((), written(change, found.version, &member)))
}
