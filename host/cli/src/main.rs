//! The `usher` command: runs a host, and talks to one.
//!
//! Owns parsing the command line and settings, which nothing else reads, and showing answers. Only `init`,
//! `serve`, `verify` and `restore` open a store; everything else speaks HTTP to a running host, or needs none.

mod audit;
mod dead_letter;
mod decision;
mod department;
mod events;
mod failure;
mod folder;
mod front;
mod group;
mod host;
mod import;
mod invitation;
mod member;
mod memory;
mod outbox;
mod output;
mod plan;
mod policy;
mod progress;
mod remote;
mod request;
mod seal;
mod seat_choice;
mod seats;
mod serve;
mod sheet;
mod stores;
mod surroundings;
mod table;
mod visible;
mod webhook;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use failure::{EXIT_CODES, Failure};
use output::Output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Decides who joins an organisation, which seat they get, and whose login is whose, by the organisation's own
/// policies.
#[derive(Parser)]
#[command(name = "usher", version, about, after_help = EXIT_CODES)]
struct Cli {
    /// Answer in JSON, one document; what goes wrong is one on standard error.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets a host up: store, keys and the operator's token.
    Init(serve::Init),
    /// Runs a host.
    Serve(Box<serve::Serve>),
    /// Policies: build, check and run them here, activate and list them on a host.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Members: who there is, adding one by hand, and suspending, moving, deleting, reminding them.
    #[command(subcommand)]
    Member(member::Command),
    /// Requests to join, and answering them.
    #[command(subcommand)]
    Request(request::Command),
    /// Invitations by code and link, and personal ones.
    #[command(subcommand)]
    Invitation(invitation::Command),
    /// Departments.
    #[command(subcommand)]
    Department(department::Command),
    /// Brings people in from a sheet, .xlsx or .csv. Without `--apply` it is a dry run.
    Import(Box<import::Import>),
    /// Plans: their seats, what a change comes to, moving seats from one to another.
    #[command(subcommand)]
    Plan(plan::Command),
    /// Seats: who holds one, who waits, seats by file.
    #[command(subcommand)]
    Seats(seats::Command),
    /// User groups.
    #[command(subcommand)]
    Group(group::Command),
    /// Mail and SMS that could not be delivered.
    #[command(subcommand)]
    DeadLetter(dead_letter::Command),
    /// What happens in an organisation, as it happens.
    Events(events::Events),
    /// Webhooks: where events are sent, and how that goes.
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Decisions that were taken.
    #[command(subcommand)]
    Decision(decision::Command),
    /// The audit trail.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Reads everything in the store of a stopped host and names what is damaged.
    Verify(stores::Verify),
    /// Has a running host copy its store.
    Backup(stores::Backup),
    /// Has a running host drop from its files, now, what was erased.
    Compact(stores::Compact),
    /// Makes the store of a data folder from a backup.
    ///
    /// Keys are not in a backup, so that it can lie elsewhere. Copy `audit.key` and `secrets.key` of the old data
    /// folder into the new one before the host starts: without them webhooks and bots must be given new secrets, and
    /// checkpoints of audit trails are signed by another key. `seal.key` need not be kept: policies are compiled anew
    /// without it.
    Restore(stores::Restore),
    /// Prints a script for the shell that completes these commands.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Compiles one policy, from standard input to standard output; started by the host.
    #[command(hide = true)]
    CompileWorker,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    match run(cli.command, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            failure.exit_code()
        }
    }
}

fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Init(init) => init.run(output),
        Command::Serve(serve) => serve.run(output),
        Command::Policy(command) => command.run(output),
        Command::Member(command) => command.run(output),
        Command::Request(command) => command.run(output),
        Command::Invitation(command) => command.run(output),
        Command::Department(command) => command.run(output),
        Command::Import(import) => import.run(output),
        Command::Plan(command) => command.run(output),
        Command::Seats(command) => command.run(output),
        Command::Group(command) => command.run(output),
        Command::DeadLetter(command) => command.run(output),
        Command::Events(events) => events.run(output),
        Command::Webhook(command) => command.run(output),
        Command::Decision(command) => command.run(output),
        Command::Audit(command) => command.run(output),
        Command::Verify(verify) => verify.run(output),
        Command::Backup(backup) => backup.run(output),
        Command::Compact(compact) => compact.run(output),
        Command::Restore(restore) => restore.run(output),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "usher", &mut script);
            Output::document(&script)
        }
        Command::CompileWorker => {
            usher_engine::worker::serve().map_err(|error| Failure::of("compiling for the host", error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_consistent() {
        Cli::command().debug_assert();
    }
}
