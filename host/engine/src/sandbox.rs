//! What a run can reach: its limits, the facts it was granted, its log. Nothing else is linked.
//!
//! Owns the state of one run and every function that a policy can call. Must not know decision points.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use usher_domain::address::canonical_domain;
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::policy::facts::{Fact, FactFamily, FactValue};
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Engine, ResourceLimiter, Store};

use crate::bindings::host::{departments, inviter_history, log, member_counts, verified_domains};
use crate::fault::Fault;
use crate::limits::Limits;
use crate::runtime::epochs;

/// The most bytes that a domain can have in UTF-8; a longer text is not worth reading as one.
const MAX_DOMAIN_BYTES: usize = 1_024;

/// Answers facts from memory: a run never waits for I/O.
pub trait FactSource: Send + Sync {
    /// The answer, or none if it has not been read yet: the run then ends, the host reads it, and the run
    /// starts again.
    fn get(&self, fact: &Fact) -> Option<FactValue>;

    /// Whether what has not been read by now never will be: a run that asks for more ends in
    /// [`Fault::FactsUnavailable`].
    fn is_closed(&self) -> bool {
        false
    }
}

/// No fact is known; for policies that ask for none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl FactSource for NoFacts {
    fn get(&self, _: &Fact) -> Option<FactValue> {
        None
    }
}

impl FactSource for std::collections::BTreeMap<Fact, FactValue> {
    fn get(&self, fact: &Fact) -> Option<FactValue> {
        Self::get(self, fact).cloned()
    }
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// Worth knowing.
    Info,
    /// Should be looked at.
    Warn,
    /// Went wrong.
    Error,
}

/// One line a policy logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// How loud.
    pub level: LogLevel,
    /// What it says.
    pub text: String,
}

/// The state of one run.
pub struct Sandbox {
    limits: Limits,
    granted: Arc<BTreeSet<FactFamily>>,
    facts: Option<Arc<dyn FactSource>>,
    /// Facts answered, in the order asked, each once.
    pub(crate) read: Vec<(Fact, FactValue)>,
    /// What was logged.
    pub(crate) log: Vec<LogLine>,
    calls_left: u32,
    memory_bytes: usize,
    table_elements: usize,
    /// Set when a limit stopped the run: the trap that follows has this cause.
    stopped_by: Option<Stop>,
}

/// Why the sandbox ended a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    Fault(Fault),
    Missing(Fact),
}

impl Sandbox {
    /// State for a run that may ask for the granted facts.
    pub fn new(limits: Limits, granted: Arc<BTreeSet<FactFamily>>, facts: Option<Arc<dyn FactSource>>) -> Self {
        Self {
            limits,
            granted,
            facts,
            read: Vec::new(),
            log: Vec::new(),
            calls_left: limits.host_calls,
            memory_bytes: 0,
            table_elements: 0,
            stopped_by: None,
        }
    }

    /// A store for one run, with every limit armed.
    ///
    /// # Errors
    /// Only if fuel were not switched on, which [`crate::runtime`] does.
    pub fn store(self, engine: &Engine) -> wasmtime::Result<Store<Self>> {
        let limits = self.limits;
        let mut store = Store::new(engine, self);
        store.limiter(|sandbox| sandbox);
        store.set_hostcall_fuel(limits.output_bytes);
        arm(&mut store)?;
        Ok(store)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn stopped_by(&mut self) -> Option<Stop> {
        self.stopped_by.take()
    }

    fn stop(&mut self, stop: Stop) -> wasmtime::Error {
        self.stopped_by = Some(stop);
        wasmtime::Error::msg("stopped by the sandbox")
    }

    fn count_call(&mut self) -> wasmtime::Result<()> {
        match self.calls_left.checked_sub(1) {
            Some(left) => self.calls_left = left,
            None => return Err(self.stop(Stop::Fault(Fault::HostCallLimit { limit: self.limits.host_calls }))),
        }
        Ok(())
    }

    fn fact(&mut self, fact: Fact) -> wasmtime::Result<FactValue> {
        self.count_call()?;
        if !self.granted.contains(&fact.family()) {
            let fact = fact.family().to_string();
            return Err(self.stop(Stop::Fault(Fault::FactNotGranted { fact })));
        }
        if let Some((_, value)) = self.read.iter().find(|(known, _)| *known == fact) {
            return Ok(value.clone());
        }
        if let Some(value) = self.facts.as_ref().and_then(|facts| facts.get(&fact)) {
            self.read.push((fact, value.clone()));
            return Ok(value);
        }
        let closed = self.facts.as_ref().is_some_and(|facts| facts.is_closed());
        Err(self.stop(if closed {
            Stop::Fault(Fault::FactsUnavailable { missing: vec![fact] })
        } else {
            Stop::Missing(fact)
        }))
    }
}

/// Starts a run's budgets and records anew, so that `configure` shows in nothing that comes after it.
pub(crate) fn start_over(store: &mut Store<Sandbox>) -> wasmtime::Result<()> {
    let sandbox = store.data_mut();
    sandbox.read.clear();
    sandbox.log.clear();
    sandbox.calls_left = sandbox.limits.host_calls;
    arm(store)
}

/// Gives a store its fuel and its deadline.
pub(crate) fn arm(store: &mut Store<Sandbox>) -> wasmtime::Result<()> {
    let limits = store.data().limits;
    store.set_fuel(limits.fuel)?;
    store.set_epoch_deadline(epochs(limits.deadline_ms));
    Ok(())
}

impl ResourceLimiter for Sandbox {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if is_beyond(desired, maximum) {
            return Ok(false);
        }
        // Over all memories: a component may bring several instances.
        self.memory_bytes += desired.saturating_sub(current);
        if self.memory_bytes <= self.limits.memory_bytes {
            return Ok(true);
        }
        Err(self.stop(Stop::Fault(Fault::Memory { limit: self.limits.memory_bytes })))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if is_beyond(desired, maximum) {
            return Ok(false);
        }
        self.table_elements += desired.saturating_sub(current);
        if self.table_elements <= self.limits.table_elements {
            return Ok(true);
        }
        Err(self.stop(Stop::Fault(Fault::Table { limit: self.limits.table_elements })))
    }
}

