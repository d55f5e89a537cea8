//! `usher policy run`: a policy against its cases, or against one request, in the sandbox it will have.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use usher_domain::policy::facts::{Fact, FactValue};
use usher_engine::{Engine, LogLine, PolicyKind};

use super::case::{Case, Said};
use super::check::Workbench;
use super::package::{Found, document, read, title};
use crate::failure::Failure;
use crate::output::{Output, count, duration, number, table, verdict, visible, visible_lines};

/// Runs a policy's cases, or one request.
#[derive(clap::Args)]
pub(crate) struct Run {
    /// Policies: their folders or their payloads.
    #[arg(required = true)]
    policies: Vec<PathBuf>,
    /// The folder of cases; `cases` beside the manifest if left out.
    #[arg(long)]
    cases: Option<PathBuf>,
    /// One request instead of cases, a JSON file.
    #[arg(long, conflicts_with = "cases")]
    request: Option<PathBuf>,
    /// Settings for that request, a JSON file.
    #[arg(long, requires = "request")]
    settings: Option<PathBuf>,
    /// Facts for that request, a JSON file: a list of pairs, question and answer, as
    /// `[[{"department-path": "dep_…"}, {"department-path": ["Acme", "Sales"]}]]`.
    #[arg(long, requires = "request")]
    facts: Option<PathBuf>,
    #[command(flatten)]
    workbench: Workbench,
}

/// How a case ended.
struct Row {
    name: String,
    about: Option<String>,
    said: Result<Said, String>,
    misses: Vec<String>,
}

impl Row {
    fn passed(&self) -> bool {
        self.said.is_ok() && self.misses.is_empty()
    }
}

impl Run {
    /// Fails with status 1 if a case does.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let found: Vec<Found> = self.policies.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
        let scripts = found.iter().any(|found| found.package.manifest().kind == PolicyKind::Rhai);
        let engine = self.workbench.engine(scripts)?;
        if let Some(request) = &self.request {
            return self.one(&engine, &found, request, output);
        }
        let (mut failed, mut all) = (0, Vec::new());
        for found in &found {
            let rows = self.cases(&engine, found)?;
            failed += rows.iter().filter(|row| !row.passed()).count();
            output.note(&format!("{}\n{}", title(&found.package), cases_text(&rows)))?;
            all.push(
                json!({ "policy": found.package.digest(), "cases": rows.iter().map(row_json).collect::<Vec<_>>() }),
            );
        }
        if output.json {
            output.show(&all, |_| String::new())?;
        }
        match failed {
            0 => Ok(()),
            cases => Err(Failure::Failed(format!("{} failed", count(cases, "case")))),
        }
    }

    fn one(&self, engine: &Engine, found: &[Found], request: &Path, output: Output) -> Result<(), Failure> {
        let [found] = found else {
            return Err(Failure::Failed("--request is for one policy".into()));
        };
        let facts: Vec<(Fact, FactValue)> = match &self.facts {
            Some(path) => {
                let pairs = document(Some(path))?;
                serde_json::from_value(pairs).map_err(|error| Failure::of(path.display(), error))?
            }
            None => Vec::new(),
        };
        let case = Case::of_request(document(self.settings.as_deref())?, document(Some(request))?, facts);
        let said = case.ask(engine, &found.package).map_err(|why| Failure::Failed(visible_lines(&why, 2)))?;
        output.show(&said, |said| said_text(found, said))
    }

    fn cases(&self, engine: &Engine, found: &Found) -> Result<Vec<Row>, Failure> {
        let folder = self.cases.clone().unwrap_or_else(|| found.folder.join("cases"));
        if !folder.is_dir() {
            return Err(Failure::Failed(format!(
                "there is no folder {}: write a case there (README, \"Write your first policy\"), or name a --request",
                folder.display()
            )));
        }
        let failed = |error| Failure::of(format_args!("reading the cases in {}", folder.display()), error);
        let entries: Vec<fs::DirEntry> = fs::read_dir(&folder).and_then(Iterator::collect).map_err(failed)?;
        let mut files: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let mut rows = Vec::new();
        for file in &files {
            for (index, case) in read_cases(file)?.into_iter().enumerate() {
                let said = case.ask(engine, &found.package);
                let misses = said.as_ref().map_or_else(|_| Vec::new(), |said| case.misses(said));
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                rows.push(Row { name: format!("{name} {}", index + 1), about: case.about, said, misses });
            }
        }
        if rows.is_empty() {
            return Err(Failure::Failed(format!(
                "there is no case in {}: write one, or name a --request",
                folder.display()
            )));
        }
        Ok(rows)
    }
}

fn read_cases(file: &Path) -> Result<Vec<Case>, Failure> {
    let text = fs::read(file).map_err(|error| Failure::of(format_args!("reading {}", file.display()), error))?;
    let cases = if text.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice(&text)
    } else {
        serde_json::from_slice(&text).map(|case| vec![case])
    };
    cases.map_err(|error| Failure::of(file.display(), error))
}

fn cases_text(rows: &[Row]) -> String {
    let mut cases = table(&["case", "verdict", "reason", "fuel", "duration", ""]).wrapping("case");
    let failure = |row: &Row, why: &str| format!("\n{}: {}", row.name, visible_lines(why, 2));
    let mut failures = String::new();
    for row in rows {
        let name = row.about.clone().unwrap_or_else(|| row.name.clone());
        let ending = verdict(if row.passed() { "ok" } else { "failed" });
        match &row.said {
            Ok(said) => {
                let time = number(duration(said.duration_ns));
                cases.add_row(vec![
                    name.into(),
                    verdict(&said.verdict),
                    said.reason.clone().into(),
                    number(said.fuel),
                    time,
                    ending,
                ]);
            }
            Err(why) => {
                cases.add_row(vec![name.into(), verdict("none"), "".into(), "".into(), "".into(), ending]);
                failures += &failure(row, why);
            }
        }
        for miss in &row.misses {
            failures += &failure(row, miss);
        }
        let explained = row.said.iter().filter(|_| !row.passed()).flat_map(Said::explained);
        failures += &explained.map(|line| failure(row, &line)).collect::<String>();
    }
    format!("{cases}{failures}")
}

fn row_json(row: &Row) -> Value {
    let said = row.said.as_ref();
    json!({
        "case": row.name, "about": row.about, "passed": row.passed(), "misses": row.misses,
        "said": said.ok(), "error": said.err(),
    })
}

fn said_text(found: &Found, said: &Said) -> String {
    let mut run = table(&["verdict", "reason", "fuel", "duration"]);
    let time = number(duration(said.duration_ns));
    run.add_row(vec![verdict(&said.verdict), said.reason.clone().into(), number(said.fuel), time]);
    let answer = visible_lines(&serde_json::to_string_pretty(&said.answer).unwrap_or_default(), 0);
    let log = |line: &LogLine| format!("\n{:?}: {}", line.level, visible(&line.text));
    let log: String = said.log.iter().map(log).collect();
    format!("{}\n{run}\n{answer}{log}", title(&found.package))
}
