//! What the policies said, as a table that a person likes to read.

use comfy_table::{Cell, CellAlignment, Color, Table};
use serde_json::Value;

use super::client::text;
use super::organisations::Organisation;
use super::outcomes::table;
use crate::Failure;
use crate::terminal::{green, red};

const HEADINGS: [&str; 10] =
    ["who", "decision point", "policy", "version", "digest", "verdict", "reason", "fuel", "time", "outcome"];

/// Decisions of one organisation while it is played with.
pub struct Report<'a> {
    org: &'a Organisation,
    table: Table,
    /// The newest decision seen.
    last: String,
    unexpected: usize,
}

impl<'a> Report<'a> {
    /// Of what comes from now on.
    ///
    /// # Errors
    /// If the host does not answer.
    pub fn new(org: &'a Organisation) -> Result<Self, Failure> {
        let newest = org.admin.get(&org.path("decisions?limit=1"))?.body;
        Ok(Self { org, table: table(&HEADINGS), last: text(&newest["items"][0]["id"]), unexpected: 0 })
    }

    /// Tells what came of one person: in words, and in rows for every policy that was asked. `verdicts` are those
    /// expected, in the order of the decisions.
    ///
    /// # Errors
    /// If the host does not answer.
    pub fn person(&mut self, who: &str, came: &str, expected: &str, verdicts: &[&str]) -> Result<(), Failure> {
        let mut said = Vec::new();
        for decision in self.new_decisions()? {
            let runs = decision["answer"]["entries"].as_array().cloned().unwrap_or_default();
            for (index, run) in runs.iter().enumerate() {
                let outcome = if index + 1 == runs.len() { outcome(&decision) } else { String::new() };
                let verdict = verdict(run);
                self.table.add_row(row(who, &decision, run, &verdict, &outcome));
                said.push(verdict);
            }
        }
        if came == expected && said == verdicts {
            println!("  {} {who}: {came}", green("✓"));
        } else {
            self.unexpected += 1;
            println!(
                "  {} {who}: {came} by {}; expected {expected} by {}",
                red("✗"),
                said.join(", "),
                verdicts.join(", ")
            );
        }
        Ok(())
    }

    /// Prints the table, and says how many outcomes were not as expected.
    pub fn finish(self) -> usize {
        println!("{}", self.table);
        self.unexpected
    }

    /// Those taken since the last look, oldest first.
    fn new_decisions(&mut self) -> Result<Vec<Value>, Failure> {
        let page = self.org.admin.get(&self.org.path("decisions?limit=20"))?.body;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let mut new: Vec<Value> =
            items.into_iter().take_while(|decision| decision["id"] != self.last.as_str()).collect();
        if let Some(newest) = new.first() {
            self.last = text(&newest["id"]);
        }
        new.reverse();
        Ok(new)
    }
}

fn verdict(run: &Value) -> String {
    match &run["fault"] {
        Value::Null => text(&run["decision"]["verdict"]),
        fault => format!("fault: {}", text(&fault["code"])),
    }
}

fn outcome(decision: &Value) -> String {
    let clamps: Vec<String> = decision["clamps"].as_array().into_iter().flatten().map(text).collect();
    match clamps.as_slice() {
        [] => text(&decision["outcome"]),
        clamps => format!("{}: {}", text(&decision["outcome"]), clamps.join(", ")),
    }
}

fn row(who: &str, decision: &Value, run: &Value, verdict: &str, outcome: &str) -> Vec<Cell> {
    let colour = match verdict {
        "approve" | "assign" | "match" => Color::Green,
        "review" | "decline" => Color::Yellow,
        _ => Color::Red,
    };
    let reason = match &run["fault"] {
        Value::Null => text(&run["decision"]["reasons"][0]["code"]),
        _ => format!("on a fault: {}", text(&run["on_fault"])),
    };
    let digest: String = text(&run["policy"]).trim_start_matches("sha256:").chars().take(12).collect();
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    vec![
        Cell::new(who),
        Cell::new(text(&decision["point"])),
        Cell::new(text(&run["name"])),
        Cell::new(text(&run["version"])),
        Cell::new(digest),
        Cell::new(verdict).fg(colour),
        Cell::new(reason),
        right(run["fuel"].to_string()),
        right(format!("{:.1} µs", run["duration_ns"].as_f64().unwrap_or_default() / 1e3)),
        Cell::new(outcome),
    ]
}
