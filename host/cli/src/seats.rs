//! `usher seats …`: who holds a seat, who waits for one, and seats by file (R35, R36).

use std::path::{Path, PathBuf};

use clap::Subcommand;
use usher_api::seat::{SeatFile, SeatHolder, SeatRow, SeatVerdict, Waiting};
use usher_domain::ids::PlanId;

use crate::failure::Failure;
use crate::output::{Output, count, number, table, verdict};
use crate::remote::OrgRemote;
use crate::sheet::{Sheet, SheetPath};

/// Most rows that are shown one by one; `--json` has them all.
const MAX_SHOWN: usize = 50;

/// The seat commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists who holds a seat of a plan.
    List {
        /// `plan_…`
        plan: PlanId,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Lists who waits for a seat of a plan, longest first.
    Waiting {
        /// `plan_…`
        plan: PlanId,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Saves who holds or waits for a seat as a sheet, `.csv` or `.xlsx`, that can be imported again.
    Export {
        /// Where to: `.csv` or `.xlsx`.
        file: SheetPath,
        /// Only this plan's, `plan_…`.
        #[arg(long)]
        plan: Option<PlanId>,
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
                remote.show_list(&format!("plans/{plan}/holders"), &[], output, holders_table)
            }
            Self::Waiting { plan, remote } => {
                remote.show_list(&format!("plans/{plan}/waiting"), &[], output, waiting_table)
            }
            Self::Export { file, plan, remote } => export(&file, plan, &remote, output),
            Self::Import { file, apply, remote } => import(&file, apply, &remote, output),
        }
    }
}

fn holders_table(holders: &[SeatHolder]) -> String {
    let mut rows = table(&["member", "seat", "groups"]).or("Nobody holds a seat of this plan.");
    for holder in holders {
        rows.add_row([&holder.member, &holder.source, &holder.groups.join(" ")]);
    }
    rows.to_string()
}

fn waiting_table(waiting: &[Waiting]) -> String {
    let mut rows = table(&["member", "waits since"]).or("Nobody waits for a seat of this plan.");
    for one in waiting {
        rows.add_row([&one.member, &one.since]);
    }
    rows.to_string()
}

fn export(file: &SheetPath, plan: Option<PlanId>, remote: &OrgRemote, output: Output) -> Result<(), Failure> {
    let mut path = remote.path(&format!("seats/export?format={}", file.format()))?;
    if let Some(plan) = plan {
        path += &format!("&plan={plan}");
    }
    output.written(file.path(), remote.host().save(&path, file)?)
}

fn import(file: &Path, apply: bool, remote: &OrgRemote, output: Output) -> Result<(), Failure> {
    let sheet = Sheet::open(file)?;
    let query = [("apply", if apply { "true" } else { "false" })];
    let told: SeatFile = remote.host().upload(&remote.path("seats/import")?, &query, sheet)?;
    output.show(&told, file_text)?;
    match told.failed {
        0 => Ok(()),
        rows => Err(Failure::Failed(format!("{} failed", count(rows, "row")))),
    }
}

fn file_text(told: &SeatFile) -> String {
    let how = if told.applied { "" } else { "a dry run: " };
    let mut text = format!(
        "{how}{} given, {} wait, {} as before, {} failed",
        count(told.given, "seat"),
        told.waiting,
        told.existing,
        count(told.failed, "row")
    );
    let unlike = |row: &&SeatRow| matches!(row.verdict, SeatVerdict::Wait | SeatVerdict::Fail);
    let mut rows = table(&["row", "verdict", "reason"]).wrapping("reason");
    for row in told.rows.iter().filter(unlike).take(MAX_SHOWN) {
        let (said, reason) = match (&row.note, &row.reason) {
            (Some(note), _) => ("fail", note.text.as_str()),
            (None, reason) => ("wait", reason.as_deref().unwrap_or_default()),
        };
        rows.add_row([number(row.row), verdict(said), reason.into()]);
    }
    let total = told.rows.iter().filter(unlike).count();
    if total > 0 {
        text += &format!("\n{rows}");
    }
    if total > MAX_SHOWN {
        text += &format!("\nand {} more: --json has them all", total - MAX_SHOWN);
    }
    text
}
