//! The audit trail (R42): who did what, when, from where, by which policy version.
//!
//! Each organisation's entries form a chain of hashes ([`chain`]), whose end is signed now and then
//! ([`checkpoint`]). The chain covers what happened and *commitments* to the values (salted hashes), not the
//! values: when a person is erased their values and the salts go, and the chain still verifies. What names a
//! person is therefore only among the values; ids are all that stays.
//!
//! This module owns the entry itself. Must not know which entries are about a person: that is
//! [`super::privacy`]'s.

pub mod chain;
pub mod checkpoint;
pub mod read;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use usher_domain::ids::CallId;
use usher_domain::time::Instant;
use usher_store::Cbor;

use super::actor::Doer;
use super::stored::{kind, records};

/// What happened, without the values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// When.
    pub at: Instant,
    /// By which call.
    pub call: CallId,
    /// Who.
    pub doer: Doer,
    /// What, as `member.suspended`.
    pub action: String,
    /// To what: an id.
    pub target: String,
    /// Digests of the policies that decided.
    pub policies: Vec<String>,
}

/// What it was before and after, and from where it was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// Before; nothing for what was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// After; nothing for what was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Network address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Values that can be erased on their own, and what the chain knows of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// SHA-256 of salt and values.
    #[serde(with = "serde_bytes")]
    pub commitment: [u8; 32],
    /// What was committed to; gone once erased.
    pub opened: Option<Opened>,
}

/// What a [`Part`] is committed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Random, so that nobody can guess the values by their commitment.
    #[serde(with = "serde_bytes")]
    pub salt: Vec<u8>,
    /// [`Values`] as JSON, some of them.
    pub values: String,
}

impl Part {
    fn new(values: &Values, salt: &[u8]) -> serde_json::Result<Part> {
        let opened = Opened { salt: salt.to_vec(), values: serde_json::to_string(values)? };
        Ok(Part { commitment: opened.commitment(), opened: Some(opened) })
    }
}

impl Opened {
    fn commitment(&self) -> [u8; 32] {
        Sha256::new().chain_update(&self.salt).chain_update(&self.values).finalize().into()
    }
}

/// An entry as it is stored. Texts are kept as they were hashed: no later program can write them another
/// way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// [`Fact`] as JSON.
    pub fact: String,
    /// What changed, which is about the target; and from where, which is about who did it. Version 1 had both
    /// in one.
    pub parts: Vec<Part>,
}

records!(Entry = kind::AUDIT_ENTRY, version 2, by u64, lifted by lift);

impl Entry {
    /// An entry about `fact`, committing to `values` with salts that nobody can guess.
    pub fn new(fact: &Fact, values: &Values, salts: [u8; 32]) -> serde_json::Result<Entry> {
        let (first, second) = salts.split_at(16);
        let changed = Values { origin: None, ..values.clone() };
        let origin = Values { origin: values.origin.clone(), ..Values::default() };
        let parts = vec![Part::new(&changed, first)?, Part::new(&origin, second)?];
        Ok(Entry { fact: serde_json::to_string(fact)?, parts })
    }

    /// What the chain covers.
    pub fn link(&self) -> [u8; 32] {
        let commitments = self.parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.commitment));
        commitments.chain_update(&self.fact).finalize().into()
    }

    /// What happened.
    pub fn fact(&self) -> serde_json::Result<Fact> {
        serde_json::from_str(&self.fact)
    }

    /// The values that were not erased.
    pub fn values(&self) -> serde_json::Result<Values> {
        self.parts.iter().filter_map(|part| part.opened.as_ref()).try_fold(Values::default(), |all, opened| {
            let some: Values = serde_json::from_str(&opened.values)?;
            Ok(Values {
                before: all.before.or(some.before),
                after: all.after.or(some.after),
                origin: all.origin.or(some.origin),
            })
        })
    }

    /// Whether the values are those committed to, or were erased.
    fn keeps_its_commitments(&self) -> bool {
        let keeps = |part: &Part| part.opened.as_ref().is_none_or(|opened| opened.commitment() == part.commitment);
        self.parts.iter().all(keeps)
    }

    /// Erases what changed.
    pub fn erase_change(&mut self) {
        if let Some(part) = self.parts.first_mut() {
            part.opened = None;
        }
    }

    /// Erases from where it was done.
    pub fn erase_origin(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            part.opened = None;
        }
    }
}

