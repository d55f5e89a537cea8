//! The `usher` command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod policy;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What policy authors need.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Compiles one policy, from standard input to standard output; started by the host.
    #[command(hide = true)]
    CompileWorker,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Policy(command) => policy::run(command),
        Command::CompileWorker => usher_engine::worker::serve().map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
