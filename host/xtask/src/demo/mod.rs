//! `cargo xtask demo`: a host with two organisations, and people who come to it; then a second host with a third.
//!
//! Owns the order: build, set up, start, play, stay. Everything it does to a host goes over its HTTP API or the
//! command line, as anybody's client would.

mod audit;
pub(crate) mod client;
mod fabrikam;
pub(crate) mod host;
mod import;
pub(crate) mod mail;
pub(crate) mod organisations;
mod outcomes;
mod report;
mod scenario;
mod smtp;

use std::path::{Path, PathBuf};

use crate::terminal::{bold, green};
use crate::tools::cargo;
use crate::{Failure, wasm};
use host::Host;
use organisations::Demo;

/// How the demo is to go.
pub struct Options {
    exit: bool,
    port: u16,
    data: PathBuf,
}

impl Options {
    /// Reads `--exit`, `--port PORT` and `--data FOLDER`.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(arguments: &[&str]) -> Result<Self, Failure> {
        let mut options = Self { exit: false, port: 7480, data: "data".into() };
        let mut rest = arguments;
        loop {
            rest = match rest {
                [] => return Ok(options),
                ["--exit", rest @ ..] => {
                    options.exit = true;
                    rest
                }
                ["--port", port, rest @ ..] => {
                    options.port = port.parse().map_err(|error| format!("--port {port}: {error}"))?;
                    rest
                }
                ["--data", folder, rest @ ..] => {
                    options.data = folder.into();
                    rest
                }
                [other, ..] => return Err(format!("the demo takes --exit, --port and --data, not {other}").into()),
            };
        }
    }
}

/// Runs the demo.
///
/// # Errors
/// If something could not be built or started, or went otherwise than expected.
pub fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    println!("{}", bold("── host and policies, in release"));
    cargo(root).args(["build", "--release", "--locked", "--package", "usher-cli"]).checked()?;
    let usher = root.join("target/release/usher");
    wasm::build_guests(root, &usher, &|line| println!("{line}"))?;

    println!("\n{}", bold("── a host with two organisations"));
    let mut host = Host::start(&usher, &options.data, options.port)?;
    println!("it listens on {} and keeps its data in {}", host.url(), options.data.display());
    let demo = Demo::open_or_make(root, &host)?;
    let unexpected = scenario::play(&demo, &host)?
        + import::play(&demo, &host)?
        + audit::play(&demo, &host)?
        + fabrikam::play(&usher, &options.data.join("fabrikam"))?;
    if unexpected > 0 {
        return Err(format!("{unexpected} outcomes were not the ones expected").into());
    }
    println!("\n{}", green("Every outcome was as expected."));
    if options.exit {
        return host.stop();
    }
    println!(
        "\nThe host stays up: {}/docs shows its API, {} has the tokens, {} the mail.\nCtrl-C ends it.",
        host.url(),
        host.data().join(organisations::NOTES).display(),
        host.data().join("mail").display(),
    );
    host.wait()
}
