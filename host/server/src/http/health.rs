//! Is the host alive, is it ready, how is it doing. No token: monitors have none.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use usher_api::Code;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Host;
use super::problem::{Answer, Failure};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready)).routes(routes!(metrics))
}

/// Says that the process runs and answers.
#[utoipa::path(get, path = "/healthz", tag = "host", responses((status = 200, body = String, content_type = "text/plain")))]
async fn alive() -> &'static str {
    "ok\n"
}

/// Says whether the host can take requests: its store answers.
#[utoipa::path(get, path = "/readyz", tag = "host", responses((status = 200, body = String, content_type = "text/plain")))]
async fn ready(State(host): State<Arc<Host>>) -> Answer<&'static str> {
    match host.app.ready().await {
        Ok(()) => Ok("ready\n"),
        Err(why) => {
            tracing::warn!(%why, "not ready");
            Err(Failure::new(Code::Unavailable, "the host is not ready: its log says why"))
        }
    }
}

/// Counts and latencies for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "host",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
async fn metrics(State(host): State<Arc<Host>>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], host.app.metrics.render())
}
