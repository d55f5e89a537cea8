//! `…/personal-data`, `…/erase`, `/v1/orgs/{org}/erasures`: for primary admins. `/v1/host/compact`: for the operator.

mod document;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use usher_api::Page;
use usher_api::page::PageQuery;
use usher_api::privacy::{Compacted, Erasure, PersonalData};
use usher_domain::ids::{InvitationId, MemberId, RequestId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, ByOperator, PrimaryAdmin};
use crate::app::privacy::{erasure, export};
use crate::http::Host;
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::query::{Paged, page};
use crate::http::reply::{Accepted, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(export_member))
        .routes(routes!(export_applicant))
        .routes(routes!(export_invited))
        .routes(routes!(erase_member))
        .routes(routes!(erase_applicant))
        .routes(routes!(erase_invited))
        .routes(routes!(list_erasures))
        .routes(routes!(compact_store))
}

/// Everything the organisation holds about a member, deleted or not. Written as it is found: it breaks off, and is no
/// JSON, if the host can't go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/members/{member}/personal-data", tag = "privacy",
    responses((status = 200, body = PersonalData))
)]
async fn export_member(by: By<PrimaryAdmin>, Named(member): Named<MemberId>) -> Answer<Response> {
    Ok(document::document(export::of_member(&by, member).await?))
}

/// Everything the organisation holds about whoever made a request. Written as it is found: it breaks off, and is no
/// JSON, if the host can't go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/requests/{request}/personal-data", tag = "privacy",
    responses((status = 200, body = PersonalData))
)]
async fn export_applicant(by: By<PrimaryAdmin>, Named(request): Named<RequestId>) -> Answer<Response> {
    Ok(document::document(export::of_applicant(&by, request).await?))
}

/// Everything the organisation holds about whom a personal invitation is for. Written as it is found: it breaks off,
/// and is no JSON, if the host can't go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/invitations/{invitation}/personal-data", tag = "privacy",
    responses((status = 200, body = PersonalData), (status = 409))
)]
async fn export_invited(by: By<PrimaryAdmin>, Named(invitation): Named<InvitationId>) -> Answer<Response> {
    Ok(document::document(export::of_invited(&by, invitation).await?))
}

/// Erases a deleted member for good, at once instead of 30 days after they were deleted (R32). Their own record is
/// gone with the answer, everything else soon after.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members/{member}/erase", tag = "privacy", responses((status = 202, body = Erasure))
)]
async fn erase_member(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(member): Named<MemberId>,
) -> Answer<Accepted<Erasure>> {
    Ok(Accepted(wire(erasure::erase_member(&host.app, &by, member).await?.record)))
}

/// Erases whoever made a request that was answered or has expired, and who is no member.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/requests/{request}/erase", tag = "privacy", responses((status = 202, body = Erasure))
)]
async fn erase_applicant(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(request): Named<RequestId>,
) -> Answer<Accepted<Erasure>> {
    Ok(Accepted(wire(erasure::erase_applicant(&host.app, &by, request).await?.record)))
}

/// Erases whom a personal invitation was for that is over: they never answered. Who took it is erased as the member or
/// the applicant that they became.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/invitations/{invitation}/erase", tag = "privacy",
    responses((status = 202, body = Erasure))
)]
async fn erase_invited(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(invitation): Named<InvitationId>,
) -> Answer<Accepted<Erasure>> {
    Ok(Accepted(wire(erasure::erase_invited(&host.app, &by, invitation).await?.record)))
}

/// The organisation's erasures and how far each has come, in the order in which the people came.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/erasures", tag = "privacy", params(PageQuery),
    responses((status = 200, body = Page<Erasure>))
)]
async fn list_erasures(by: By<PrimaryAdmin>, Paged(paging): Paged) -> Answer<Shown<Page<Erasure>>> {
    Ok(Shown(page(erasure::list(&by, &paging).await?, wire)))
}

/// Has the store drop from its files, now, what was erased; by itself it does so within an hour or two. For the
/// operator.
#[utoipa::path(post, path = "/v1/host/compact", tag = "operator", responses((status = 200, body = Compacted)))]
async fn compact_store(State(host): State<Arc<Host>>, by: ByOperator) -> Answer<Shown<Compacted>> {
    Ok(Shown(Compacted { seq: erasure::compact(&host.app, &by).await? }))
}

fn wire(erasure: erasure::Erasure) -> Erasure {
    Erasure {
        subject: erasure.subject.to_string(),
        asked_at: erasure.asked_at.to_string(),
        erased_at: erasure.erased_at.map(|at| at.to_string()),
        gone_at: erasure.gone_at.map(|at| at.to_string()),
        left: erasure.left,
    }
}
