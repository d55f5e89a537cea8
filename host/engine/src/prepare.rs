//! Turns a policy's payload into an artefact that the host can load: checks it, has it check its
//! settings, snapshots it where that pays, compiles it ahead of time.
//!
//! Runs in the child process ([`crate::worker`]): hostile input meets the compiler here, under the
//! process's own limits. Must not touch the artefact cache.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use usher_domain::policy::facts::FactFamily;
use usher_domain::policy::{DecisionPoint, SettingsProblem};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::artefact::Artefact;
use crate::fault::{Fault, shown};
use crate::limits::Limits;
use crate::manifest::PolicyKind;
use crate::point::{Approval, Linked, Point, SeatAssignment, SsoMatching};
use crate::policy::stop;
use crate::rhai;
use crate::runtime::{self, EpochTicker};
use crate::sandbox::{self, Sandbox, Stop};
use crate::snapshot;
use crate::world;

/// Components up to this size are snapshotted after `configure`: every settings value then has compiled
/// code of its own, which is cheap for a small policy and dear for one that brings a language runtime.
const MAX_SNAPSHOT_BYTES: usize = 512 << 10;

/// What `configure` may add to a component: more, and every settings value would have megabytes on disk.
const MAX_SNAPSHOT_GROWTH: usize = 1 << 20;

/// The most bytes of settings.
pub const MAX_SETTINGS_BYTES: usize = 64 << 10;

/// The most bytes of a script.
pub const MAX_SCRIPT_BYTES: usize = 256 << 10;

/// What `configure` may use: once at activation, so more than a decision.
const CONFIGURE: Limits = Limits { fuel: 2_000_000_000, deadline_ms: 5_000, ..Limits::CEILING };

/// What to prepare.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// What the payload is.
    pub kind: PolicyKind,
    /// The question it answers.
    pub point: DecisionPoint,
    /// Facts that its manifest declares.
    pub facts: BTreeSet<FactFamily>,
    /// Canonical JSON; without any, the policy is checked as far as that goes without settings.
    pub settings: Option<String>,
}

/// Why a policy can't be made ready. [`PrepareError::code`] is stable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PrepareError {
    /// Not WebAssembly, broken, or a core module.
    #[error("the payload is not a WebAssembly component: {text}")]
    NotAComponent {
        /// What is wrong, and where.
        text: String,
    },
    /// An export of the world is missing or differs.
    #[error("the component does not fit its world: export `{export}` {text}")]
    WrongWorld {
        /// The export.
        export: String,
        /// What is the matter with it.
        text: String,
    },
    /// It wants something that is not linked.
    #[error("import `{import}` {text}")]
    ImportNotAllowed {
        /// The import.
        import: String,
        /// Why it is not there.
        text: String,
    },
    /// Compiling took more memory or time than allowed, or crashed the compiler.
    #[error("the payload could not be compiled within the limits: {text}")]
    CompileLimit {
        /// Which limit, or how the compiler ended.
        text: String,
    },
    /// The script does not parse, or fails at its top level.
    #[error("the script is not valid, line {line}, column {column}: {text}")]
    ScriptSyntax {
        /// From 1; 0 if there is no position.
        line: u32,
        /// From 1; 0 if there is no position.
        column: u32,
        /// What the parser says.
        text: String,
    },
    /// The policy refused the settings.
    #[error("the policy refused its settings: {}", .problems.iter().map(|p| format!("`{}` {}", p.pointer, p.text)).collect::<Vec<_>>().join("; "))]
    SettingsInvalid {
        /// Everything it named.
        problems: Vec<SettingsProblem>,
    },
    /// Larger than allowed.
    #[error("the {part} has {bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// `settings`, `script`, or what a script holds when it is configured.
        part: String,
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// It faulted while starting or in `configure`.
    #[error("the policy failed while it was configured: it {fault}")]
    StartFault {
        /// How.
        fault: Fault,
    },
    /// Asked about an example, it gave no decision: a mistake that every request like it would meet.
    #[error("asked about an example, the policy {fault}")]
    TrialFault {
        /// How.
        fault: Fault,
    },
    /// The manifest asks for a Rhai script, and this host has no Rhai runtime.
    #[error("this host has no Rhai runtime: start it with one, or send a component")]
    NoRhaiRuntime,
    /// The host's own trouble: no process, no disk.
    #[error("the host could not prepare the policy: {text}")]
    Host {
        /// What happened.
        text: String,
    },
}

