//! `usher decision …`: decisions as they were recorded.

use usher_api::decision::{Decision, PolicyRun};

use crate::failure::Failure;
use crate::output::{Output, duration, number, short, table, verdict};
use crate::remote::OrgRemote;

/// The decision commands.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Shows one decision: what was asked, what every policy said, what came of it.
    Show {
        /// `dec_…`
        decision: String,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        let Self::Show { decision, remote } = self;
        let found: Decision = remote.host().get(&remote.path(&format!("decisions/{decision}")))?.body;
        output.show(&found, text)
    }
}

fn text(decision: &Decision) -> String {
    let mut shown = table(&["policy", "version", "digest", "verdict", "reason", "fuel", "duration"]);
    for run in &decision.answer.entries {
        let (said, reason) = said(run);
        shown.add_row(vec![
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
        "{}, {}, policy set generation {}\n{shown}\ntogether  {}: {}",
        decision.id,
        decision.point,
        decision.generation,
        together["verdict"].as_str().unwrap_or_default(),
        together["reasons"][0]["text"].as_str().unwrap_or_default(),
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
    let facts = decision.answer.entries.iter().flat_map(|run| &run.facts);
    text + &facts.map(|[question, answer]| format!("\nfact      [{question}, {answer}]")).collect::<String>()
}

/// Verdict and first reason of one run, or its fault.
fn said(run: &PolicyRun) -> (String, String) {
    match (&run.decision, &run.fault) {
        (Some(decision), _) => {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            (text(&decision["verdict"]), text(&decision["reasons"][0]["code"]))
        }
        (None, Some(fault)) => ("fault".into(), fault.code.clone()),
        (None, None) => (String::new(), String::new()),
    }
}
