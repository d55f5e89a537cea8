//! `/v1/orgs/{org}/workforce-types`.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::import::{NewWorkforceType, WorkforceType};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Choosing, MembersAndDepartments};
use crate::app::workforce_types::{self, TypeView};
use crate::http::Host;
use crate::http::body::Body;
use crate::http::path::{Named, TypeName};
use crate::http::problem::Answer;
use crate::http::reply::{Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(list_workforce_types, add_workforce_type))
        .routes(routes!(delete_workforce_type))
}

/// The five types of every organisation, then its own (R23).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/workforce-types", tag = "imports", responses((status = 200, body = Page<WorkforceType>))
)]
async fn list_workforce_types(by: By<Choosing>) -> Answer<Shown<Page<WorkforceType>>> {
    let items = workforce_types::list(&by).await?.into_iter().map(shown).collect();
    Ok(Shown(Page { items, next: None }))
}

/// Adds a type of the organisation's own.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/workforce-types", tag = "imports", request_body = NewWorkforceType,
    responses((status = 200, body = WorkforceType))
)]
async fn add_workforce_type(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Body(body): Body<NewWorkforceType>,
) -> Answer<Shown<WorkforceType>> {
    Ok(Shown(shown(workforce_types::add(&host.app, &by, &body.name).await?)))
}

/// Deletes a type of the organisation's own that nobody is of.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/workforce-types/{workforce_type}", tag = "imports", responses((status = 204))
)]
async fn delete_workforce_type(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(TypeName(name)): Named<TypeName>,
) -> Answer<Done> {
    workforce_types::delete(&host.app, &by, &name).await?;
    Ok(Done)
}

fn shown(view: TypeView) -> WorkforceType {
    WorkforceType { name: view.name, built_in: view.built_in, members: view.members }
}
