//! `usher member suspend`, `resume`, `delete`, `restore`, `move`, `remind`: one action on one member or on many (R31,
//! R32).
//!
//! Of many, what it would do is shown first, and nothing is done until whoever asks agrees.

use std::io::stdin;

use clap::Args;
use usher_api::bulk::{BulkAction, BulkChange, BulkEffects, BulkItem, BulkResult};
use usher_domain::ids::MemberId;

use crate::failure::Failure;
use crate::output::{Output, count, table, verdict};
use crate::remote::OrgRemote;

/// Whom, and whether anybody is asked before.
#[derive(Args)]
pub(crate) struct Many {
    /// `mem_…`; one or several.
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<MemberId>,
    /// Says what it would do, and does nothing.
    #[arg(long, conflicts_with = "yes")]
    preview: bool,
    /// Does it to several without asking.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Many {
    /// A member alone is not asked about. Fails with status 1 if it is refused for some, or nobody agrees; with the
    /// host's own problem if it is refused for the only one.
    pub(super) fn run(self, action: BulkAction, output: Output) -> Result<(), Failure> {
        let many = self.members.len() > 1;
        let unasked = self.preview || self.yes || !many;
        if !unasked && output.json {
            let what = "with --json nobody is asked: give --yes to do it, or --preview to see what it would do";
            return Err(Failure::Usage(what.into()));
        }
        let question = format!("{} {}?", verb(&action), count(self.members.len(), "member"));
        let members = self.members.iter().map(ToString::to_string).collect();
        let mut change = BulkChange { members, action, preview: self.preview || !unasked };
        let mut told = self.send(&change)?;
        output.show(&told, result_text)?;
        if !unasked && told.totals.done > 0 {
            if !agreed(&question)? {
                return Err(Failure::Failed("nothing was done: nobody agreed; --yes does it without asking".into()));
            }
            change.preview = false;
            told = self.send(&change)?;
            output.show(&told, result_text)?;
        }
        match told.totals.refused {
            0 => Ok(()),
            members => Err(Failure::Failed(format!("refused for {}", count(members, "member")))),
        }
    }

    /// If it is refused for the only member there is, the request is.
    fn send(&self, change: &BulkChange) -> Result<BulkResult, Failure> {
        let mut told: BulkResult = self.remote.host().post(&self.remote.path("members/bulk")?, change)?;
        let only = if let [only] = told.items.as_mut_slice() { only.problem.take() } else { None };
        match only {
            Some(problem) => Err(Failure::Refused(Box::new(problem))),
            None => Ok(told),
        }
    }
}

const fn verb(action: &BulkAction) -> &'static str {
    match action {
        BulkAction::Suspend => "Suspend",
        BulkAction::Resume => "Resume",
        BulkAction::Delete => "Delete",
        BulkAction::Restore { .. } => "Restore",
        BulkAction::Remind => "Remind",
        BulkAction::Change { .. } => "Change",
        BulkAction::Move { .. } | BulkAction::AddToDepartment { .. } => "Move",
    }
}

/// Whether whoever is at standard input says yes.
fn agreed(question: &str) -> Result<bool, Failure> {
    anstream::eprint!("{question} [y/N] ");
    let mut line = String::new();
    stdin().read_line(&mut line).map_err(|error| Failure::of("reading the answer", error))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

fn result_text(told: &BulkResult) -> String {
    let totals = &told.totals;
    let how = if told.preview { "would be done to" } else { "done to" };
    let mut text = format!("{how} {}, refused for {}", count(totals.done, "member"), totals.refused);
    let sums = [
        (totals.seats_freed, "seat", "given up"),
        (totals.seats_given, "seat", "given"),
        (totals.seats_wished, "seat", "to be given by groups"),
        (totals.sessions_ended, "session", "ended"),
    ];
    for (number, what, how) in sums.into_iter().filter(|(number, ..)| *number > 0) {
        text += &format!("; {} {how}", count(number, what));
    }
    let mut members = table(&["member", "", "state", "what comes of it"]).wrapping("what comes of it");
    for BulkItem { member, effects, problem } in &told.items {
        let (said, state, what) = match (effects, problem) {
            (_, Some(problem)) => ("refused", "", problem.detail.clone()),
            (Some(effects), None) => ("ok", effects.state.as_str(), list(effects)),
            (None, None) => ("ok", "", String::new()),
        };
        members.add_row([member.into(), verdict(said), state.into(), what.into()]);
    }
    format!("{text}\n{members}")
}

/// What an action does to one member; with `--json` it has names.
fn list(effects: &BulkEffects) -> String {
    let parts = [
        ("gives up", effects.seats_freed.len(), "seat"),
        ("gets", effects.seats_given.len(), "seat"),
        ("is to get by groups", effects.seats_wished.len(), "seat"),
        ("waits no more for", effects.wishes_dropped.len(), "seat"),
        ("leaves", effects.departments_left.len(), "department"),
        ("comes into", effects.departments_joined.len(), "department"),
        ("leaves", effects.groups_left.len(), "group"),
        ("comes into", effects.groups_joined.len(), "group"),
        ("loses", effects.sessions_ended, "session"),
    ];
    let parts = parts.into_iter().filter(|(_, number, _)| *number > 0);
    let parts = parts.map(|(does, number, what)| format!("{does} {}", count(number, what)));
    let not_sent = effects.not_sent.iter().map(|why| format!("gets no SMS: {why}"));
    parts.chain(not_sent).collect::<Vec<_>>().join("; ")
}
