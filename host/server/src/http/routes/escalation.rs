//! `/v1/orgs/{org}/escalation`: when requests that nobody answers go on, and to whom (R17).

use std::sync::Arc;

use axum::extract::State;
use usher_api::escalation::Escalation;
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, PrimaryAdmin};
use crate::app::escalation;
use crate::http::Host;
use crate::http::body::{Body, field};
use crate::http::openapi::VersionMatch;
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{IfMatch, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(show_escalation, set_escalation))
}

/// When requests that nobody answers go on, and to whom.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/escalation", tag = "joining", responses((status = 200, body = Escalation))
)]
async fn show_escalation(by: By<PrimaryAdmin>) -> Answer<Versioned<Escalation>> {
    Ok(versioned(&escalation::show(&by).await?))
}

/// Says when requests that are opened from now on go on if nobody answers them, and to whom. For primary admins.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/escalation", tag = "joining", params(VersionMatch), request_body = Escalation,
    responses((status = 200, body = Escalation))
)]
async fn set_escalation(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    IfMatch(version): IfMatch,
    Body(body): Body<Escalation>,
) -> Answer<Versioned<Escalation>> {
    let member = |(at, id): (usize, &String)| field(&format!("/to/{at}"), id);
    let to = body.to.iter().enumerate().map(member).collect::<Result<_, Failure>>()?;
    let new = escalation::Escalation { after_hours: body.after_hours, to };
    Ok(versioned(&escalation::set(&host.app, &by, version, &new).await?))
}

fn versioned(found: &Stored<escalation::Escalation>) -> Versioned<Escalation> {
    let to = found.record.to.iter().map(ToString::to_string).collect();
    Versioned { body: Escalation { after_hours: found.record.after_hours, to }, version: found.version }
}
