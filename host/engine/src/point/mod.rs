//! One file for each decision point: how a question of the domain becomes a call of the contract, and the
//! answer a decision of the domain.
//!
//! Owns the conversion between domain types and WIT types, and the rules of the contract that WIT itself
//! can't express (how many reasons, which obligations). Must not know limits, facts or pipelines.

mod approval;
mod seat;
mod sso;
mod vocabulary;

use serde::Serialize;
use serde::de::DeserializeOwned;
use usher_domain::policy::{DecisionPoint, Failure, SettingsProblem};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::fault::Fault;
use crate::pipeline::OnFault;
use crate::sandbox::Sandbox;

pub use approval::Approval;
pub use seat::SeatAssignment;
pub(crate) use sso::claim_bytes;
pub use sso::{MAX_MATCH_KEY_BYTES, MAX_MATCH_KEYS, SsoMatching};

/// A decision point, as a type: what is asked, what is answered, and how a policy is called for it.
pub trait Point: Sized + Send + Sync + 'static {
    /// The name of the decision point.
    const POINT: DecisionPoint;
    /// The question.
    type Request: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The answer.
    type Decision: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// A policy, linked and ready to be instantiated.
    type Pre: Send + Sync;
    /// One instance of it.
    type Instance;

    /// Checks that what was linked is of the world of this point.
    ///
    /// # Errors
    /// Which export is missing or differs.
    fn pre(linked: InstancePre<Sandbox>) -> wasmtime::Result<Self::Pre>;

    /// A fresh instance.
    ///
    /// # Errors
    /// A trap in a start function, or a limit.
    fn instantiate(pre: &Self::Pre, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance>;

    /// The same for an instance made elsewhere.
    ///
    /// # Errors
    /// Which export is missing or differs.
    fn bind(instance: &Instance, store: &mut Store<Sandbox>) -> wasmtime::Result<Self::Instance>;

    /// Hands the settings over.
    ///
    /// # Errors
    /// A trap or a limit; the inner result is the policy's own.
    fn configure(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        settings: &str,
    ) -> wasmtime::Result<Result<(), Vec<SettingsProblem>>>;

    /// Asks.
    ///
    /// # Errors
    /// A trap or a limit; else what [`Answer`] says.
    fn decide(
        instance: &Self::Instance,
        store: &mut Store<Sandbox>,
        request: &Self::Request,
    ) -> wasmtime::Result<Answer<Self::Decision>>;

    /// Bytes of text in the request, as far as it can grow.
    fn input_bytes(request: &Self::Request) -> usize;

    /// The answer that stands for a fault. INVARIANT: it never lets anybody in, gives a seat or matches.
    fn for_fault(fault: &Fault, on_fault: OnFault) -> Self::Decision;

    /// The verdict's name, as in the contract.
    fn verdict(decision: &Self::Decision) -> &'static str;

    /// Whether the answer settles the question, so that no further policy needs to be asked.
    fn is_decisive(decision: &Self::Decision) -> bool;

    /// The answer that replaces `decision` where the strictest answer counts; none if it stays.
    fn stricter(decision: &Self::Decision, other: &Self::Decision) -> Option<Self::Decision>;
}

/// What a policy answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<D> {
    /// A decision within the contract.
    Decision(D),
    /// It said that it can't decide.
    Failure(Failure),
    /// A decision outside the contract: what is wrong with it.
    Invalid(String),
}

impl<D> Answer<D> {
    fn of(result: Result<D, String>) -> Self {
        match result {
            Ok(decision) => Self::Decision(decision),
            Err(text) => Self::Invalid(text),
        }
    }
}
