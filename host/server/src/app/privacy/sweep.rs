//! Going through all rows of an organisation for people who are to be erased: some at a time, as due work, for many
//! people at once.
//!
//! INVARIANT: the place in the rows moves in the commit that changes the rows before it, so that after a crash it
//! goes on where it was.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use usher_domain::time::Instant;
use usher_store::{Cbor, CommitError, OrgScope, OrgWrites, StoreError, Stored};

use super::erasure::{DISPOSED_AFTER, Disposal, Erasure, some};
use super::finder::{Finder, Wanted};
use super::held::{Treatment, treat, whom};
use super::person::{self, complete};
use crate::app::refusal::Refusal;
use crate::app::stored::{field, kind, records};
use crate::ports::Letterbox;

/// People looked for in one go through the rows.
const MAX_PEOPLE: usize = 256;
/// Rows of one commit.
const ROWS: usize = 1_000;
/// Commits of one piece of due work.
const STEPS: usize = 10;

/// A way through the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    people: Vec<Wanted>,
    /// The last row that was looked at.
    #[serde(with = "serde_bytes")]
    after: Option<Vec<u8>>,
    /// Where people are still named, by their ids.
    left: BTreeMap<String, BTreeSet<String>>,
}

records!(Sweep = kind::ERASURE_SWEEP, version 2, by (), lifted by lift);

/// Version 1 did not say whose what is left is, nor when people were to be erased and where they came from. It is begun
/// anew.
fn lift(from: u16, mut map: Cbor) -> Option<Cbor> {
    for wanted in field(&mut map, "people")?.as_array_mut()? {
        person::lift(field(wanted, "person")?);
        wanted.as_map_mut()?.push((Cbor::from("asked_at"), Cbor::from(0)));
    }
    *field(&mut map, "left")? = Cbor::Map(Vec::new());
    *field(&mut map, "after")? = Cbor::Null;
    (from == 1).then_some(map)
}

/// Why a piece is not done: it is begun again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    /// The store, or others.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What lies in the letterbox could not be given up.
    #[error("letters to people who are erased could not be removed: {0}")]
    Letters(std::io::Error),
}

impl From<StoreError> for SweepError {
    fn from(error: StoreError) -> SweepError {
        SweepError::Refused(error.into())
    }
}

/// Goes on through the rows, a piece; has itself called again until nobody is to be erased any more.
pub(crate) async fn run(scope: &OrgScope, letters: &dyn Letterbox, now: Instant) -> Result<(), SweepError> {
    for _ in 0..STEPS {
        let found = match scope.get::<Sweep>(&()).await? {
            Some(found) => found,
            None => match begin(scope, now).await? {
                Some(found) => found,
                None => return Ok(()),
            },
        };
        match step(scope, letters, found, now).await {
            // Others changed a row, or went this step: look again.
            Err(SweepError::Refused(Refusal::Commit(CommitError::Conflict { .. }))) => tokio::task::yield_now().await,
            done => done?,
        }
    }
    let mut writes = scope.writes();
    writes.schedule::<Sweep>(now.plus(1).as_micros(), &());
    writes.commit().await.map_err(Refusal::Commit)?;
    Ok(())
}

/// Finds out whom to look for, and by what.
async fn begin(scope: &OrgScope, now: Instant) -> Result<Option<Stored<Sweep>>, Refusal> {
    let erasures = some(scope, |erasure| erasure.erased_at.is_none(), MAX_PEOPLE).await?;
    let asked = |found: Stored<Erasure>| Some((found.record.person?, (found.version, found.record.asked_at)));
    let (mut people, asked): (Vec<_>, Vec<_>) = erasures.into_iter().filter_map(asked).unzip();
    if people.is_empty() {
        return Ok(None);
    }
    complete(&mut people, scope, now).await?;
    let wanted = people.into_iter().zip(asked);
    let people = wanted.map(|(person, (until, asked_at))| Wanted { person, until, asked_at }).collect();
    let record = Sweep { people, after: None, left: BTreeMap::new() };
    let mut writes = scope.writes();
    writes.insert(&(), &record);
    let committed = writes.commit().await.map_err(Refusal::Commit)?;
    Ok(Some(Stored { version: committed.seq, record }))
}

