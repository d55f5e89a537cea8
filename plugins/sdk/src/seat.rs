//! Which seat do they get? The decision point `seat-assignment` (R7, R18, R36).

use serde::de::DeserializeOwned;

pub use crate::bindings::seat::exports::usher::policy::seat_assignment::{Decision, Member, Plan, Request, Verdict};
use crate::{Failure, Reason, SettingsProblem};

/// A policy that says which seat a member gets.
pub trait SeatAssignment: Sized + Send + Sync + 'static {
    /// What the organisation sets, read from its JSON document.
    type Settings: DeserializeOwned;

    /// Takes the organisation's settings, once, before any decision. Facts cannot be asked for here.
    ///
    /// # Errors
    /// What is wrong with the settings, each with a JSON Pointer to it.
    fn configure(settings: Self::Settings) -> Result<Self, Vec<SettingsProblem>>;

    /// Decides on one member.
    ///
    /// # Errors
    /// The policy cannot decide; what the organisation chose for faults takes effect.
    fn decide(&self, request: &Request) -> Result<Decision, Failure>;
}

impl Decision {
    /// A seat of the first of `plans` (ids out of the request's, preferred first) that has one free.
    pub fn assign(
        plans: impl IntoIterator<Item = impl Into<String>>,
        code: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Assign,
            plans: plans.into_iter().map(Into::into).collect(),
            reasons: vec![Reason::new(code, text)],
            obligations: Vec::new(),
        }
    }

    /// No seat, and no wish for one is kept.
    pub fn decline(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Decline,
            plans: Vec::new(),
            reasons: vec![Reason::new(code, text)],
            obligations: Vec::new(),
        }
    }
}

crate::parts::explained!(Decision);

impl Plan {
    /// Seats that are neither used nor reserved.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.bought.saturating_sub(self.used.saturating_add(self.reserved))
    }
}
