//! The policy engine: loads policies, compiling each in a child process unless its artefact is cached.
//!
//! Owns the runtime, the cache, the compiler and the Rhai runtime. Must not know organisations or where
//! facts come from.

use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::facts::FactFamily;
use wasmtime::component::{Component, Linker};

use crate::artefact::{Artefact, load_component};
use crate::cache::{Body, Cache};
use crate::fault::shown;
use crate::limits::Limits;
use crate::manifest::{CONTRACT, Digest, Package, PolicyKind};
use crate::point::{Approval, Linked, Point, SeatAssignment, SsoMatching};
use crate::policy::{Policy, Terms};
use crate::prepare::{Job, MAX_SCRIPT_BYTES, MAX_SETTINGS_BYTES, PrepareError};
use crate::rhai::SharedRuntime;
use crate::runtime::{self, EpochTicker, PoolSize};
use crate::sandbox::{self, Sandbox};
use crate::worker::{Compiler, Task};

/// What an engine is made of.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// How the compiling child is started.
    pub compiler: Compiler,
    /// Folder of compiled artefacts, which keeps itself within bounds; may be emptied at any time.
    pub cache: PathBuf,
    /// The host's own secret, which seals artefacts.
    pub seal_key: [u8; 32],
    /// The Rhai runtime, a component; without it, scripts are refused.
    pub rhai_runtime: Option<Vec<u8>>,
    /// How many runs may be in flight at once.
    pub pool: PoolSize,
}

/// How an organisation wants a policy run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// JSON; `{}` if the policy has no settings.
    pub settings: String,
    /// Facts it may ask for; only those its manifest declares count.
    pub grants: BTreeSet<FactFamily>,
    /// What one run may use; the host's ceiling stands above it.
    pub limits: Limits,
}

impl Default for Activation {
    fn default() -> Self {
        Self { settings: "{}".into(), grants: BTreeSet::new(), limits: Limits::default() }
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The runtime can't be set up.
    #[error("the WebAssembly runtime can't be set up: {0:#}")]
    Runtime(wasmtime::Error),
    /// The thread that ends what takes too long can't be started.
    #[error("the engine's clock can't be started: {0}")]
    Clock(std::io::Error),
    /// The cache folder can't be made.
    #[error("the folder for compiled policies can't be used: {0}")]
    Cache(std::io::Error),
    /// The Rhai runtime is none.
    #[error("the Rhai runtime can't be prepared: {0}")]
    Rhai(PrepareError),
}

/// A policy that is ready, of any decision point.
#[derive(Clone)]
pub enum AnyPolicy {
    /// For `approval`.
    Approval(Arc<Policy<Approval>>),
    /// For `seat-assignment`.
    SeatAssignment(Arc<Policy<SeatAssignment>>),
    /// For `sso-matching`.
    SsoMatching(Arc<Policy<SsoMatching>>),
}

impl AnyPolicy {
    /// On what terms it runs.
    #[must_use]
    pub fn terms(&self) -> &Arc<Terms> {
        match self {
            Self::Approval(policy) => policy.terms(),
            Self::SeatAssignment(policy) => policy.terms(),
            Self::SsoMatching(policy) => policy.terms(),
        }
    }

    /// Starts it as every decision does, within a decision's limits, and asks it about an example. Blocks.
    ///
    /// # Errors
    /// As [`Policy::trial`].
    pub fn trial(&self) -> Result<(), PrepareError> {
        match self {
            Self::Approval(policy) => policy.trial(),
            Self::SeatAssignment(policy) => policy.trial(),
            Self::SsoMatching(policy) => policy.trial(),
        }
    }

    /// Bytes of its compiled code.
    #[must_use]
    pub fn code_bytes(&self) -> usize {
        match self {
            Self::Approval(policy) => policy.code_bytes(),
            Self::SeatAssignment(policy) => policy.code_bytes(),
            Self::SsoMatching(policy) => policy.code_bytes(),
        }
    }
}

/// Loads policies and runs them.
pub struct Engine {
    runtime: wasmtime::Engine,
    linker: Linker<Sandbox>,
    cache: Cache,
    compiler: Compiler,
    rhai: Option<RhaiRuntime>,
    pool: PoolSize,
    _ticker: EpochTicker,
}

struct RhaiRuntime {
    component: Vec<u8>,
    /// Of the component.
    digest: Digest,
    loaded: SharedRuntime,
}

impl Engine {
    /// Sets the runtime up, and prepares the Rhai runtime unless it is cached.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let runtime = runtime::pooled(config.pool).map_err(EngineError::Runtime)?;
        let ticker = EpochTicker::start(&runtime).map_err(EngineError::Clock)?;
        let linker = sandbox::linker(&runtime).map_err(EngineError::Runtime)?;
        let cache = Cache::open(&config.cache, config.seal_key).map_err(EngineError::Cache)?;
        let mut engine =
            Self { runtime, linker, cache, compiler: config.compiler, rhai: None, pool: config.pool, _ticker: ticker };
        if let Some(component) = config.rhai_runtime {
            engine.rhai = Some(engine.prepare_rhai(component).map_err(EngineError::Rhai)?);
        }
        Ok(engine)
    }

