//! Policies made ready: from the cache of what was compiled, else by one of a few compilers.
//!
//! Owns how many compile at the same time. Must not know organisations.
//!
//! INVARIANT: a compiler stays taken until its child process has ended, whether or not anybody still waits for it.

use std::sync::Arc;

use tokio::sync::Semaphore;
use usher_engine::{Activation, AnyPolicy, Engine, Package, PrepareError};

/// Policies compiled at the same time: each takes a processor and much memory.
const MAX_COMPILERS: usize = 2;

/// Makes policies ready.
#[derive(Clone)]
pub(super) struct Compilers {
    engine: Arc<Engine>,
    free: Arc<Semaphore>,
}

impl Compilers {
    pub(super) fn new(engine: Arc<Engine>) -> Compilers {
        Compilers { engine, free: Arc::new(Semaphore::new(MAX_COMPILERS)) }
    }

    /// Whether a policy fits its world, before there are settings for it.
    pub(super) async fn check(&self, package: &Package) -> Result<(), PrepareError> {
        let package = package.clone();
        self.compile(move |engine| engine.check(&package)).await
    }

    /// A policy on its terms. Who needs no compiler waits for none.
    pub(super) async fn load(&self, package: &Package, activation: Activation) -> Result<AnyPolicy, PrepareError> {
        let (engine, known, terms) = (Arc::clone(&self.engine), package.clone(), activation.clone());
        let cached = tokio::task::spawn_blocking(move || engine.load_cached(&known, terms)).await;
        if let Some(policy) = cached.map_err(|error| host(&error))?? {
            return Ok(policy);
        }
        let package = package.clone();
        self.compile(move |engine| engine.load(&package, activation)).await
    }

    async fn compile<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, PrepareError> + Send + 'static,
    ) -> Result<T, PrepareError> {
        let compiler = Arc::clone(&self.free).acquire_owned().await.map_err(|error| host(&error))?;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let done = work(&engine);
            drop(compiler);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| host(&error))?
    }
}

fn host(error: &dyn std::fmt::Display) -> PrepareError {
    PrepareError::Host { text: error.to_string() }
}
