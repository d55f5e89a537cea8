//! `/v1/orgs/{org}/tokens`: for whoever holds the permission `security`.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::page::PageQuery;
use usher_api::token::{self, NewHolder, NewToken, Token, TokenCreated};
use usher_domain::authority::Permission;
use usher_domain::ids::TokenId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Security};
use crate::app::tokens::{self, Holder};
use crate::http::Host;
use crate::http::body::{New, field, optional};
use crate::http::openapi::IdempotencyKey;
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, page};
use crate::http::reply::{Created, Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(create_token, list_tokens)).routes(routes!(revoke_token))
}

/// Makes a token. The answer holds its secret, this once.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/tokens", tag = "organisation", params(IdempotencyKey), request_body = NewToken,
    responses((status = 201, body = TokenCreated))
)]
async fn create_token(
    State(host): State<Arc<Host>>,
    by: By<Security>,
    New { body, once }: New<NewToken>,
) -> Answer<Created<TokenCreated>> {
    let by = by.once(once);
    let made = tokens::create(&host.app, &by, &new(body)?).await?;
    let location = format!("/v1/orgs/{}/tokens/{}", by.org(), made.made.id);
    let body = TokenCreated { token: wire(made.made), secret: made.secret.map(|secret| secret.reveal()) };
    Ok(Created { body, location, version: made.version })
}

/// The organisation's tokens, oldest first, without their secrets.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/tokens", tag = "organisation", params(PageQuery),
    responses((status = 200, body = Page<Token>))
)]
async fn list_tokens(by: By<Security>, Paged(paging): Paged) -> Answer<Shown<Page<Token>>> {
    Ok(Shown(page(tokens::list(&by, &paging).await?, wire)))
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/v1/orgs/{org}/tokens/{token}", tag = "organisation", responses((status = 204)))]
async fn revoke_token(State(host): State<Arc<Host>>, by: By<Security>, Named(token): Named<TokenId>) -> Answer<Done> {
    tokens::revoke(&host.app, &by, token).await?;
    Ok(Done)
}

fn new(body: NewToken) -> Result<tokens::NewToken, Failure> {
    let holder = match body.holder {
        NewHolder::Member { member } => Holder::Member(field("/holder/member", &member)?),
        NewHolder::MemberApp { member } => Holder::MemberApp(field("/holder/member", &member)?),
        NewHolder::Service { permissions } => Holder::Service(permissions.into_iter().map(permission).collect()),
    };
    let expires_at = optional("/expires_at", body.expires_at.as_deref())?;
    Ok(tokens::NewToken { name: body.name, holder, expires_at })
}

fn wire(token: tokens::Token) -> Token {
    Token {
        id: token.id.to_string(),
        name: token.name,
        holder: match token.holder {
            Holder::Member(member) => NewHolder::Member { member: member.to_string() },
            Holder::MemberApp(member) => NewHolder::MemberApp { member: member.to_string() },
            Holder::Service(permissions) => NewHolder::Service { permissions: wire_permissions(&permissions) },
        },
        created_at: token.created_at.to_string(),
        expires_at: token.expires_at.map(|at| at.to_string()),
        revoked_at: token.revoked_at.map(|at| at.to_string()),
    }
}

/// A permission as the domain knows it.
pub fn permission(permission: token::Permission) -> Permission {
    match permission {
        token::Permission::MemberAndDepartment => Permission::MemberAndDepartment,
        token::Permission::Billing => Permission::Billing,
        token::Permission::Policy => Permission::Policy,
        token::Permission::Security => Permission::Security,
        token::Permission::Audit => Permission::Audit,
    }
}

/// Permissions as they go over the wire.
pub fn wire_permissions(permissions: &BTreeSet<Permission>) -> Vec<token::Permission> {
    let wire = |permission: &Permission| match permission {
        Permission::MemberAndDepartment => token::Permission::MemberAndDepartment,
        Permission::Billing => token::Permission::Billing,
        Permission::Policy => token::Permission::Policy,
        Permission::Security => token::Permission::Security,
        Permission::Audit => token::Permission::Audit,
    };
    permissions.iter().map(wire).collect()
}
