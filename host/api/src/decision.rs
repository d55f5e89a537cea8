//! Decision records, and questions that change nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What would you say?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// `approval` | `seat-assignment` | `sso-matching`
    pub point: String,
    /// Requests as the contract describes them, 1 to 1,000.
    #[schema(value_type = Vec<Object>)]
    pub requests: Vec<Value>,
}

/// What the live policies would say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verdicts {
    /// Generation of the policy set that was asked; 0 if there is none, and no answers.
    pub generation: u64,
    /// In the order asked.
    pub answers: Vec<PolicyAnswer>,
}

/// What policies said, each and together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyAnswer {
    /// Together, before the host rules: a decision as the contract describes it. Where the host found a fault
    /// before it asked any policy (`too-many-candidates`), its reason names it.
    #[schema(value_type = Object)]
    pub decision: Value,
    /// Index of the entry that decided; absent if no policy ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// Every policy that ran, in order.
    pub entries: Vec<PolicyRun>,
}

/// One policy's run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyRun {
    /// The policy's digest.
    pub policy: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Digest of its settings.
    pub settings: String,
    /// Release of the contract.
    pub contract: String,
    /// Digest of the runtime: fuel is comparable under one digest only.
    pub runtime: String,
    /// What a fault comes to: `deny` | `review`.
    pub on_fault: String,
    /// What it said; absent after a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub decision: Option<Value>,
    /// Why it said nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Units of fuel.
    pub fuel: u64,
    /// Wall time, nanoseconds.
    pub duration_ns: u64,
    /// Facts it read, in order: pairs of question and answer, as the `facts` of a policy's cases and of
    /// `usher policy run --facts`: `[[{"department-path": "dep_…"}, {"department-path": ["Acme", "Sales"]}]]`.
    #[schema(value_type = Vec<Vec<Value>>)]
    pub facts: Vec<[Value; 2]>,
    /// What it logged, a line each, its level before it.
    pub log: Vec<String>,
}

/// Why a policy gave no usable decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// `fuel` | `deadline` | `memory` | `table` | `stack` | `no-slot` | `trap` | `input-size` | `output-size` |
    /// `output-invalid` | `log-limit` | `host-call-limit` | `fact-not-granted` | `settings` |
    /// `policy-failure` | `facts-unavailable`
    pub code: String,
    /// What happened.
    pub text: String,
}

/// A decision as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// `dec_…`
    pub id: String,
    /// The question.
    pub point: String,
    /// Generation of the policy set; 0 if there was none.
    pub generation: u64,
    /// How the answers became one.
    pub combine: String,
    /// What was asked, as the policies were handed it.
    #[schema(value_type = Object)]
    pub request: Value,
    /// What they said.
    pub answer: PolicyAnswer,
    /// What came of it: `admitted`, `review`, `rejected`, `matched` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The host rules that made it stricter than the policies said.
    pub clamps: Vec<String>,
    /// Id of what it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}
