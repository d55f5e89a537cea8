//! May this person join? The decision point `approval` (R15 to R22).

use serde::de::DeserializeOwned;

pub use crate::bindings::approval::exports::usher::policy::approval::{
    Applicant, Decision, Invitation, Placement, Request, Row, Verdict,
};
use crate::{Failure, Reason, SettingsProblem};

/// A policy that says who may join.
pub trait Approval: Sized + Send + Sync + 'static {
    /// What the organisation sets, read from its JSON document.
    type Settings: DeserializeOwned;

    /// Takes the organisation's settings, once, before any decision. Facts cannot be asked for here.
    ///
    /// # Errors
    /// What is wrong with the settings, each with a JSON Pointer to it.
    fn configure(settings: Self::Settings) -> Result<Self, Vec<SettingsProblem>>;

    /// Decides on one request.
    ///
    /// # Errors
    /// The policy cannot decide; what the organisation chose for faults takes effect, never an approval.
    fn decide(&self, request: &Request) -> Result<Decision, Failure>;
}

impl Decision {
    fn of(verdict: Verdict, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { verdict, reasons: vec![Reason::new(code, text)], obligations: Vec::new(), placement: None }
    }

    /// Let in, if the host rules allow it.
    pub fn approve(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(Verdict::Approve, code, text)
    }

    /// An admin decides.
    pub fn review(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(Verdict::Review, code, text)
    }

    /// Refused.
    pub fn reject(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(Verdict::Reject, code, text)
    }

    /// Says where the person is placed; with `approve` and `review` only.
    #[must_use]
    pub fn place(mut self, placement: Placement) -> Self {
        self.placement = Some(placement);
        self
    }
}

crate::parts::explained!(Decision);

impl Placement {
    /// Into the department `dep_…`.
    pub fn department(department: impl Into<String>) -> Self {
        Self { department: Some(department.into()), workforce_type: None }
    }
}
