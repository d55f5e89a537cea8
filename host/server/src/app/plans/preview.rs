//! What changing a plan would come to, told before it is done (R8, R36, R38).
//!
//! Nobody loses a seat by a change of a plan: what is told is how many seats are over, who holds them, and who of
//! those who wait would be given one. Who may not see members is told the numbers alone.

use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::{Member, SeatSource, check_name};
use usher_domain::plan::{Plan, member_limit};
use usher_domain::time::Date;
use usher_store::OrgScope;

use super::{PlanChange, PlanView, SellError, check, current, ledger, view};
use crate::app::actor::{By, Insight, MovingSeats, Right as _};
use crate::app::groups::Grouping;
use crate::app::refusal::Refusal;
use crate::app::seats::holders::{Holder, step};
use crate::app::seats::queue::{self, Fitting};
use crate::app::{counters, organisations};

/// Most members that are named.
const MAX_NAMED: usize = 500;

/// What a change of a plan would come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// As it is.
    pub before: PlanView,
    /// As it would be.
    pub after: PlanView,
    /// Seats used and reserved above those bought. Nothing is taken from anybody; until so many are given up, and
    /// one more, none is given (R36).
    pub over: u32,
    /// Seats that could be given.
    pub free: u32,
    /// Who holds the seats.
    pub held: Held,
    /// Members who wait for a seat.
    pub waiting: u64,
    /// Of these, those who would get one, unless a policy declines.
    pub taken_up: u64,
    /// Members who count (R38).
    pub members: u64,
    /// The most there may be then.
    pub member_limit: Option<u64>,
    /// Whom the numbers mean, for who may move seats.
    pub named: Option<Named>,
}

/// Who holds seats of a plan, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// From an admin or a policy.
    pub direct: u64,
    /// From user groups alone.
    pub by_group: u64,
    /// Those who could log in no more.
    pub lose_login: u64,
}

/// Members behind the numbers, at most 500 of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// Who holds a seat.
    pub holders: Vec<Holder>,
    /// Who would get one, longest waiting first.
    pub taken_up: Vec<MemberId>,
}

/// What [`super::update`] would come to at this moment. Changes nothing.
pub async fn preview(by: &By<Insight>, id: PlanId, new: &PlanChange) -> Result<Preview, SellError> {
    let name = new.name.as_deref().map(check_name).transpose()?;
    let scope = &by.scope;
    let organisation = organisations::current(by).await?.record.0;
    let today = organisation.today(by.call.at);
    let plans = current(scope).await?.record.plans;
    let place = plans.iter().position(|plan| plan.id == id).ok_or_else(|| Refusal::not_found("plan", &id))?;
    let before = plans[place].clone();
    let after = Plan { name: name.unwrap_or_else(|| before.name.clone()), ..new.applied_to(&before) };
    check(&after, &plans)?;
    let mut then = plans.clone();
    then[place] = after.clone();

    let seats = ledger(scope, &after).await?;
    let free = if after.is_paid(today) { seats.free() } else { 0 };
    let (held, holders) = held(scope, [&plans, &then], id, seats.used(), today).await?;
    let Fitting { waiting, members: taken_up } = queue::fitting(scope, &then, id, today, free).await?;
    let named = MovingSeats::held_by(&by.actor)
        .then(|| Named { holders, taken_up: taken_up.iter().take(MAX_NAMED).copied().collect() });
    Ok(Preview {
        before: view(scope, before, today).await?,
        after: view(scope, after, today).await?,
        over: seats.committed.saturating_sub(seats.bought),
        free,
        held,
        waiting,
        taken_up: taken_up.len() as u64,
        members: u64::try_from(scope.counter(&counters::members()).await.map_err(Refusal::from)?).unwrap_or(0),
        member_limit: member_limit(&then, today, organisation.member_limit),
        named,
    })
}

/// Counts who holds a seat of the plan, of which so many are used, with the plans as they are and as they would be;
/// names the first of them. Looks at no member behind the last one who holds a seat.
async fn held(
    scope: &OrgScope,
    [now, then]: [&[Plan]; 2],
    id: PlanId,
    used: u32,
    today: Date,
) -> Result<(Held, Vec<Holder>), Refusal> {
    let groups = Grouping::read(scope).await?.groups;
    let (mut held, mut named, mut last) = (Held::default(), Vec::new(), None);
    while held.direct + held.by_group < u64::from(used) {
        let members = step(scope, last).await?;
        let Some(member) = members.last() else { break };
        last = Some(member.id);
        for member in &members {
            let Some(holder) = Holder::of(member, id, &groups) else { continue };
            let may = |member: &Member, plans: &[Plan]| member.check_login(plans, today).is_ok();
            held.lose_login += u64::from(may(member, now) && !may(member, then));
            match holder.source {
                SeatSource::Group => held.by_group += 1,
                SeatSource::Admin | SeatSource::Policy => held.direct += 1,
            }
            if named.len() < MAX_NAMED {
                named.push(holder);
            }
        }
    }
    Ok((held, named))
}
