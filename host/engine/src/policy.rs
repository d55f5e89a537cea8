//! A policy that is ready to decide, and one run of it.
//!
//! Owns the path of a decision: fresh sandbox, limits armed, one call, everything dropped; and what an
//! error of the runtime means as a fault. Must not know how the artefact came to be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use usher_domain::policy::facts::{Fact, FactFamily, FactValue};
use usher_domain::policy::sso::Claim;
use wasmtime::{Engine, PoolConcurrencyLimitError, Store, Trap};

use crate::fault::{Fault, shown};
use crate::limits::Limits;
use crate::manifest::{Digest, Manifest};
use crate::point::{Answer, Bound, Linked, Point, SsoMatching, claim_bytes};
use crate::prepare::{PrepareError, start_fault};
use crate::sandbox::{FactSource, LogLine, NoFacts, Sandbox, Stop, arm, start_over};

/// A policy with its settings, grants and limits, compiled and linked for decision point `P`.
pub struct Policy<P: Point> {
    pub(crate) engine: Engine,
    pub(crate) linked: Linked<P>,
    pub(crate) terms: Arc<Terms>,
    /// Whether the artefact already holds the configured memory; if not, every run configures first.
    pub(crate) configured: bool,
    pub(crate) code_bytes: usize,
}

/// On what terms an organisation runs a policy. All of it is part of every decision record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What the policy says of itself.
    pub manifest: Arc<Manifest>,
    /// The policy's digest.
    pub policy: Digest,
    /// Canonical JSON.
    pub settings: String,
    /// Facts it may ask for.
    pub grants: Arc<BTreeSet<FactFamily>>,
    /// What one run may use.
    pub limits: Limits,
    /// Digest of the runtime: fuel is comparable under one digest only.
    pub runtime: Digest,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended<D> {
    /// With a decision within the contract.
    Decided(D),
    /// Without one.
    Fault(Fault),
    /// It asked for a fact that is not in memory: read it, and run again.
    NeedsFact(Fact),
}

/// One run of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run<D> {
    /// How it ended.
    pub ended: Ended<D>,
    /// Units of fuel used.
    pub fuel: u64,
    /// Wall time, instantiation included.
    pub duration: Duration,
    /// Facts answered, in the order asked.
    pub facts: Vec<(Fact, FactValue)>,
    /// What it logged.
    pub log: Vec<LogLine>,
}

impl<P: Point> Policy<P> {
    /// On what terms it runs.
    #[must_use]
    pub fn terms(&self) -> &Arc<Terms> {
        &self.terms
    }

    /// Bytes of its compiled code.
    #[must_use]
    pub fn code_bytes(&self) -> usize {
        self.code_bytes
    }

    /// Decides in a fresh sandbox.
    #[must_use]
    pub fn decide(&self, request: &P::Request, facts: Arc<dyn FactSource>) -> Run<P::Decision> {
        self.run(P::input_bytes(request), facts, |instance, store| instance.decide(store, request))
    }

    /// Starts an instance as every decision does, within a decision's limits, and asks it about
    /// [an example](Point::EXAMPLE): what was prepared with more may not fit them, and a script's mistakes show only
    /// when it is run. A policy that asks for facts, or says itself that it can't decide, has passed.
    ///
    /// # Errors
    /// [`PrepareError::StartFault`], with the fault in which every decision would end; or
    /// [`PrepareError::TrialFault`], with that of the example.
    pub fn trial(&self) -> Result<(), PrepareError> {
        let sandbox = Sandbox::new(self.terms.limits, Arc::clone(&self.terms.grants), None);
        let mut store = sandbox.store(&self.engine).map_err(PrepareError::host)?;
        match self.instance(&mut store) {
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => return Err(PrepareError::StartFault { fault }),
            Err(error) => return Err(start_fault(stop(&error, &mut store))),
        }
        drop(store);
        let example: P::Request = serde_json::from_str(P::EXAMPLE).map_err(PrepareError::host)?;
        match self.decide(&example, Arc::new(NoFacts)).ended {
            Ended::Fault(fault) if !fault.is_of_the_moment() => Err(PrepareError::TrialFault { fault }),
            Ended::Decided(_) | Ended::Fault(_) | Ended::NeedsFact(_) => Ok(()),
        }
    }

    fn run<D>(
        &self,
        input_bytes: usize,
        facts: Arc<dyn FactSource>,
        call: impl FnOnce(&Bound<P>, &mut Store<Sandbox>) -> wasmtime::Result<Answer<D>>,
    ) -> Run<D> {
        let limits = &self.terms.limits;
        if input_bytes > limits.input_bytes {
            let fault = Fault::InputSize { bytes: input_bytes, limit: limits.input_bytes };
            return Run { ended: Ended::Fault(fault), fuel: 0, duration: Duration::ZERO, facts: vec![], log: vec![] };
        }
        let started = now();
        let sandbox = Sandbox::new(*limits, Arc::clone(&self.terms.grants), Some(facts));
        let (ended, fuel, sandbox) = match sandbox.store(&self.engine) {
            Ok(mut store) => {
                let ended = self.answer(&mut store, call);
                let fuel = limits.fuel - store.get_fuel().unwrap_or(0).min(limits.fuel);
                (ended, fuel, Some(store.into_data()))
            }
            Err(error) => (Ended::Fault(Fault::Trap { text: format!("{error:#}") }), 0, None),
        };
        let (facts, log) = sandbox.map_or_else(Default::default, |sandbox| (sandbox.read, sandbox.log));
        Run { ended, fuel, duration: started.elapsed(), facts, log }
    }

