//! `cargo xtask …`: what a checkout needs and cargo alone can't do.
//!
//! Owns the order of things (what is installed, built, started, checked) and how it is told to a person. Must
//! stay small, as it is compiled before anything else: of our crates it has `usher-sheets` alone, which writes the
//! demo's workbook. `cargo xtask test` is what CI runs; `cargo xtask demo` is what a newcomer runs.

#![expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
#![expect(clippy::disallowed_methods, reason = "durations and the environment are a build tool's business")]

mod bench;
mod conformance;
mod demo;
mod imports;
mod load;
mod policies;
mod steps;
mod terminal;
mod test;
mod tools;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test                        install what tests need, then check everything
cargo xtask test api                    hold the API against its own description alone
cargo xtask demo [--exit] [--port PORT] [--data FOLDER]
                                        build and start a host with two organisations, and play a scenario;
                                        --exit ends it after that, with status 0 only if all went as expected
cargo xtask bench [--markdown FILE]     measure, print a table, and write it as Markdown
cargo xtask bench joins                 measure joins alone, with a host built before
cargo xtask bench imports [ROWS]        measure a batch import alone, of 100,000 rows if left out, likewise
cargo xtask policies [FOLDER …]         build the policies in plugins/ to target/policies, or the crates in these
                                        folders, each to policy.wasm in its own
";

/// Why a command failed, in words for a person.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["test"] => test::run(&root()),
        ["test", "api"] => test::api(&root()),
        ["demo", options @ ..] => demo::Options::parse(options).and_then(|options| demo::run(&root(), &options)),
        ["bench"] => bench::run(&root(), None),
        ["bench", "--markdown", file] => bench::run(&root(), Some(Path::new(file))),
        ["bench", "joins"] => bench::joins(&root()).map(|report| print!("{report}")),
        ["bench", "imports"] => bench::imports(&root(), imports::ROWS).map(|report| print!("{report}")),
        ["bench", "imports", rows] => match rows.parse() {
            Ok(rows) => bench::imports(&root(), rows).map(|report| print!("{report}")),
            Err(error) => Err(format!("`{rows}` is no number of rows: {error}").into()),
        },
        ["policies", folders @ ..] => policies::run(&root(), folders),
        ["help" | "--help" | "-h"] | [] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no `cargo xtask {}`; there is:\n\n{USAGE}", other.join(" ")).into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            println!("{} {failure}", terminal::red("error:"));
            ExitCode::FAILURE
        }
    }
}

/// The checkout this program was built from.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}
