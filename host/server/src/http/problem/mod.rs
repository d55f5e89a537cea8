//! How errors reach the client: the one place where an error of a use case becomes a problem, by area.
//!
//! Internal text (of the store, of the operating system) never leaves: it is logged, and the client
//! gets a code, a sentence written for it and the request id to quote.

mod following;
mod frame;
mod imports;
mod joining;
mod logins;
mod people;
mod policies;
mod privacy;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use usher_api::{Code, Problem};
use usher_domain::address::{AddressError, MAX_ADDRESS_BYTES, MAX_LOCAL_BYTES};

use crate::app::refusal::Refusal;

/// A problem on its way out. The outermost layer gives it the request id and writes it down.
#[derive(Clone, Debug)]
pub struct Failure(pub Box<Problem>);

/// What handlers answer.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// A failure of the code, with what happened in this case.
    pub fn new(code: Code, detail: impl Into<String>) -> Failure {
        Failure(Box::new(Problem::new(code, detail)))
    }

    /// A failure that names the field, parameter or header that was wrong.
    pub fn at(code: Code, field: impl Into<String>, detail: impl Into<String>) -> Failure {
        Failure(Box::new(Problem::new(code, detail).field(field)))
    }

    /// A failure beyond a bound: names it, and says how much it allows.
    pub fn beyond(code: Code, bound: &'static str, limit: impl Into<serde_json::Value>, detail: String) -> Failure {
        Problem::new(code, detail).with("bound", bound).with("limit", limit).into()
    }

    /// Names the field, parameter or header that was wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Failure {
        self.0.field = Some(field.into());
        self
    }

    /// The same, of a field that lies below this one of what was sent.
    #[must_use]
    pub fn below(mut self, pointer: &str) -> Failure {
        self.0.field = self.0.field.map(|field| format!("{pointer}{field}"));
        self
    }

    /// An address that is none.
    pub fn address(field: &str, error: &AddressError) -> Failure {
        let detail = error.to_string();
        match error {
            AddressError::TooLong => Failure::beyond(Code::InvalidField, "address_bytes", MAX_ADDRESS_BYTES, detail),
            AddressError::LocalTooLong => {
                Failure::beyond(Code::InvalidField, "local_part_bytes", MAX_LOCAL_BYTES, detail)
            }
            _ => Failure::new(Code::InvalidField, detail),
        }
        .field(field)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure(Box::new(problem))
    }
}

impl IntoResponse for Failure {
    /// Status and problem as an extension; `observe` renders the body, since it knows the request id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotFound { .. } | Refusal::NoLink { .. } => Failure::new(Code::NotFound, detail),
            Refusal::Unauthenticated => Failure::new(Code::Unauthenticated, detail),
            Refusal::Forbidden { .. } => Failure::new(Code::Forbidden, detail),
            Refusal::Cursor => Failure::at(Code::InvalidCursor, "cursor", detail),
            Refusal::Stale { .. } => Failure::at(Code::StaleVersion, "if-match", detail),
            Refusal::Busy => Failure::new(Code::Conflict, detail),
            Refusal::OnceReused => Failure::at(Code::IdempotencyKeyReused, "idempotency-key", detail),
            Refusal::Policies(_) => {
                tracing::error!(error = %detail, "policies that were live cannot be loaded");
                Failure::new(Code::Unavailable, "the host cannot run the organisation's policies: tell the operator")
            }
            Refusal::Store(_) | Refusal::Commit(_) => {
                tracing::error!(error = %detail, "the store failed a request");
                Failure::new(Code::Unavailable, "the host cannot reach its data: try again, then tell the operator")
            }
        }
    }
}
