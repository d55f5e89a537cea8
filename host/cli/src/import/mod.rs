//! `usher import …`: brings people in from a sheet (R23 to R29), and looks after imports that were begun.

mod bring;
mod jobs;
mod text;

use std::fmt::Display;

use bring::Bring;
use jobs::Command;

use crate::failure::Failure;
use crate::output::Output;
use crate::remote::OrgRemote;
use crate::sheet::SheetPath;

/// Brings people in from a sheet, .xlsx or .csv. Without `--apply` it is a dry run.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Import {
    #[command(flatten)]
    bring: Bring,
    #[command(subcommand)]
    command: Option<Command>,
}

impl Import {
    /// Brings a sheet in, unless something else is asked for.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self.command {
            Some(command) => command.run(output),
            None => self.bring.run(output),
        }
    }
}

/// Something below an import: `path(remote, "imp_…", "/cancel")`.
fn path(remote: &OrgRemote, import: &dyn Display, rest: &str) -> Result<String, Failure> {
    remote.path(&format!("imports/{import}{rest}"))
}

/// Saves a sheet of an import's; returns how many bytes it has.
fn save(remote: &OrgRemote, import: &dyn Display, what: &str, to: &SheetPath) -> Result<u64, Failure> {
    remote.host().save(&path(remote, import, &format!("/{what}?format={}", to.format()))?, to)
}
