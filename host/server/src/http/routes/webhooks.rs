//! `/v1/orgs/{org}/webhooks`: for whoever holds the permissions `security` and `audit`.

use std::sync::Arc;

use axum::extract::State;
use usher_api::webhook::{
    self, NewWebhook, Redelivery, Webhook, WebhookAttempt, WebhookAttempts, WebhookChange, WebhookSecret, Webhooks,
};
use usher_domain::ids::WebhookId;
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{self, By};
use crate::app::webhooks::endpoints::{self, Shown as View};
use crate::app::webhooks::{Attempt, State as WebhookState};
use crate::http::Host;
use crate::http::body::{Body, New};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::reply::{Created, Done, IfMatch, Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_webhook, list_webhooks))
        .routes(routes!(show_webhook, change_webhook, remove_webhook))
        .routes(routes!(rotate_webhook))
        .routes(routes!(redeliver_webhook))
        .routes(routes!(test_webhook))
        .routes(routes!(list_webhook_attempts))
}

/// Makes a webhook, which gets the events from now on. The answer holds its secret, this once.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/webhooks", tag = "records", params(IdempotencyKey), request_body = NewWebhook,
    responses((status = 201, body = WebhookSecret))
)]
async fn create_webhook(
    State(host): State<Arc<Host>>,
    by: By<actor::Webhooks>,
    New { body, once }: New<NewWebhook>,
) -> Answer<Created<WebhookSecret>> {
    let by = by.once(once);
    let new = endpoints::NewWebhook { url: body.url, types: body.types };
    let made = endpoints::create(&host.app, &by, &new).await?;
    let location = format!("/v1/orgs/{}/webhooks/{}", by.org(), made.made.id);
    let body = WebhookSecret { webhook: wire(made.made), secret: made.secret.map(|secret| secret.reveal()) };
    Ok(Created { body, location, version: made.version })
}

/// All webhooks, at most eight, without their secrets.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/webhooks", tag = "records", responses((status = 200, body = Webhooks))
)]
async fn list_webhooks(by: By<actor::Webhooks>) -> Answer<Versioned<Webhooks>> {
    let found = endpoints::list(&by).await?;
    Ok(Versioned { body: Webhooks { items: found.record.into_iter().map(wire).collect() }, version: found.version })
}

/// One webhook, and how far it has come.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/webhooks/{webhook}", tag = "records", responses((status = 200, body = Webhook))
)]
async fn show_webhook(by: By<actor::Webhooks>, Named(id): Named<WebhookId>) -> Answer<Versioned<Webhook>> {
    Ok(versioned(endpoints::show(&by, id).await?))
}

/// Changes where a webhook goes, what it gets, and whether it is sent to.
#[utoipa::path(
    patch, path = "/v1/orgs/{org}/webhooks/{webhook}", tag = "records", params(VersionMatch),
    request_body = WebhookChange, responses((status = 200, body = Webhook))
)]
async fn change_webhook(
    State(host): State<Arc<Host>>,
    by: By<actor::Webhooks>,
    Named(id): Named<WebhookId>,
    IfMatch(version): IfMatch,
    Body(body): Body<WebhookChange>,
) -> Answer<Versioned<Webhook>> {
    let change = endpoints::WebhookChange { url: body.url, types: body.types, enabled: body.enabled };
    Ok(versioned(endpoints::update(&host.app, &by, id, version, &change).await?))
}

/// Removes a webhook.
#[utoipa::path(delete, path = "/v1/orgs/{org}/webhooks/{webhook}", tag = "records", responses((status = 204)))]
async fn remove_webhook(
    State(host): State<Arc<Host>>,
    by: By<actor::Webhooks>,
    Named(id): Named<WebhookId>,
) -> Answer<Done> {
    endpoints::remove(&host.app, &by, id).await?;
    Ok(Done)
}

/// Gives a webhook a new secret, shown this once. The one before it signs too for a day.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/webhooks/{webhook}/secret", tag = "records",
    responses((status = 200, body = WebhookSecret))
)]
async fn rotate_webhook(
    State(host): State<Arc<Host>>,
    by: By<actor::Webhooks>,
    Named(id): Named<WebhookId>,
) -> Answer<Versioned<WebhookSecret>> {
    let (found, secret) = endpoints::rotate(&host.app, &by, id).await?;
    let body = WebhookSecret { webhook: wire(found.record), secret: Some(secret.reveal()) };
    Ok(Versioned { body, version: found.version })
}

/// Delivers events again, from a sequence number on.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/webhooks/{webhook}/redeliver", tag = "records", request_body = Redelivery,
    responses((status = 200, body = Webhook))
)]
async fn redeliver_webhook(
    State(host): State<Arc<Host>>,
    by: By<actor::Webhooks>,
    Named(id): Named<WebhookId>,
    Body(body): Body<Redelivery>,
) -> Answer<Versioned<Webhook>> {
    Ok(versioned(endpoints::redeliver(&host.app, &by, id, body.from).await?))
}

/// Sends a `ping` and tells how that went.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/webhooks/{webhook}/test", tag = "records",
    responses((status = 200, body = WebhookAttempt))
)]
async fn test_webhook(
    State(host): State<Arc<Host>>,
    by: By<actor::Webhooks>,
    Named(id): Named<WebhookId>,
) -> Answer<Shown<WebhookAttempt>> {
    Ok(Shown(attempt(endpoints::test(&host.app, &by, id).await?)))
}

/// How the last attempts to deliver went, newest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/webhooks/{webhook}/attempts", tag = "records",
    responses((status = 200, body = WebhookAttempts))
)]
async fn list_webhook_attempts(by: By<actor::Webhooks>, Named(id): Named<WebhookId>) -> Answer<Shown<WebhookAttempts>> {
    let items = endpoints::attempts(&by, id).await?.into_iter().map(attempt).collect();
    Ok(Shown(WebhookAttempts { items }))
}

fn versioned(found: Stored<View>) -> Versioned<Webhook> {
    Versioned { body: wire(found.record), version: found.version }
}

fn wire(shown: View) -> Webhook {
    Webhook {
        id: shown.id.to_string(),
        url: shown.url,
        types: shown.types,
        state: match shown.state {
            WebhookState::Enabled => webhook::WebhookState::Enabled,
            WebhookState::Disabled => webhook::WebhookState::Disabled,
            WebhookState::Failing => webhook::WebhookState::Failing,
            WebhookState::Gone => webhook::WebhookState::Gone,
        },
        created_at: shown.created_at.to_string(),
        former_secret_until: shown.former_until.map(|at| at.to_string()),
        delivered: shown.cursor.after,
        failing_since: shown.cursor.failing_since.map(|at| at.to_string()),
        retry_at: shown.cursor.retry_at.map(|at| at.to_string()),
    }
}

fn attempt(attempt: Attempt) -> WebhookAttempt {
    WebhookAttempt {
        at: attempt.at.to_string(),
        event: attempt.event.to_string(),
        seq: attempt.seq,
        status: attempt.status,
        took: attempt.took,
        error: attempt.error,
    }
}