impl PrepareError {
    /// The stable name of the kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAComponent { .. } => "not-a-component",
            Self::WrongWorld { .. } => "wrong-world",
            Self::ImportNotAllowed { .. } => "import-not-allowed",
            Self::CompileLimit { .. } => "compile-limit",
            Self::ScriptSyntax { .. } => "script-syntax",
            Self::SettingsInvalid { .. } => "settings-invalid",
            Self::TooLarge { .. } => "too-large",
            Self::StartFault { .. } => "start-fault",
            Self::TrialFault { .. } => "trial-fault",
            Self::NoRhaiRuntime => "no-rhai-runtime",
            Self::Host { .. } => "host",
        }
    }

    pub(crate) fn host(error: impl std::fmt::Display) -> Self {
        Self::Host { text: shown(&format!("{error:#}")) }
    }
}

/// Prepares a policy; `loader` is the prepared Rhai runtime that a script is loaded into.
///
/// # Errors
/// [`PrepareError`].
pub fn prepare(job: &Job, payload: &[u8], loader: Option<&Artefact>) -> Result<Artefact, PrepareError> {
    let engine = runtime::on_demand().map_err(PrepareError::host)?;
    let _ticker = EpochTicker::start(&engine).map_err(PrepareError::host)?;
    match job.kind {
        PolicyKind::Rhai => {
            let loader = loader.ok_or(PrepareError::NoRhaiRuntime)?;
            rhai::prepare_script(&engine, job, payload, loader)
        }
        PolicyKind::Wasm => match job.point {
            DecisionPoint::Approval => component::<Approval>(&engine, job, payload),
            DecisionPoint::SeatAssignment => component::<SeatAssignment>(&engine, job, payload),
            DecisionPoint::SsoMatching => component::<SsoMatching>(&engine, job, payload),
        },
    }
}

fn component<P: Point>(engine: &Engine, job: &Job, payload: &[u8]) -> Result<Artefact, PrepareError> {
    if !wasmparser::Parser::is_component(payload) {
        let text = if wasmparser::Parser::is_core_wasm(payload) {
            "it is a core module: make a component of it with `usher policy build`".into()
        } else {
            "it does not start with the component header".into()
        };
        return Err(PrepareError::NotAComponent { text });
    }
    let invalid = |error: wasmtime::Error| PrepareError::NotAComponent { text: shown(&format!("{error:#}")) };
    let component = Component::new(engine, payload).map_err(invalid)?;
    world::check(engine, &component, job.point, &job.facts)?;
    let linker = sandbox::linker(engine).map_err(PrepareError::host)?;
    configure::<P>(engine, &linker, &component, job.settings.as_deref())?;

    let snapshot = match &job.settings {
        Some(settings) if payload.len() <= MAX_SNAPSHOT_BYTES => {
            let taken = snapshot::take::<P>(engine, &linker, payload, settings);
            taken.filter(|bytes| bytes.len() <= payload.len() + MAX_SNAPSHOT_GROWTH)
        }
        _ => None,
    };
    let compile = |bytes: &[u8]| engine.precompile_component(bytes).map_err(invalid);
    Ok(match snapshot {
        Some(bytes) => Artefact::Component { configured: true, code: compile(&bytes)? },
        None => Artefact::Component { configured: false, code: compile(payload)? },
    })
}

/// Has a component check its settings, if there are any, and proves on the way that it fits its world.
fn configure<P: Point>(
    engine: &Engine,
    linker: &Linker<Sandbox>,
    component: &Component,
    settings: Option<&str>,
) -> Result<(), PrepareError> {
    let differs = |error: wasmtime::Error| PrepareError::WrongWorld {
        export: format!("usher:policy/{}", P::POINT),
        text: shown(&format!("differs from the contract: {error:#}")),
    };
    let linked = linker.instantiate_pre(component).map_err(|error| PrepareError::ImportNotAllowed {
        import: "usher:policy".into(),
        text: shown(&format!("differs from the contract: {error:#}")),
    })?;
    let linked = Linked::<P>::new(linked).map_err(differs)?;
    let sandbox = Sandbox::new(CONFIGURE, Arc::default(), None);
    let mut store = sandbox.store(engine).map_err(PrepareError::host)?;
    let instance = linked.start(&mut store).map_err(|error| start_fault(stop(&error, &mut store)))?;
    let instance = linked.bind(instance, &mut store).map_err(differs)?;
    match settings.map_or(Ok(Ok(())), |settings| instance.configure(&mut store, settings)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(problems)) => Err(PrepareError::SettingsInvalid { problems }),
        Err(error) => Err(start_fault(stop(&error, &mut store))),
    }
}

/// What stopped a run before there was a request.
pub(crate) fn start_fault(stop: Stop) -> PrepareError {
    let fault = match stop {
        Stop::Fault(fault) => fault,
        Stop::Missing(fact) => Fault::FactNotGranted { fact: fact.family().to_string() },
    };
    PrepareError::StartFault { fault }
}

pub(crate) fn configure_limits() -> Limits {
    CONFIGURE
}
