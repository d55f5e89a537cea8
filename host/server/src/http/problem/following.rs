//! Errors about following events: streams and webhooks.

use usher_api::{Code, Problem};

use super::Failure;
use crate::app::followers::TooManyStreams;
use crate::app::webhooks::MAX_WEBHOOKS;
use crate::app::webhooks::endpoints::{MAX_TYPES, MAX_URL_BYTES, WebhookError};

impl From<TooManyStreams> for Failure {
    fn from(error: TooManyStreams) -> Failure {
        let problem = Problem::new(Code::TooManyStreams, error.to_string()).with("limit", error.limit());
        problem.with("retry_after", 60).into()
    }
}

impl From<WebhookError> for Failure {
    fn from(error: WebhookError) -> Failure {
        let detail = error.to_string();
        match error {
            WebhookError::Refused(refusal) => refusal.into(),
            WebhookError::LongUrl => {
                Failure::beyond(Code::InvalidField, "url_bytes", MAX_URL_BYTES, detail).field("/url")
            }
            WebhookError::Target(_) => Failure::at(Code::TargetRefused, "/url", detail),
            WebhookError::TooManyTypes => {
                Failure::beyond(Code::InvalidField, "webhook_types", MAX_TYPES, detail).field("/types")
            }
            WebhookError::UnknownType { index } => Failure::at(Code::InvalidField, format!("/types/{index}"), detail),
            WebhookError::TooMany => Failure::beyond(Code::LimitReached, "webhooks", MAX_WEBHOOKS, detail),
            WebhookError::TestUnderWay => Problem::new(Code::TooManyRequests, detail)
                .with("limit", "webhook_tests")
                .with("retry_after", 15)
                .into(),
            WebhookError::NoSuchEvent(_) => Failure::at(Code::InvalidField, "/from", detail),
        }
    }
}
