//! `/v1/orgs/{org}/departments`.

use std::sync::Arc;

use axum::extract::State;
use usher_api::department::{Department, DepartmentChange, NewDepartment, RemovalQuery};
use usher_api::page::PageQuery;
use usher_api::{Code, Page};
use usher_domain::ids::{DepartmentId, IdError};
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Managing, SeeingDepartments};
use crate::app::departments::{self, DepartmentView};
use crate::http::Host;
use crate::http::body::{Body, New, optional};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, Query, page};
use crate::http::reply::{Created, Done, IfMatch, Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(create_department, list_departments)).routes(routes!(
        show_department,
        change_department,
        remove_department
    ))
}

/// Adds a department (R37), with its group if one is wished for (R28).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/departments", tag = "departments", params(IdempotencyKey),
    request_body = NewDepartment, responses((status = 201, body = Department))
)]
async fn create_department(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    New { body, once }: New<NewDepartment>,
) -> Answer<Created<Department>> {
    let by = by.once(once);
    let parent = optional("/parent", body.parent.as_deref())?;
    let types = body.group.as_ref().map(|group| group.workforce_types.as_slice());
    let made = departments::create(&host.app, &by, &body.name, parent, types).await?;
    let location = format!("/v1/orgs/{}/departments/{}", by.org(), made.made.department.id);
    Ok(Created { body: wire(made.made), location, version: made.version })
}

/// Departments, the root first, then in the order in which they came.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/departments", tag = "departments", params(PageQuery),
    responses((status = 200, body = Page<Department>))
)]
async fn list_departments(by: By<SeeingDepartments>, Paged(paging): Paged) -> Answer<Shown<Page<Department>>> {
    Ok(Shown(page(departments::list(&by, &paging).await?, wire)))
}

/// One department.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/departments/{department}", tag = "departments",
    responses((status = 200, body = Department))
)]
async fn show_department(by: By<SeeingDepartments>, Named(id): Named<DepartmentId>) -> Answer<Versioned<Department>> {
    Ok(versioned(departments::show(&by, id).await?))
}

/// Renames or moves a department, with everything below it.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}/departments/{department}", tag = "departments", params(VersionMatch),
    request_body = DepartmentChange, responses((status = 200, body = Department))
)]
async fn change_department(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<DepartmentId>,
    IfMatch(version): IfMatch,
    Body(body): Body<DepartmentChange>,
) -> Answer<Versioned<Department>> {
    let parent = optional("/parent", body.parent.as_deref())?;
    let change = departments::DepartmentChange { name: body.name, parent };
    Ok(versioned(departments::update(&host.app, &by, id, version, &change).await?))
}

/// Removes a department. With `into`, what it holds moves there first; without, it must hold neither members nor
/// departments.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/departments/{department}", tag = "departments", params(VersionMatch, RemovalQuery),
    responses((status = 204))
)]
async fn remove_department(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<DepartmentId>,
    IfMatch(version): IfMatch,
    Query(query): Query<RemovalQuery>,
) -> Answer<Done> {
    let wrong = |error: IdError| Failure::at(Code::InvalidQuery, "into", error.to_string());
    if let Some(into) = query.into.as_deref().map(|text| text.parse().map_err(wrong)).transpose()? {
        departments::empty(&host.app, &by, id, version, into).await?;
    }
    departments::remove(&host.app, &by, id, version).await?;
    Ok(Done)
}

fn versioned(found: Stored<DepartmentView>) -> Versioned<Department> {
    Versioned { body: wire(found.record), version: found.version }
}

fn wire(view: DepartmentView) -> Department {
    Department {
        id: view.department.id.to_string(),
        name: view.department.name,
        parent: view.department.parent.map(|parent| parent.to_string()),
        members: view.members,
    }
}
