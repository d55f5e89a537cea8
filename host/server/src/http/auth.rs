//! Who asks: the bearer token of a request, and the right a handler needs.
//!
//! A handler takes `By<Right>` for what is of the organisation in the path, or `ByOperator` for the
//! host; whoever has no such right never reaches it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use usher_domain::ids::{CallId, OrgId};

use super::Host;
use super::client_address::Client;
use super::large_bodies::LargeBody;
use super::path::Named;
use super::problem::Failure;
use crate::app::actor::{Actor, By, ByOperator, Call, Right};
use crate::app::refusal::Refusal;
use crate::app::tokens;

impl<R: Right> FromRequestParts<Arc<Host>> for By<R> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, host: &Arc<Host>) -> Result<Self, Failure> {
        // The token comes first: without one, not even the form of an id is talked about.
        let (actor, call) = actor(parts, host).await?;
        let Named(org) = Named::<OrgId>::from_request_parts(parts, host).await?;
        Ok(host.app.authorise(actor, call, org).await?)
    }
}

impl FromRequestParts<Arc<Host>> for ByOperator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, host: &Arc<Host>) -> Result<Self, Failure> {
        let (actor, call) = actor(parts, host).await?;
        Ok(host.app.authorise_operator(&actor, call)?)
    }
}

/// A call by whoever it may be, for routes that need no token.
impl FromRequestParts<Arc<Host>> for Call {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, host: &Arc<Host>) -> Result<Self, Failure> {
        Ok(call(parts, host))
    }
}

/// Somebody who has the right `R` for as long as their token and their right last: for answers that go on.
pub struct Standing<R> {
    /// Who, when they asked.
    pub by: By<R>,
    token: String,
}

impl<R: Right> Standing<R> {
    /// The same now, if they still have it.
    pub async fn again(&self, host: &Host) -> Result<By<R>, Refusal> {
        let call = Call { at: host.app.clock.now(), ..self.by.call.clone() };
        let actor = tokens::authenticate(&host.app, &self.token, call.at).await?;
        host.app.authorise(actor, call, self.by.org()).await
    }
}

impl<R: Right> FromRequestParts<Arc<Host>> for Standing<R> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, host: &Arc<Host>) -> Result<Self, Failure> {
        let by = By::from_request_parts(parts, host).await?;
        let token = bearer(parts).ok_or(Refusal::Unauthenticated)?.to_owned();
        Ok(Standing { by, token })
    }
}

async fn actor(parts: &Parts, host: &Host) -> Result<(Actor, Call), Failure> {
    let call = call(parts, host);
    let token = bearer(parts).ok_or(Refusal::Unauthenticated)?;
    let actor = tokens::authenticate(&host.app, token, call.at).await?;
    host.requests.of_token(actor.token(), call.at)?;
    if let Some(body) = parts.extensions.get::<Arc<LargeBody>>() {
        body.is_of(actor.org());
    }
    Ok((actor, call))
}

fn call(parts: &Parts, host: &Host) -> Call {
    let id = parts.extensions.get::<CallId>().copied();
    Call {
        id: id.unwrap_or_else(|| host.app.new_id(CallId::from_parts)),
        at: host.app.clock.now(),
        origin: parts.extensions.get::<Client>().map(|client| client.0),
        once: None,
    }
}

/// RFC 6750; the scheme's case does not matter.
fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
