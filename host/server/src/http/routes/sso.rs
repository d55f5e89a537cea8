//! `/v1/orgs/{org}/sso`: connections, for primary admins, and whose login it is, for the program that
//! verifies assertions (R39, R40).

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::sso::{Claim, Connection, ConnectionChange, Login, Matched, NewConnection};
use usher_domain::ids::ConnectionId;
use usher_domain::sso;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, PrimaryAdmin, Security};
use crate::app::sso::{connections, login};
use crate::http::Host;
use crate::http::body::{Body, New, field};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Created, Done, IfMatch, Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_connection, list_connections))
        .routes(routes!(show_connection, change_connection, remove_connection))
        .routes(routes!(match_login))
}

/// Makes a connection.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/sso/connections", tag = "sso", params(IdempotencyKey), request_body = NewConnection,
    responses((status = 201, body = Connection))
)]
async fn create_connection(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    New { body, once }: New<NewConnection>,
) -> Answer<Created<Connection>> {
    let by = by.once(once);
    let new = connections::NewConnection {
        protocol: field("/protocol", &body.protocol)?,
        name: body.name,
        issuer: body.issuer,
        enabled: body.enabled.unwrap_or(true),
    };
    let made = connections::create(&host.app, &by, &new).await?;
    let location = format!("/v1/orgs/{}/sso/connections/{}", by.org(), made.made.id);
    Ok(Created { body: wire(made.made), location, version: made.version })
}

/// All connections, at most 20, on one page.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/sso/connections", tag = "sso", responses((status = 200, body = Page<Connection>))
)]
async fn list_connections(by: By<PrimaryAdmin>) -> Answer<Shown<Page<Connection>>> {
    let items = connections::list(&by).await?.into_iter().map(wire).collect();
    Ok(Shown(Page { items, next: None }))
}

/// One connection.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/sso/connections/{connection}", tag = "sso",
    responses((status = 200, body = Connection))
)]
async fn show_connection(by: By<PrimaryAdmin>, Named(id): Named<ConnectionId>) -> Answer<Versioned<Connection>> {
    let found = connections::show(&by, id).await?;
    Ok(Versioned { body: wire(found.record.0), version: found.version })
}

/// Renames, enables or disables a connection.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}/sso/connections/{connection}", tag = "sso", params(VersionMatch),
    request_body = ConnectionChange, responses((status = 200, body = Connection))
)]
async fn change_connection(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(id): Named<ConnectionId>,
    IfMatch(version): IfMatch,
    Body(body): Body<ConnectionChange>,
) -> Answer<Versioned<Connection>> {
    let change = connections::ConnectionChange { name: body.name, enabled: body.enabled };
    let changed = connections::update(&host.app, &by, id, version, &change).await?;
    Ok(Versioned { body: wire(changed.record), version: changed.version })
}

/// Removes a connection that no domain is bound to.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/sso/connections/{connection}", tag = "sso", responses((status = 204))
)]
async fn remove_connection(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(id): Named<ConnectionId>,
) -> Answer<Done> {
    connections::remove(&host.app, &by, id).await?;
    Ok(Done)
}

/// Says whose login a verified assertion is. Nobody's is `identity_mismatch`, with nothing in it that says
/// anything about anybody: admins find both addresses and the reasons in the decision and the audit trail.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/sso/logins/match", tag = "sso", request_body = Login,
    responses((status = 200, body = Matched))
)]
async fn match_login(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    Body(body): Body<Login>,
) -> Answer<Shown<Matched>> {
    let matched = login::match_login(&host.app, &by, &asserted(body)?).await?;
    let outcome = if matched.linked_before { "linked" } else { "matched" };
    Ok(Shown(Matched {
        member: matched.member.to_string(),
        outcome: outcome.to_owned(),
        may_log_in: matched.refusal.is_none(),
        refusal: matched.refusal.map(|refusal| refusal.to_string()),
        decision: matched.decision.map(|id| id.to_string()),
    }))
}

fn asserted(body: Login) -> Result<login::Login, Failure> {
    let claim = |claim: Claim| login::AssertedClaim { kind: claim.kind, value: claim.value, verified: claim.verified };
    Ok(login::Login {
        connection: field("/connection", &body.connection)?,
        subject: body.subject,
        claims: body.claims.into_iter().map(claim).collect(),
    })
}

fn wire(connection: sso::Connection) -> Connection {
    Connection {
        id: connection.id.to_string(),
        name: connection.name,
        protocol: connection.protocol.to_string(),
        issuer: connection.issuer,
        enabled: connection.enabled,
        created_at: connection.created_at.to_string(),
    }
}
