//! `/v1/host/backups`: for the operator.

use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use usher_api::backup::{Backup, NewBackup};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::ByOperator;
use crate::app::backups;
use crate::http::Host;
use crate::http::body::Body;
use crate::http::problem::Answer;
use crate::http::reply::Shown;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(back_up))
}

/// Copies the store to a folder on the host's machine, as it stands at one commit. For the operator.
#[utoipa::path(
    post, path = "/v1/host/backups", tag = "operator", request_body = NewBackup,
    responses((status = 200, body = Backup))
)]
async fn back_up(State(host): State<Arc<Host>>, by: ByOperator, Body(body): Body<NewBackup>) -> Answer<Shown<Backup>> {
    let report = backups::backup(&host.app, &by, Path::new(&body.to)).await?;
    Ok(Shown(Backup { seq: report.seq, files: report.files as u64, bytes: report.bytes }))
}
