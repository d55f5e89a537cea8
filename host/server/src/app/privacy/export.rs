//! Everything that an organisation holds about one person, as one document.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use usher_domain::ids::{MemberId, RequestId};
use usher_store::{Cbor, OrgScope, Place, Record, Row, StoreError, decode, open};

use super::held::{concerns, is_about, shown_as};
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

/// What is held about a person.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonalData {
    /// Who.
    pub subject: Subject,
    /// Every record about them.
    pub records: Vec<Held>,
    /// Every entry of the audit trail that is about them or that they caused.
    pub audit: Vec<Shown>,
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// What it is, as `member` or `mail`.
    pub kind: &'static str,
    /// What it says. Hashes of secrets are left out.
    pub value: Value,
}

/// What is held about a member, deleted ones among them.
pub async fn of_member(by: &By<PrimaryAdmin>, id: MemberId) -> Result<PersonalData, Refusal> {
    let found = by.scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", &id))?;
    of(by, Person::of_member(&found.record.0)).await
}

/// What is held about whoever made a request.
pub async fn of_applicant(by: &By<PrimaryAdmin>, id: RequestId) -> Result<PersonalData, Refusal> {
    let found = by.scope.get::<JoinRequest>(&id).await?.ok_or_else(|| Refusal::not_found("request", &id))?;
    of(by, Person::of_request(&found.record.0)).await
}

async fn of(by: &By<PrimaryAdmin>, mut person: Person) -> Result<PersonalData, Refusal> {
    complete(std::slice::from_mut(&mut person), &by.scope).await?;
    person.leave_to_others(&by.scope, by.call.at).await?;
    let mut data = PersonalData { subject: person.subject, records: Vec::new(), audit: Vec::new() };
    let finder = Finder::new(vec![Wanted { person, until: u64::MAX }])?;
    collect(&by.scope, &finder, &mut data).await?;
    Ok(data)
}

async fn collect(scope: &OrgScope, finder: &Finder, data: &mut PersonalData) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let rows = scope.rows(after.as_deref(), STEP).await?;
        for row in &rows.rows {
            take(finder, row, data)?;
        }
        match rows.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn take(finder: &Finder, row: &Row, data: &mut PersonalData) -> Result<(), StoreError> {
    match &row.place {
        Place::Record { kind, id } => {
            if let Some(name) = shown_as(*kind)
                && is_about(finder, *kind, id, row)?
            {
                let map = open(&row.value).map_err(|_| StoreError::Value { what: "a record" })?;
                // An answer that is remembered for what an admin did to somebody names the admin by id alone.
                if *kind == Remembered::KIND && !finder.names_within(&map, row.version) {
                    return Ok(());
                }
                let mut value = json(&map);
                if *kind == Decision::KIND {
                    leave_out_of_decision(finder, &mut value, row.version);
                }
                data.records.push(Held { kind: name, value });
            }
        }
        Place::Audit { position } => {
            let linked = row.linked()?;
            let entry: Entry = decode(&linked.value).map_err(|_| StoreError::Value { what: "an audit entry" })?;
            let (about, by) = concerns(finder, &entry, row.version)?;
            if about || by {
                let mut shown = Shown::of(*position, &linked)?;
                leave_out_of_entry(finder, &mut shown, about, row.version);
                data.audit.push(shown);
            }
        }
        // Events hold ids, look-ups lead to what is shown.
        Place::Event { .. } | Place::Lookup { .. } => {}
    }
    Ok(())
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
