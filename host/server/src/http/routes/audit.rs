//! `/v1/orgs/{org}/audit`: for whoever holds the permission `audit`. `/v1/audit/key`: for everybody.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use futures_util::stream::try_unfold;
use usher_api::Page;
use usher_api::audit::{
    AuditCheck, AuditCheckQuery, AuditCheckpoint, AuditEntry, AuditKey, AuditLine, AuditPart, AuditQuery,
};
use usher_api::page::PageQuery;
use usher_store::OrgScope;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{Audit, By};
use crate::app::audit::chain::Chain;
use crate::app::audit::checkpoint::{self, Signed};
use crate::app::audit::read::{self, Ended, Exported, Filter};
use crate::app::audit::{Part, read::Shown as Entry};
use crate::app::refusal::Refusal;
use crate::http::Host;
use crate::http::path::{Named, Position};
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, Query, cursor, page, paging, parameter};
use crate::http::reply::Shown;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(list_audit))
        .routes(routes!(verify_audit))
        .routes(routes!(export_audit))
        .routes(routes!(sign_audit))
        .routes(routes!(list_checkpoints))
        .routes(routes!(show_audit))
        .routes(routes!(show_audit_key))
}

/// The audit trail, newest entry first (R42).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit", tag = "records", params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>))
)]
async fn list_audit(by: By<Audit>, Query(query): Query<AuditQuery>) -> Answer<Shown<Page<AuditEntry>>> {
    let paging = paging(query.limit, query.cursor.as_deref())?;
    Ok(Shown(page(read::list(&by, &filter(query)?, &paging).await?, entry)))
}

/// One entry of the audit trail, by its place in the chain.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/{position}", tag = "records", responses((status = 200, body = AuditEntry))
)]
async fn show_audit(by: By<Audit>, Named(position): Named<Position>) -> Answer<Shown<AuditEntry>> {
    Ok(Shown(entry(read::show(&by, position.0).await?)))
}

/// Goes along the chain, up to 10,000 entries at a time, and says whether it holds so far (R42). Whoever does not trust
/// the host exports the trail and verifies that: `usher audit verify`.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/verify", tag = "records", params(AuditCheckQuery),
    responses((status = 200, body = AuditCheck))
)]
async fn verify_audit(by: By<Audit>, Query(query): Query<AuditCheckQuery>) -> Answer<Shown<AuditCheck>> {
    let paging = paging(None, query.cursor.as_deref())?;
    let (chain, ended) = read::verify(&by, paging.after.as_deref()).await?;
    Ok(Shown(check(&chain, ended)))
}

/// The whole trail, oldest entry first, a line of JSON each, as it is read. Ends early if the host can't go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/export", tag = "records",
    responses((status = 200, body = AuditLine, content_type = "application/jsonl"))
)]
async fn export_audit(by: By<Audit>) -> Response {
    let lines = try_unfold((by.scope, 0), |(scope, behind): (OrgScope, u64)| async move {
        let some = read::export(&scope, behind).await?;
        let Some(last) = some.last().map(|exported| exported.position) else { return Ok(None) };
        Ok::<_, Refusal>(Some((lines(&some), (scope, last))))
    });
    let headers = [(header::CONTENT_TYPE, "application/jsonl"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(lines)).into_response()
}

/// How the chain ends now, signed by the host: to be kept elsewhere (R42).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/checkpoint", tag = "records", responses((status = 200, body = AuditCheckpoint))
)]
async fn sign_audit(State(host): State<Arc<Host>>, by: By<Audit>) -> Answer<Shown<AuditCheckpoint>> {
    Ok(Shown(signed(&checkpoint::sign(&host.app, &by).await?)))
}

/// The checkpoints of all days that had an entry, newest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/audit/checkpoints", tag = "records", params(PageQuery),
    responses((status = 200, body = Page<AuditCheckpoint>))
)]
async fn list_checkpoints(by: By<Audit>, Paged(paging): Paged) -> Answer<Shown<Page<AuditCheckpoint>>> {
    Ok(Shown(page(checkpoint::list(&by, &paging).await?, |kept| signed(&kept))))
}

/// The public key that this host's checkpoints are verified by. Needs no token.
#[utoipa::path(
    get, path = "/v1/audit/key", tag = "records", responses((status = 200, body = AuditKey)), security(())
)]
async fn show_audit_key(State(host): State<Arc<Host>>) -> Shown<AuditKey> {
    let key = HEXLOWER.encode(&host.app.audit_seal.public());
    Shown(AuditKey { algorithm: "ed25519".to_owned(), key })
}

fn check(chain: &Chain, ended: Ended) -> AuditCheck {
    let (fault, next) = match ended {
        Ended::Whole => (None, None),
        Ended::Part { next } => (None, Some(cursor(&next))),
        Ended::Broken(fault) => (Some(fault.to_string()), None),
    };
    let head = (chain.entries > 0).then(|| HEXLOWER.encode(&chain.head));
    AuditCheck { entries: chain.entries, intact: fault.is_none(), head, fault, next }
}

fn filter(query: AuditQuery) -> Result<Filter, Failure> {
    Ok(Filter {
        who: parameter("who", query.who.as_deref())?,
        what: query.what,
        target: query.target,
        from: parameter("from", query.from.as_deref())?,
        until: parameter("until", query.until.as_deref())?,
    })
}

/// An entry as it is shown.
pub(super) fn entry(shown: Entry) -> AuditEntry {
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

fn lines(exported: &[Exported]) -> Bytes {
    let mut text = Vec::new();
    for Exported { position, entry, hash } in exported {
        let (fact, parts) = (entry.fact.clone(), entry.parts.iter().map(part).collect());
        let line = AuditLine { seq: *position, fact, parts, hash: HEXLOWER.encode(hash) };
        // INVARIANT: strings and numbers can be written.
        text.extend(serde_json::to_vec(&line).unwrap_or_default());
        text.push(b'\n');
    }
    text.into()
}

fn part(part: &Part) -> AuditPart {
    AuditPart {
        commitment: HEXLOWER.encode(&part.commitment),
        salt: part.opened.as_ref().map(|opened| HEXLOWER.encode(&opened.salt)),
        values: part.opened.as_ref().map(|opened| opened.values.clone()),
    }
}

fn signed(signed: &Signed) -> AuditCheckpoint {
    AuditCheckpoint {
        organisation: signed.checkpoint.organisation.to_string(),
        size: signed.checkpoint.size,
        head: HEXLOWER.encode(&signed.checkpoint.head),
        at: signed.checkpoint.at.to_string(),
        key: HEXLOWER.encode(&signed.key),
        signature: HEXLOWER.encode(&signed.signature),
    }
}
