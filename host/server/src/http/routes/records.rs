//! `/v1/orgs/{org}/events`: for whoever holds the permission `audit`.

use std::sync::Arc;

use usher_api::Page;
use usher_api::event::{Event, EventQuery};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{Audit, By};
use crate::app::events;
use crate::http::Host;
use crate::http::problem::Answer;
use crate::http::query::{Query, paging};
use crate::http::reply::Shown;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(list_events))
}

/// What happened, oldest first, after a sequence number (R43). `next` is the number to go on from.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/events", tag = "records", params(EventQuery),
    responses((status = 200, body = Page<Event>))
)]
async fn list_events(by: By<Audit>, Query(query): Query<EventQuery>) -> Answer<Shown<Page<Event>>> {
    let limit = paging(query.limit, None)?.limit;
    let events = events::list(&by, query.after.unwrap_or(0), limit).await?;
    let next = events.last().filter(|_| events.len() == limit).map(|(seq, _)| seq.to_string());
    Ok(Shown(Page { items: events.into_iter().map(event).collect(), next }))
}

fn event((seq, event): (u64, events::Event)) -> Event {
    Event {
        id: event.id.to_string(),
        seq,
        kind: event.kind,
        version: event.version,
        at: event.at.to_string(),
        data: event.data,
    }
}
