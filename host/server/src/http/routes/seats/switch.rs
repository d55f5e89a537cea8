//! `/v1/orgs/{org}/plans/{plan}/switch`: seats of one plan moved to another.

use std::sync::Arc;

use axum::extract::State;
use usher_api::seat::{SeatSwitch, SeatsSwitched};
use usher_domain::ids::PlanId;

use super::wire;
use crate::app::actor::{By, MovingSeats};
use crate::app::seats::switch;
use crate::http::Host;
use crate::http::body::Body;
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::reply::Shown;

/// Moves seats of a plan to another plan, or says what that would come to. Each member's seat is exchanged in one step;
/// whoever does not fit keeps theirs (R36). Sending it again moves who is left.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/plans/{plan}/switch", tag = "seats", request_body = SeatSwitch,
    responses((status = 200, body = SeatsSwitched))
)]
pub(super) async fn switch_seats(
    State(host): State<Arc<Host>>,
    by: By<MovingSeats>,
    Named(plan): Named<PlanId>,
    Body(body): Body<SeatSwitch>,
) -> Answer<Shown<SeatsSwitched>> {
    let order = wire::order(plan, &body)?;
    let done = match body.preview {
        true => switch::preview(&by, &order).await?,
        false => switch::switch(&host.app, &by, &order).await?,
    };
    Ok(Shown(wire::switched(body.preview, &done)))
}
