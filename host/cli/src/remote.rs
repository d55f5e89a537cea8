//! Talking to a running host over its HTTP API.
//!
//! Owns where the host is and the token; neither is ever printed with the other. Must not know what requests
//! mean.

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Request;
use ureq::{Agent, SendBody};
use usher_api::Problem;

use crate::failure::Failure;

/// The largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// Which host, and as whom.
#[derive(clap::Args)]
pub(crate) struct Remote {
    /// The host's address.
    #[arg(long, env = "USHER_URL", default_value = "http://127.0.0.1:7480")]
    url: String,
    /// The token to show, `ush_…`; best given by the environment, where `ps` does not show it.
    #[arg(long, env = "USHER_TOKEN", hide_env_values = true)]
    token: String,
}

/// Which host, as whom, and about which organisation.
#[derive(clap::Args)]
pub(crate) struct OrgRemote {
    #[command(flatten)]
    remote: Remote,
    /// The organisation, `org_…`.
    #[arg(long, env = "USHER_ORG")]
    org: String,
}

/// What the host answered.
pub(crate) struct Answer<T> {
    /// The body.
    pub(crate) body: T,
    /// The version, to base a change on.
    pub(crate) etag: Option<String>,
}

impl OrgRemote {
    /// The path below this organisation: `path("policies")`.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.org)
    }

    /// The host.
    pub(crate) fn host(&self) -> &Remote {
        &self.remote
    }
}

impl Remote {
    /// GET.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Failure> {
        self.send("GET", path, None, SendBody::none())
    }

    /// POST with a JSON body.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<Answer<T>, Failure> {
        self.send("POST", path, None, json(body)?)
    }

    /// PUT with a JSON body, based on a version.
    pub(crate) fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        etag: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Answer<T>, Failure> {
        self.send("PUT", path, etag, json(body)?)
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        etag: Option<&str>,
        body: SendBody<'_>,
    ) -> Result<Answer<T>, Failure> {
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let unreachable = |why: &dyn std::fmt::Display| Failure::Unreachable { url: url.clone(), why: why.to_string() };
        let mut request = Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        let request = request.body(body).map_err(|error| Failure::of("the request can't be made", error))?;
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.run(request).map_err(|error| unreachable(&error))?;
        let etag = response.headers().get("etag").and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string();
        let text = text.map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(match serde_json::from_str::<Problem>(&text) {
                Ok(problem) => Failure::Refused(Box::new(problem)),
                Err(_) => unreachable(&format_args!("it answered {}, which is no answer of a host", response.status())),
            });
        }
        let body = serde_json::from_str(if text.is_empty() { "null" } else { &text });
        Ok(Answer { body: body.map_err(|error| unreachable(&error))?, etag })
    }
}

fn json(body: &impl Serialize) -> Result<SendBody<'static>, Failure> {
    SendBody::from_json(body).map_err(|error| Failure::of("the request can't be written", error))
}
