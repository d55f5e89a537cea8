//! `/v1/orgs/{org}/decisions`: what was decided and why, and what would be.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use usher_api::decision::{self as wire, Question, Verdicts};
use usher_api::page::PageQuery;
use usher_api::{Code, Page};
use usher_domain::ids::DecisionId;
use usher_domain::policy::DecisionPoint;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::policies::name;
use crate::app::actor::{By, Policies};
use crate::app::decisions::{self, Answer as PolicyAnswer, Asked, Decision, EntryRecord, MAX_BATCH};
use crate::http::Host;
use crate::http::body::{Body, MaxBody, field};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, page};
use crate::http::reply::{Shown, Versioned};
use crate::http::wanted::reworded;

/// Most bytes of a batch of questions.
const MAX_QUESTION_BYTES: usize = 8 << 20;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    let questions = OpenApiRouter::new().routes(routes!(ask_policies)).layer(Extension(MaxBody(MAX_QUESTION_BYTES)));
    OpenApiRouter::new().routes(routes!(list_decisions)).routes(routes!(show_decision)).merge(questions)
}

/// Decisions, newest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/decisions", tag = "policies", params(PageQuery),
    responses((status = 200, body = Page<wire::Decision>))
)]
async fn list_decisions(by: By<Policies>, Paged(paging): Paged) -> Answer<Shown<Page<wire::Decision>>> {
    Ok(Shown(page(decisions::list(&by, &paging).await?, decision)))
}

/// One decision: what was asked, what every policy said, what came of it.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/decisions/{decision}", tag = "policies",
    responses((status = 200, body = wire::Decision))
)]
async fn show_decision(by: By<Policies>, Named(id): Named<DecisionId>) -> Answer<Versioned<wire::Decision>> {
    let found = decisions::show(&by, id).await?;
    Ok(Versioned { body: decision(found.record), version: found.version })
}

/// What would the live policies say? Changes nothing, keeps nothing.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/decisions/ask", tag = "policies", request_body = Question,
    responses((status = 200, body = Verdicts))
)]
async fn ask_policies(
    State(host): State<Arc<Host>>,
    by: By<Policies>,
    Body(body): Body<Question>,
) -> Answer<Shown<Verdicts>> {
    let verdicts = decisions::ask(&host.app, &by, asked(body)?).await?;
    let answers = verdicts.answers.into_iter().map(answer).collect();
    Ok(Shown(Verdicts { generation: verdicts.generation, answers }))
}

fn asked(body: Question) -> Result<Asked, Failure> {
    if body.requests.is_empty() || body.requests.len() > MAX_BATCH {
        let detail = format!("{} requests: ask 1 to {MAX_BATCH} at once", body.requests.len());
        return Err(Failure::beyond(Code::InvalidField, "requests_at_once", MAX_BATCH, detail).field("/requests"));
    }
    Ok(match field("/point", &body.point)? {
        DecisionPoint::Approval => Asked::Approval(requests(body.requests)?),
        DecisionPoint::SeatAssignment => Asked::SeatAssignment(requests(body.requests)?),
        DecisionPoint::SsoMatching => Asked::SsoMatching(requests(body.requests)?),
    })
}

fn requests<T: DeserializeOwned>(requests: Vec<Value>) -> Result<Vec<T>, Failure> {
    let one = |(index, request): (usize, Value)| {
        serde_path_to_error::deserialize(request).map_err(|error| {
            let path = error.path().to_string().replace('.', "/");
            Failure::at(Code::InvalidField, format!("/requests/{index}/{path}"), reworded(&error.inner().to_string()))
        })
    };
    requests.into_iter().enumerate().map(one).collect()
}

fn decision(decision: Decision) -> wire::Decision {
    let (outcome, clamps, target) = decision.effect.map_or_else(Default::default, |effect| {
        let clamps = effect.clamps.iter().map(ToString::to_string).collect();
        (Some(effect.outcome), clamps, effect.target)
    });
    wire::Decision {
        id: decision.id.to_string(),
        point: decision.point.to_string(),
        generation: decision.generation,
        combine: name(&decision.combine),
        request: decision.request,
        answer: answer(decision.answer),
        outcome,
        clamps,
        target,
    }
}

fn answer(answer: PolicyAnswer) -> wire::PolicyAnswer {
    wire::PolicyAnswer {
        decision: answer.decision,
        by: answer.by,
        entries: answer.entries.into_iter().map(run).collect(),
    }
}

fn run(entry: EntryRecord) -> wire::PolicyRun {
    let fault = entry.fault.map(|fault| wire::Fault { code: fault.code().to_owned(), text: fault.to_string() });
    // As cases have them: a recorded run can be asked again by `usher policy run --facts`.
    let facts = entry.facts.iter().map(|(fact, value)| [json!(fact), json!(value)]);
    wire::PolicyRun {
        policy: entry.policy.to_string(),
        name: entry.name,
        version: entry.version,
        settings: entry.settings.to_string(),
        contract: entry.contract,
        runtime: entry.runtime.to_string(),
        on_fault: name(&entry.on_fault),
        decision: entry.decision,
        fault,
        fuel: entry.fuel,
        duration_ns: entry.duration_ns,
        facts: facts.collect(),
        log: entry.log.iter().map(|line| format!("{}: {}", name(&line.level), line.text)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use usher_domain::ids::DepartmentId;
    use usher_domain::policy::facts::{Fact, FactValue};
    use usher_engine::{Digest, Limits, OnFault};

    #[test]
    fn facts_are_shown_as_cases_have_them() {
        let department = DepartmentId::from_bytes([1; 16]);
        let read = vec![
            (Fact::Members, FactValue::Members(3)),
            (Fact::DepartmentPath(department), FactValue::DepartmentPath(Some(vec!["Acme".into(), "Sales".into()]))),
            (Fact::DomainProof("acme.example".into()), FactValue::DomainProof(None)),
        ];
        let digest = Digest::of(b"policy");
        let shown = run(EntryRecord {
            policy: digest,
            name: "seats".into(),
            version: "1.0.0".into(),
            settings: digest,
            grants: BTreeSet::new(),
            limits: Limits::default(),
            contract: "1.0.0-rc.1".into(),
            runtime: digest,
            on_fault: OnFault::Deny,
            decision: None,
            fault: None,
            fuel: 0,
            duration_ns: 0,
            facts: read.clone(),
            log: Vec::new(),
        });
        let facts = json!(shown.facts);
        assert_eq!(
            facts[1],
            json!([{ "department-path": department.to_string() }, { "department-path": ["Acme", "Sales"] }])
        );
        let again: Vec<(Fact, FactValue)> = serde_json::from_value(facts).unwrap();
        assert_eq!(again, read);
    }
}
