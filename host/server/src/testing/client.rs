//! A client that holds a token and shows what it was answered.

use serde_json::Value;

/// What a client was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `ETag`, if there is one.
    pub etag: Option<String>,
    /// `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// `Retry-After`, if there is one.
    pub retry_after: Option<String>,
    /// The JSON body; `null` if there is none, a string if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The body, if the status is the one expected.
    ///
    /// # Panics
    /// When it is another: the message holds the body.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The problem's code; empty if it is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// A client of a [`TestHost`](super::TestHost).
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    /// A client of whatever host answers at `base`, as `http://127.0.0.1:7480`; with `""`, without a token.
    #[must_use]
    pub fn new(base: String, token: &str) -> Client {
        // A host that refuses a request before it has read all of its body closes the connection, so the next
        // request would meet a closed one now and then: each gets a connection of its own.
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0);
        let agent = config.build().into();
        Client { agent, base, token: token.to_owned() }
    }

    /// GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// POST with a JSON body.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    /// PATCH with a JSON body, based on the version `etag`.
    #[must_use]
    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[("if-match", etag)], Some(body.to_string().as_bytes()))
    }

    /// DELETE.
    #[must_use]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Any request; a body goes as `application/json` unless a header says otherwise.
    ///
    /// # Panics
    /// When the host does not answer.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if body.is_some() && headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{method} {path} was not answered: {error}"));
        let header = |name| response.headers().get(name).and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let (etag, content_type, retry_after) = (header("etag"), header("content-type"), header("retry-after"));
        let text = response.body_mut().read_to_string().unwrap_or_default();
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        };
        Answer { status: response.status().as_u16(), etag, content_type, retry_after, body }
    }
}
