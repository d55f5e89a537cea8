//! Policies made ready: from the cache of what was compiled, else by one of a few compilers.
//!
//! Owns how many compile at the same time: one of each organisation, so that no organisation has all compilers. Must
//! not know what becomes of a policy.
//!
//! INVARIANT: a compiler stays taken until its child process has ended, whether or not anybody still waits for it.

use std::sync::Arc;

use usher_domain::ids::OrgId;
use usher_engine::{Activation, AnyPolicy, Engine, Package, PrepareError};

use crate::app::pdp::NotReady;
use crate::turns::{Turn, Turns};

/// Policies compiled at the same time: each takes a processor and much memory.
const MAX_COMPILERS: usize = 2;
/// Policies of one organisation that wait for their compiler while another of its own is compiled; more are refused.
const MAX_WAITING: usize = 8;
/// What refusals name.
const LIMIT: &str = "compilations_by_organisation";

/// Makes policies ready.
#[derive(Clone)]
pub(super) struct Compilers {
    engine: Arc<Engine>,
    turns: Arc<Turns>,
}

impl Compilers {
    pub(super) fn new(engine: Arc<Engine>) -> Compilers {
        Compilers { engine, turns: Arc::new(Turns::new(LIMIT, MAX_COMPILERS, MAX_WAITING)) }
    }

    /// Whether a policy fits its world, before there are settings for it.
    pub(super) async fn check(&self, org: OrgId, package: &Package) -> Result<(), NotReady> {
        let turn = self.turns.take(org).await?;
        let package = package.clone();
        Ok(self.compile(turn, move |engine| engine.check(&package)).await?)
    }

    /// A policy on its terms, for somebody who wants it live. Who needs no compiler waits for none.
    pub(super) async fn load(
        &self,
        org: OrgId,
        package: &Package,
        activation: Activation,
    ) -> Result<AnyPolicy, NotReady> {
        if let Some(policy) = self.cached(package, &activation).await? {
            return Ok(policy);
        }
        let turn = self.turns.take(org).await?;
        let package = package.clone();
        Ok(self.compile(turn, move |engine| engine.load(&package, activation)).await?)
    }

    /// A policy that is live: decisions wait for it, so it waits for as long as it takes. Pipelines are loaded once
    /// each, whoever wants them, which bounds how many wait.
    pub(super) async fn load_live(
        &self,
        org: OrgId,
        package: &Package,
        activation: Activation,
    ) -> Result<AnyPolicy, PrepareError> {
        if let Some(policy) = self.cached(package, &activation).await? {
            return Ok(policy);
        }
        let turn = self.turns.wait(org).await.map_err(|error| host(&error))?;
        let package = package.clone();
        self.compile(turn, move |engine| engine.load(&package, activation)).await
    }

    async fn cached(&self, package: &Package, activation: &Activation) -> Result<Option<AnyPolicy>, PrepareError> {
        let (engine, package, terms) = (Arc::clone(&self.engine), package.clone(), activation.clone());
        let cached = tokio::task::spawn_blocking(move || engine.load_cached(&package, terms)).await;
        cached.map_err(|error| host(&error))?
    }

    async fn compile<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&Engine) -> Result<T, PrepareError> + Send + 'static,
    ) -> Result<T, PrepareError> {
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let done = work(&engine);
            drop(turn);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| host(&error))?
    }
}

fn host(error: &dyn std::fmt::Display) -> PrepareError {
    PrepareError::Host { text: error.to_string() }
}
