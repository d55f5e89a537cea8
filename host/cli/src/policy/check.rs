//! `usher policy check`: what a host would say at the upload and at the activation, without a host.

use std::path::PathBuf;

use serde_json::json;
use usher_engine::{Activation, Engine, Package, PolicyKind};

use super::package::{document, read, title};
use crate::failure::Failure;
use crate::host::EngineOptions;
use crate::output::Output;
use crate::surroundings::SystemEntropy;

/// Says whether a host would take a policy.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// The policy: its folder or its payload.
    policy: PathBuf,
    /// Settings to check with it, a JSON file.
    #[arg(long)]
    settings: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineOptions,
}

impl Check {
    /// Compiles it as a host would.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let found = read(&self.policy)?;
        let settings = document(self.settings.as_deref())?;
        let bench = Workbench::new(&self.engine, found.package.manifest().kind == PolicyKind::Rhai)?;
        let checked = match self.settings {
            None => bench.engine.check(&found.package),
            Some(_) => {
                let activation = Activation { settings: settings.to_string(), ..Activation::default() };
                bench.engine.load(&found.package, activation).map(drop)
            }
        };
        checked.map_err(|error| refused(&found.package, error.code(), &error))?;
        let shown = json!({ "digest": found.package.digest(), "manifest": found.package.manifest() });
        output.show(&shown, |_| {
            let with = if self.settings.is_some() { "it takes these settings" } else { "checked without settings" };
            format!("{}\nA host would take it; {with}.", title(&found.package))
        })
    }
}

/// What a host would answer.
pub(crate) fn refused(package: &Package, code: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(format!("{}\nA host would refuse it ({code}): {error}", title(package)))
}

/// Runs at once: an author asks one question after another.
const RUNS: u32 = 4;

fn no_rhai_runtime() -> Failure {
    Failure::Failed(
        "there is no Rhai runtime beside this program, so scripts can't be run: name one by --rhai-runtime".into(),
    )
}

/// An engine for the author's tools, with a cache that is thrown away.
pub(crate) struct Workbench {
    /// The engine.
    pub(crate) engine: Engine,
    _cache: tempfile::TempDir,
}

impl Workbench {
    /// Sets one up; with scripts it takes longer, for the Rhai runtime is compiled first.
    pub(crate) fn new(options: &EngineOptions, scripts: bool) -> Result<Self, Failure> {
        let cache = tempfile::tempdir().map_err(|error| Failure::of("making a folder for compiled policies", error))?;
        let mut key = [0; 32];
        usher_server::ports::Entropy::fill(&SystemEntropy, &mut key);
        let rhai_runtime = if scripts { Some(options.rhai_runtime()?.ok_or_else(no_rhai_runtime)?) } else { None };
        let engine = options.engine(cache.path().to_owned(), key, RUNS, rhai_runtime)?;
        Ok(Self { engine, _cache: cache })
    }
}
