//! Facts for one decision: read when a policy asks, answered from memory from then on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::plan::member_limit;
use usher_domain::policy::facts::{Fact, FactValue, History};
use usher_domain::request::Verdict as Answered;
use usher_domain::time::Instant;
use usher_engine::FactSource;
use usher_store::{OrgScope, Page};

use crate::app::pdp::Facts;
use crate::app::refusal::Refusal;
use crate::app::stored::{Department, Domain, JoinRequest, Member};
use crate::app::{counters, organisations, plans};

/// How far back [`Fact::InviterHistory`] looks.
const HISTORY_MICROS: i64 = 30 * 24 * 60 * 60 * 1_000_000;
/// Most requests looked at for it, newest first.
const MAX_HISTORY: usize = 1_000;
/// Levels of a tree (R37): more are a loop, which is not followed.
const MAX_LEVELS: usize = 25;

/// What is known so far.
#[derive(Default)]
pub(super) struct FactSheet {
    known: Mutex<Facts>,
    closed: AtomicBool,
}

impl FactSource for FactSheet {
    fn get(&self, fact: &Fact) -> Option<FactValue> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(fact).cloned()
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl FactSheet {
    /// Where these are known from the start.
    pub(super) fn of(known: Facts) -> FactSheet {
        FactSheet { known: Mutex::new(known), closed: AtomicBool::new(false) }
    }

    /// From now on a policy that asks for what is not known faults.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Reads a fact from the store.
    pub(super) async fn read(&self, org: &OrgScope, now: Instant, fact: Fact) -> Result<(), Refusal> {
        if self.get(&fact).is_some() {
            return Ok(());
        }
        let value = match &fact {
            Fact::Members => FactValue::Members(count(org.counter(&counters::members()).await?)),
            Fact::Limit => FactValue::Limit(limit(org, now).await?),
            Fact::DepartmentPath(id) => FactValue::DepartmentPath(path(org, *id).await?),
            Fact::DepartmentMembers(id) => FactValue::DepartmentMembers(department_members(org, *id).await?),
            Fact::InviterHistory(id) => FactValue::InviterHistory(history(org, now, *id).await?),
            Fact::DomainProof(domain) => {
                let found = org.get::<Domain>(domain).await?;
                FactValue::DomainProof(found.and_then(|found| found.record.0.proof).map(|proof| proof.by))
            }
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(fact, value);
        Ok(())
    }
}

fn count(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}

async fn limit(org: &OrgScope, now: Instant) -> Result<Option<u64>, Refusal> {
    let organisation = organisations::of(org).await?.record.0;
    let today = organisation.today(now);
    Ok(member_limit(&plans::current(org).await?.record.plans, today, organisation.member_limit))
}

async fn path(org: &OrgScope, department: DepartmentId) -> Result<Option<Vec<String>>, Refusal> {
    let mut names = Vec::new();
    let mut next = Some(department);
    while let Some(id) = next.filter(|_| names.len() < MAX_LEVELS) {
        let Some(found) = org.get::<Department>(&id).await? else { break };
        names.push(found.record.0.name);
        next = found.record.0.parent;
    }
    names.reverse();
    Ok((!names.is_empty()).then_some(names))
}

async fn department_members(org: &OrgScope, department: DepartmentId) -> Result<Option<u64>, Refusal> {
    if org.get::<Department>(&department).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(count(org.counter(&counters::department_members(department)).await?)))
}

async fn history(org: &OrgScope, now: Instant, member: MemberId) -> Result<Option<History>, Refusal> {
    if org.get::<Member>(&member).await?.is_none() {
        return Ok(None);
    }
    let since = now.plus(-HISTORY_MICROS);
    let mut history = History::default();
    for (_, found) in org.page::<JoinRequest>(Page::last(MAX_HISTORY)).await? {
        let request = found.record.0;
        if request.opened_at < since {
            break;
        }
        if request.inviter == Some(member) {
            history.requests += 1;
            match request.answer.map(|answer| answer.verdict) {
                Some(Answered::Approve) => history.approved += 1,
                Some(Answered::Reject) => history.rejected += 1,
                _ => {}
            }
        }
    }
    Ok(Some(history))
}
