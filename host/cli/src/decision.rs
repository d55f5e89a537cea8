//! `usher decision …`: decisions as they were recorded.

use serde_json::Value;
use usher_api::decision::{Decision, PolicyRun};
use usher_domain::ids::DecisionId;

use crate::failure::Failure;
use crate::output::{Output, count, duration, given, number, short, table, verdict, visible};
use crate::remote::OrgRemote;

/// The decision commands.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Lists decisions, newest first.
    List {
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Shows one decision: what was asked, what every policy said, what came of it. `--json` has the whole request.
    Show {
        /// `dec_…`
        decision: DecisionId,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List { limit, remote } => {
                let found: Vec<Decision> = remote.list_some("decisions", &[], limit)?;
                output.show(&found, |found| decisions_table(found))
            }
            Self::Show { decision, remote } => {
                let found: Decision = remote.host().get(&remote.path(&format!("decisions/{decision}"))?)?;
                output.show(&found, decision_text)
            }
        }
    }
}

fn decisions_table(decisions: &[Decision]) -> String {
    let headings = ["decision", "day", "decision point", "who", "verdict", "outcome", "of"];
    let mut rows = table(&headings).wrapping("who").or("Nothing was decided yet.");
    for decision in decisions {
        rows.add_row(vec![
            decision.id.clone().into(),
            string(&decision.request["today"]).into(),
            decision.point.clone().into(),
            who(&decision.request).into(),
            verdict(string(&decision.answer.decision["verdict"])),
            given(decision.outcome.as_ref()),
            given(decision.target.as_ref()),
        ]);
    }
    rows.to_string()
}

fn decision_text(decision: &Decision) -> String {
    let mut runs = table(&["policy", "version", "digest", "verdict", "reason", "fuel", "duration"]).wrapping("reason");
    for run in &decision.answer.entries {
        let (said, reason) = said(run);
        runs.add_row(vec![
            run.name.clone().into(),
            run.version.clone().into(),
            short(&run.policy).into(),
            verdict(&said),
            reason.into(),
            number(run.fuel),
            number(duration(run.duration_ns)),
        ]);
    }
    let together = &decision.answer.decision;
    let mut text = format!(
        "{}, {}, policy set generation {}\nasked     {}\n{runs}\ntogether  {}: {}",
        decision.id,
        decision.point,
        decision.generation,
        visible(&asked(&decision.request)),
        string(&together["verdict"]),
        visible(string(&together["reasons"][0]["text"])),
    );
    if let Some(outcome) = &decision.outcome {
        text += &format!("\noutcome   {outcome}");
    }
    if let Some(target) = &decision.target {
        text += &format!(" ({target})");
    }
    if !decision.clamps.is_empty() {
        text += &format!("\nhost      {}", decision.clamps.join(", "));
    }
    for run in &decision.answer.entries {
        for [question, answer] in &run.facts {
            text += &format!("\nfact      {}: {}", run.name, visible(&format!("[{question}, {answer}]")));
        }
        for line in &run.log {
            text += &format!("\nlog       {}: {}", run.name, visible(line));
        }
    }
    text
}

/// Verdict and first reason of one run, or its fault.
fn said(run: &PolicyRun) -> (String, String) {
    match (&run.decision, &run.fault) {
        (Some(decision), _) => {
            (string(&decision["verdict"]).to_owned(), string(&decision["reasons"][0]["code"]).to_owned())
        }
        (None, Some(fault)) => ("fault".into(), format!("{}: {}", fault.code, fault.text)),
        (None, None) => (String::new(), String::new()),
    }
}

/// Whom a request of any decision point is about.
fn who(request: &Value) -> &str {
    let names = [&request["applicant"]["name"], &request["member"]["name"], &request["login"]["subject"]];
    names.into_iter().find_map(Value::as_str).unwrap_or_default()
}

/// What was asked, in a line: who, what speaks for them, how they came.
fn asked(request: &Value) -> String {
    let mut parts = vec![who(request).to_owned()];
    let person = if request["member"].is_object() { &request["member"] } else { &request["applicant"] };
    if let Some(address) = person["work_email"]["raw"].as_str() {
        let evidence: Vec<_> = person["work_email"]["evidence"].as_array().into_iter().flatten().map(string).collect();
        let proved = if evidence.is_empty() { "not proved".to_owned() } else { evidence.join(", ") };
        parts.push(format!("{address} ({proved})"));
    }
    if let Some(channel) = request["channel"].as_str() {
        let invitation = request["invitation"]["id"].as_str().map(|id| format!(" {id}")).unwrap_or_default();
        parts.push(format!("by {channel}{invitation}"));
    }
    if let Some(occasion) = request["occasion"].as_str() {
        let plans = request["plans"].as_array().map_or(0, Vec::len);
        parts.push(format!("occasion {occasion}, out of {}", count(plans, "plan")));
    }
    if let Some(connection) = request["login"]["connection"].as_str() {
        let candidates = request["candidates"].as_array().map_or(0, Vec::len);
        parts.push(format!("by {connection}, {}", count(candidates, "candidate")));
    }
    parts.join(", ")
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
