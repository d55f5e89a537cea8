//! `usher import`: brings people in from a sheet (R23 to R29).
//!
//! Uploads, waits for the dry run, shows what it found; with `--apply`, applies it and waits for the end. A bar shows
//! how far it has come where standard error is a terminal.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use usher_api::Page;
use usher_api::import::{Import as Progress, ImportCounts, ImportRow};

use crate::failure::Failure;
use crate::output::{Output, number, table, verdict};
use crate::remote::OrgRemote;

/// How often the host is asked how far it has come.
const LOOK: Duration = Duration::from_millis(300);
/// Most failed rows that are shown; all of them are in the error sheet.
const MAX_SHOWN: usize = 20;

/// Brings people in from a sheet, .xlsx or .csv. Without `--apply` it is a dry run.
#[derive(clap::Args)]
pub(crate) struct Import {
    #[command(flatten)]
    remote: OrgRemote,
    /// The sheet.
    file: PathBuf,
    /// Makes members of the rows, if the dry run finds any.
    #[arg(long)]
    apply: bool,
    /// Makes departments that there are not, each with its group; else the member goes to the root department.
    #[arg(long)]
    create_departments: bool,
    /// Workforce types whose members the groups of new departments take, separated by commas; any if left out.
    #[arg(long, value_name = "TYPES", value_delimiter = ',', requires = "create_departments")]
    group_workforce_types: Vec<String>,
    /// Which seats the new members get.
    #[arg(long, value_enum, default_value_t = Seats::Policy, conflicts_with_all = ["plan", "group"])]
    seats: Seats,
    /// A seat of this plan for all of them, `plan_…`.
    #[arg(long, conflicts_with = "group")]
    plan: Option<String>,
    /// Puts all of them into this user group, `grp_…`, which gives the seats.
    #[arg(long)]
    group: Option<String>,
    /// Sends invitations as rows succeed.
    #[arg(long)]
    invite: bool,
    /// Where the rows that failed are written, each with its reason: `.csv` or `.xlsx`.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// Where accounts and first passwords of new business logins are written, readable by you alone: `.csv` or `.xlsx`.
    #[arg(long, value_name = "FILE", requires = "apply")]
    accounts: Option<PathBuf>,
    /// Closes the import at its end: the host forgets file and passwords at once instead of after a day. Accounts must
    /// be saved then.
    #[arg(long, requires = "apply")]
    close: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Seats {
    /// What the seat policies say.
    Policy,
    /// None.
    None,
}

impl Import {
    /// Fails with status 1 if a row failed.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        let uploaded: Progress = self.upload()?;
        let mut import = self.follow(uploaded, "checking")?;
        if self.apply && import.state == "checked" {
            let path = self.path(&import.id, "/apply");
            import = self.follow(self.remote.host().post_nothing(&path)?.body, "applying")?;
        }
        if let Some(fault) = &import.fault {
            return Err(Failure::Failed(format!("{}: {fault}", self.file.display())));
        }
        let failed = self.failed(&import)?;
        if let Some(to) = &self.errors {
            self.save(&import, "errors", to)?;
        }
        if let Some(to) = &self.accounts {
            self.save(&import, "accounts", to)?;
        }
        if self.close {
            let path = self.path(&import.id, &format!("/close?confirmed={}", self.accounts.is_some()));
            import = self.remote.host().post_nothing(&path)?.body;
        }
        output.show(&import, |import| shown(import, &failed))?;
        match counts(&import).failed {
            0 => Ok(()),
            rows => Err(Failure::Failed(format!("{rows} rows failed"))),
        }
    }

    fn path(&self, id: &str, rest: &str) -> String {
        self.remote.path(&format!("imports/{id}{rest}"))
    }

