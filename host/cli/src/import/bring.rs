//! `usher import FILE`: uploads a sheet, waits for the dry run, shows what it found; with `--apply`, applies it and
//! waits for the end. A bar shows how far it has come where standard error is a terminal.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use clap::ValueEnum;
use usher_api::import::Import;

use super::text::{counts, failed, import_text};
use super::{path, save};
use crate::failure::Failure;
use crate::output::{Output, count, visible};
use crate::progress;
use crate::remote::OrgRemote;
use crate::sheet::{Sheet, SheetPath};

/// How often the host is asked how far it has come.
const LOOK: Duration = Duration::from_millis(300);

/// What is brought in, and how.
#[derive(clap::Args)]
pub(super) struct Bring {
    #[command(flatten)]
    remote: OrgRemote,
    /// The sheet: a row with the names of the columns, at least `Name`, `Department` and `Workforce type`, then one row
    /// for each person. `usher import template FILE` writes a blank one, with all columns and how to fill them in.
    #[arg(required = true)]
    file: Option<PathBuf>,
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
    /// Where the rows that failed are written, each with its reason, if any did: `.csv` or `.xlsx`.
    #[arg(long, value_name = "FILE")]
    errors: Option<SheetPath>,
    /// Where accounts and first passwords of new business logins are written, if there are any, readable by you alone:
    /// `.csv` or `.xlsx`.
    #[arg(long, value_name = "FILE", requires = "apply")]
    accounts: Option<SheetPath>,
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

impl Bring {
    /// Fails with status 1 if a row failed.
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        // INVARIANT: the command line has a file, unless it has a subcommand, which is run instead.
        let file = self.file.clone().unwrap_or_default();
        // What can't be written is found out before anybody is brought in.
        [&self.errors, &self.accounts].into_iter().flatten().try_for_each(SheetPath::check)?;
        let uploaded = self.upload(&file)?;
        output.note(&format!(
            "{} is uploaded; whoever stops waiting does not stop it: see `usher import list`",
            uploaded.id
        ))?;
        let mut import = self.follow(uploaded, "checking")?;
        if self.apply && import.state == "checked" {
            let path = path(&self.remote, &import.id, "/apply")?;
            import = self.follow(self.remote.host().post(&path, &())?, "applying")?;
        }
        if let Some(fault) = &import.fault {
            return Err(Failure::Failed(format!("{}: {}", file.display(), visible(fault))));
        }
        let rows = failed(&self.remote, &import)?;
        self.save(&import, "errors", counts(&import).failed, self.errors.as_ref(), output)?;
        self.save(&import, "accounts", import.accounts, self.accounts.as_ref(), output)?;
        if self.close {
            let path = path(&self.remote, &import.id, &format!("/close?confirmed={}", self.accounts.is_some()))?;
            import = self.remote.host().post(&path, &())?;
        }
        output.show(&import, |import| import_text(import, &rows))?;
        match counts(&import).failed {
            0 => Ok(()),
            rows => Err(Failure::Failed(format!("{} failed", count(rows, "row")))),
        }
    }

    fn upload(&self, file: &Path) -> Result<Import, Failure> {
        let opened = Sheet::open(file)?;
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
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        query.push(("file_name", &name));
        self.remote.host().upload(&self.remote.path("imports")?, &query, opened)
    }

    /// Waits until nothing works on the import any more.
    fn follow(&self, mut import: Import, what: &'static str) -> Result<Import, Failure> {
        let rows = import.summary.as_ref().map(|summary| summary.counts.rows());
        let bar = progress::bar(what, rows, "rows");
        while import.is_running() {
            bar.set_position(import.done.rows());
            sleep(LOOK);
            import = self.remote.host().get(&path(&self.remote, &import.id, "")?)?;
        }
        bar.finish_and_clear();
        Ok(import)
    }

    /// Writes a sheet that has so many rows; one without any is not written, and what is there stays.
    fn save(
        &self,
        import: &Import,
        what: &str,
        rows: u64,
        to: Option<&SheetPath>,
        output: Output,
    ) -> Result<(), Failure> {
        match to {
            None => Ok(()),
            Some(to) if rows == 0 => {
                output.note(&format!("there are no {what}: {} is not written", to.path().display()))
            }
            Some(to) => save(&self.remote, &import.id, what, to).map(drop),
        }
    }
}
