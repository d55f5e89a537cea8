//! Paid plans of an organisation: sold, resized and ended by the operator (R7, R8, R36, R38).

pub mod preview;
pub mod turn;

use serde::{Deserialize, Serialize};
use usher_domain::ids::PlanId;
use usher_domain::member::{NameError, check_name};
use usher_domain::plan::{Plan, PlanError};
use usher_domain::seat::Ledger;
use usher_domain::time::Date;
use usher_store::{OrgScope, Stored};

use super::actor::{By, Choosing, Insight, OperatorOnly};
use super::change::Made;
use super::refusal::{Refusal, based_on};
use super::stored::{Organisation, Plans};
use super::{App, counters, organisations, seats};

/// Most plans an organisation has ever had: they are in one record.
pub const MAX_PLANS: usize = 100;

/// Sells a plan.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// As the organisation sees it.
    pub name: String,
    /// Seats.
    pub size: u32,
    /// First day with login.
    pub starts_on: Date,
    /// Last day; open without it.
    pub ends_on: Option<Date>,
    /// Plans that nobody holds together with it.
    pub excludes: Vec<PlanId>,
}

/// What changes of a plan. Nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PlanChange {
    /// As the organisation sees it.
    pub name: Option<String>,
    /// Seats. A reduction takes nothing away from anybody (R36).
    pub size: Option<u32>,
    /// First day with login.
    pub starts_on: Option<Date>,
    /// Last day, or open.
    pub ends_on: Option<Option<Date>>,
    /// Plans that nobody holds together with it. Who holds both already keeps both.
    pub excludes: Option<Vec<PlanId>>,
}

/// Why a plan is not sold or changed.
#[derive(Debug, thiserror::Error)]
pub enum SellError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The plan will not do.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There are too many.
    #[error("the organisation has had {MAX_PLANS} plans, the most there may be: change one of them")]
    TooMany,
}

/// A plan with its seats, as of a day in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanView {
    /// The plan.
    pub plan: Plan,
    /// Seats that members hold.
    pub used: u32,
    /// Seats held for invitations and requests.
    pub reserved: u32,
    /// The day.
    pub today: Date,
}

/// Sells a plan to the organisation.
pub async fn create(app: &App, by: &By<OperatorOnly>, new: &NewPlan) -> Result<Made<PlanView>, SellError> {
    let name = check_name(&new.name)?;
    app.make(by, || async {
        let Stored { version: organisation_version, record: Organisation(organisation) } =
            organisations::current(by).await?;
        let today = organisation.today(by.call.at);
        let plan = Plan {
            id: app.new_id(PlanId::from_parts),
            name: name.clone(),
            size: new.size,
            starts_on: new.starts_on,
            ends_on: new.ends_on,
            excludes: new.excludes.clone(),
            created_at: by.call.at,
        };
        let found = current(&by.scope).await?;
        let mut plans = found.record;
        if plans.plans.len() >= MAX_PLANS {
            return Err(SellError::TooMany);
        }
        check(&plan, &plans.plans)?;
        plans.plans.push(plan.clone());
        let mut change = app.draft(by, "plan.created", plan.id).after(&plan);
        change.writes.replace(&(), found.version, &plans);
        // Its days are meant in a zone that must not be another one by then.
        change.writes.guard_version::<Organisation>(&(), organisation_version);
        turn::first_due(&mut change.writes, &organisation, &plan, today);
        Ok((PlanView { plan, used: 0, reserved: 0, today }, (), change))
    })
    .await
}

/// All plans, ended ones among them, oldest first; with the version of all of them together.
pub async fn list(by: &By<Choosing>) -> Result<Stored<Vec<PlanView>>, Refusal> {
    let today = organisations::current(by).await?.record.0.today(by.call.at);
    let found = current(&by.scope).await?;
    let mut views = Vec::with_capacity(found.record.plans.len());
    for plan in found.record.plans {
        views.push(view(&by.scope, plan, today).await?);
    }
    Ok(Stored { version: found.version, record: views })
}

