//! Seats of plans: the ledger, who waits, giving and taking (R36).

mod sheets;
mod switch;
pub(super) mod wire;

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::page::PageQuery;
use usher_api::seat::{Ledger, SeatGiven, SeatHolder, Waiting};
use usher_domain::ids::{MemberId, PlanId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Insight, MovingSeats};
use crate::app::seats::{self, Given};
use crate::http::Host;
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::query::{Paged, page};
use crate::http::reply::{Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(show_seats))
        .routes(routes!(list_waiting))
        .routes(routes!(list_holders))
        .routes(routes!(give_seat, take_seat))
        .routes(routes!(switch::switch_seats))
        .routes(routes!(sheets::export_seats))
        .routes(routes!(sheets::import_seats))
}

/// Seats of a plan: bought, used, reserved, free.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/plans/{plan}/seats", tag = "seats", responses((status = 200, body = Ledger))
)]
async fn show_seats(by: By<Insight>, Named(plan): Named<PlanId>) -> Answer<Shown<Ledger>> {
    let ledger = seats::ledger(&by, plan).await?;
    Ok(Shown(Ledger {
        plan: plan.to_string(),
        bought: ledger.bought,
        used: ledger.used(),
        reserved: ledger.reserved,
        free: ledger.free(),
    }))
}

/// Who waits for a seat of a plan, longest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/plans/{plan}/waiting", tag = "seats", params(PageQuery),
    responses((status = 200, body = Page<Waiting>))
)]
async fn list_waiting(
    by: By<MovingSeats>,
    Named(plan): Named<PlanId>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Waiting>>> {
    let waiting = seats::waiting(&by, plan, &paging).await?;
    Ok(Shown(page(waiting, |(since, member)| Waiting { member: member.to_string(), since: since.to_string() })))
}

/// Who holds a seat of a plan and from whom, in the order in which they came. A page may be short of its limit and
/// yet not be the last.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/plans/{plan}/holders", tag = "seats", params(PageQuery),
    responses((status = 200, body = Page<SeatHolder>))
)]
async fn list_holders(
    by: By<MovingSeats>,
    Named(plan): Named<PlanId>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<SeatHolder>>> {
    Ok(Shown(page(seats::holders::list(&by, plan, &paging).await?, |holder| wire::holder(&holder))))
}

/// Gives a member a seat; if none is free the wish is kept and taken up when one frees. Doing it twice is
/// doing it once.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/members/{member}/seats/{plan}", tag = "seats",
    responses((status = 200, body = SeatGiven))
)]
async fn give_seat(
    State(host): State<Arc<Host>>,
    by: By<MovingSeats>,
    Named(member): Named<MemberId>,
    Named(plan): Named<PlanId>,
) -> Answer<Shown<SeatGiven>> {
    let given = seats::give(&host.app, &by, member, plan).await?;
    let (outcome, reason) = match given {
        Given::Seat => ("given", None),
        Given::Wish(reason) => ("wished", Some(reason.to_string())),
    };
    Ok(Shown(SeatGiven { plan: plan.to_string(), outcome: outcome.to_owned(), reason }))
}

/// Takes a seat, or the wish for one, away from a member.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/members/{member}/seats/{plan}", tag = "seats", responses((status = 204))
)]
async fn take_seat(
    State(host): State<Arc<Host>>,
    by: By<MovingSeats>,
    Named(member): Named<MemberId>,
    Named(plan): Named<PlanId>,
) -> Answer<Done> {
    seats::take(&host.app, &by, member, plan).await?;
    Ok(Done)
}
