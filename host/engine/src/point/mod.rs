//! One file for each decision point: how a question of the domain becomes a call of the contract, and the
//! answer a decision of the domain.
//!
//! Owns the conversion between domain types and WIT types, and the rules of the contract that WIT itself
//! can't express (how many reasons, which obligations). Must not know limits, facts or pipelines.

mod approval;
mod linked;
mod seat;
mod sso;
mod vocabulary;

use bumpalo::Bump;
use serde::Serialize;
use serde::de::DeserializeOwned;
use usher_domain::policy::{DecisionPoint, Failure};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre, Lift, Lower};

use crate::fault::Fault;
use crate::pipeline::OnFault;
use crate::sandbox::Sandbox;

pub use approval::Approval;
pub use linked::{Bound, Linked};
pub use seat::SeatAssignment;
pub(crate) use sso::claim_bytes;
pub use sso::{MAX_MATCH_KEY_BYTES, MAX_MATCH_KEYS, SsoMatching};

/// A decision point, as a type: what is asked, what is answered, and how a policy is called for it.
pub trait Point: Sized + Send + Sync + 'static {
    /// The name of the decision point.
    const POINT: DecisionPoint;
    /// A question as it may come, in JSON, with everything that may be given: what a policy is tried with.
    const EXAMPLE: &'static str;
    /// The question.
    type Request: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The answer.
    type Decision: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The question, as the contract has it.
    type Lowered<'a>: Lower;
    /// The answer, as the contract has it.
    type Lifted: Lift;

    /// From the domain's question to the contract's; `scratch` holds what has to be written anew.
    fn lower<'a>(scratch: &'a Bump, request: &'a Self::Request) -> Self::Lowered<'a>;

    /// From the contract's answer to the domain's.
    ///
    /// # Errors
    /// Which rule of the contract the answer breaks.
    fn lift(decision: Self::Lifted, request: &Self::Request) -> Result<Self::Decision, String>;

    /// Compares the types of what the interface has beside `configure` and `decide` with the contract's.
    ///
    /// # Errors
    /// Which function is missing or differs.
    fn check_others(_: &InstancePre<Sandbox>, _: &Instance, _: &mut Store<Sandbox>) -> wasmtime::Result<()> {
        Ok(())
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// INVARIANT: [`crate::Policy::trial`] blames the host if an example is none.
    fn check<P: Point>() {
        let request = serde_json::from_str::<P::Request>(P::EXAMPLE).map_err(|error| error.to_string());
        assert!(request.is_ok(), "{}: {:?}", P::POINT, request.err());
    }

    #[test]
    fn examples_are_requests() {
        check::<Approval>();
        check::<SeatAssignment>();
        check::<SsoMatching>();
    }
}
