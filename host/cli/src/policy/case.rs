//! Cases: what a policy is asked, and what it must answer. They lie beside the policy, in `cases/*.json`; a file
//! holds one case or a list of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use usher_domain::policy::facts::{Fact, FactFamily, FactValue};
use usher_domain::policy::{SettingsProblem, sso};
use usher_engine::{
    Activation, AnyPolicy, Ended, Engine, FactSource, Limits, LogLine, Package, Point, Policy, PrepareError, Run,
    SsoMatching,
};

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Why there is this case.
    #[serde(default)]
    pub(crate) about: Option<String>,
    #[serde(default = "no_settings")]
    settings: Value,
    /// All that the manifest declares, if left out.
    #[serde(default)]
    grants: Option<BTreeSet<FactFamily>>,
    #[serde(default)]
    request: Value,
    /// Questions and answers, in pairs.
    #[serde(default)]
    facts: Vec<(Fact, FactValue)>,
    expect: Map<String, Value>,
}

fn no_settings() -> Value {
    Value::Object(Map::new())
}

/// What a policy said.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Said {
    /// The verdict, or `fault`, or `settings-invalid`.
    pub(crate) verdict: String,
    /// Code of the first reason, or of the fault.
    pub(crate) reason: String,
    /// Everything, to be compared with what was expected.
    pub(crate) answer: Map<String, Value>,
    /// Units of fuel.
    pub(crate) fuel: u64,
    /// Nanoseconds.
    pub(crate) duration_ns: u64,
    /// What it logged.
    pub(crate) log: Vec<LogLine>,
}

impl Case {
    /// A case without expectations, for one request.
    pub(crate) fn of_request(settings: Value, request: Value, facts: Vec<(Fact, FactValue)>) -> Self {
        Self { about: None, settings, grants: None, request, facts, expect: Map::new() }
    }

    /// Asks the policy; the error is about the case, not the policy.
    pub(crate) fn ask(&self, engine: &Engine, package: &Package) -> Result<Said, String> {
        let grants = self.grants.clone().unwrap_or_else(|| package.manifest().facts.clone());
        let settings = self.settings.to_string();
        let policy = match engine.load(package, Activation { settings, grants, limits: Limits::default() }) {
            Ok(policy) => policy,
            Err(PrepareError::SettingsInvalid { problems }) => return Ok(Said::settings_invalid(&problems)),
            Err(error) => return Err(format!("the policy can't be loaded ({}): {error}", error.code())),
        };
        match policy {
            AnyPolicy::Approval(policy) => self.decide(&policy, &self.read_request()?),
            AnyPolicy::SeatAssignment(policy) => self.decide(&policy, &self.read_request()?),
            AnyPolicy::SsoMatching(policy) => self.login(&policy, self.read_request()?),
        }
    }

    /// What of the expectation the answer does not meet; empty if it meets all.
    pub(crate) fn misses(&self, said: &Said) -> Vec<String> {
        let missed =
            |(name, expected): &(&String, &Value)| !said.answer.get(*name).is_some_and(|got| covers(got, expected));
        let text = |(name, expected): (&String, &Value)| {
            let got = said.answer.get(name).unwrap_or(&Value::Null);
            format!("{name}: expected {expected}, got {got}")
        };
        self.expect.iter().filter(missed).map(text).collect()
    }

    fn read_request<R: DeserializeOwned>(&self) -> Result<R, String> {
        serde_path_to_error::deserialize(&self.request)
            .map_err(|error| format!("the request is not valid at `{}`: {}", error.path(), error.inner()))
    }

    fn decide<P: Point>(&self, policy: &Policy<P>, request: &P::Request) -> Result<Said, String> {
        let known: BTreeMap<Fact, FactValue> = self.facts.iter().cloned().collect();
        let facts: Arc<dyn FactSource> = Arc::new(known);
        Said::of(policy.decide(request, facts))
    }

