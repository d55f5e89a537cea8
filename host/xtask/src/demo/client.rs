//! A client of the host's HTTP API.

use std::fs::File;

use serde_json::Value;
use ureq::Body;
use ureq::http::request::Builder;
use ureq::http::{Request, Response};

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
        self.send("GET", path, None)?.good(path)
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
        self.send("POST", path, Some(body))
    }

    /// POST without a body, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn post_nothing(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.send("POST", path, None)?.good(path)?.body)
    }

    /// POST of a file, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn upload(&self, path: &str, file: File) -> Result<Value, Failure> {
        let request = self.request("POST", path).body(file)?;
        Ok(Self::answer(path, self.agent.run(request))?.good(path)?.body)
    }

    /// PUT, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.send("PUT", path, Some(body))?.good(path)?.body)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let request = self.request(method, path);
        let sent = match body {
            Some(body) => self.agent.run(request.header("content-type", "application/json").body(body.to_string())?),
            None => self.agent.run(request.body(())?),
        };
        Self::answer(path, sent)
    }

    fn request(&self, method: &str, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        match self.token.as_str() {
            "" => request,
            token => request.header("authorization", format!("Bearer {token}")),
        }
    }

    fn answer(path: &str, sent: Result<Response<Body>, ureq::Error>) -> Result<Answer, Failure> {
        let mut response = sent.map_err(|error| format!("{path}: {error}"))?;
        let text = response.body_mut().read_to_string()?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? };
        Ok(Answer { status: response.status().as_u16(), body })
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
