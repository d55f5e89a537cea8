//! A client of the host's HTTP API.

use serde_json::Value;
use ureq::Body;
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
    /// `ETag`; empty if there is none.
    pub etag: String,
    /// The body; a problem if the status says so, a text if it is no JSON.
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
        self.send("GET", path, &[], &[])?.good(path)
    }

    /// GET of a file, which must succeed.
    ///
    /// # Errors
    /// If it does not, or the answer breaks off.
    pub fn download(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let mut response = self.response("GET", path, &[], &[])?;
        if !response.status().is_success() {
            return Err(format!("{path} was answered with {}", response.status()).into());
        }
        Ok(response.body_mut().read_to_vec()?)
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
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// POST of a file, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn upload(&self, path: &str, file: &[u8]) -> Result<Value, Failure> {
        Ok(self.send("POST", path, &[("content-type", "application/octet-stream")], file)?.good(path)?.body)
    }

    /// POST without a body, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn post_nothing(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.send("POST", path, &[], &[])?.good(path)?.body)
    }

    /// PUT, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let json = [("content-type", "application/json")];
        Ok(self.send("PUT", path, &json, body.to_string().as_bytes())?.good(path)?.body)
    }

    /// PATCH of what is there now, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let now = self.get(path)?.etag;
        let headers = [("content-type", "application/json"), ("if-match", &now)];
        Ok(self.send("PATCH", path, &headers, body.to_string().as_bytes())?.good(path)?.body)
    }

    /// DELETE of what is there now, which must succeed.
    ///
    /// # Errors
    /// The problem, if it does not.
    pub fn delete(&self, path: &str) -> Result<(), Failure> {
        let now = self.get(path)?.etag;
        self.send("DELETE", path, &[("if-match", &now)], &[])?.good(path).map(drop)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, Failure> {
        let mut response = self.response(method, path, headers, body)?;
        let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok()).unwrap_or_default().to_owned();
        let body = match response.body_mut().read_to_string()? {
            none if none.is_empty() => Value::Null,
            text => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        };
        Ok(Answer { status: response.status().as_u16(), etag, body })
    }

    fn response(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response<Body>, Failure> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent =
            if body.is_empty() { self.agent.run(request.body(())?) } else { self.agent.run(request.body(body)?) };
        sent.map_err(|error| format!("{method} {path}: {error}").into())
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
