//! `/v1/orgs/{org}/members`: for whoever holds the permission `member_and_department`, and for admins of departments.

mod bulk;
mod lifecycle;
mod wire;

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::member::{Member, MemberChange, MemberCreated, MemberQuery, NewMember};
use usher_domain::ids::MemberId;
use usher_domain::member;
use usher_domain::password::Password;
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Managing};
use crate::app::members::add::{self, Added};
use crate::app::members::{self, alter, list};
use crate::http::Host;
use crate::http::body::{Body, New};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::query::{Query, page, paging};
use crate::http::reply::{Created, IfMatch, Shown, Versioned};
use crate::http::routes::login::chosen;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(add_member, list_members))
        .routes(routes!(show_member, change_member, lifecycle::delete_member))
        .routes(routes!(lifecycle::suspend_member))
        .routes(routes!(lifecycle::resume_member))
        .routes(routes!(lifecycle::restore_member))
        .routes(routes!(lifecycle::remind_member))
        .routes(routes!(bulk::change_members))
}

/// Adds a member by hand (R6 to R13). What an admin enters needs no approval.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members", tag = "members", params(IdempotencyKey), request_body = NewMember,
    responses((status = 201, body = MemberCreated))
)]
async fn add_member(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    New { body, once }: New<NewMember>,
) -> Answer<Created<MemberCreated>> {
    let by = by.once(once);
    let given = body.password.as_deref().map(|text| chosen("/password", text)).transpose()?;
    let made = add::add(&host.app, &by, &wire::new(body)?, given.as_ref()).await?;
    let location = format!("/v1/orgs/{}/members/{}", by.org(), made.made.member.id);
    let Added { member, recommended } = made.made;
    let password = made.secret.flatten().map(Password::reveal);
    let body = MemberCreated { member: wire::member(member), recommended, password };
    Ok(Created { body, location, version: made.version })
}

/// Members in the order in which they came; for an admin of departments, department by department. A page can be
/// shorter than its limit and not the last.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/members", tag = "members", params(MemberQuery),
    responses((status = 200, body = Page<Member>))
)]
async fn list_members(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Query(query): Query<MemberQuery>,
) -> Answer<Shown<Page<Member>>> {
    let paging = paging(query.limit, query.cursor.as_deref())?;
    Ok(Shown(page(list::list(&host.app, &by, &wire::filter(&query)?, &paging).await?, wire::member)))
}

/// One member.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/members/{member}", tag = "members", responses((status = 200, body = Member))
)]
async fn show_member(by: By<Managing>, Named(id): Named<MemberId>) -> Answer<Versioned<Member>> {
    let found = members::show(&by, id).await?;
    Ok(Versioned { body: wire::member(found.record.0), version: found.version })
}

/// Changes a member's data, departments or role.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}/members/{member}", tag = "members", params(VersionMatch),
    request_body = MemberChange, responses((status = 200, body = Member))
)]
async fn change_member(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<MemberId>,
    IfMatch(version): IfMatch,
    Body(body): Body<MemberChange>,
) -> Answer<Versioned<Member>> {
    Ok(versioned(alter::alter(&host.app, &by, id, version, &wire::change(body)?).await?))
}

fn versioned(found: Stored<member::Member>) -> Versioned<Member> {
    Versioned { body: wire::member(found.record), version: found.version }
}
