//! `usher policy check`: what a host would say at the upload and at the activation, without a host.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use usher_engine::{Activation, Engine, Package, PolicyKind, PrepareError};

use super::package::{document, read, title};
use crate::failure::Failure;
use crate::host::EngineOptions;
use crate::output::{Output, visible_lines};
use crate::seal;

/// Says whether a host would take a policy: compiles it, has it check its settings, and has it decide on an example.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// The policy: its folder or its payload.
    policy: PathBuf,
    /// Settings to check with it, a JSON file; `{}` if left out.
    #[arg(long)]
    settings: Option<PathBuf>,
    #[command(flatten)]
    workbench: Workbench,
}

impl Check {
    /// As a host would at the activation.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let found = read(&self.policy)?;
        let settings = document(self.settings.as_deref())?;
        let engine = self.workbench.engine(found.package.manifest().kind == PolicyKind::Rhai)?;
        let facts = found.package.manifest().facts.clone();
        let activation = Activation { settings: settings.to_string(), grants: facts, ..Activation::default() };
        let tried = match engine.load(&found.package, activation) {
            Ok(policy) => policy.trial().map(|()| "it takes these settings, and decides on an example"),
            // It has been compiled and started; which settings it will get is not known.
            Err(PrepareError::SettingsInvalid { .. }) if self.settings.is_none() => {
                Ok("--settings FILE has it check them, and decide on an example")
            }
            Err(error) => Err(error),
        };
        let with = tried.map_err(|error| refused(&found.package, error.code(), &error))?;
        let told = json!({ "digest": found.package.digest(), "manifest": found.package.manifest() });
        output.show(&told, |_| format!("{}\nA host would take it; {with}.", title(&found.package)))
    }
}

/// What a host would answer.
pub(crate) fn refused(package: &Package, code: &str, error: &dyn std::fmt::Display) -> Failure {
    let why = visible_lines(&error.to_string(), 2);
    Failure::Failed(format!("{}\nA host would refuse it ({code}): {why}", title(package)))
}

/// Runs at once: an author asks one question after another.
const RUNS: u32 = 4;

fn no_rhai_runtime() -> Failure {
    Failure::Failed(
        "there is no Rhai runtime beside this program, so scripts can't be run: name one by --rhai-runtime".into(),
    )
}

/// What runs policies for their authors.
#[derive(clap::Args)]
pub(crate) struct Workbench {
    #[command(flatten)]
    engine: EngineOptions,
    /// Folder of compiled policies, so that the next call is quick; `.cache/usher` at home if left out. May be
    /// emptied at any time.
    #[arg(long, env = "USHER_CACHE", value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

impl Workbench {
    /// An engine; for scripts there must be a Rhai runtime.
    pub(crate) fn engine(&self, scripts: bool) -> Result<Engine, Failure> {
        let cache = match &self.cache {
            Some(cache) => cache.clone(),
            None => std::env::home_dir().unwrap_or_else(std::env::temp_dir).join(".cache/usher"),
        };
        let made = fs::create_dir_all(&cache);
        made.map_err(|error| Failure::of(format_args!("creating {}", cache.display()), error))?;
        let key = cache.join("seal.key");
        seal::make(&key)?;
        let key = seal::read(&key, "try again", "policies are compiled anew")?;
        let rhai_runtime = if scripts { Some(self.engine.rhai_runtime()?.ok_or_else(no_rhai_runtime)?) } else { None };
        self.engine.engine(cache, key, RUNS, rhai_runtime)
    }
}
