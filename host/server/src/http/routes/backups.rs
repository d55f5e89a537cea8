//! `/v1/host/backups`: for the operator.

use std::sync::Arc;

use axum::extract::State;
use usher_api::backup::{Backup, NewBackup};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::ByOperator;
use crate::app::backups;
use crate::http::Host;
use crate::http::body::{Body, optional};
use crate::http::problem::Answer;
use crate::http::reply::Shown;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(back_up))
}

/// Copies the store, as it stands at one commit, to a new folder on the host's machine. For the operator.
#[utoipa::path(
    post, path = "/v1/host/backups", tag = "operator", request_body = NewBackup,
    responses((status = 200, body = Backup))
)]
async fn back_up(State(host): State<Arc<Host>>, by: ByOperator, Body(body): Body<NewBackup>) -> Answer<Shown<Backup>> {
    let name = optional("/name", body.name.as_deref())?;
    let made = backups::backup(&host.app, &by, name).await?;
    Ok(Shown(Backup {
        name: made.name.as_str().to_owned(),
        folder: made.folder.display().to_string(),
        seq: made.report.seq,
        files: made.report.files as u64,
        bytes: made.report.bytes,
    }))
}