/// Whether a module's own maximum refuses a growth, which then takes nothing.
fn is_beyond(desired: usize, maximum: Option<usize>) -> bool {
    maximum.is_some_and(|maximum| desired > maximum)
}

/// A linker with everything that a policy may import.
///
/// # Errors
/// Only if two interfaces had one name.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    log::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| sandbox)?;
    member_counts::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| sandbox)?;
    departments::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| sandbox)?;
    inviter_history::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| sandbox)?;
    verified_domains::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| sandbox)?;
    Ok(linker)
}

/// The value of the fact's own variant; a source that answers another one is a bug of the host.
macro_rules! answer {
    ($sandbox:expr, $fact:expr, $variant:ident) => {
        match $sandbox.fact($fact)? {
            FactValue::$variant(value) => Ok(value),
            other => Err(wasmtime::Error::msg(format!("the fact source answered with {other:?}"))),
        }
    };
}

impl log::Host for Sandbox {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.count_call()?;
        let Limits { log_lines: lines, log_line_bytes: line_bytes, .. } = self.limits;
        if self.log.len() >= lines || message.len() > line_bytes {
            return Err(self.stop(Stop::Fault(Fault::LogLimit { lines, line_bytes })));
        }
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.log.push(LogLine { level, text: message });
        Ok(())
    }
}

impl member_counts::Host for Sandbox {
    fn members(&mut self) -> wasmtime::Result<u64> {
        answer!(self, Fact::Members, Members)
    }

    fn limit(&mut self) -> wasmtime::Result<Option<u64>> {
        answer!(self, Fact::Limit, Limit)
    }
}

// An id or a domain that is none names nothing: the policy hears "there is no such", not a fault.
impl departments::Host for Sandbox {
    fn path(&mut self, department: String) -> wasmtime::Result<Option<Vec<String>>> {
        match department.parse::<DepartmentId>() {
            Ok(id) => answer!(self, Fact::DepartmentPath(id), DepartmentPath),
            Err(_) => self.count_call().map(|()| None),
        }
    }

    fn members(&mut self, department: String) -> wasmtime::Result<Option<u64>> {
        match department.parse::<DepartmentId>() {
            Ok(id) => answer!(self, Fact::DepartmentMembers(id), DepartmentMembers),
            Err(_) => self.count_call().map(|()| None),
        }
    }
}

impl inviter_history::Host for Sandbox {
    fn of(&mut self, member: String) -> wasmtime::Result<Option<inviter_history::History>> {
        let Ok(id) = member.parse::<MemberId>() else {
            return self.count_call().map(|()| None);
        };
        let history: wasmtime::Result<_> = answer!(self, Fact::InviterHistory(id), InviterHistory);
        Ok(history?.map(|history| inviter_history::History {
            requests: history.requests,
            approved: history.approved,
            rejected: history.rejected,
        }))
    }
}

impl verified_domains::Host for Sandbox {
    fn proof(&mut self, domain: String) -> wasmtime::Result<Option<String>> {
        let canonical = (domain.len() <= MAX_DOMAIN_BYTES).then(|| canonical_domain(&domain).ok()).flatten();
        let Some(domain) = canonical else {
            return self.count_call().map(|()| None);
        };
        let proof: wasmtime::Result<_> = answer!(self, Fact::DomainProof(domain), DomainProof);
        Ok(proof?.map(|proof| proof.as_str().to_owned()))
    }
}
