//! `/v1/orgs/{org}/groups`: user groups and who is in them (R35).

mod wire;

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::department::DepartmentGroup;
use usher_api::group::{Group, GroupChange, GroupMember, NewGroup};
use usher_api::page::PageQuery;
use usher_domain::ids::{DepartmentId, GroupId, MemberId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Managing, MembersAndDepartments};
use crate::app::groups::{self, change, department, members};
use crate::http::Host;
use crate::http::body::{Body, New};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::query::{Paged, page};
use crate::http::reply::{Created, Done, IfMatch, Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_group, list_groups))
        .routes(routes!(show_group, change_group, delete_group))
        .routes(routes!(list_group_members))
        .routes(routes!(put_into_group, take_out_of_group))
        .routes(routes!(set_department_group))
}

/// Makes a user group. With a rule it is dynamic: whom the rule takes is put into it right after, and from then on
/// with every change of a member.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/groups", tag = "groups", params(IdempotencyKey), request_body = NewGroup,
    responses((status = 201, body = Group))
)]
async fn create_group(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    New { body, once }: New<NewGroup>,
) -> Answer<Created<Group>> {
    let by = by.once(once);
    let made = change::create(&host.app, &by, &wire::new(body)?).await?;
    let location = format!("/v1/orgs/{}/groups/{}", by.org(), made.made.group.id);
    Ok(Created { body: wire::group(made.made), location, version: made.version })
}

/// User groups, in the order in which they were made.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/groups", tag = "groups", params(PageQuery),
    responses((status = 200, body = Page<Group>))
)]
async fn list_groups(by: By<MembersAndDepartments>, Paged(paging): Paged) -> Answer<Shown<Page<Group>>> {
    Ok(Shown(page(groups::list(&by, &paging).await?, wire::group)))
}

/// One user group.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/groups/{group}", tag = "groups", responses((status = 200, body = Group))
)]
async fn show_group(by: By<MembersAndDepartments>, Named(id): Named<GroupId>) -> Answer<Versioned<Group>> {
    let found = groups::show(&by, id).await?;
    Ok(Versioned { body: wire::group(found.record), version: found.version })
}

/// Renames a user group, gives it another rule or another plan. Members and seats follow right after.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}/groups/{group}", tag = "groups", params(VersionMatch), request_body = GroupChange,
    responses((status = 200, body = Group))
)]
async fn change_group(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<GroupId>,
    IfMatch(version): IfMatch,
    Body(body): Body<GroupChange>,
) -> Answer<Versioned<Group>> {
    let changed = change::update(&host.app, &by, id, version, &wire::change(body)?).await?;
    Ok(Versioned { body: wire::group(changed.record), version: changed.version })
}

/// Deletes a user group. Seats that rest on it alone are freed right after.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/groups/{group}", tag = "groups", params(VersionMatch), responses((status = 204))
)]
async fn delete_group(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<GroupId>,
    IfMatch(version): IfMatch,
) -> Answer<Done> {
    change::delete(&host.app, &by, id, version).await?;
    Ok(Done)
}

/// Who is in a user group.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/groups/{group}/members", tag = "groups", params(PageQuery),
    responses((status = 200, body = Page<GroupMember>))
)]
async fn list_group_members(
    by: By<MembersAndDepartments>,
    Named(id): Named<GroupId>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<GroupMember>>> {
    let found = members::list(&by, id, &paging).await?;
    Ok(Shown(page(found, |member| GroupMember { member: member.to_string() })))
}

/// Puts a member into a user group that has no rule. Doing it twice is doing it once.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/groups/{group}/members/{member}", tag = "groups", responses((status = 204))
)]
async fn put_into_group(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(group): Named<GroupId>,
    Named(member): Named<MemberId>,
) -> Answer<Done> {
    members::put(&host.app, &by, group, member).await?;
    Ok(Done)
}

/// Takes a member out of a user group that has no rule; a seat that rests on it alone is free then.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/groups/{group}/members/{member}", tag = "groups", responses((status = 204))
)]
async fn take_out_of_group(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(group): Named<GroupId>,
    Named(member): Named<MemberId>,
) -> Answer<Done> {
    members::remove(&host.app, &by, group, member).await?;
    Ok(Done)
}

/// Gives a department its group, or says anew which workforce types its group takes (R28). Members follow right after.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/departments/{department}/group", tag = "departments", request_body = DepartmentGroup,
    responses((status = 200, body = Group))
)]
async fn set_department_group(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<DepartmentId>,
    Body(body): Body<DepartmentGroup>,
) -> Answer<Versioned<Group>> {
    let set = department::set(&host.app, &by, id, &body.workforce_types).await?;
    Ok(Versioned { body: wire::group(set.record), version: set.version })
}
