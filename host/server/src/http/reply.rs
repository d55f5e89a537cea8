//! Answers: a status, a body, and the version of what is shown as its `ETag`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use usher_api::Code;

use super::problem::Failure;

/// 200 with a body that has no version of its own: a list, a report.
pub struct Shown<T>(pub T);

/// 200 with the version of what is shown.
pub struct Versioned<T> {
    /// What is shown.
    pub body: T,
    /// Sequence number of the commit that wrote it.
    pub version: u64,
}

/// 201 with the place of what was made, and its version.
pub struct Created<T> {
    /// What was made.
    pub body: T,
    /// Path of what was made.
    pub location: String,
    /// Sequence number of the commit that wrote it.
    pub version: u64,
}

/// 200 with a picture.
pub struct Picture {
    /// Its media type.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}
/// 202: begun, and done soon after.
pub struct Accepted<T>(pub T);

/// 204.
pub struct Done;

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        json(StatusCode::ACCEPTED, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = json(StatusCode::OK, &self.body);
        set(response.headers_mut(), header::ETAG, &etag(self.version));
        response
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = json(StatusCode::CREATED, &self.body);
        set(response.headers_mut(), header::ETAG, &etag(self.version));
        set(response.headers_mut(), header::LOCATION, &self.location);
        response
    }
}

impl IntoResponse for Picture {
    fn into_response(self) -> Response {
        // A QR code lets somebody in, as the link does that it shows.
        let headers = [(header::CONTENT_TYPE, self.media_type), (header::CACHE_CONTROL, "no-store")];
        (headers, self.bytes).into_response()
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                // Answers hold personal data and, at creation, secrets.
                (header::CACHE_CONTROL, "no-store"),
            ];
            (status, headers, bytes).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Failure::new(Code::Internal, "the answer could not be written").into_response()
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// The version that a change is based on: `If-Match`, which must be there.
pub struct IfMatch(pub u64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Failure::at(
                Code::VersionRequired,
                "if-match",
                "read it first, then send its ETag as If-Match: so nobody's change is overwritten unseen",
            ));
        };
        // An ETag is compared byte by byte (RFC 9110, section 8.8.3), so only what was given is one: not `"07"`.
        let number = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        number.filter(|version| etag(*version).as_bytes() == value.as_bytes()).map(IfMatch).ok_or_else(|| {
            Failure::at(Code::InvalidHeader, "if-match", "If-Match must be one ETag as it was given, in its quotes")
        })
    }
}
