//! Talking to a running host over its HTTP API.
//!
//! Owns where the host is and the token; neither is ever printed with the other. Must not know what requests
//! mean.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response};
use ureq::{Agent, Body, SendBody};
use usher_api::page::MAX_LIMIT;
use usher_api::{Page, Problem};

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
    /// An organisation on a host.
    pub(crate) fn new(url: String, token: String, org: String) -> Self {
        Self { remote: Remote { url, token }, org }
    }

    /// The path below this organisation: `path("policies")`.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.org)
    }

    /// All items of a list below this organisation, page after page.
    pub(crate) fn list<T: DeserializeOwned>(&self, rest: &str) -> Result<Vec<T>, Failure> {
        let path = self.path(&format!("{rest}?limit={MAX_LIMIT}"));
        let mut page: Page<T> = self.remote.get(&path)?.body;
        let mut items = std::mem::take(&mut page.items);
        while let Some(cursor) = page.next {
            page = self.remote.get(&format!("{path}&cursor={cursor}"))?.body;
            items.append(&mut page.items);
        }
        Ok(items)
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

    /// POST without a body.
    pub(crate) fn post_nothing<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Failure> {
        self.send("POST", path, None, SendBody::none())
    }

    /// POST of a file, read as it is sent.
    pub(crate) fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        file: File,
    ) -> Result<Answer<T>, Failure> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.send("POST", &format!("{path}?{query}"), None, SendBody::from_owned_reader(file))
    }

    /// GET of a file.
    pub(crate) fn download(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let mut answer = self.ask("GET", path, None, SendBody::none())?;
        let bytes = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        bytes.map_err(|error| self.unreachable(path, &error))
    }

    /// GET of a file of any length, written as it comes. Returns how many bytes it has.
    pub(crate) fn save(&self, path: &str, to: &mut impl Write) -> Result<u64, Failure> {
        let answer = self.ask("GET", path, None, SendBody::none())?;
        std::io::copy(&mut answer.into_body().into_reader(), to).map_err(|error| self.unreachable(path, &error))
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

    /// DELETE.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        self.ask("DELETE", path, None, SendBody::none()).map(drop)
    }

    /// GET, read line by line as it comes, however long it is.
    pub(crate) fn lines(&self, path: &str) -> Result<impl BufRead + use<>, Failure> {
        let response = self.ask("GET", path, None, SendBody::none())?;
        Ok(BufReader::new(response.into_body().into_reader()))
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        etag: Option<&str>,
        body: SendBody<'_>,
    ) -> Result<Answer<T>, Failure> {
        let mut response = self.ask(method, path, etag, body)?;
        let etag = response.headers().get("etag").and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let text = self.text(path, &mut response)?;
        let body = serde_json::from_str(if text.is_empty() { "null" } else { &text });
        Ok(Answer { body: body.map_err(|error| self.unreachable(path, &error))?, etag })
    }

    /// An answer that is no problem, before its body is read.
    fn ask(&self, method: &str, path: &str, etag: Option<&str>, body: SendBody<'_>) -> Result<Response<Body>, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.address(path))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        let request = request.body(body).map_err(|error| Failure::of("the request can't be made", error))?;
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.run(request).map_err(|error| self.unreachable(path, &error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let text = self.text(path, &mut response)?;
        let status = response.status();
        Err(match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => Failure::Refused(Box::new(problem)),
            Err(_) => self.unreachable(path, &format_args!("it answered {status}, which is no answer of a host")),
        })
    }

    fn text(&self, path: &str, response: &mut Response<Body>) -> Result<String, Failure> {
        let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string();
        text.map_err(|error| self.unreachable(path, &error))
    }

    fn unreachable(&self, path: &str, why: &dyn std::fmt::Display) -> Failure {
        Failure::Unreachable { url: self.address(path), why: why.to_string() }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }
}

fn json(body: &impl Serialize) -> Result<SendBody<'static>, Failure> {
    SendBody::from_json(body).map_err(|error| Failure::of("the request can't be written", error))
}