/// One plan. Its version is that of all the organisation's plans, since they change together.
pub async fn show(by: &By<Insight>, id: PlanId) -> Result<Stored<PlanView>, Refusal> {
    let today = organisations::current(by).await?.record.0.today(by.call.at);
    let found = current(&by.scope).await?;
    let plan = found.record.plans.into_iter().find(|plan| plan.id == id);
    let plan = plan.ok_or_else(|| Refusal::not_found("plan", &id))?;
    Ok(Stored { version: found.version, record: view(&by.scope, plan, today).await? })
}

/// Changes a plan; with a last day, ends it.
pub async fn update(
    app: &App,
    by: &By<OperatorOnly>,
    id: PlanId,
    version: u64,
    new: &PlanChange,
) -> Result<Stored<PlanView>, SellError> {
    let name = new.name.as_deref().map(check_name).transpose()?;
    let today = organisations::current(by).await?.record.0.today(by.call.at);
    let (plan, committed) = app
        .change(|| async {
            let found = current(&by.scope).await?;
            let place = found.record.plans.iter().position(|plan| plan.id == id);
            let place = place.ok_or_else(|| Refusal::not_found("plan", &id))?;
            let mut plans = based_on(found, version)?.record;
            let before = plans.plans[place].clone();
            let after = Plan { name: name.clone().unwrap_or_else(|| before.name.clone()), ..new.applied_to(&before) };
            check(&after, &plans.plans)?;
            plans.plans[place] = after.clone();
            let mut change = app.draft(by, "plan.changed", id).before(&before).after(&after);
            if after.size > before.size || after.ends_on != before.ends_on {
                seats::freed(&mut change.writes, id, by.call.at);
            }
            if (after.starts_on, after.ends_on) != (before.starts_on, before.ends_on) {
                turn::due_now(&mut change.writes, &by.call, id);
            }
            // Whoever waited because the one plan stood in the way of the other.
            for excluded in before.excludes.iter().filter(|id| !after.excludes.contains(id)) {
                seats::freed(&mut change.writes, *excluded, by.call.at);
                seats::freed(&mut change.writes, id, by.call.at);
            }
            change.writes.replace(&(), version, &plans);
            Ok::<_, SellError>((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: view(&by.scope, plan, today).await? })
}

impl PlanChange {
    /// The plan with everything changed but its name, which is checked apart.
    fn applied_to(&self, plan: &Plan) -> Plan {
        Plan {
            size: self.size.unwrap_or(plan.size),
            starts_on: self.starts_on.unwrap_or(plan.starts_on),
            ends_on: self.ends_on.unwrap_or(plan.ends_on),
            excludes: self.excludes.clone().unwrap_or_else(|| plan.excludes.clone()),
            ..plan.clone()
        }
    }
}

fn check(plan: &Plan, plans: &[Plan]) -> Result<(), PlanError> {
    plan.check()?;
    plan.check_excludes(plans)
}

/// All plans in their one record: guard its version where their number (R16) or sizes (R38) decide.
pub(crate) async fn current(scope: &OrgScope) -> Result<Stored<Plans>, Refusal> {
    scope.get::<Plans>(&()).await?.ok_or_else(|| Refusal::not_found("organisation", scope.owner()))
}

/// How the seats of a plan stand.
pub(crate) async fn ledger(scope: &OrgScope, plan: &Plan) -> Result<Ledger, Refusal> {
    let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
    Ok(Ledger {
        bought: plan.size,
        committed: count(scope.counter(&counters::seats_committed(plan.id)).await?),
        reserved: count(scope.counter(&counters::seats_reserved(plan.id)).await?),
        // Read last: a seat that was free before is left to whoever waits by now.
        awaited: count(scope.counter(&counters::seats_awaited(plan.id)).await?),
    })
}

async fn view(scope: &OrgScope, plan: Plan, today: Date) -> Result<PlanView, Refusal> {
    let ledger = ledger(scope, &plan).await?;
    Ok(PlanView { plan, used: ledger.used(), reserved: ledger.reserved, today })
}
