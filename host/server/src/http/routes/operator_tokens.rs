//! `/v1/host/tokens`: for the operator.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::token::{NewOperatorToken, OperatorToken, OperatorTokenCreated};
use usher_domain::ids::TokenId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::ByOperator;
use crate::app::change::Made;
use crate::app::operator_tokens;
use crate::app::tokens::Secret;
use crate::http::Host;
use crate::http::body::{Body, optional};
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::reply::{Created, Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_operator_token, list_operator_tokens))
        .routes(routes!(revoke_operator_token))
        .routes(routes!(rotate_operator_token))
}

/// Makes an operator's token. The answer holds its secret, this once.
#[utoipa::path(
    post, path = "/v1/host/tokens", tag = "operator", request_body = NewOperatorToken,
    responses((status = 201, body = OperatorTokenCreated))
)]
async fn create_operator_token(
    State(host): State<Arc<Host>>,
    by: ByOperator,
    Body(body): Body<NewOperatorToken>,
) -> Answer<Created<OperatorTokenCreated>> {
    let expires_at = optional("/expires_at", body.expires_at.as_deref())?;
    Ok(created(operator_tokens::create(&host.app, &by, &body.name, expires_at).await?))
}

/// All operator's tokens, oldest first, without their secrets. There are few: one page holds them.
#[utoipa::path(
    get, path = "/v1/host/tokens", tag = "operator", responses((status = 200, body = Page<OperatorToken>))
)]
async fn list_operator_tokens(State(host): State<Arc<Host>>, by: ByOperator) -> Answer<Shown<Page<OperatorToken>>> {
    let items = operator_tokens::list(&host.app, &by).await?.into_iter().map(wire).collect();
    Ok(Shown(Page { items, next: None }))
}

/// Ends an operator's token at once. The last one without an end can't be.
#[utoipa::path(delete, path = "/v1/host/tokens/{token}", tag = "operator", responses((status = 204)))]
async fn revoke_operator_token(
    State(host): State<Arc<Host>>,
    by: ByOperator,
    Named(token): Named<TokenId>,
) -> Answer<Done> {
    operator_tokens::revoke(&host.app, &by, token).await?;
    Ok(Done)
}

/// Makes a token in place of another, which goes on for one hour at most; revoke it to end it before.
#[utoipa::path(
    post, path = "/v1/host/tokens/{token}/rotate", tag = "operator",
    responses((status = 201, body = OperatorTokenCreated))
)]
async fn rotate_operator_token(
    State(host): State<Arc<Host>>,
    by: ByOperator,
    Named(token): Named<TokenId>,
) -> Answer<Created<OperatorTokenCreated>> {
    Ok(created(operator_tokens::rotate(&host.app, &by, token).await?))
}

fn created(made: Made<operator_tokens::OperatorToken, Secret>) -> Created<OperatorTokenCreated> {
    let location = format!("/v1/host/tokens/{}", made.made.id);
    let secret = made.secret.map(Secret::reveal).unwrap_or_default();
    Created { body: OperatorTokenCreated { token: wire(made.made), secret }, location, version: made.version }
}

fn wire(token: operator_tokens::OperatorToken) -> OperatorToken {
    OperatorToken {
        id: token.id.to_string(),
        name: token.name,
        created_at: token.created_at.to_string(),
        expires_at: token.expires_at.map(|at| at.to_string()),
        revoked_at: token.revoked_at.map(|at| at.to_string()),
    }
}
