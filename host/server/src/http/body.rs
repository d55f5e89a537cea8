//! Reading a JSON body: whatever is wrong with it becomes a problem that names the field.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use usher_api::Code;

use super::Host;
use super::large_bodies::LargeBody;
use super::problem::Failure;
use super::wanted::reworded;
use crate::app::once::Once;

/// Most bytes of a route's bodies, as a layer of it: where it is not [`super::Config::max_body`].
#[derive(Clone, Copy, Debug)]
pub struct MaxBody(pub usize);

/// A body of the wire type `T`.
pub struct Body<T>(pub T);

/// A body of the wire type `T` that asks for something new, with its idempotency key if it has one.
pub struct New<T> {
    /// What is asked for.
    pub body: T,
    /// So that the same request sent twice makes one thing.
    pub once: Option<Once>,
}

impl<T: DeserializeOwned> FromRequest<Arc<Host>> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, host: &Arc<Host>) -> Result<Self, Failure> {
        let bytes = read(request, host).await?;
        parse(&bytes).map(Body)
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<Host>> for New<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, host: &Arc<Host>) -> Result<Self, Failure> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let key = idempotency_key(request.headers())?;
        let bytes = read(request, host).await?;
        let once = key.map(|key| Once::new(&key, fingerprint(&method, uri.path(), &bytes)));
        Ok(New { body: parse(&bytes)?, once })
    }
}

/// Every byte of a JSON body, for which there must be room if it is large.
pub async fn read(request: Request, host: &Host) -> Result<Vec<u8>, Failure> {
    check_media_type(request.headers())?;
    let (parts, body) = request.into_parts();
    let most = parts.extensions.get::<MaxBody>().map_or(host.config.max_body, |own| own.0);
    let (large, mut blocks) = (parts.extensions.get::<Arc<LargeBody>>(), body.into_data_stream());
    let (mut came, mut bytes) = (0, Ok(Vec::new()));
    while let Some(block) = blocks.next().await {
        let block = block.map_err(|_| Failure::new(Code::MalformedBody, "the body broke off: send it whole"))?;
        came += block.len();
        if came > most {
            let detail = format!("this takes a body of at most {most} bytes: send less");
            return Err(Failure::beyond(Code::BodyTooLarge, "body_bytes", most, detail));
        }
        // Where there is no room, the rest is read and not kept: whoever still sends would not hear why.
        if let Ok(kept) = &mut bytes {
            match large.map_or(Ok(()), |large| large.take(block.len())) {
                Ok(()) => kept.extend_from_slice(&block),
                Err(error) => bytes = Err(error),
            }
        }
    }
    Ok(bytes?)
}

/// JSON, whatever its parameters: RFC 8259 knows no charset but UTF-8.
fn check_media_type(headers: &HeaderMap) -> Result<(), Failure> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    let subtype = essence.to_ascii_lowercase();
    if subtype == "application/json" || (subtype.starts_with("application/") && subtype.ends_with("+json")) {
        return Ok(());
    }
    let given = if essence.is_empty() { "no Content-Type" } else { essence };
    Err(Failure::at(
        Code::UnsupportedMediaType,
        "content-type",
        format!("got {given}: send JSON with Content-Type: application/json"),
    ))
}

/// Parses a body; errors carry a JSON Pointer to what was wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Failure::new(Code::MalformedBody, format!("the body is not UTF-8: byte {at} starts no character"))
    })?;
    // serde would take an array for an object, field by field: what a client never means.
    if text.trim_start().starts_with('[') {
        return Err(Failure::at(Code::InvalidField, "", "the body is an array: send an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refuse(&error))?;
    deserializer
        .end()
        .map_err(|error| Failure::new(Code::MalformedBody, format!("the body is not one JSON value: {error}")))?;
    Ok(parsed)
}

fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    use serde_json::error::Category;

    let text = reworded(&error.inner().to_string());
    match error.inner().classify() {
        Category::Data => {
            let pointer = pointer(error.path());
            if let Some(name) = quoted_after(&text, "unknown field `") {
                let field = below(&pointer, name);
                return Failure::at(Code::UnknownField, field, text);
            }
            let named =
                ["missing field `", "duplicate field `"].iter().find_map(|opening| quoted_after(&text, opening));
            let field = named.map_or_else(|| pointer.clone(), |name| below(&pointer, name));
            Failure::at(Code::InvalidField, field, text)
        }
        Category::Syntax | Category::Eof | Category::Io => {
            // Here the place is all that helps.
            Failure::new(Code::MalformedBody, format!("the body is not JSON: {}", error.inner()))
        }
    }
}

/// The name that serde puts in backquotes into some of its messages: it has no other way to say it.
fn quoted_after<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    text.strip_prefix(opening)?.split('`').next()
}

