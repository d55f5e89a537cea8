//! `usher policy …`: the policy author's tools.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// The policy author's commands.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Makes a component of the core module that the compiler wrote.
    Build {
        /// The core module, `….wasm`.
        module: PathBuf,
        /// Where the component goes.
        #[arg(short, long)]
        output: PathBuf,
    },
}

/// Runs one of them.
pub(crate) fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Build { module, output } => {
            let component = usher_engine::componentize(&fs::read(module)?)?;
            fs::write(output, component)?;
        }
    }
    Ok(())
}
