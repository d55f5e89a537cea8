//! `/v1/orgs/{org}/imports` and `/v1/orgs/{org}/import-template`.

mod events;
mod wire;

use std::sync::Arc;

use axum::body::Body as RawBody;
use axum::extract::State;
use futures_util::StreamExt as _;
use usher_api::Page;
use usher_api::import::{CloseQuery, Import, ImportChoices, ImportRow, RowQuery, SheetQuery, UploadQuery};
use usher_api::page::PageQuery;
use usher_domain::ids::ImportId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, MembersAndDepartments};
use crate::app::imports::{self, UploadBroken};
use crate::http::Host;
use crate::http::body::{Body, Keyed};
use crate::http::openapi::IdempotencyKey;
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::query::{Paged, Query, page, paging, parameter};
use crate::http::reply::Shown;
use crate::http::sheet::Sheet;
pub(super) use wire::format as sheet_format;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(upload_import, list_imports))
        .routes(routes!(show_import))
        .routes(routes!(check_import))
        .routes(routes!(apply_import))
        .routes(routes!(cancel_import))
        .routes(routes!(close_import))
        .routes(routes!(list_import_rows))
        .routes(routes!(show_import_errors))
        .routes(routes!(show_import_accounts))
        .routes(routes!(show_import_template))
        .routes(routes!(events::follow_import))
}

/// A blank sheet to fill in, with instructions (R23).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/import-template", tag = "imports", params(SheetQuery),
    responses((status = 200, content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))))
)]
async fn show_import_template(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Query(query): Query<SheetQuery>,
) -> Answer<Sheet> {
    let bytes = imports::template::template(&host.app, &by, wire::format(query.format)).await?;
    Ok(Sheet { body: bytes.into(), name: "members", format: query.format })
}

/// Takes a sheet, .xlsx or .csv, and has its rows checked (R25). The file is the body; what it is is seen from its
/// content.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/imports", tag = "imports", params(UploadQuery, IdempotencyKey),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Import)), extensions(("x-uploads" = json!(true)))
)]
async fn upload_import(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Query(query): Query<UploadQuery>,
    keyed: Keyed,
    body: RawBody,
) -> Answer<wire::Taken> {
    let choices = wire::query_choices(&query)?;
    let blocks = body.into_data_stream().map(|block| block.map_err(|_| UploadBroken));
    let file = imports::Upload { choices, name: query.file_name, blocks };
    let view = imports::upload(&host.app, by, file, |digest| keyed.once(digest)).await?;
    Ok(wire::Taken(wire::import(view)))
}

/// Imports, newest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/imports", tag = "imports", params(PageQuery),
    responses((status = 200, body = Page<Import>))
)]
async fn list_imports(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Import>>> {
    Ok(Shown(page(imports::list(&host.app, &by, &paging).await?, wire::import)))
}

/// One import: how far it has come.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/imports/{import}", tag = "imports", responses((status = 200, body = Import))
)]
async fn show_import(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
) -> Answer<Shown<Import>> {
    Ok(Shown(wire::import(imports::show(&host.app, &by, id).await?)))
}

/// Has an import that has not begun checked again, with other choices.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/imports/{import}/check", tag = "imports", request_body = ImportChoices,
    responses((status = 200, body = Import))
)]
async fn check_import(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
    Body(body): Body<ImportChoices>,
) -> Answer<Shown<Import>> {
    let choices = wire::choices(&body)?;
    Ok(Shown(wire::import(imports::check(&host.app, &by, id, choices).await?)))
}

/// Applies an import that was checked, or goes on with one that was cancelled.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/imports/{import}/apply", tag = "imports", responses((status = 200, body = Import))
)]
async fn apply_import(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
) -> Answer<Shown<Import>> {
    Ok(Shown(wire::import(imports::apply(&host.app, &by, id).await?)))
}

/// Stops what runs; rows that succeeded stay. Nothing happens if nothing runs.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/imports/{import}/cancel", tag = "imports", responses((status = 200, body = Import))
)]
async fn cancel_import(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
) -> Answer<Shown<Import>> {
    Ok(Shown(wire::import(imports::cancel(&host.app, &by, id).await?)))
}

/// Destroys the file and its keys: after that, nothing can be had of the import any more (R29).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/imports/{import}/close", tag = "imports", params(CloseQuery),
    responses((status = 200, body = Import))
)]
async fn close_import(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
    Query(query): Query<CloseQuery>,
) -> Answer<Shown<Import>> {
    Ok(Shown(wire::import(imports::close(&host.app, &by, id, query.confirmed).await?)))
}

/// Accounts and first passwords of those who became members by business mail, for whoever brought the file and until
/// the import is closed (R29). `.csv` comes as it is read, and ends early if the host cannot go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/imports/{import}/accounts", tag = "imports", params(SheetQuery),
    responses(
        (status = 200, content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))),
        (status = 409)
    )
)]
async fn show_import_accounts(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
    Query(query): Query<SheetQuery>,
) -> Answer<Sheet> {
    let blocks = imports::accounts::accounts(&host.app, &by, id, wire::format(query.format)).await?;
    Ok(Sheet { body: RawBody::from_stream(blocks), name: "accounts", format: query.format })
}

/// What became of rows, in their order; of an import that has not begun, what would (R25).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/imports/{import}/rows", tag = "imports", params(RowQuery),
    responses((status = 200, body = Page<ImportRow>))
)]
async fn list_import_rows(
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
    Query(query): Query<RowQuery>,
) -> Answer<Shown<Page<ImportRow>>> {
    let verdict = parameter("verdict", query.verdict.as_deref())?;
    let paging = paging(query.limit, query.cursor.as_deref())?;
    Ok(Shown(page(imports::rows(&by, id, verdict, &paging).await?, wire::row)))
}

/// The rows that failed, or would, as they came, each with its reason; passwords are blank (R25). For whoever brought
/// the sheet alone (R29). `.csv` comes as it is read, and ends early if the host cannot go on.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/imports/{import}/errors", tag = "imports", params(SheetQuery),
    responses(
        (status = 200, content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))),
        (status = 409)
    )
)]
async fn show_import_errors(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<ImportId>,
    Query(query): Query<SheetQuery>,
) -> Answer<Sheet> {
    let blocks = imports::error_sheet(&host.app, &by, id, wire::format(query.format)).await?;
    Ok(Sheet { body: RawBody::from_stream(blocks), name: "errors", format: query.format })
}
