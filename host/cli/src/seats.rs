//! `usher seats …`: who holds a seat, who waits for one, and seats by file (R35, R36).

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use usher_api::seat::{SeatFile, SeatHolder, SeatRow, SeatVerdict, Waiting};

use crate::failure::Failure;
use crate::output::{Output, number, table, verdict};
use crate::remote::OrgRemote;

/// Most rows that are shown one by one; `--json` has them all.
const MAX_SHOWN: usize = 50;

/// The seat commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists who holds a seat of a plan.
    List {
        /// `plan_…`
        plan: String,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Lists who waits for a seat of a plan, longest first.
    Waiting {
        /// `plan_…`
        plan: String,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Saves who holds or waits for a seat as a sheet, `.csv` or `.xlsx`, that can be imported again.
    Export {
        /// Where to.
        file: PathBuf,
        /// Only this plan's, `plan_…`.
        #[arg(long)]
        plan: Option<String>,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Gives seats by a sheet with the columns `Plan` and `Member`. Without `--apply` it is a dry run.
    Import {
        /// The sheet, `.csv` or `.xlsx`.
        file: PathBuf,
        /// Gives the seats.
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them. An import fails with status 1 if a row failed.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List { plan, remote } => {
                let holders: Vec<SeatHolder> = remote.list(&format!("plans/{plan}/holders"))?;
                output.show(&holders, |holders| held(holders))
            }
            Self::Waiting { plan, remote } => {
                let waiting: Vec<Waiting> = remote.list(&format!("plans/{plan}/waiting"))?;
                output.show(&waiting, |waiting| queue(waiting))
            }
            Self::Export { file, plan, remote } => export(&file, plan.as_deref(), &remote, output),
            Self::Import { file, apply, remote } => import(&file, apply, &remote, output),
        }
    }
}

fn held(holders: &[SeatHolder]) -> String {
    let mut shown = table(&["member", "seat", "groups"]);
    for holder in holders {
        shown.add_row([&holder.member, &holder.source, &holder.groups.join(" ")]);
    }
    shown.to_string()
}

fn queue(waiting: &[Waiting]) -> String {
    let mut shown = table(&["member", "waits since"]);
    for one in waiting {
        shown.add_row([&one.member, &one.since]);
    }
    shown.to_string()
}

fn export(file: &Path, plan: Option<&str>, remote: &OrgRemote, output: Output) -> Result<(), Failure> {
    let csv = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let mut path = remote.path(&format!("seats/export?format={}", if csv { "csv" } else { "xlsx" }));
    if let Some(plan) = plan {
        path += &format!("&plan={plan}");
    }
    let failed = |error| Failure::of(format_args!("writing {}", file.display()), error);
    let mut to = File::create(file).map_err(failed)?;
    let bytes = remote.host().save(&path, &mut to)?;
    output.show(&serde_json::json!({ "file": file.display().to_string(), "bytes": bytes }), |_| {
        format!("{} is written", file.display())
    })
}

fn import(file: &Path, apply: bool, remote: &OrgRemote, output: Output) -> Result<(), Failure> {
    let opened = File::open(file).map_err(|error| Failure::of(format_args!("reading {}", file.display()), error))?;
    let query = [("apply", if apply { "true" } else { "false" })];
    let told: SeatFile = remote.host().upload(&remote.path("seats/import"), &query, opened)?.body;
    output.show(&told, imported)?;
    match told.failed {
        0 => Ok(()),
        rows => Err(Failure::Failed(format!("{rows} rows failed"))),
    }
}

fn imported(told: &SeatFile) -> String {
    let how = if told.applied { "" } else { "a dry run: " };
    let mut text = format!(
        "{how}{} seats given, {} wait, {} as before, {} rows failed",
        told.given, told.waiting, told.existing, told.failed
    );
    let unlike = |row: &&SeatRow| matches!(row.verdict, SeatVerdict::Wait | SeatVerdict::Fail);
    let mut shown = table(&["row", "verdict", "reason"]);
    for row in told.rows.iter().filter(unlike).take(MAX_SHOWN) {
        let (said, reason) = match (&row.note, &row.reason) {
            (Some(note), _) => ("fail", note.text.as_str()),
            (None, reason) => ("wait", reason.as_deref().unwrap_or_default()),
        };
        shown.add_row([number(row.row), verdict(said), reason.into()]);
    }
    let total = told.rows.iter().filter(unlike).count();
    if total > 0 {
        text += &format!("\n{shown}");
    }
    if total > MAX_SHOWN {
        text += &format!("\nand {} more: --json has them all", total - MAX_SHOWN);
    }
    text
}
