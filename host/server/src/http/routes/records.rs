//! `/v1/orgs/{org}/events`: for whoever holds the permission `audit`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use usher_api::Code;
use usher_api::Page;
use usher_api::event::{Event, EventQuery};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::Audit;
use crate::app::events;
use crate::http::Host;
use crate::http::auth::Standing;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Query, paging};
use crate::http::reply::Shown;
use crate::http::stream;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(list_events))
}

/// What happened, oldest first, from a sequence number on (R43). `next` is the number to go on from.
///
/// With `Accept: text/event-stream`: server-sent events, without an end. Each has its number as `id`, its type as
/// `event` and all of it as `data`; a client that comes back sends the last `id` as `Last-Event-ID` and misses
/// nothing. The stream ends when the token or its right does.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/events", tag = "records", params(EventQuery),
    responses((status = 200, content((Page<Event> = "application/json"), (String = "text/event-stream"))))
)]
async fn list_events(
    State(host): State<Arc<Host>>,
    standing: Standing<Audit>,
    headers: HeaderMap,
    Query(query): Query<EventQuery>,
) -> Answer<Response> {
    let after = after(&query)?;
    if stream::is_wanted(&headers) {
        return stream::open(&host, standing, stream::seen(&headers)?.unwrap_or(after), event);
    }
    let limit = paging(query.limit, None)?.limit;
    let events = events::list(&standing.by, after, limit).await?;
    let next = events.last().filter(|_| events.len() == limit).map(|(seq, _)| seq.to_string());
    Ok(Shown(Page { items: events.into_iter().map(event).collect(), next }).into_response())
}

/// The number before the first that is wanted.
fn after(query: &EventQuery) -> Answer<u64> {
    match (query.after, query.from) {
        (Some(_), Some(_)) => Err(Failure::at(Code::InvalidQuery, "from", "give `after` or `from`, not both")),
        (Some(after), None) => Ok(after),
        (None, from) => Ok(from.unwrap_or(1).saturating_sub(1)),
    }
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
