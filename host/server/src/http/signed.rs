//! Bodies that a shared secret signs (Standard Webhooks): every byte as it came, and the headers that speak for it.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;

use super::Host;
use super::body;
use super::problem::Failure;
use crate::app::standard_webhooks::Message;

/// A body that is not parsed yet, because it is not known yet who sends it.
pub struct Signed {
    headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Signed {
    /// What is to be checked; a header that is missing is an empty text, which no signature fits.
    pub fn message(&self) -> Message<'_> {
        let text = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        Message {
            id: text("webhook-id"),
            timestamp: text("webhook-timestamp"),
            signatures: text("webhook-signature"),
            body: &self.body,
        }
    }
}

impl FromRequest<Arc<Host>> for Signed {
    type Rejection = Failure;

    async fn from_request(request: Request, host: &Arc<Host>) -> Result<Self, Failure> {
        let headers = request.headers().clone();
        Ok(Signed { headers, body: body::read(request, host).await? })
    }
}