/// The pointer to `name` in the object at `pointer`, which may already end with it.
fn below(pointer: &str, name: &str) -> String {
    let step = format!("/{}", escape(name));
    if pointer.ends_with(&step) { pointer.to_owned() } else { format!("{pointer}{step}") }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    path.iter().fold(String::new(), |mut pointer, segment| {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            // The variant is chosen by a field's value, not by a step into the document.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        pointer
    })
}

/// RFC 6901, section 3.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The idempotency key of a request whose body is read as it comes.
pub struct Keyed {
    key: Option<String>,
    path: String,
}

impl Keyed {
    /// With a hash of the body, once it is known.
    pub fn once(&self, body: &[u8; 32]) -> Option<Once> {
        let key = self.key.as_deref()?;
        Some(Once::new(key, fingerprint(&Method::POST, &self.path, body)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Keyed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // What is asked for stands in the query, not in the body.
        let path = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        Ok(Keyed { key: idempotency_key(&parts.headers)?, path })
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let refused = || {
        Failure::at(
            Code::InvalidHeader,
            "idempotency-key",
            "an Idempotency-Key has 1 to 200 printable ASCII characters: a random one for each new thing is best",
        )
    };
    let text = value.to_str().map_err(|_| refused())?;
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if text.is_empty() || text.len() > 200 || !printable {
        return Err(refused());
    }
    Ok(Some(text.to_owned()))
}

fn fingerprint(method: &Method, path: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Parses one field of a body that serde took as text; the error names the field and says what the
/// text should have been.
pub fn field<T>(pointer: &str, text: &str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Failure::at(Code::InvalidField, pointer, error.to_string()))
}

/// [`field`] for a field that may be left out.
pub fn optional<T>(pointer: &str, text: Option<&str>) -> Result<Option<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.map(|text| field(pointer, text)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_api::plan::{NewPlan, PlanChange};
    use usher_api::token::NewToken;

    fn check<T: DeserializeOwned>(body: &[u8], code: Code, field: Option<&str>) {
        let problem = parse::<T>(body).err().expect("the body is wrong").0;
        let shown = String::from_utf8_lossy(body);
        assert_eq!((problem.code, problem.field.as_deref()), (code, field), "{shown}: {}", problem.detail);
    }

    #[test]
    fn what_is_wrong_with_a_body_is_named() {
        check::<NewPlan>(b"", Code::MalformedBody, None);
        check::<NewPlan>(b"{", Code::MalformedBody, None);
        check::<NewPlan>(b"{\"name\":\"\xff\"}", Code::MalformedBody, None);
        check::<PlanChange>(b"{} {}", Code::MalformedBody, None);
        check::<NewPlan>(b"[\"a\",1,\"2026-01-01\"]", Code::InvalidField, Some(""));
        check::<NewPlan>(b"{\"nam\":1}", Code::UnknownField, Some("/nam"));
        check::<NewPlan>(b"{\"name\":1}", Code::InvalidField, Some("/name"));
        check::<NewPlan>(b"{\"name\":\"a\",\"size\":-1}", Code::InvalidField, Some("/size"));
        check::<NewPlan>(b"{\"name\":\"a\",\"size\":1}", Code::InvalidField, Some("/starts_on"));
        check::<NewToken>(b"{\"name\":\"a\",\"holder\":{\"kind\":\"cat\"}}", Code::InvalidField, Some("/holder/kind"));
        check::<PlanChange>(b"{\"size\":1,\"size\":2}", Code::InvalidField, Some("/size"));
        let deep = "{\"a\":".repeat(100_000);
        check::<serde_json::Value>(deep.as_bytes(), Code::MalformedBody, None);
    }

    #[test]
    fn pointers_escape_what_rfc_6901_says() {
        assert_eq!(below("/a", "b/c~d"), "/a/b~1c~0d");
    }
}
