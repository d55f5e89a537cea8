//! `/v1/orgs/{org}/plans`: sold and changed by the operator, read by the organisation's admins too.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::plan::{NewPlan, Plan, PlanChange, PlanPreview};
use usher_domain::ids::PlanId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Choosing, Insight, OperatorOnly};
use crate::app::plans::preview::{self, Preview};
use crate::app::plans::{self, PlanView};
use crate::http::Host;
use crate::http::body::{Body, New, field, optional};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Created, IfMatch, Shown, Versioned};
use crate::http::routes::seats::wire::holder;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_plan, list_plans))
        .routes(routes!(show_plan, change_plan))
        .routes(routes!(preview_plan))
}

/// Sells a plan to an organisation. For the operator.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/plans", tag = "operator", params(IdempotencyKey), request_body = NewPlan,
    responses((status = 201, body = Plan))
)]
async fn create_plan(
    State(host): State<Arc<Host>>,
    by: By<OperatorOnly>,
    New { body, once }: New<NewPlan>,
) -> Answer<Created<Plan>> {
    let by = by.once(once);
    let made = plans::create(&host.app, &by, &new(body)?).await?;
    let location = format!("/v1/orgs/{}/plans/{}", by.org(), made.made.plan.id);
    Ok(Created { body: wire(made.made), location, version: made.version })
}

/// All plans of an organisation, ended ones among them, oldest first, on one page.
#[utoipa::path(get, path = "/v1/orgs/{org}/plans", tag = "organisation", responses((status = 200, body = Page<Plan>)))]
async fn list_plans(by: By<Choosing>) -> Answer<Shown<Page<Plan>>> {
    let plans = plans::list(&by).await?;
    Ok(Shown(Page { items: plans.record.into_iter().map(wire).collect(), next: None }))
}

/// One plan with its seats.
#[utoipa::path(get, path = "/v1/orgs/{org}/plans/{plan}", tag = "organisation", responses((status = 200, body = Plan)))]
async fn show_plan(by: By<Insight>, Named(plan): Named<PlanId>) -> Answer<Versioned<Plan>> {
    let found = plans::show(&by, plan).await?;
    Ok(Versioned { body: wire(found.record), version: found.version })
}

/// Resizes, renames or ends a plan. For the operator.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}/plans/{plan}", tag = "operator", params(VersionMatch), request_body = PlanChange,
    responses((status = 200, body = Plan))
)]
async fn change_plan(
    State(host): State<Arc<Host>>,
    by: By<OperatorOnly>,
    Named(plan): Named<PlanId>,
    IfMatch(version): IfMatch,
    Body(body): Body<PlanChange>,
) -> Answer<Versioned<Plan>> {
    let changed = plans::update(&host.app, &by, plan, version, &change(body)?).await?;
    Ok(Versioned { body: wire(changed.record), version: changed.version })
}

/// What changing a plan so would come to: seats over, who holds them, who waits and would get one. Changes nothing.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/plans/{plan}/preview", tag = "organisation", request_body = PlanChange,
    responses((status = 200, body = PlanPreview))
)]
async fn preview_plan(
    by: By<Insight>,
    Named(plan): Named<PlanId>,
    Body(body): Body<PlanChange>,
) -> Answer<Shown<PlanPreview>> {
    Ok(Shown(previewed(preview::preview(&by, plan, &change(body)?).await?)))
}

fn previewed(told: Preview) -> PlanPreview {
    let (holders, next_in_line) = told.named.map(|named| (named.holders, named.taken_up)).unzip();
    PlanPreview {
        before: wire(told.before),
        after: wire(told.after),
        over: told.over,
        free: told.free,
        direct: told.held.direct,
        by_group: told.held.by_group,
        lose_login: told.held.lose_login,
        waiting: told.waiting,
        taken_up: told.taken_up,
        members: told.members,
        member_limit: told.member_limit,
        holders: holders.map(|holders| holders.iter().map(holder).collect()),
        next_in_line: next_in_line.map(|members| members.iter().map(ToString::to_string).collect()),
    }
}

fn new(body: NewPlan) -> Result<plans::NewPlan, Failure> {
    Ok(plans::NewPlan {
        name: body.name,
        size: body.size,
        starts_on: field("/starts_on", &body.starts_on)?,
        ends_on: optional("/ends_on", body.ends_on.as_deref())?,
        excludes: excludes(&body.excludes)?,
    })
}

fn change(body: PlanChange) -> Result<plans::PlanChange, Failure> {
    let ends_on = body.ends_on.map(|text| optional("/ends_on", text.as_deref())).transpose()?;
    Ok(plans::PlanChange {
        name: body.name,
        size: body.size,
        starts_on: optional("/starts_on", body.starts_on.as_deref())?,
        ends_on,
        excludes: body.excludes.as_deref().map(excludes).transpose()?,
    })
}

fn excludes(ids: &[String]) -> Result<Vec<PlanId>, Failure> {
    ids.iter().enumerate().map(|(index, id)| field(&format!("/excludes/{index}"), id)).collect()
}

fn wire(view: PlanView) -> Plan {
    Plan {
        state: view.plan.phase(view.today).as_str().to_owned(),
        id: view.plan.id.to_string(),
        name: view.plan.name,
        size: view.plan.size,
        starts_on: view.plan.starts_on.to_string(),
        ends_on: view.plan.ends_on.map(|date| date.to_string()),
        used: view.used.into(),
        reserved: view.reserved.into(),
        excludes: view.plan.excludes.iter().map(ToString::to_string).collect(),
    }
}
