//! The audit trail (R42): who did what, when, from where, by which policy version.
//!
//! Each organisation's entries form a chain of hashes. The chain covers what happened and a *commitment*
//! to the values (a salted hash), not the values: when a person is erased their values and the salt go,
//! and the chain still verifies. What names a person (values, network address) is therefore only among
//! the values; ids are all that stays.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use usher_domain::ids::CallId;
use usher_domain::time::Instant;
use usher_store::{Linked, Page, Record, decode};

use super::actor::{Audit as AuditRight, By, Doer};
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::kind;

/// Entries read at a time while the chain is verified.
const VERIFY_STEP: usize = 1_000;

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
    pub before: Option<Value>,
    /// After; nothing for what was removed.
    pub after: Option<Value>,
    /// Network address of the client.
    pub origin: Option<String>,
}

/// An entry as it is stored. Texts are kept as they were hashed: no later program can write them another
/// way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// [`Fact`] as JSON.
    fact: String,
    /// SHA-256 of salt and values.
    commitment: [u8; 32],
    /// [`Values`] as JSON, with the salt; gone once erased.
    values: Option<(Vec<u8>, String)>,
}

impl Record for Entry {
    const KIND: u8 = kind::AUDIT_ENTRY;
    const VERSION: u16 = 1;
    type Id = u64;
}

impl Entry {
    /// An entry about `fact`, committing to `values` with a salt that nobody can guess.
    pub fn new(fact: &Fact, values: &Values, salt: [u8; 16]) -> serde_json::Result<Entry> {
        let values = serde_json::to_string(values)?;
        Ok(Entry {
            fact: serde_json::to_string(fact)?,
            commitment: commit(&salt, &values),
            values: Some((salt.to_vec(), values)),
        })
    }

    /// What the chain covers.
    pub fn link(&self) -> [u8; 32] {
        Sha256::new().chain_update(self.commitment).chain_update(&self.fact).finalize().into()
    }

    /// Whether the values are those committed to, or were erased.
    fn keeps_its_commitment(&self) -> bool {
        self.values.as_ref().is_none_or(|(salt, values)| commit(salt, values) == self.commitment)
    }
}

fn commit(salt: &[u8], values: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(values).finalize().into()
}

/// An entry as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Place in the chain, from 1.
    pub position: u64,
    /// What happened.
    pub fact: Fact,
    /// The values; empty once erased.
    pub values: Values,
    /// The entry's hash.
    pub hash: [u8; 32],
}

fn show(position: u64, linked: &Linked) -> Result<Shown, Refusal> {
    let damaged = || Refusal::Store(usher_store::StoreError::Value { what: "an audit entry" });
    let entry: Entry = decode(&linked.value).map_err(|_| damaged())?;
    let values = match &entry.values {
        Some((_, text)) => serde_json::from_str(text).map_err(|_| damaged())?,
        None => Values::default(),
    };
    let fact = serde_json::from_str(&entry.fact).map_err(|_| damaged())?;
    Ok(Shown { position, fact, values, hash: linked.hash(position) })
}

/// The trail, newest entry first.
pub async fn list(by: &By<AuditRight>, paging: &Paging) -> Result<PageOf<Shown>, Refusal> {
    let rows = by.scope.audit(Page::last(paging.limit + 1).after(paging.after_position()?)).await?;
    let entries: Vec<Shown> =
        rows.iter().map(|(position, linked)| show(*position, linked)).collect::<Result<_, _>>()?;
    Ok(PageOf::of(entries, paging, |entry: &Shown| entry.position.to_be_bytes().to_vec()))
}

/// One entry.
pub async fn show_one(by: &By<AuditRight>, position: u64) -> Result<Shown, Refusal> {
    let before = position.checked_sub(1);
    let rows = by.scope.audit(Page::first(1).after(before)).await?;
    match rows.first() {
        Some((found, linked)) if *found == position => show(position, linked),
        _ => Err(Refusal::not_found("audit entry", &position)),
    }
}

/// What a look at the whole chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Entries looked at.
    pub entries: u64,
    /// Hash of the last one.
    pub head: [u8; 32],
    /// The first thing wrong.
    pub fault: Option<String>,
}

/// Goes through the whole chain: no entry is missing, each follows from the one before it, and holds the
/// values it is committed to.
pub async fn verify(by: &By<AuditRight>) -> Result<Check, Refusal> {
    let mut check = Check::default();
    loop {
        let rows = by.scope.audit(Page::first(VERIFY_STEP).after(Some(check.entries))).await?;
        if rows.is_empty() {
            return Ok(check);
        }
        for (position, linked) in rows {
            if let Some(fault) = fault_of(&check, position, &linked) {
                check.fault = Some(fault);
                return Ok(check);
            }
            check.entries = position;
            check.head = linked.hash(position);
        }
    }
}

fn fault_of(before: &Check, position: u64, linked: &Linked) -> Option<String> {
    if position != before.entries + 1 {
        return Some(format!("entry {} is missing", before.entries + 1));
    }
    if linked.prev != before.head {
        return Some(format!("entry {position} does not follow from the one before it"));
    }
    match decode::<Entry>(&linked.value) {
        Err(error) => Some(format!("entry {position} cannot be read: {error}")),
        Ok(entry) if entry.link() != linked.link => Some(format!("entry {position} is not the one that was chained")),
        Ok(entry) if !entry.keeps_its_commitment() => {
            Some(format!("the values of entry {position} are not those committed to"))
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let fact = Fact {
            at: Instant::from_micros(7),
            call: CallId::from_bytes([1; 16]),
            doer: Doer::Host,
            action: "member.joined".into(),
            target: "mem_x".into(),
            policies: Vec::new(),
        };
        let values = Values { after: Some(Value::from("Ada")), ..Values::default() };
        Entry::new(&fact, &values, [9; 16]).unwrap()
    }

    #[test]
    fn r42_the_chain_holds_when_values_are_erased_and_not_when_they_are_changed() {
        let honest = entry();
        let linked =
            |entry: &Entry| Linked { prev: [0; 32], link: honest.link(), value: usher_store::encode(entry).unwrap() };
        let check = |change: fn(&mut Entry), fault: Option<&str>| {
            let mut entry = honest.clone();
            change(&mut entry);
            let found = fault_of(&Check::default(), 1, &linked(&entry));
            assert_eq!(found.is_some(), fault.is_some());
            assert!(found.unwrap_or_default().contains(fault.unwrap_or_default()));
        };
        check(|_| {}, None);
        check(|entry| entry.values = None, None);
        check(|entry| entry.values.as_mut().unwrap().1 = "{}".into(), Some("not those committed to"));
        check(|entry| entry.fact = entry.fact.replace("joined", "left"), Some("not the one that was chained"));
        check(|entry| entry.commitment = [0; 32], Some("not the one that was chained"));
        assert!(fault_of(&Check::default(), 2, &linked(&honest)).unwrap().contains("entry 1 is missing"));
    }
}
