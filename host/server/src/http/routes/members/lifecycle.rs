//! `/v1/orgs/{org}/members/{member}/…`: suspended, resumed, deleted, restored, reminded (R30 to R32).

use std::sync::Arc;

use axum::extract::State;
use usher_api::member::{Member, MemberReminded, MemberRestore};
use usher_domain::ids::MemberId;

use super::versioned;
use crate::app::actor::{By, Managing, PrimaryAdmin};
use crate::app::members::{remind, restore, states};
use crate::http::Host;
use crate::http::body::{Body, optional};
use crate::http::openapi::VersionMatch;
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::reply::{Done, IfMatch, Shown, Versioned};

/// Takes a member's login away; they still count against the plans' size (R32).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members/{member}/suspend", tag = "members", params(VersionMatch),
    responses((status = 200, body = Member))
)]
pub(super) async fn suspend_member(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<MemberId>,
    IfMatch(version): IfMatch,
) -> Answer<Versioned<Member>> {
    Ok(versioned(states::suspend(&host.app, &by, id, version).await?))
}

/// Gives a suspended member's login back (R32).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members/{member}/resume", tag = "members", params(VersionMatch),
    responses((status = 200, body = Member))
)]
pub(super) async fn resume_member(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<MemberId>,
    IfMatch(version): IfMatch,
) -> Answer<Versioned<Member>> {
    Ok(versioned(states::resume(&host.app, &by, id, version).await?))
}

/// Deletes a member: no login, no seat, not counted. The last primary admin stays (R32).
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/members/{member}", tag = "members", params(VersionMatch),
    responses((status = 204))
)]
pub(super) async fn delete_member(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<MemberId>,
    IfMatch(version): IfMatch,
) -> Answer<Done> {
    states::delete(&host.app, &by, id, version).await?;
    Ok(Done)
}

/// Brings a member back within 30 days of their deletion: takes a free seat where seats were bought, and their
/// addresses must still be theirs alone (R1, R32).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members/{member}/restore", tag = "members", params(VersionMatch),
    request_body = MemberRestore, responses((status = 200, body = Member))
)]
pub(super) async fn restore_member(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(id): Named<MemberId>,
    IfMatch(version): IfMatch,
    Body(body): Body<MemberRestore>,
) -> Answer<Versioned<Member>> {
    let plan = optional("/plan", body.plan.as_deref())?;
    Ok(versioned(restore::restore(&host.app, &by, id, version, plan).await?))
}

/// Reminds somebody who is `invited` or `inactive`, at most once in 24 hours (R31).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members/{member}/remind", tag = "members",
    responses((status = 200, body = MemberReminded))
)]
pub(super) async fn remind_member(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<MemberId>,
) -> Answer<Shown<MemberReminded>> {
    let reminded = remind::remind(&host.app, &by, id).await?;
    let not_sent = reminded.not_sent.map(|failed| failed.name().to_owned());
    Ok(Shown(MemberReminded { next_at: reminded.next_at.to_string(), not_sent }))
}
