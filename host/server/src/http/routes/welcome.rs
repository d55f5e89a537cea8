//! `/v1/welcome/{welcome_link}`: accepting or declining what an admin entered, by the link in a letter (R22). No
//! token: the link is what they hold.

use std::sync::Arc;

use axum::extract::State;
use usher_api::welcome::Welcome;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::Call;
use crate::app::members::welcome;
use crate::http::Host;
use crate::http::path::{Named, WelcomeLink};
use crate::http::problem::Answer;
use crate::http::reply::{Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(show_welcome))
        .routes(routes!(accept_membership))
        .routes(routes!(decline_membership))
}

/// What the link is about. Accepts nothing: whatever previews links accepts for nobody.
#[utoipa::path(
    get, path = "/v1/welcome/{welcome_link}", tag = "applicants", responses((status = 200, body = Welcome)),
    security(())
)]
async fn show_welcome(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(WelcomeLink(secret)): Named<WelcomeLink>,
) -> Answer<Shown<Welcome>> {
    Ok(Shown(wire(welcome::look(&host.app, &call, &secret).await?)))
}

/// Accepts, to log in next. Whoever has come already is told the same.
#[utoipa::path(
    post, path = "/v1/welcome/{welcome_link}/accept", tag = "applicants", responses((status = 200, body = Welcome)),
    security(())
)]
async fn accept_membership(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(WelcomeLink(secret)): Named<WelcomeLink>,
) -> Answer<Shown<Welcome>> {
    Ok(Shown(wire(welcome::accept(&host.app, &call, &secret).await?)))
}

/// Declines: what was entered about the person is deleted, and they are no member. Not for whoever has accepted or
/// logged in.
#[utoipa::path(
    post, path = "/v1/welcome/{welcome_link}/decline", tag = "applicants", responses((status = 204)), security(())
)]
async fn decline_membership(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(WelcomeLink(secret)): Named<WelcomeLink>,
) -> Answer<Done> {
    welcome::decline(&host.app, &call, &secret).await?;
    Ok(Done)
}

fn wire(welcome: welcome::Welcome) -> Welcome {
    Welcome {
        organisation: welcome.organisation,
        name: welcome.name,
        login: welcome.login,
        accepted: welcome.accepted,
        ends_at: welcome.ends_at.to_string(),
    }
}
