//! Pages behind the links in letters: to answer a request, to accept or decline, to join by an invitation.
//!
//! For whoever has a browser and nothing else, so there is no script: forms that are sent, and answers to them. GET
//! changes nothing, because mail scanners follow links. Templates escape whatever they are given. Owns how pages look
//! and what they say; what they do is the use cases'.

mod answer;
mod join;
mod welcome;
mod words;

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use usher_api::Code;

use super::Host;
use super::problem::Failure;
use crate::letters::Language;
use crate::public_url::{ANSWER, JOIN, SCAN, WELCOME};
use words::{Phrase, Trouble, say, tell};

/// How pages look, in the colours that the reader's system prefers.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:2rem 1rem}\
h1{font-size:1.5rem;line-height:1.25}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{font-weight:600}\
dd{margin:0;overflow-wrap:anywhere}\
label{display:block;font-weight:600;margin-top:1rem}\
input{box-sizing:border-box;font:inherit;padding:.5rem;width:100%}\
form{margin-top:1.5rem}\
button{border:2px solid #1d4ed8;border-radius:.25rem;background:#1d4ed8;color:#fff;font:inherit;font-weight:600;\
margin:1rem 1rem 0 0;min-height:2.75rem;padding:.5rem 1.5rem}\
button.other{background:transparent;color:inherit;border-color:currentcolor}\
:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}";

/// Nothing is loaded from anywhere, nothing runs, nobody shows the page in theirs.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// Templates of the pages' routes, in the order of [`routes`].
pub(super) fn templates() -> [String; 4] {
    [
        format!("{ANSWER}{{answer_link}}"),
        format!("{WELCOME}{{welcome_link}}"),
        format!("{JOIN}{{link}}"),
        format!("{SCAN}{{link}}"),
    ]
}

/// Routes of the pages.
pub(super) fn routes() -> Router<Arc<Host>> {
    let [answer, welcome, join, scan] = templates();
    Router::new()
        .route(&answer, get(answer::show).post(answer::give))
        .route(&welcome, get(welcome::show).post(welcome::answer))
        .route(&join, get(join::show).post(join::step))
        .route(&scan, get(join::show).post(join::step))
}

/// A page in one language.
pub(super) struct Page {
    status: StatusCode,
    language: Language,
    title: String,
    content: Markup,
}

impl Page {
    fn new(language: Language, title: &Phrase<'_>, content: Markup) -> Page {
        Page { status: StatusCode::OK, language, title: say(language, title), content }
    }

    /// A page of one paragraph.
    fn note(language: Language, title: &Phrase<'_>, text: &Phrase<'_>) -> Page {
        let text = say(language, text);
        Page::new(language, title, html! { p role="status" { (text) } })
    }

    fn status(self, status: u16) -> Page {
        Page { status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), ..self }
    }

    /// What could not be done, to whoever can do nothing else here. What a problem says in detail is for admins and in
    /// English: it stands where there are no words for its readers.
    fn refused(language: Language, error: impl Into<Failure>) -> Page {
        let Failure(problem) = error.into();
        if problem.code == Code::NotFound || problem.code == Code::InvitationUnknown {
            return Page::note(language, &Phrase::NowhereTitle, &Phrase::Nowhere).status(problem.status);
        }
        let content = match Trouble::of(problem.code) {
            Some(trouble) => html! { p role="alert" { (tell(language, trouble)) } },
            None => html! { p role="alert" lang="en" { (problem.detail) } },
        };
        Page::new(language, &Phrase::NotDone, content).status(problem.status)
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body { main { h1 { (self.title) } (self.content) } }
            }
        };
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
            // The address holds the secret.
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (HeaderName::from_static("x-robots-tag"), "noindex"),
        ];
        (self.status, headers, page.into_string()).into_response()
    }
}

/// The language that the reader's browser asks for: for pages about nobody known.
pub(super) struct Reader(Language);

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let given = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let tags = given.split(',').map(|part| part.split(';').next().map(str::trim));
        Ok(Reader(Language::choose(tags)))
    }
}

/// What a form of a page sends.
pub(super) struct Form<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let refused = |detail: String| Failure::new(Code::MalformedBody, detail);
        let bytes = Bytes::from_request(request, state).await.map_err(|error| refused(error.to_string()))?;
        serde_urlencoded::from_bytes(&bytes).map(Form).map_err(|error| refused(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_in_the_way_is_said_in_the_readers_language_and_else_in_english() {
        let check = |code: Code, expected: &str| {
            let page = Page::refused(Language::German, Failure::new(code, "It is <too> large."));
            let html = page.content.into_string();
            assert!(html.contains(expected), "{code}: {html}");
        };
        check(Code::AlreadyProcessed, "<p role=\"alert\">Die Anfrage wurde schon beantwortet.</p>");
        check(Code::BodyTooLarge, "<p role=\"alert\" lang=\"en\">It is &lt;too&gt; large.</p>");
    }
}
