//! A client of the host's HTTP API.

use serde_json::Value;
use ureq::http::Request;

use crate::Failure;

/// Talks to the host with one token.
pub struct Client {
    agent: ureq::Agent,
    url: String,
    token: String,
}

/// What the host answered.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; a problem if the status says so.
    pub body: Value,
    version: Option<String>,
}

impl Client {
    /// With a token; with an empty one, as anybody.
    pub fn new(url: &str, token: &str) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { agent, url: url.to_owned(), token: token.to_owned() }
    }

    /// Whether the host takes requests.
    pub fn is_ready(&self) -> bool {
        self.agent.get(format!("{}/readyz", self.url)).call().is_ok_and(|answer| answer.status() == 200)
    }

    /// GET, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, None, None)?.good(path)
    }

    /// POST, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.ask(path, body)?.good(path)?.body)
    }

    /// POST, whatever comes of it.
    ///
    /// # Errors
    /// Only if there is no answer.
    pub fn ask(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send("POST", path, Some(body), None)
    }

    /// PUT, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.send("PUT", path, Some(body), None)?.good(path)?.body)
    }

    /// PATCH of what is there now, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let version = self.get(path)?.version;
        Ok(self.send("PATCH", path, Some(body), version.as_deref())?.good(path)?.body)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>, version: Option<&str>) -> Result<Answer, Failure> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        let sent = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body.to_string())?;
                self.agent.run(request)
            }
            None => self.agent.run(request.body(())?),
        };
        let mut response = sent.map_err(|error| format!("{method} {path}: {error}"))?;
        let version = response.headers().get("etag").and_then(|version| version.to_str().ok()).map(str::to_owned);
        let text = response.body_mut().read_to_string()?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? };
        Ok(Answer { status: response.status().as_u16(), body, version })
    }
}

impl Answer {
    fn good(self, path: &str) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let field = self.body["field"].as_str().map_or(String::new(), |field| format!(" at {field}"));
        let (title, detail) = (&self.body["title"], &self.body["detail"]);
        Err(format!("{path} was answered with {}{field}: {title}, {detail}", self.status).into())
    }
}

/// A string of an answer; empty if it is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