    fn upload(&self) -> Result<Progress, Failure> {
        let reading = |error| Failure::of(format_args!("reading {}", self.file.display()), error);
        let file = File::open(&self.file).map_err(reading)?;
        let (seats, named) = match (&self.plan, &self.group, self.seats) {
            (Some(plan), ..) => ("plan", Some(("plan", plan.as_str()))),
            (None, Some(group), _) => ("group", Some(("group", group.as_str()))),
            (None, None, Seats::Policy) => ("policy", None),
            (None, None, Seats::None) => ("none", None),
        };
        let departments = if self.create_departments { "create" } else { "ignore" };
        let invite = if self.invite { "true" } else { "false" };
        let mut query = vec![("unknown_departments", departments), ("seats", seats), ("invite", invite)];
        query.extend(named);
        let types = self.group_workforce_types.join(",");
        if !types.is_empty() {
            query.push(("group_workforce_types", &types));
        }
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        query.push(("file_name", &name));
        Ok(self.remote.host().upload(&self.remote.path("imports"), &query, file)?.body)
    }

    /// Waits until nothing works on the import any more.
    fn follow(&self, mut import: Progress, what: &'static str) -> Result<Progress, Failure> {
        let bar = bar(import.summary.as_ref().map(|summary| summary.counts.rows()), what);
        while import.is_running() {
            bar.set_position(import.done.rows());
            sleep(LOOK);
            import = self.remote.host().get(&self.path(&import.id, ""))?.body;
        }
        bar.finish_and_clear();
        Ok(import)
    }

    fn failed(&self, import: &Progress) -> Result<Vec<ImportRow>, Failure> {
        let path = self.path(&import.id, "/rows?verdict=fail&limit=200");
        let page: Page<ImportRow> = self.remote.host().get(&path)?.body;
        Ok(page.items)
    }

    /// Saves a sheet of the import's, which may hold passwords, readable by its owner alone.
    fn save(&self, import: &Progress, what: &str, to: &Path) -> Result<(), Failure> {
        let csv = to.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let format = if csv { "csv" } else { "xlsx" };
        let bytes = self.remote.host().download(&self.path(&import.id, &format!("/{what}?format={format}")))?;
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to);
        let written = file.and_then(|mut file| file.write_all(&bytes));
        written.map_err(|error| Failure::of(format_args!("writing {}", to.display()), error))
    }
}

/// With as many rows as are known; silent where nobody watches.
fn bar(rows: Option<u64>, what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match rows {
        Some(rows) => (ProgressBar::new(rows), "{msg} {wide_bar} {pos}/{len} rows, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {pos} rows, {elapsed}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what)
}

/// What was done, or would be.
fn counts(import: &Progress) -> ImportCounts {
    match &import.summary {
        Some(summary) if import.done.rows() == 0 => summary.counts,
        _ => import.done,
    }
}

fn shown(import: &Progress, failed: &[ImportRow]) -> String {
    let counts = counts(import);
    let mut text = format!(
        "{} is {}: {} added, {} members already, {} failed",
        import.id, import.state, counts.added, counts.existing, counts.failed
    );
    let summary = import.summary.as_ref();
    for seats in summary.iter().flat_map(|summary| &summary.seats) {
        text += &format!("\n{}: {} seats needed, {} were free", seats.plan, seats.needed, seats.free);
    }
    for department in summary.iter().flat_map(|summary| &summary.unknown_departments) {
        text += &format!("\nthere was no department {department}");
    }
    if import.accounts > 0 {
        text += &format!(
            "\n{} have first passwords: --accounts FILE has them, and they can be had again until {} or the import is closed",
            import.accounts, import.ends_at
        );
    }
    if failed.is_empty() {
        return text;
    }
    let mut rows = table(&["row", "verdict", "reason"]);
    for row in failed.iter().take(MAX_SHOWN) {
        let reasons: Vec<_> = row.notes.iter().map(|note| note.text.as_str()).collect();
        rows.add_row([number(row.row), verdict(&row.verdict), reasons.join("; ").into()]);
    }
    let more = counts.failed.saturating_sub(failed.len().min(MAX_SHOWN) as u64);
    text += &format!("\n{rows}");
    if more > 0 {
        text += &format!("\nand {more} more: --errors FILE has them all");
    }
    text
}