    fn prepare_rhai(&self, component: Vec<u8>) -> Result<RhaiRuntime, PrepareError> {
        let digest = Digest::of(&component);
        let name = self.name("rhai-runtime", &[digest.as_bytes()]);
        let artefact = self.cached(name, || {
            tracing::info!(
                "compiling the Rhai runtime, once for this version: some seconds, or minutes on a busy machine"
            );
            self.compiler.run(&Task::RhaiRuntime, &[&component])
        })?;
        let loaded = SharedRuntime::load(&self.runtime, &artefact).map_err(PrepareError::host)?;
        Ok(RhaiRuntime { component, digest, loaded })
    }

    /// What scripts are loaded into: megabytes that are needed when one is compiled, and only then.
    fn rhai_loader(&self, rhai: &RhaiRuntime) -> Result<Body, PrepareError> {
        let name = self.name("rhai-loader", &[rhai.digest.as_bytes()]);
        if let Some(body) = self.cache.body(name) {
            return Ok(body);
        }
        let made = self.compiler.run(&Task::RhaiLoader, &[&rhai.component])?;
        self.cache.put(name, &made).map_err(PrepareError::host)?;
        self.cache.body(name).ok_or_else(|| PrepareError::host("the cache lost what was just put there"))
    }

    /// Makes a policy ready: takes milliseconds from the cache, seconds where it must be compiled.
    /// Blocks.
    ///
    /// # Errors
    /// [`PrepareError`]; nothing is kept then.
    pub fn load(&self, package: &Package, activation: Activation) -> Result<AnyPolicy, PrepareError> {
        let settings = canonical_settings(&activation.settings)?;
        let name = self.artefact_name(package, &settings);
        let artefact = self.cached(name, || self.compile(package, Some(settings.clone())))?;
        self.linked(package, Activation { settings, ..activation }, &artefact)
    }

