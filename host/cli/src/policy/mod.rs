//! `usher policy …`: the policy author's tools, and policies on a host.

mod activate;
mod case;
mod check;
mod delete;
mod package;
mod run;

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::output::Output;

/// The policy commands. A policy is named by its folder (`policy.json` beside `policy.wasm` or `policy.rhai`) or by
/// its payload (`NAME.wasm` beside `NAME.json`).
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
    /// Says whether a host would take a policy with its settings: compiles it, and has it decide on an example.
    Check(check::Check),
    /// Runs a policy's cases, or one request, in the sandbox, without a host.
    Run(run::Run),
    /// Puts a policy in place of the live ones of its decision point.
    Activate(activate::Activate),
    /// Lists the live policies of every decision point, or everything uploaded.
    List(activate::List),
    /// Deletes a policy that is neither live nor may be gone back to.
    Delete(delete::Delete),
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Build { module, output: to } => build(&module, &to, output),
            Self::Check(check) => check.run(output),
            Self::Run(run) => run.run(output),
            Self::Activate(activate) => activate.run(output),
            Self::List(list) => list.run(output),
            Self::Delete(delete) => delete.run(output),
        }
    }
}

fn build(module: &PathBuf, to: &PathBuf, output: Output) -> Result<(), Failure> {
    let bytes = fs::read(module).map_err(|error| Failure::of(format_args!("reading {}", module.display()), error))?;
    let component = usher_engine::componentize(&bytes);
    let component = component.map_err(|error| Failure::of(module.display(), error))?;
    fs::write(to, &component).map_err(|error| Failure::of(format_args!("writing {}", to.display()), error))?;
    output.written(to, component.len() as u64)
}