/// Version 1 had one commitment to all values, and these as a pair.
fn lift(from: u16, map: Cbor) -> Option<Cbor> {
    let (1, Cbor::Map(fields)) = (from, map) else { return None };
    let field = |name: &str| Some(fields.iter().find(|(found, _)| found.as_text() == Some(name))?.1.clone());
    let text = |name: &str| Cbor::from(name);
    let opened = match field("values")? {
        Cbor::Array(pair) => {
            let [salt, values] = <[Cbor; 2]>::try_from(pair).ok()?;
            Cbor::Map(vec![(text("salt"), bytes(salt)?), (text("values"), values)])
        }
        erased => erased,
    };
    let part = Cbor::Map(vec![(text("commitment"), bytes(field("commitment")?)?), (text("opened"), opened)]);
    Some(Cbor::Map(vec![(text("fact"), field("fact")?), (text("parts"), Cbor::Array(vec![part]))]))
}

/// Version 1 wrote bytes as a list of numbers.
fn bytes(value: Cbor) -> Option<Cbor> {
    let Cbor::Array(numbers) = value else { return Some(value) };
    let byte = |number: Cbor| u8::try_from(number.into_integer().ok()?).ok();
    numbers.into_iter().map(byte).collect::<Option<Vec<u8>>>().map(Cbor::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_store::{decode, encode};

    pub(super) fn entry() -> Entry {
        let fact = Fact {
            at: Instant::from_micros(7),
            call: CallId::from_bytes([1; 16]),
            doer: Doer::Host,
            action: "member.joined".into(),
            target: "mem_x".into(),
            policies: Vec::new(),
        };
        let values = Values { after: Some(Value::from("Ada")), origin: Some("::1".into()), ..Values::default() };
        Entry::new(&fact, &values, [9; 32]).unwrap()
    }

    /// An entry as version 1 wrote it.
    #[derive(Serialize, Deserialize)]
    struct OldEntry {
        fact: String,
        commitment: [u8; 32],
        values: Option<(Vec<u8>, String)>,
    }

    records!(OldEntry = kind::AUDIT_ENTRY, version 1, by u64);

    #[test]
    fn r42_an_entry_of_version_1_is_the_same_link() {
        let check = |values: Option<(Vec<u8>, String)>, origin: Option<&str>| {
            let commitment: [u8; 32] = Sha256::new().chain_update([5; 16]).chain_update(VALUES).finalize().into();
            let old = OldEntry { fact: entry().fact, commitment, values };
            let link: [u8; 32] = Sha256::new().chain_update(commitment).chain_update(&old.fact).finalize().into();
            let lifted: Entry = decode(&encode(&old).unwrap()).unwrap();
            assert_eq!(lifted.link(), link);
            assert!(lifted.keeps_its_commitments());
            assert_eq!(lifted.values().unwrap().origin.as_deref(), origin);
        };
        const VALUES: &str = r#"{"before":null,"after":"Ada","origin":"::1"}"#;
        check(Some((vec![5; 16], VALUES.into())), Some("::1"));
        check(None, None);
    }

    #[test]
    fn r42_what_changed_and_from_where_are_erased_on_their_own() {
        let whole = entry().values().unwrap();
        let mut erased = entry();
        erased.erase_change();
        assert_eq!(erased.values().unwrap(), Values { origin: whole.origin.clone(), ..Values::default() });
        erased.erase_origin();
        assert_eq!(erased.values().unwrap(), Values::default());
        assert_eq!(erased.link(), entry().link());
        assert!(erased.keeps_its_commitments());
    }
}
