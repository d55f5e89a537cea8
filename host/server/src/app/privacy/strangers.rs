//! From where strangers came who are nobody here: kept in the trail for so long, then forgotten (R42, R43).
//!
//! Whoever failed to log in, or had a code sent to join and never did, cannot be erased: nothing says who they are. So
//! their network addresses go by themselves. What happened stays, and the chain verifies as before.
//!
//! INVARIANT: the place in the trail moves in the commit that changes the entries before it, so that after a crash it
//! goes on where it was.

use serde::{Deserialize, Serialize};
use usher_domain::ids::ProofId;
use usher_domain::time::{DAY, Instant};
use usher_store::{OrgScope, OrgWrites, Place, Row, StoreError, decode, encode};

use crate::app::actor::Doer;
use crate::app::audit::{Entry, Fact};
use crate::app::refusal::Refusal;
use crate::app::stored::{kind, records};

/// How long it is known from where a stranger came, in microseconds; it goes at the end of that day (UTC).
pub const ORIGINS_KNOWN_FOR: i64 = 30 * DAY;
/// Entries looked at in one step, which is one commit.
const STEP: usize = 500;

/// How far the trail was gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginsForgotten {
    /// Place in the chain of the last entry that was looked at.
    until: u64,
}

records!(OriginsForgotten = kind::ORIGINS_FORGOTTEN, version 1, by ());

/// Has it forgotten in time from where a stranger came; to be called in the commit that writes it down. All of a day
/// write the same key.
pub(crate) fn due(writes: &mut OrgWrites, fact: &Fact) {
    if is_by_nobody(fact) {
        let end = fact.at.plus(ORIGINS_KNOWN_FOR).end_of_day();
        writes.schedule::<OriginsForgotten>(end.as_micros(), &());
    }
}

/// Whether nobody is known to have done it. What an applicant does to a proof tells no more than that somebody did.
fn is_by_nobody(fact: &Fact) -> bool {
    match fact.doer {
        Doer::Stranger => true,
        Doer::Applicant => fact.target.parse::<ProofId>().is_ok(),
        _ => false,
    }
}

/// Goes on through the trail, up to what is too young. Returns whether there is more to go through.
pub(crate) async fn step(scope: &OrgScope, now: Instant) -> Result<bool, Refusal> {
    let found = scope.get::<OriginsForgotten>(&()).await?;
    let before = found.as_ref().map_or(0, |found| found.record.until);
    let rows = scope.audit_rows(before, STEP).await?;
    let (mut writes, mut until) = (scope.writes(), before);
    for row in &rows {
        let Place::Audit { position } = row.place else { continue };
        let (mut entry, fact) = read(row)?;
        if fact.at.plus(ORIGINS_KNOWN_FOR) > now {
            break;
        }
        until = position;
        if is_by_nobody(&fact) && entry.values().map_err(|_| damaged())?.origin.is_some() {
            entry.erase_origin();
            writes.rewrite_row(row, encode(&entry).map_err(|_| damaged())?)?;
        }
    }
    if until == before {
        return Ok(false);
    }
    match found {
        None => writes.insert(&(), &OriginsForgotten { until }),
        Some(found) => writes.replace(&(), found.version, &OriginsForgotten { until }),
    }
    writes.commit().await.map_err(Refusal::Commit)?;
    Ok(rows.len() == STEP)
}

fn read(row: &Row) -> Result<(Entry, Fact), StoreError> {
    let entry: Entry = decode(&row.linked()?.value).map_err(|_| damaged())?;
    let fact = entry.fact().map_err(|_| damaged())?;
    Ok((entry, fact))
}

fn damaged() -> StoreError {
    StoreError::Value { what: "an audit entry" }
}
