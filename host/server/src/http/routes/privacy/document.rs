//! What is held about a person as one document of JSON that is written while it is found: it needs the memory of one
//! step, and takes as long as it takes, since a request's time ends when its answer begins.
//!
//! Must not know what is looked for, nor how.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use serde::Serialize;
use usher_api::privacy::HeldRecord;

use crate::app::privacy::export::{Held, Search};
use crate::app::refusal::Refusal;
use crate::http::routes::audit::entry;

/// A [`usher_api::privacy::PersonalData`], to be read piece by piece.
pub(super) fn document(search: Search) -> Response {
    let opening = format!(r#"{{"subject":"{}","records":["#, search.subject()).into_bytes();
    let document = Document { search, text: opening, has_audit: false, is_first: true };
    let pieces = try_unfold(Some(document), |rest| async move {
        match rest {
            Some(document) => document.piece().await.map(Some),
            None => Ok(None),
        }
    });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(pieces)).into_response()
}

/// A document as far as it is written.
struct Document {
    search: Search,
    /// What is not sent yet.
    text: Vec<u8>,
    /// Whether the records are at their end.
    has_audit: bool,
    /// Whether no item was written into the list that is open.
    is_first: bool,
}

impl Document {
    /// The next piece, and what is left to be written behind it.
    async fn piece(mut self) -> Result<(Bytes, Option<Document>), Refusal> {
        let Some(found) = self.search.step().await? else {
            self.begin_audit();
            self.text.extend(b"]}");
            return Ok((self.text.into(), None));
        };
        for held in found {
            match held {
                Held::Record { kind, value } => self.item(&HeldRecord { kind: kind.to_owned(), value }),
                Held::Entry(shown) => {
                    self.begin_audit();
                    self.item(&entry(*shown));
                }
            }
        }
        let piece = std::mem::take(&mut self.text).into();
        Ok((piece, Some(self)))
    }

    /// Ends the list of records, once: every record comes before every entry.
    fn begin_audit(&mut self) {
        if !self.has_audit {
            self.text.extend(br#"],"audit":["#);
            (self.has_audit, self.is_first) = (true, true);
        }
    }

    fn item(&mut self, item: &impl Serialize) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.text.push(b',');
        }
        // INVARIANT: strings, numbers and maps with strings as keys can be written.
        self.text.extend(serde_json::to_vec(item).unwrap_or_default());
    }
}
