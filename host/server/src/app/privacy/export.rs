//! Everything that an organisation holds about one person, found step by step: an organisation may hold more than fits
//! into memory, or than is gone through while a request may last.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use usher_domain::ids::{InvitationId, MemberId, RequestId};
use usher_domain::time::Instant;
use usher_store::{Cbor, OrgScope, Place, Record, Row, StoreError, decode, open};

use super::erasure::ErasureError;
use super::finder::{Finder, Wanted, Written};
use super::held::{concerns, is_about, written};
use super::kinds::Kind;
use super::others::{leave_out_of_bot, leave_out_of_decision, leave_out_of_entry};
use super::person::{Person, Subject, complete};
use crate::app::actor::{By, PrimaryAdmin};
use crate::app::answers::bots::BotRecord;
use crate::app::audit::Entry;
use crate::app::audit::read::Shown;
use crate::app::decisions::Decision;
use crate::app::once::Remembered;
use crate::app::refusal::Refusal;
use crate::app::stored::{Invitation, JoinRequest, Member};

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

/// For what is held about whoever was invited in person.
pub async fn of_invited(by: &By<PrimaryAdmin>, id: InvitationId) -> Result<Search, ErasureError> {
    let found = by.scope.get::<Invitation>(&id).await.map_err(Refusal::from)?;
    let Invitation(invitation) = found.ok_or_else(|| Refusal::not_found("invitation", &id))?.record;
    if !invitation.is_personal() {
        return Err(ErasureError::NotPersonal);
    }
    Ok(Search::new(by, Person::of_invitation(&invitation)))
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
                complete(std::slice::from_mut(&mut person), &self.scope, self.at).await?;
                let wanted = Wanted { person, until: u64::MAX, asked_at: self.at };
                (Box::new(Finder::new(vec![wanted])?), None)
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
    let written = written(Some(shown), id, row);
    if kind == Remembered::KIND && !finder.names_within(&map, written) {
        return Ok(None);
    }
    let mut value = json(&map, shown.withheld);
    if kind == Decision::KIND {
        leave_out_of_decision(finder, &mut value, written);
    }
    if let Some(bot) = value.get_mut("bot").filter(|_| kind == BotRecord::KIND) {
        leave_out_of_bot(finder, bot, written);
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
    leave_out_of_entry(finder, &mut shown, about, Written::by(row.version));
    Ok(Some(Held::Entry(Box::new(shown))))
}

/// A stored value as people read it, without some fields.
fn json(value: &Cbor, withheld: &[&str]) -> Value {
    match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(bool) => Value::from(*bool),
        Cbor::Integer(integer) => {
            i64::try_from(*integer).map_or_else(|_| Value::from(i128::from(*integer).to_string()), Value::from)
        }
        Cbor::Float(float) => Value::from(*float),
        Cbor::Text(text) => Value::from(text.as_str()),
        Cbor::Bytes(bytes) => Value::from(HEXLOWER.encode(bytes)),
        Cbor::Array(values) => values.iter().map(|value| json(value, withheld)).collect(),
        Cbor::Map(fields) => {
            Value::Object(fields.iter().filter_map(|found| field(found, withheld)).collect::<Map<_, _>>())
        }
        Cbor::Tag(_, value) => json(value, withheld),
        _ => Value::Null,
    }
}

fn field((name, value): &(Cbor, Cbor), withheld: &[&str]) -> Option<(String, Value)> {
    let name = name.as_text()?;
    let is_shown = !name.ends_with("_hash") && !withheld.contains(&name);
    is_shown.then(|| (name.to_owned(), json(value, withheld)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_read_without_what_is_withheld_and_the_hashes_of_secrets() {
        let text = |text: &str| Cbor::from(text);
        let value = Cbor::Map(vec![
            (text("name"), text("Ada")),
            (text("at"), Cbor::from(-7)),
            (text("key"), Cbor::Bytes(vec![0xab, 1])),
            (text("letter"), Cbor::Map(vec![(text("body"), text("Your code is 123456"))])),
            (text("link_hash"), Cbor::Bytes(vec![7; 32])),
            (text("seats"), Cbor::Array(vec![Cbor::Null, Cbor::Bool(true)])),
        ]);
        let shown = serde_json::json!({ "name": "Ada", "at": -7, "key": "ab01", "letter": {}, "seats": [null, true] });
        assert_eq!(json(&value, &["body"]), shown);
    }
}
