//! `/v1/orgs/{org}/domains`: email domains, for whoever holds the permission `security`; bound to
//! connections by primary admins.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::domain::{Binding, Domain, MailProof, NewDomain, NewMailProof};
use usher_api::join::Proof;
use usher_domain::address::{Address, canonical_domain};
use usher_domain::verified_domain::VerifiedDomain;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::join::typed;
use crate::app::actor::{By, PrimaryAdmin, Security};
use crate::app::domains;
use crate::http::Host;
use crate::http::body::{Body, New, optional};
use crate::http::openapi::IdempotencyKey;
use crate::http::path::{Named, PathName};
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Created, Done, Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(add_domain, list_domains))
        .routes(routes!(show_domain, remove_domain))
        .routes(routes!(check_dns))
        .routes(routes!(send_mail_code))
        .routes(routes!(check_mail_code))
        .routes(routes!(bind_domain))
}

/// A domain in the path, in whatever spelling. One that is none is not found, since only domains are added.
struct DomainName(String);

impl FromStr for DomainName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<DomainName, Infallible> {
        Ok(DomainName(canonical_domain(text).unwrap_or_else(|_| text.chars().take(64).collect())))
    }
}

impl PathName for DomainName {
    const NAME: &'static str = "domain";
}

/// Adds a domain. It says nothing until it is proved: the answer names the TXT record that proves it.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/domains", tag = "domains", params(IdempotencyKey), request_body = NewDomain,
    responses((status = 201, body = Domain))
)]
async fn add_domain(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    New { body, once }: New<NewDomain>,
) -> Answer<Created<Domain>> {
    let by = by.once(once);
    let made = domains::add(&host.app, &by, &body.domain).await?;
    let location = format!("/v1/orgs/{}/domains/{}", by.org(), made.made.domain);
    Ok(Created { body: wire(made.made), location, version: made.version })
}

/// All domains, at most 20, on one page.
#[utoipa::path(get, path = "/v1/orgs/{org}/domains", tag = "domains", responses((status = 200, body = Page<Domain>)))]
async fn list_domains(by: By<Security>) -> Answer<Shown<Page<Domain>>> {
    let items = domains::list(&by).await?.into_iter().map(wire).collect();
    Ok(Shown(Page { items, next: None }))
}

/// One domain.
#[utoipa::path(get, path = "/v1/orgs/{org}/domains/{domain}", tag = "domains", responses((status = 200, body = Domain)))]
async fn show_domain(by: By<Security>, Named(DomainName(name)): Named<DomainName>) -> Answer<Versioned<Domain>> {
    let found = domains::show(&by, &name).await?;
    Ok(Versioned { body: wire(found.record.0), version: found.version })
}

/// Removes a domain.
#[utoipa::path(delete, path = "/v1/orgs/{org}/domains/{domain}", tag = "domains", responses((status = 204)))]
async fn remove_domain(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    Named(DomainName(name)): Named<DomainName>,
) -> Answer<Done> {
    domains::remove(&host.app, &by, &name).await?;
    Ok(Done)
}

/// Looks for the TXT record: proves ownership.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/domains/{domain}/check", tag = "domains", responses((status = 200, body = Domain))
)]
async fn check_dns(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    Named(DomainName(name)): Named<DomainName>,
) -> Answer<Versioned<Domain>> {
    let proved = domains::check_dns(&host.app, &by, &name).await?;
    Ok(Versioned { body: wire(proved.record), version: proved.version })
}

/// Mails a code to a mailbox of the domain.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/domains/{domain}/mail", tag = "domains", request_body = NewMailProof,
    responses((status = 200, body = Proof))
)]
async fn send_mail_code(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    Named(DomainName(name)): Named<DomainName>,
    Body(body): Body<NewMailProof>,
) -> Answer<Shown<Proof>> {
    let address = Address::parse(&body.email).map_err(|error| Failure::address("/email", &error))?;
    let sent = domains::send_code(&host.app, &by, &name, address).await?;
    Ok(Shown(Proof { proof: sent.proof.to_string(), expires_at: sent.expires_at.to_string() }))
}

/// Takes the mailed code: proves affiliation.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/domains/{domain}/mail/check", tag = "domains", request_body = MailProof,
    responses((status = 200, body = Domain))
)]
async fn check_mail_code(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    Named(DomainName(name)): Named<DomainName>,
    Body(body): Body<MailProof>,
) -> Answer<Versioned<Domain>> {
    let proved = domains::check_mail(&host.app, &by, &name, &typed("/proof", body)?).await?;
    Ok(Versioned { body: wire(proved.record), version: proved.version })
}

/// Binds a domain to a connection whose logins may assert addresses on it (R40). For primary admins.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/domains/{domain}/connection", tag = "domains", request_body = Binding,
    responses((status = 200, body = Domain))
)]
async fn bind_domain(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(DomainName(name)): Named<DomainName>,
    Body(body): Body<Binding>,
) -> Answer<Versioned<Domain>> {
    let connection = optional("/connection", body.connection.as_deref())?;
    let bound = domains::bind(&host.app, &by, &name, connection).await?;
    Ok(Versioned { body: wire(bound.record), version: bound.version })
}

fn wire(domain: VerifiedDomain) -> Domain {
    Domain {
        txt_name: domain.challenge_name(),
        txt_value: domain.challenge_text(),
        domain: domain.domain,
        proof: domain.proof.map(|proof| proof.by.to_string()),
        proved_at: domain.proof.map(|proof| proof.at.to_string()),
        connection: domain.connection.map(|id| id.to_string()),
        added_at: domain.added_at.to_string(),
    }
}