    /// [`Engine::load`] for a policy that need not be compiled; none if it must be. Blocks, for milliseconds.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn load_cached(&self, package: &Package, activation: Activation) -> Result<Option<AnyPolicy>, PrepareError> {
        let settings = canonical_settings(&activation.settings)?;
        let artefact = self.cache.get(self.artefact_name(package, &settings));
        artefact.map(|artefact| self.linked(package, Activation { settings, ..activation }, &artefact)).transpose()
    }

    fn linked(
        &self,
        package: &Package,
        activation: Activation,
        artefact: &Artefact,
    ) -> Result<AnyPolicy, PrepareError> {
        Ok(match package.manifest().point {
            DecisionPoint::Approval => AnyPolicy::Approval(self.linked_as(package, activation, artefact)?),
            DecisionPoint::SeatAssignment => AnyPolicy::SeatAssignment(self.linked_as(package, activation, artefact)?),
            DecisionPoint::SsoMatching => AnyPolicy::SsoMatching(self.linked_as(package, activation, artefact)?),
        })
    }

    fn linked_as<P: Point>(
        &self,
        package: &Package,
        activation: Activation,
        artefact: &Artefact,
    ) -> Result<Arc<Policy<P>>, PrepareError> {
        let (linked, configured, code_bytes) = match artefact {
            Artefact::Component { configured, code } => {
                // The compiler has no pool: a component too large for a slot of it is found out here.
                let component = load_component(&self.runtime, code)
                    .map_err(|error| PrepareError::CompileLimit { text: shown(&format!("{error:#}")) })?;
                (self.link(&self.linker, &component)?, *configured, code.len())
            }
            Artefact::Image { code } => {
                let rhai = self.rhai.as_ref().ok_or(PrepareError::NoRhaiRuntime)?;
                let linker = rhai.loaded.with_image(&self.linker, code).map_err(PrepareError::host)?;
                (self.link(&linker, rhai.loaded.component())?, true, code.len())
            }
            Artefact::Runtime { .. } | Artefact::Loader { .. } => {
                return Err(PrepareError::host("the cache holds a runtime for a policy"));
            }
        };
        let linked = Linked::new(linked).map_err(|error| PrepareError::WrongWorld {
            export: format!("usher:policy/{}", P::POINT),
            text: shown(&format!("differs from the contract: {error:#}")),
        })?;
        let declared = &package.manifest().facts;
        let terms = Terms {
            manifest: Arc::clone(package.manifest()),
            policy: package.digest(),
            settings: activation.settings,
            grants: Arc::new(activation.grants.into_iter().filter(|fact| declared.contains(fact)).collect()),
            limits: activation.limits.at_most(&Limits::CEILING),
            runtime: self.runtime_digest(package.manifest().kind),
        };
        let terms = Arc::new(terms);
        Ok(Arc::new(Policy { engine: self.runtime.clone(), linked, terms, configured, code_bytes }))
    }

    fn link(
        &self,
        linker: &Linker<Sandbox>,
        component: &Component,
    ) -> Result<wasmtime::component::InstancePre<Sandbox>, PrepareError> {
        linker.instantiate_pre(component).map_err(PrepareError::host)
    }

    /// Whether a policy fits its world, or its script parses, before there are settings for it. Blocks.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn check(&self, package: &Package) -> Result<(), PrepareError> {
        self.compile(package, None).map(drop)
    }

    fn artefact_name(&self, package: &Package, settings: &str) -> Digest {
        let manifest = package.manifest();
        self.name(
            manifest.point.as_str(),
            &[
                package.digest().as_bytes(),
                Digest::of(settings.as_bytes()).as_bytes(),
                self.runtime_digest(manifest.kind).as_bytes(),
            ],
        )
    }

    fn compile(&self, package: &Package, settings: Option<String>) -> Result<Artefact, PrepareError> {
        let manifest = package.manifest();
        if manifest.kind == PolicyKind::Rhai && package.payload().len() > MAX_SCRIPT_BYTES {
            let (part, bytes) = ("script".into(), package.payload().len());
            return Err(PrepareError::TooLarge { part, bytes, limit: MAX_SCRIPT_BYTES });
        }
        let rhai = match manifest.kind {
            PolicyKind::Rhai => Some(self.rhai.as_ref().ok_or(PrepareError::NoRhaiRuntime)?),
            PolicyKind::Wasm => None,
        };
        let job = Job { kind: manifest.kind, point: manifest.point, facts: manifest.facts.clone(), settings };
        let loader = rhai.map(|rhai| self.rhai_loader(rhai)).transpose()?;
        let blobs = [Some(package.payload()), loader.as_ref().map(Body::bytes)];
        let blobs: Vec<&[u8]> = blobs.into_iter().flatten().collect();
        self.compiler.run(&Task::Policy(job), &blobs)
    }

    fn cached(
        &self,
        name: Digest,
        make: impl FnOnce() -> Result<Artefact, PrepareError>,
    ) -> Result<Artefact, PrepareError> {
        if let Some(artefact) = self.cache.get(name) {
            return Ok(artefact);
        }
        let artefact = make()?;
        self.cache.put(name, &artefact).map_err(PrepareError::host)?;
        Ok(artefact)
    }

    /// What compiled code depends on beside its source.
    fn name(&self, what: &str, parts: &[&[u8; 32]]) -> Digest {
        let mut bytes = format!("{what}\0{CONTRACT}\0").into_bytes();
        bytes.extend(self.compatibility().as_bytes());
        parts.iter().for_each(|part| bytes.extend(*part));
        Digest::of(&bytes)
    }

    /// How many runs may be in flight at once; one more ends in [`crate::Fault::NoSlot`].
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.pool.0
    }

    /// Of everything that decides how a policy of this kind runs: fuel and verdicts repeat under it.
    #[must_use]
    pub fn runtime_digest(&self, kind: PolicyKind) -> Digest {
        match (kind, &self.rhai) {
            (PolicyKind::Rhai, Some(rhai)) => self.name("runtime", &[rhai.digest.as_bytes()]),
            _ => self.name("runtime", &[]),
        }
    }

    fn compatibility(&self) -> Digest {
        let mut hasher = DigestHasher(Sha256::new());
        self.runtime.precompile_compatibility_hash().hash(&mut hasher);
        Digest::from_bytes(hasher.0.finalize().into())
    }
}

/// Keeps the whole hash: [`Hasher::finish`] would leave 64 bits of it.
struct DigestHasher(Sha256);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Settings in one spelling, so that the same settings share an artefact and a digest.
///
/// # Errors
/// If they are no JSON, or too large.
pub fn canonical_settings(settings: &str) -> Result<String, PrepareError> {
    if settings.len() > MAX_SETTINGS_BYTES {
        let (part, bytes) = ("settings".into(), settings.len());
        return Err(PrepareError::TooLarge { part, bytes, limit: MAX_SETTINGS_BYTES });
    }
    let value: serde_json::Value = serde_json::from_str(settings).map_err(|error| PrepareError::SettingsInvalid {
        problems: vec![usher_domain::policy::SettingsProblem { pointer: String::new(), text: error.to_string() }],
    })?;
    Ok(value.to_string())
}
