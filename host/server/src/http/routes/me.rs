//! `/v1/orgs/{org}/me`: a member's own sessions and password. `/v1/orgs/{org}/members/{member}/password`: what an
//! admin does about a business login's.

use std::sync::Arc;

use axum::extract::State;
use usher_api::login::{EndSessions, NewPassword, OwnPassword, PasswordSet, Sessions};
use usher_domain::ids::MemberId;
use usher_domain::password::Password;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::login::{chosen, typed, wire};
use crate::app::actor::{AnyMember, By, Managing};
use crate::app::login::{passwords, sessions};
use crate::http::Host;
use crate::http::body::{Body, field};
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::reply::{Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions))
        .routes(routes!(end_sessions))
        .routes(routes!(change_own_password))
        .routes(routes!(set_member_password))
}

/// One's own sessions.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/me/sessions", tag = "login", responses((status = 200, body = Sessions))
)]
async fn list_sessions(by: By<AnyMember>) -> Answer<Shown<Sessions>> {
    Ok(Shown(Sessions { items: sessions::list(&by).await?.iter().map(wire).collect() }))
}

/// Ends sessions of one's own: these, or all. One that has ended already stays so.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/me/sessions/end", tag = "login", request_body = EndSessions,
    responses((status = 204))
)]
async fn end_sessions(State(host): State<Arc<Host>>, by: By<AnyMember>, Body(body): Body<EndSessions>) -> Answer<Done> {
    let id = |(at, text): (usize, &String)| field(&format!("/sessions/{at}"), text);
    let ended = body.sessions.map(|ids| ids.iter().enumerate().map(id).collect::<Result<Vec<_>, _>>()).transpose()?;
    sessions::end(&host.app, &by, ended.as_deref()).await?;
    Ok(Done)
}

/// Changes one's own password. All other sessions end.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/me/password", tag = "login", request_body = OwnPassword, responses((status = 204))
)]
async fn change_own_password(
    State(host): State<Arc<Host>>,
    by: By<AnyMember>,
    Body(body): Body<OwnPassword>,
) -> Answer<Done> {
    let asked = passwords::OwnPassword {
        current: body.current.as_deref().map(Password::typed),
        code: body.code.map(typed).transpose()?,
        new: chosen("/new_password", &body.new_password)?,
    };
    passwords::change_own(&host.app, &by, &asked).await?;
    Ok(Done)
}

/// Sets the password of a business login anew, or generates one, shown this once (R10). The member's sessions end.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/members/{member}/password", tag = "members", request_body = NewPassword,
    responses((status = 200, body = PasswordSet))
)]
async fn set_member_password(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(member): Named<MemberId>,
    Body(body): Body<NewPassword>,
) -> Answer<Shown<PasswordSet>> {
    let given = body.password.as_deref().map(|text| chosen("/password", text)).transpose()?;
    let generated = passwords::hand_over(&host.app, &by, member, given.as_ref()).await?;
    Ok(Shown(PasswordSet { password: generated.map(Password::reveal) }))
}
