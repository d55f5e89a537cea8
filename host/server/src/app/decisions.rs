//! Decision records, and asking without changing anything.
//!
//! A record keeps what was asked and everything that decided, so that the decision can be explained, and
//! run again elsewhere.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_domain::ids::DecisionId;
use usher_domain::policy::facts::{Fact, FactFamily, FactValue};
use usher_domain::policy::{DecisionPoint, approval, seat, sso};
use usher_engine::{Combine, Digest, Fault, Limits, LogLine, OnFault};
use usher_store::{Page, Stored};

use super::App;
use super::actor::{By, Policies};
use super::page::{PageOf, Paging};
use super::pdp::Effect;
use super::refusal::Refusal;
use super::stored::{kind, records};
use crate::ports::{Clock, Entropy};

/// Most requests in one batch of questions.
pub const MAX_BATCH: usize = 1_000;

/// A decision as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The question.
    pub point: DecisionPoint,
    /// Generation of the policy set; 0 if there was none.
    pub generation: u64,
    /// How the answers became one.
    pub combine: Combine,
    /// What was asked, as the policies were handed it.
    pub request: Value,
    /// What they said.
    pub answer: Answer,
    /// What came of it under the host rules.
    pub effect: Option<Effect>,
}

impl Decision {
    /// What was asked, what was read, said and logged goes; which policies ran, and what they used, stays.
    pub fn forget(&mut self) {
        self.request = Value::Null;
        self.answer.decision = Value::Null;
        for entry in &mut self.answer.entries {
            entry.decision = None;
            entry.facts.clear();
            entry.log.clear();
        }
    }
}

records!(Decision = kind::DECISION, version 1, by DecisionId);

/// What policies said, each and together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Together, before the host rules.
    pub decision: Value,
    /// Index of the entry that decided; none if no policy ran.
    pub by: Option<usize>,
    /// Every policy that ran, in order.
    pub entries: Vec<EntryRecord>,
}

/// One policy's run: everything it depends on, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// The policy's digest.
    pub policy: Digest,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Digest of its settings.
    pub settings: Digest,
    /// Facts it might ask for.
    pub grants: BTreeSet<FactFamily>,
    /// What it might use.
    pub limits: Limits,
    /// Release of the contract.
    pub contract: String,
    /// Digest of the runtime.
    pub runtime: Digest,
    /// What a fault comes to.
    pub on_fault: OnFault,
    /// What it said.
    pub decision: Option<Value>,
    /// Or why it said nothing.
    pub fault: Option<Fault>,
    /// Units of fuel.
    pub fuel: u64,
    /// Wall time, nanoseconds.
    pub duration_ns: u64,
    /// Facts it read, in order.
    pub facts: Vec<(Fact, FactValue)>,
    /// What it logged.
    pub log: Vec<LogLine>,
}

/// Questions of one decision point.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// May they join?
    Approval(Vec<approval::Request>),
    /// Which seat do they get?
    SeatAssignment(Vec<seat::Request>),
    /// Whose login is it?
    SsoMatching(Vec<sso::Request>),
}

/// What the live policies would say.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdicts {
    /// Generation that was asked; 0 if there is none, and no answers.
    pub generation: u64,
    /// In the order asked.
    pub answers: Vec<Answer>,
}

/// A new decision's id.
pub(crate) fn new_id(clock: &dyn Clock, entropy: &dyn Entropy) -> DecisionId {
    let mut bytes = [0; 10];
    entropy.fill(&mut bytes);
    DecisionId::from_parts(clock.now(), bytes)
}

/// What the live policies would say; changes nothing.
pub async fn ask(app: &App, by: &By<Policies>, asked: Asked) -> Result<Verdicts, Refusal> {
    app.pdp.ask(&by.scope, asked).await
}

/// The organisation's decisions, newest first.
pub async fn list(by: &By<Policies>, paging: &Paging) -> Result<PageOf<Decision>, Refusal> {
    let after = paging.after_id(DecisionId::from_bytes)?;
    let found = by.scope.page::<Decision>(Page::last(paging.limit + 1).after(after)).await?;
    let decisions = found.into_iter().map(|(_, stored)| stored.record).collect();
    Ok(PageOf::of(decisions, paging, |decision: &Decision| decision.id.as_bytes().to_vec()))
}

/// One decision.
pub async fn show(by: &By<Policies>, id: DecisionId) -> Result<Stored<Decision>, Refusal> {
    let found = by.scope.get::<Decision>(&id).await?;
    found.ok_or_else(|| Refusal::not_found("decision", &id))
}
