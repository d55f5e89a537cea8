//! `/v1/orgs`: made and bounded by the operator, described by their primary admins.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::organisation::{Limits, NewOrganisation, Organisation, OrganisationChange, OrganisationCreated};
use usher_api::page::PageQuery;
use usher_domain::{address, organisation};
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, ByOperator, Insight, OperatorOnly, PrimaryAdmin};
use crate::app::{organisations, stored};
use crate::http::Host;
use crate::http::body::{Body, New, field, optional};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, page};
use crate::http::reply::{Created, IfMatch, Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_organisation, list_organisations))
        .routes(routes!(show_organisation, change_organisation))
        .routes(routes!(limit_organisation))
        .routes(routes!(activate_business_mail))
}

/// Makes an organisation with its first primary admin, whose token the answer holds. For the operator.
#[utoipa::path(
    post, path = "/v1/orgs", tag = "operator", params(IdempotencyKey), request_body = NewOrganisation,
    responses((status = 201, body = OrganisationCreated))
)]
async fn create_organisation(
    State(host): State<Arc<Host>>,
    by: ByOperator,
    New { body, once }: New<NewOrganisation>,
) -> Answer<Created<OrganisationCreated>> {
    let made = organisations::create(&host.app, &by.once(once), &new(body)?).await?;
    let location = format!("/v1/orgs/{}", made.made.organisation.id);
    let body = OrganisationCreated {
        primary_admin: made.made.primary_admin.to_string(),
        organisation: wire(made.made.organisation),
        token: made.secret.map(|secret| secret.reveal()),
    };
    Ok(Created { body, location, version: made.version })
}

/// All organisations of the host, oldest first. For the operator.
#[utoipa::path(
    get, path = "/v1/orgs", tag = "operator", params(PageQuery), responses((status = 200, body = Page<Organisation>))
)]
async fn list_organisations(
    State(host): State<Arc<Host>>,
    by: ByOperator,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Organisation>>> {
    Ok(Shown(page(organisations::list(&host.app, &by, &paging).await?, wire)))
}

/// The organisation.
#[utoipa::path(get, path = "/v1/orgs/{org}", tag = "organisation", responses((status = 200, body = Organisation)))]
async fn show_organisation(by: By<Insight>) -> Answer<Versioned<Organisation>> {
    Ok(versioned(organisations::show(&by).await?))
}

/// Describes the organisation anew. For primary admins.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}", tag = "organisation", params(VersionMatch), request_body = OrganisationChange,
    responses((status = 200, body = Organisation))
)]
async fn change_organisation(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    IfMatch(version): IfMatch,
    Body(body): Body<OrganisationChange>,
) -> Answer<Versioned<Organisation>> {
    Ok(versioned(organisations::describe(&host.app, &by, version, &description(body)?).await?))
}

/// Says what the organisation is allowed from now on. For the operator.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/limits", tag = "operator", params(VersionMatch), request_body = Limits,
    responses((status = 200, body = Organisation))
)]
async fn limit_organisation(
    State(host): State<Arc<Host>>,
    by: By<OperatorOnly>,
    IfMatch(version): IfMatch,
    Body(limits): Body<Limits>,
) -> Answer<Versioned<Organisation>> {
    Ok(versioned(organisations::limit(&host.app, &by, version, limits.members).await?))
}

/// Activates business mail, once and for all (R10). For primary admins.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/business-mail/activate", tag = "organisation", params(VersionMatch),
    responses((status = 200, body = Organisation))
)]
async fn activate_business_mail(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    IfMatch(version): IfMatch,
) -> Answer<Versioned<Organisation>> {
    Ok(versioned(organisations::activate_business_mail(&host.app, &by, version).await?))
}

fn new(body: NewOrganisation) -> Result<organisations::NewOrganisation, Failure> {
    let address = address::Address::parse(&body.primary_admin.work_email);
    Ok(organisations::NewOrganisation {
        zone: field("/time_zone", &body.time_zone)?,
        name: body.name,
        region: body.region,
        language: body.language,
        member_limit: body.limits.members,
        admin_name: body.primary_admin.name,
        admin_email: address.map_err(|error| Failure::address("/primary_admin/work_email", &error))?,
    })
}

fn description(body: OrganisationChange) -> Result<organisations::Description, Failure> {
    let region = |(at, text): (usize, &String)| field(&format!("/skip_refused_for/{at}"), text);
    let regions = body.skip_refused_for.map(|texts| texts.iter().enumerate().map(region).collect());
    Ok(organisations::Description {
        name: body.name,
        language: body.language,
        zone: optional("/time_zone", body.time_zone.as_deref())?,
        skip_refused_for: regions.transpose()?,
    })
}

fn versioned(found: Stored<stored::Organisation>) -> Versioned<Organisation> {
    Versioned { body: wire(found.record.0), version: found.version }
}

fn wire(organisation: organisation::Organisation) -> Organisation {
    Organisation {
        id: organisation.id.to_string(),
        name: organisation.name,
        region: organisation.region,
        language: organisation.language,
        time_zone: organisation.zone.name().to_owned(),
        root_department: organisation.root_department.to_string(),
        limits: Limits { members: organisation.member_limit },
        business_mail: organisation.business_mail,
        skip_refused_for: organisation.skip_refused_for.into_iter().map(String::from).collect(),
        created_at: organisation.created_at.to_string(),
    }
}
