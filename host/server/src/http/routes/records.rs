//! `/v1/orgs/{org}/audit` and `/v1/orgs/{org}/events`: for whoever holds the permission `audit`.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use usher_api::Page;
use usher_api::audit::{AuditCheck, AuditEntry};
use usher_api::event::{Event, EventQuery};
use usher_api::page::PageQuery;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{Audit, By};
use crate::app::{audit, events};
use crate::http::Host;
use crate::http::path::{Named, Position};
use crate::http::problem::Answer;
use crate::http::query::{Query, page, paging};
use crate::http::reply::Shown;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(list_audit))
        .routes(routes!(verify_audit))
        .routes(routes!(show_audit))
        .routes(routes!(list_events))
}

/// The audit trail, newest entry first (R42).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit", tag = "records", params(PageQuery),
    responses((status = 200, body = Page<AuditEntry>))
)]
async fn list_audit(by: By<Audit>, Query(query): Query<PageQuery>) -> Answer<Shown<Page<AuditEntry>>> {
    let paging = paging(query.limit, query.cursor.as_deref())?;
    Ok(Shown(page(audit::list(&by, &paging).await?, entry)))
}

/// One entry of the audit trail, by its place in the chain.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/{position}", tag = "records", responses((status = 200, body = AuditEntry))
)]
async fn show_audit(by: By<Audit>, Named(position): Named<Position>) -> Answer<Shown<AuditEntry>> {
    Ok(Shown(entry(audit::show_one(&by, position.0).await?)))
}

/// Goes through the whole chain and says whether it holds (R42).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/verify", tag = "records", responses((status = 200, body = AuditCheck))
)]
async fn verify_audit(by: By<Audit>) -> Answer<Shown<AuditCheck>> {
    let check = audit::verify(&by).await?;
    Ok(Shown(AuditCheck {
        entries: check.entries,
        intact: check.fault.is_none(),
        head: (check.entries > 0).then(|| HEXLOWER.encode(&check.head)),
        fault: check.fault,
    }))
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

fn entry(shown: audit::Shown) -> AuditEntry {
    AuditEntry {
        seq: shown.position,
        at: shown.fact.at.to_string(),
        actor: serde_json::to_value(&shown.fact.doer).unwrap_or_default(),
        action: shown.fact.action,
        target: shown.fact.target,
        before: shown.values.before,
        after: shown.values.after,
        origin: shown.values.origin,
        policies: shown.fact.policies,
        hash: HEXLOWER.encode(&shown.hash),
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
