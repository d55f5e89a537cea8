//! Everything that an organisation holds about one person, found step by step: an organisation may hold more than fits
//! into memory, or than is gone through while a request may last.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use usher_domain::ids::{MemberId, RequestId};
use usher_domain::time::Instant;
use usher_store::{Cbor, OrgScope, Place, Record, Row, StoreError, decode, open};

use super::held::{concerns, is_about};
use super::kinds::Kind;
use super::others::{leave_out_of_decision, leave_out_of_entry};
use super::person::{Finder, Person, Subject, Wanted, complete};
use crate::app::actor::{By, PrimaryAdmin};
use crate::app::audit::Entry;
use crate::app::audit::read::Shown;
use crate::app::decisions::Decision;
use crate::app::once::Remembered;
use crate::app::refusal::Refusal;
use crate::app::stored::{JoinRequest, Member};

/// Rows read at a time.
const STEP: usize = 1_000;

/// Something that is held about a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// A record about them.
    Record {
        /// What it is, as `member` or `mail`.
        kind: &'static str,
        /// What it says. Hashes of secrets are left out.
        value: Value,
    },
    /// An entry of the audit trail that is about them or that they caused.
    Entry(Box<Shown>),
}

/// A way through all that an organisation holds, for what is held about a person.
pub struct Search {
    scope: OrgScope,
    at: Instant,
    subject: Subject,
    next: Next,
}

/// What the next step of a search does.
enum Next {
    /// Finds out by what else they are known.
    Complete(Person),
    /// Looks at the rows behind a place.
    Rows(Box<Finder>, Option<Vec<u8>>),
    /// Nothing: it has come to the end.
    Nothing,
}

/// For what is held about a member, deleted ones among them.
pub async fn of_member(by: &By<PrimaryAdmin>, id: MemberId) -> Result<Search, Refusal> {
    let found = by.scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", &id))?;
    Ok(Search::new(by, Person::of_member(&found.record.0)))
}

/// For what is held about whoever made a request.
pub async fn of_applicant(by: &By<PrimaryAdmin>, id: RequestId) -> Result<Search, Refusal> {
    let found = by.scope.get::<JoinRequest>(&id).await?.ok_or_else(|| Refusal::not_found("request", &id))?;
    Ok(Search::new(by, Person::of_request(&found.record.0)))
}

impl Search {
    fn new(by: &By<PrimaryAdmin>, person: Person) -> Search {
        let subject = person.subject;
        Search { scope: by.scope.clone(), at: by.call.at, subject, next: Next::Complete(person) }
    }

    /// About whom.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Goes a step: what it found, often nothing; none at the end. Every record comes before every entry of the trail,
    /// and these in their order.
    pub async fn step(&mut self) -> Result<Option<Vec<Held>>, Refusal> {
        let (finder, after) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Complete(mut person) => {
                complete(std::slice::from_mut(&mut person), &self.scope).await?;
                person.leave_to_others(&self.scope, self.at).await?;
                (Box::new(Finder::new(vec![Wanted { person, until: u64::MAX }])?), None)
            }
            Next::Rows(finder, after) => (finder, after),
            Next::Nothing => return Ok(None),
        };
        let rows = self.scope.own_rows(after.as_deref(), STEP).await?;
        let mut found = Vec::new();
        for row in &rows.rows {
            found.extend(held(&finder, row)?);
        }
        if rows.next.is_some() {
            self.next = Next::Rows(finder, rows.next);
        }
        Ok(Some(found))
    }
}

fn held(finder: &Finder, row: &Row) -> Result<Option<Held>, StoreError> {
    match &row.place {
        Place::Record { kind, id } => record(finder, *kind, id, row),
        Place::Audit { position } => entry(finder, *position, row),
        // Events hold ids, look-ups lead to what is shown.
        Place::Event { .. } | Place::Lookup { .. } => Ok(None),
    }
}

fn record(finder: &Finder, kind: u8, id: &[u8], row: &Row) -> Result<Option<Held>, StoreError> {
    let Some(shown) = Kind::numbered(kind).filter(|kind| kind.is_shown) else { return Ok(None) };
    if !is_about(finder, kind, id, row)? {
        return Ok(None);
    }
    let map = open(&row.value).map_err(|_| StoreError::Value { what: "a record" })?;
    // An answer that is remembered for what an admin did to somebody names the admin by id alone.
    if kind == Remembered::KIND && !finder.names_within(&map, row.version) {
        return Ok(None);
    }
    let mut value = json(&map);
    if kind == Decision::KIND {
        leave_out_of_decision(finder, &mut value, row.version);
    }
    Ok(Some(Held::Record { kind: shown.name, value }))
}

fn entry(finder: &Finder, position: u64, row: &Row) -> Result<Option<Held>, StoreError> {
    let linked = row.linked()?;
    let entry: Entry = decode(&linked.value).map_err(|_| StoreError::Value { what: "an audit entry" })?;
    let (about, by) = concerns(finder, &entry, row.version)?;
    if !about && !by {
        return Ok(None);
    }
    let mut shown = Shown::of(position, &linked)?;
    leave_out_of_entry(finder, &mut shown, about, row.version);
    Ok(Some(Held::Entry(Box::new(shown))))
}

/// A stored value as people read it.
fn json(value: &Cbor) -> Value {
    match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(bool) => Value::from(*bool),
        Cbor::Integer(integer) => {
            i64::try_from(*integer).map_or_else(|_| Value::from(i128::from(*integer).to_string()), Value::from)
        }
        Cbor::Float(float) => Value::from(*float),
        Cbor::Text(text) => Value::from(text.as_str()),
        Cbor::Bytes(bytes) => Value::from(HEXLOWER.encode(bytes)),
        Cbor::Array(values) => values.iter().map(json).collect(),
        Cbor::Map(fields) => Value::Object(fields.iter().filter_map(field).collect::<Map<_, _>>()),
        Cbor::Tag(_, value) => json(value),
        _ => Value::Null,
    }
}

fn field((name, value): &(Cbor, Cbor)) -> Option<(String, Value)> {
    let name = name.as_text()?;
    (!name.ends_with("_hash")).then(|| (name.to_owned(), json(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_read_without_the_hashes_of_secrets() {
        let text = |text: &str| Cbor::from(text);
        let value = Cbor::Map(vec![
            (text("name"), text("Ada")),
            (text("at"), Cbor::from(-7)),
            (text("key"), Cbor::Bytes(vec![0xab, 1])),
            (text("link_hash"), Cbor::Bytes(vec![7; 32])),
            (text("seats"), Cbor::Array(vec![Cbor::Null, Cbor::Bool(true)])),
        ]);
        assert_eq!(json(&value), serde_json::json!({ "name": "Ada", "at": -7, "key": "ab01", "seats": [null, true] }));
    }
}
