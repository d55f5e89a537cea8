//! `/v1/orgs/{org}/seats/…`: seats as a sheet, and by one (R35).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use futures_util::StreamExt as _;
use usher_api::seat::{SeatFile, SeatFileQuery, SeatSheetQuery};

use super::wire;
use crate::app::actor::{By, MovingSeats};
use crate::app::imports::UploadBroken;
use crate::app::seats::file;
use crate::http::Host;
use crate::http::problem::Answer;
use crate::http::query::{Query, parameter};
use crate::http::reply::Shown;
use crate::http::routes::imports::sheet_format;
use crate::http::sheet::Sheet;

/// Who holds a seat and who waits for one, as a sheet that can be imported again. `.csv` comes as it is read, and ends
/// early if the host cannot go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/seats/export", tag = "seats", params(SeatSheetQuery),
    responses(
        (status = 200, content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))),
        (status = 409)
    )
)]
pub(super) async fn export_seats(
    State(host): State<Arc<Host>>,
    by: By<MovingSeats>,
    Query(query): Query<SeatSheetQuery>,
) -> Answer<Sheet> {
    let plan = parameter("plan", query.plan.as_deref())?;
    let blocks = file::export(&host.app, &by, plan, sheet_format(query.format)).await?;
    Ok(Sheet { body: Body::from_stream(blocks), name: "seats", format: query.format })
}

/// Gives seats by a sheet, .xlsx or .csv, with the columns `Plan` and `Member`; without `apply` it is a dry run. The
/// file is the body. Rows that fail change nothing, the others stay.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/seats/import", tag = "seats", params(SeatFileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = SeatFile)), extensions(("x-uploads" = json!(true)))
)]
pub(super) async fn import_seats(
    State(host): State<Arc<Host>>,
    by: By<MovingSeats>,
    Query(query): Query<SeatFileQuery>,
    body: Body,
) -> Answer<Shown<SeatFile>> {
    let blocks = body.into_data_stream().map(|block| block.map_err(|_| UploadBroken));
    let reports = file::import(&host.app, &by, query.apply, blocks).await?;
    Ok(Shown(wire::file(query.apply, reports)))
}
