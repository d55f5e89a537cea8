//! SMS over a provider that takes them by HTTP: `POST URL` with `{"id", "to", "text"}`, any 2xx being yes.
//!
//! Providers differ in little else, so that a few lines before them translate; none is spoken to by name.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{DeliveryError, Sms, SmsSender};

/// How long the provider may take.
const ANSWER: Duration = Duration::from_secs(20);

/// What is wrong with a provider's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected https://…, or http:// for a provider on this machine, without user and password")]
pub struct SmsUrlError;

/// Hands SMS to a provider.
pub struct SmsOverHttp {
    agent: ureq::Agent,
    url: String,
    authorization: Arc<str>,
}

impl SmsOverHttp {
    /// SMS over the provider at `url`, which knows this host by `token`.
    pub fn new(url: &str, token: &str) -> Result<SmsOverHttp, SmsUrlError> {
        let parsed = url::Url::parse(url).map_err(|_| SmsUrlError)?;
        let here = parsed.host_str().is_some_and(super::is_this_machine);
        let safe = parsed.scheme() == "https" || parsed.scheme() == "http" && here;
        if !safe || !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(SmsUrlError);
        }
        // A redirect would carry the token to wherever it leads.
        let config = ureq::Agent::config_builder().timeout_global(Some(ANSWER)).max_redirects(0);
        let agent = config.http_status_as_error(false).build().into();
        Ok(SmsOverHttp { agent, url: url.to_owned(), authorization: format!("Bearer {token}").into() })
    }
}

#[async_trait]
impl SmsSender for SmsOverHttp {
    async fn deliver(&self, sms: &Sms) -> Result<(), DeliveryError> {
        let request = self
            .agent
            .post(&self.url)
            .header("authorization", &*self.authorization)
            // The same SMS may come twice: whoever honours this sends it once.
            .header("idempotency-key", &sms.id);
        let body = serde_json::json!({ "id": sms.id, "to": sms.to, "text": sms.text });
        let sent = tokio::task::spawn_blocking(move || request.send_json(body)).await;
        let status = match sent {
            Ok(Ok(response)) => response.status(),
            Ok(Err(error)) => return Err(DeliveryError::passing(&sms.id, error)),
            Err(error) => return Err(DeliveryError::passing(&sms.id, error)),
        };
        if status.is_success() {
            return Ok(());
        }
        // These are about this SMS; all others, as 401 or 404, are about the provider or what it was set up with.
        let permanent = matches!(status.as_u16(), 400 | 410 | 413 | 422);
        let why = format_args!("the provider answered {status}");
        Err(DeliveryError { permanent, status: Some(status.as_u16()), ..DeliveryError::passing(&sms.id, why) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_providers() {
        let check = |url: &str, fits: bool| assert_eq!(SmsOverHttp::new(url, "t").is_ok(), fits, "{url}");
        check("https://sms.example/v1/messages", true);
        check("http://127.0.0.1:8080/", true);
        check("http://sms.example/", false);
        check("https://user:password@sms.example/", false);
        check("ftp://sms.example/", false);
        check("sms.example", false);
    }
}