    /// As a host does: only members that share a key with the login are candidates.
    fn login(&self, policy: &Policy<SsoMatching>, mut request: sso::Request) -> Result<Said, String> {
        let keys = |claims: &[sso::Claim]| -> Result<BTreeSet<String>, String> {
            let mut all = BTreeSet::new();
            for claim in claims {
                match policy.match_keys(claim).ended {
                    Ended::Decided(keys) => all.extend(keys),
                    Ended::Fault(fault) => return Err(format!("match-keys: the policy {fault}")),
                    Ended::NeedsFact(fact) => return Err(format!("match-keys: it asked for {}", fact.family())),
                }
            }
            Ok(all)
        };
        let of_login = keys(&request.login.claims)?;
        let mut candidates = Vec::new();
        for candidate in request.candidates {
            if !keys(&candidate.claims)?.is_disjoint(&of_login) {
                candidates.push(candidate);
            }
        }
        request.candidates = candidates;
        let mut said = self.decide(policy, &request)?;
        said.answer.insert("keys".into(), of_login.into_iter().collect());
        Ok(said)
    }
}

impl Said {
    fn of<D: Serialize>(run: Run<D>) -> Result<Self, String> {
        let (verdict, reason, answer) = match run.ended {
            Ended::Decided(decision) => {
                let decision = serde_json::to_value(decision).map_err(|error| error.to_string())?;
                let Value::Object(mut answer) = decision else { return Err("a decision is an object".into()) };
                let reason = answer.get("reasons").map_or(&Value::Null, |reasons| &reasons[0]["code"]).clone();
                answer.insert("reason".into(), reason.clone());
                let verdict = answer.get("verdict").cloned().unwrap_or_default();
                (text(&verdict), text(&reason), answer)
            }
            Ended::Fault(fault) => {
                let mut answer = Map::new();
                answer.insert("fault".into(), fault.code().into());
                answer.insert("text".into(), format!("the policy {fault}").into());
                ("fault".into(), fault.code().into(), answer)
            }
            Ended::NeedsFact(fact) => {
                let fact = serde_json::to_string(&fact).map_err(|error| error.to_string())?;
                return Err(format!("it asked for the fact {fact}, which `facts` does not answer"));
            }
        };
        let duration_ns = u64::try_from(run.duration.as_nanos()).unwrap_or(u64::MAX);
        Ok(Self { verdict, reason, answer, fuel: run.fuel, duration_ns, log: run.log })
    }

    fn settings_invalid(problems: &[SettingsProblem]) -> Self {
        let (verdict, reason) = ("settings-invalid".to_owned(), String::new());
        let pointers = problems.iter().map(|problem| problem.pointer.clone().into()).collect();
        let texts: Vec<_> = problems.iter().map(|problem| format!("`{}` {}", problem.pointer, problem.text)).collect();
        let mut answer = Map::new();
        answer.insert("settings_invalid".into(), Value::Array(pointers));
        answer.insert("text".into(), format!("the policy refused its settings: {}", texts.join("; ")).into());
        Self { verdict, reason, answer, fuel: 0, duration_ns: 0, log: Vec::new() }
    }

    /// What it said where it did not decide, and what it logged: a line each.
    pub(crate) fn explained(&self) -> Vec<String> {
        let text = self.answer.get("text").and_then(Value::as_str).map(str::to_owned);
        text.into_iter().chain(self.log.iter().map(|line| format!("{:?}: {}", line.level, line.text))).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whether `got` has everything that `expected` has: objects may have more fields.
fn covers(got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => {
            expected.iter().all(|(name, expected)| got.get(name).is_some_and(|got| covers(got, expected)))
        }
        (Value::Array(got), Value::Array(expected)) => {
            got.len() == expected.len() && got.iter().zip(expected).all(|(got, expected)| covers(got, expected))
        }
        (got, expected) => got == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(got: &Value, expected: &Value, met: bool) {
        assert_eq!(covers(got, expected), met, "{got} against {expected}");
    }

    #[test]
    fn an_expectation_is_met_by_an_answer_that_says_more() {
        check(&json!({"a": 1, "b": 2}), &json!({"a": 1}), true);
        check(&json!({"a": {"b": 1, "c": 2}}), &json!({"a": {"b": 1}}), true);
        check(&json!({"a": 1}), &json!({"a": 2}), false);
        check(&json!({"a": 1}), &json!({"b": 1}), false);
        check(&json!([1, 2]), &json!([1]), false);
        check(&json!([{"a": 1, "b": 2}]), &json!([{"a": 1}]), true);
    }
}
