//! A host made of its parts: store, engine, clock, randomness, DNS.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use usher_engine::runtime::PoolSize;
use usher_engine::worker::{CompileLimits, Compiler};
use usher_engine::{Engine, EngineConfig, EngineError, PrepareError};
use usher_server::App;
use usher_server::app::audit::checkpoint::Seal;
use usher_server::app::followers::Followers;
use usher_server::app::imports::jobs::Jobs;
use usher_server::app::imports::{look_turns, upload_turns};
use usher_server::app::login::hashing::Hasher;
use usher_server::app::outgoing::sheet_turns;
use usher_server::app::throttle::Throttle;
use usher_server::app::vault::Vault;
use usher_server::app::webhooks::pool::Pool;
use usher_server::app::{groups, tokens};
use usher_server::background::Background;
use usher_server::metrics::Metrics;
use usher_server::outbox::HttpWebhooks;
use usher_server::pdp::EnginePdp;
use usher_server::ports::{Clock, Entropy};
use usher_server::public_url::PublicUrl;
use usher_store::Store;

use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::surroundings::{SystemClock, SystemDns, SystemEntropy};

/// The name of the Rhai runtime's component, as `cargo xtask policies` writes it.
const RHAI_RUNTIME: &str = "rhai-runtime.wasm";

/// Enough for a policy that brings a small language runtime.
const COMPILE_MEMORY_MIB: u64 = 1024;
const COMPILE_SECONDS: u64 = 30;

/// What runs policies.
#[derive(Clone, clap::Args)]
pub(crate) struct EngineOptions {
    /// The Rhai runtime, a component; looked for beside this program if left out.
    #[arg(long, env = "USHER_RHAI_RUNTIME", value_name = "FILE")]
    rhai_runtime: Option<PathBuf>,
    /// Megabytes that compiling one policy may use.
    #[arg(long, env = "USHER_COMPILE_MEMORY", value_name = "MIB", default_value_t = COMPILE_MEMORY_MIB)]
    compile_memory: u64,
    /// Seconds of processor time that compiling one policy may use; by the clock it may take twice as long.
    #[arg(long, env = "USHER_COMPILE_SECONDS", value_name = "SECONDS", default_value_t = COMPILE_SECONDS)]
    compile_seconds: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { rhai_runtime: None, compile_memory: COMPILE_MEMORY_MIB, compile_seconds: COMPILE_SECONDS }
    }
}

impl EngineOptions {
    /// An engine that keeps compiled policies in `cache`, sealed with `seal_key`, and runs `runs` at once; with a
    /// Rhai runtime it understands scripts.
    pub(crate) fn engine(
        &self,
        cache: PathBuf,
        seal_key: [u8; 32],
        runs: u32,
        rhai_runtime: Option<Vec<u8>>,
    ) -> Result<Engine, Failure> {
        let program = this_program()?;
        let limits = CompileLimits {
            memory_bytes: self.compile_memory << 20,
            cpu_seconds: self.compile_seconds,
            wall_seconds: self.compile_seconds * 2,
        };
        let compiler = Compiler {
            program,
            arguments: vec!["compile-worker".into()],
            // KiB that the allocator takes ahead: its default would be all that the child may have.
            environment: vec![("MIMALLOC_ARENA_RESERVE", "32768")],
            limits,
        };
        let config = EngineConfig { compiler, cache, seal_key, rhai_runtime, pool: PoolSize(runs) };
        Engine::new(config).map_err(|error| match error {
            EngineError::Rhai(PrepareError::CompileLimit { .. }) => {
                Failure::Failed(format!("{error}: give it more by --compile-seconds or --compile-memory"))
            }
            error => Failure::Failed(error.to_string()),
        })
    }

    /// The Rhai runtime, if one is named or found.
    pub(crate) fn rhai_runtime(&self) -> Result<Option<Vec<u8>>, Failure> {
        let program = this_program()?;
        let path = match &self.rhai_runtime {
            Some(path) => path.clone(),
            None => {
                let folder = program.parent().unwrap_or(Path::new("."));
                let places = [folder.to_owned(), folder.join("policies"), folder.join("../policies")];
                match places.into_iter().map(|place| place.join(RHAI_RUNTIME)).find(|path| path.exists()) {
                    Some(found) => found,
                    None => return Ok(None),
                }
            }
        };
        let read = fs::read(&path);
        read.map(Some).map_err(|error| Failure::of(format_args!("reading the Rhai runtime {}", path.display()), error))
    }
}

fn this_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| Failure::of("finding this program", error))
}

/// A host over the data in `folder`, with this engine, sender of webhooks and limits, that people reach at
/// `public_url`; its backups go below `backups`. The runtime must be entered.
pub(crate) fn app(
    folder: &DataFolder,
    backups: PathBuf,
    engine: Engine,
    webhooks: HttpWebhooks,
    throttle: Throttle,
    public_url: PublicUrl,
) -> Result<Arc<App>, Failure> {
    let store: Arc<dyn Store> = Arc::new(folder.open_store()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let metrics = Metrics::default();
    let pdp = EnginePdp::new(Arc::new(engine), Arc::clone(&clock), Arc::clone(&entropy), metrics.clone());
    let dns = SystemDns::new().map_err(|error| Failure::of("reading the DNS settings of this machine", error))?;
    let (pdp, dns, tokens) = (Arc::new(pdp), Arc::new(dns), tokens::Known::default());
    let hasher = Hasher::default();
    let (audit_seal, vault) = (Seal::new(&folder.audit_key()?), Vault::new(&folder.secrets_key()?));
    let (imports, jobs, background) = (folder.imports(), Jobs::default(), Background::default());
    let (followers, webhooks) = (Followers::default(), Pool::new(Arc::new(webhooks)));
    Ok(Arc::new(App {
        store,
        pdp,
        clock,
        entropy,
        dns,
        metrics,
        tokens,
        groups: groups::Known::default(),
        hasher,
        throttle,
        followers,
        webhooks,
        backups,
        imports,
        jobs,
        uploads: upload_turns(),
        looks: look_turns(),
        sheets: sheet_turns(),
        background,
        public_url,
        audit_seal,
        vault,
    }))
}
