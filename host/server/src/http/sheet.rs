//! Answers that are sheets, to be saved by whoever asked.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use usher_api::import::SheetFormat;

/// 200 with a sheet. Nobody on the way keeps it: it may hold passwords (R29).
pub struct Sheet {
    /// The file.
    pub body: Body,
    /// Its name, without what its format ends it in.
    pub name: &'static str,
    /// Its format.
    pub format: SheetFormat,
}

impl IntoResponse for Sheet {
    fn into_response(self) -> Response {
        let (media_type, extension) = match self.format {
            SheetFormat::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
            SheetFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        };
        let headers = [
            (header::CONTENT_TYPE, media_type.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{extension}\"", self.name)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ];
        (headers, self.body).into_response()
    }
}
