//! The small parts that decisions of every decision point are made of.

use crate::{Address, Failure, Obligation, Pair, Reason, SettingsProblem};

impl Pair {
    /// A name with a value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl Reason {
    /// A reason by its stable code (kebab-case, at most 64 bytes) and the text that the admin reads (at
    /// most 1,024 bytes).
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code: code.into(), params: Vec::new(), text: text.into() }
    }

    /// Adds a parameter that the organisation's own text for the code is filled with.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push(Pair::new(name, value));
        self
    }
}

impl Obligation {
    /// Those who may approve are told (R17). Of a review alone.
    #[must_use]
    pub fn notify_approvers() -> Self {
        Self { kind: "notify-approvers".into(), params: Vec::new() }
    }

    /// The applicant must prove `of`, `work-email` or `phone`, by a one-time code first.
    pub fn require_proof(of: impl Into<String>) -> Self {
        Self { kind: "require-proof".into(), params: vec![Pair::new("of", of)] }
    }
}

impl Failure {
    /// The policy cannot decide: a stable code (kebab-case, at most 64 bytes) and a text for the admin and
    /// the author.
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code: code.into(), text: text.into() }
    }
}

impl SettingsProblem {
    /// Something wrong with the setting at `pointer` (RFC 6901, as `/domains/0`).
    pub fn new(pointer: impl Into<String>, text: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), text: text.into() }
    }
}

impl Address {
    /// Whether `kind` of evidence, such as `one-time-code`, speaks for the address (R41).
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.evidence.iter().any(|have| have == kind)
    }

    /// The part before the `@`, in canonical form.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.canonical.rsplit_once('@').map_or(&self.canonical, |(local, _)| local)
    }
}

/// What the decisions of all decision points have in common: reasons, parameters and obligations.
macro_rules! explained {
    ($decision:ty) => {
        impl $decision {
            /// Adds a parameter to the reason given last.
            #[must_use]
            pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                if let Some(reason) = self.reasons.last_mut() {
                    reason.params.push($crate::Pair::new(name, value));
                }
                self
            }

            /// Adds a further, less important reason; at most 8 in all.
            #[must_use]
            pub fn because(mut self, code: impl Into<String>, text: impl Into<String>) -> Self {
                self.reasons.push($crate::Reason::new(code, text));
                self
            }

            /// Adds something that the host must do if the decision takes effect; at most 8 in all.
            #[must_use]
            pub fn oblige(mut self, obligation: $crate::Obligation) -> Self {
                self.obligations.push(obligation);
                self
            }
        }
    };
}
pub(crate) use explained;