/// Rows of one commit.
async fn step(scope: &OrgScope, letters: &dyn Letterbox, found: Stored<Sweep>, now: Instant) -> Result<(), SweepError> {
    let Stored { version, record: mut sweep } = found;
    let finder = Finder::new(sweep.people.clone())?;
    let rows = scope.rows(sweep.after.as_deref(), ROWS).await?;
    let mut writes = scope.writes();
    for row in &rows.rows {
        match treat(&finder, scope, row, now).await? {
            Treatment::Keep => {}
            Treatment::Remove => writes.remove_row(row),
            Treatment::Rewrite(value) => writes.rewrite_row(row, value)?,
            Treatment::Left(place) => {
                for subject in whom(&sweep.people, row)? {
                    sweep.left.entry(subject.to_string()).or_default().insert(place.clone());
                }
            }
        }
    }
    sweep.after = rows.next;
    if sweep.after.is_some() {
        writes.replace(&(), version, &sweep);
    } else {
        // Before it is noted that they are erased: whatever goes wrong, it is done again.
        let readers: Vec<_> = sweep.people.iter().flat_map(|wanted| wanted.person.texts.clone()).collect();
        letters.forget(&readers).await.map_err(SweepError::Letters)?;
        writes.guard_version::<Sweep>(&(), version);
        end(scope, &mut writes, &sweep, now).await?;
    }
    writes.commit().await.map_err(Refusal::Commit)?;
    Ok(())
}

/// Notes that the people are erased, and forgets who was looked for, unless something is left: then they can be looked
/// for again. Whoever was to be erased anew meanwhile still is.
async fn end(scope: &OrgScope, writes: &mut OrgWrites, sweep: &Sweep, now: Instant) -> Result<(), Refusal> {
    writes.delete::<Sweep>(&());
    let ids: Vec<_> = sweep.people.iter().map(|wanted| wanted.person.subject.bytes()).collect();
    for (Wanted { person, until, .. }, found) in sweep.people.iter().zip(scope.get_many::<Erasure>(&ids).await?) {
        let Some(Stored { version, record }) = found.filter(|found| found.version == *until) else { continue };
        let left: Vec<_> = sweep.left.get(&person.subject.to_string()).into_iter().flatten().cloned().collect();
        let person = (!left.is_empty()).then(|| person.clone());
        let erased = Erasure { erased_at: Some(now), left, person, ..record };
        writes.replace(&erased.subject.bytes(), version, &erased);
    }
    writes.schedule::<Disposal>(now.plus(DISPOSED_AFTER).as_micros(), &());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_store::Record as _;

    #[test]
    fn r32_a_sweep_of_version_1_is_begun_anew() {
        let map = |fields: &[(&str, Cbor)]| {
            Cbor::Map(fields.iter().map(|(name, value)| (Cbor::from(*name), value.clone())).collect())
        };
        let list = |item: Cbor| Cbor::Array(vec![item]);
        let sweep = |wanted: &[(&str, Cbor)], after: Cbor, left: Cbor| {
            map(&[("people", list(map(wanted))), ("after", after), ("left", left)])
        };
        let old = sweep(&[("person", map(&[]))], Cbor::Bytes(vec![1]), list("a place".into()));
        let person = map(&[("origins", Cbor::Array(Vec::new()))]);
        let lifted = sweep(&[("person", person), ("asked_at", 0.into())], Cbor::Null, map(&[]));
        assert_eq!(Sweep::upcast(1, old.clone()), Some(lifted));
        assert_eq!(Sweep::upcast(2, old), None);
    }
}