    fn answer<D>(
        &self,
        store: &mut Store<Sandbox>,
        call: impl FnOnce(&Bound<P>, &mut Store<Sandbox>) -> wasmtime::Result<Answer<D>>,
    ) -> Ended<D> {
        let answer = self.instance(store).and_then(|instance| match instance {
            Ok(instance) => call(&instance, store).map(Ok),
            Err(fault) => Ok(Err(fault)),
        });
        match answer {
            Ok(Ok(Answer::Decision(decision))) => Ended::Decided(decision),
            Ok(Ok(Answer::Failure(failure))) => {
                Ended::Fault(Fault::PolicyFailure { code: failure.code, text: failure.text })
            }
            Ok(Ok(Answer::Invalid(text))) => Ended::Fault(Fault::OutputInvalid { text }),
            Ok(Err(fault)) => Ended::Fault(fault),
            Err(error) => match stop(&error, store) {
                Stop::Fault(fault) => Ended::Fault(fault),
                Stop::Missing(fact) => Ended::NeedsFact(fact),
            },
        }
    }

    /// An instance that has been configured: by its artefact, or now.
    fn instance(&self, store: &mut Store<Sandbox>) -> wasmtime::Result<Result<Bound<'_, P>, Fault>> {
        let instance = self.linked.instantiate(store)?;
        if !self.configured {
            if let Err(problems) = instance.configure(store, &self.terms.settings)? {
                let text = problems.into_iter().map(|problem| problem.text).collect::<Vec<_>>().join("; ");
                return Ok(Err(Fault::Settings { text }));
            }
            // The snapshot of a configured component must show in cost alone: the decision has all its fuel.
            start_over(store)?;
        }
        Ok(Ok(instance))
    }
}

/// One instance, asked again and again: what a decision costs without a fresh sandbox. For measuring only;
/// a policy would remember what it saw.
pub struct KeptInstance<'a, P: Point> {
    store: Store<Sandbox>,
    instance: Bound<'a, P>,
}

impl<P: Point> KeptInstance<'_, P> {
    /// Asks.
    ///
    /// # Errors
    /// A trap or a limit.
    pub fn decide(&mut self, request: &P::Request) -> wasmtime::Result<Answer<P::Decision>> {
        arm(&mut self.store)?;
        self.instance.decide(&mut self.store, request)
    }
}

impl<P: Point> Policy<P> {
    /// An instance to keep.
    ///
    /// # Errors
    /// A trap or a limit.
    pub fn keep(&self) -> wasmtime::Result<KeptInstance<'_, P>> {
        let sandbox = Sandbox::new(self.terms.limits, Arc::clone(&self.terms.grants), None);
        let mut store = sandbox.store(&self.engine)?;
        let instance = self.instance(&mut store)?.map_err(|fault| wasmtime::Error::msg(fault.to_string()))?;
        Ok(KeptInstance { store, instance })
    }
}

impl Policy<SsoMatching> {
    /// The keys under which a claim is found, in order, each once. No facts can be asked for.
    #[must_use]
    pub fn match_keys(&self, claim: &Claim) -> Run<Vec<String>> {
        let none = Arc::new(NoFacts);
        let mut run = self.run(claim_bytes(claim), none, |instance, store| instance.match_keys(store, claim));
        if let Ended::NeedsFact(fact) = run.ended {
            // Pure by contract: a fact here would make the index of keys depend on the moment.
            run.ended = Ended::Fault(Fault::FactNotGranted { fact: format!("{} in match-keys", fact.family()) });
        }
        run
    }
}

/// What an error of a run means.
pub(crate) fn stop(error: &wasmtime::Error, store: &mut Store<Sandbox>) -> Stop {
    if let Some(stop) = store.data_mut().stopped_by() {
        return stop;
    }
    let limits = *store.data().limits();
    if error.is::<PoolConcurrencyLimitError>() {
        return Stop::Fault(Fault::NoSlot);
    }
    Stop::Fault(match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Fault::Fuel { limit: limits.fuel },
        Some(Trap::Interrupt) => Fault::Deadline { limit_ms: limits.deadline_ms },
        Some(Trap::StackOverflow) => Fault::Stack,
        Some(trap) => Fault::Trap { text: trap.to_string() },
        None => {
            let text = format!("{error:#}");
            // The runtime's error for this has no public type; a hostile guest in the tests pins its text.
            if text.contains("fuel allocated for hostcalls") {
                Fault::OutputSize { limit: limits.output_bytes }
            } else {
                Fault::OutputInvalid { text: shown(&text) }
            }
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "measures how long a run took; nothing is decided by it")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
