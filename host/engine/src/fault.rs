//! The ways a run of a policy can end without a decision.
//!
//! A fault is never a verdict: the pipeline turns it into what the organisation chose for faults
//! (deny or review), and no fault ever approves.

use serde::{Deserialize, Serialize};

use usher_domain::policy::facts::Fact;

/// Why a policy gave no usable decision. [`Fault::code`] is stable: records and programs keep it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Fault {
    /// The instruction budget ran out.
    #[error("used up its fuel of {limit}")]
    Fuel {
        /// Units the run was given.
        limit: u64,
    },
    /// Wall time ran out. Not repeatable: a replay may end otherwise.
    #[error("was still running after {limit_ms} ms")]
    Deadline {
        /// Milliseconds the run was given.
        limit_ms: u64,
    },
    /// It asked for more linear memory than allowed.
    #[error("asked for more than {limit} bytes of memory")]
    Memory {
        /// Bytes allowed.
        limit: usize,
    },
    /// It asked for more table elements than allowed.
    #[error("asked for more than {limit} table elements")]
    Table {
        /// Elements allowed.
        limit: usize,
    },
    /// Its calls nested too deeply.
    #[error("nested its calls too deeply")]
    Stack,
    /// Too many policies were running at once. The host's trouble, and not repeatable.
    #[error("found no free sandbox")]
    NoSlot,
    /// Any other trap: unreachable code, an access outside its memory, a division by zero.
    #[error("trapped: {text}")]
    Trap {
        /// What the runtime says.
        text: String,
    },
    /// The request is larger than the policy may be handed.
    #[error("would be handed {bytes} bytes, more than the {limit} allowed")]
    InputSize {
        /// Bytes of text in the request.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// It handed over more than allowed.
    #[error("handed over more than {limit} bytes")]
    OutputSize {
        /// Bytes allowed.
        limit: usize,
    },
    /// What it handed over is no decision in the sense of the contract.
    #[error("answered outside the contract: {text}")]
    OutputInvalid {
        /// Which rule of the contract it broke.
        text: String,
    },
    /// It logged too much.
    #[error("logged more than {lines} lines, or one of more than {line_bytes} bytes")]
    LogLimit {
        /// Lines allowed.
        lines: usize,
        /// Bytes allowed for a line.
        line_bytes: usize,
    },
    /// It called the host too often.
    #[error("called the host more than {limit} times")]
    HostCallLimit {
        /// Calls allowed.
        limit: u32,
    },
    /// It asked for a fact that the organisation has not granted.
    #[error("asked for `{fact}`, which it was not granted")]
    FactNotGranted {
        /// The fact's family.
        fact: String,
    },
    /// It refused the settings it had accepted at activation.
    #[error("refused its settings: {text}")]
    Settings {
        /// What it said.
        text: String,
    },
    /// It said itself that it cannot decide.
    #[error("gave up with `{code}`: {text}")]
    PolicyFailure {
        /// The policy's own code.
        code: String,
        /// The policy's own words.
        text: String,
    },
    /// Facts it kept asking for could not be provided in the allowed number of rounds.
    #[error("needs facts that could not be read: {}", .missing.iter().map(|fact| fact.family().as_str()).collect::<Vec<_>>().join(", "))]
    FactsUnavailable {
        /// What was missing at the end.
        missing: Vec<Fact>,
    },
}

impl Fault {
    /// The stable name of the kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fuel { .. } => "fuel",
            Self::Deadline { .. } => "deadline",
            Self::Memory { .. } => "memory",
            Self::Table { .. } => "table",
            Self::Stack => "stack",
            Self::NoSlot => "no-slot",
            Self::Trap { .. } => "trap",
            Self::InputSize { .. } => "input-size",
            Self::OutputSize { .. } => "output-size",
            Self::OutputInvalid { .. } => "output-invalid",
            Self::LogLimit { .. } => "log-limit",
            Self::HostCallLimit { .. } => "host-call-limit",
            Self::FactNotGranted { .. } => "fact-not-granted",
            Self::Settings { .. } => "settings",
            Self::PolicyFailure { .. } => "policy-failure",
            Self::FactsUnavailable { .. } => "facts-unavailable",
        }
    }

    /// Whether the same request may end otherwise another time, in another policy's company or with more grants: what
    /// the policy itself is not at fault for, or said of its own accord.
    #[must_use]
    pub fn is_of_the_moment(&self) -> bool {
        match self {
            Self::Deadline { .. } | Self::NoSlot | Self::FactNotGranted { .. } | Self::FactsUnavailable { .. } => true,
            Self::PolicyFailure { code, .. } => code != SCRIPT_ERROR,
            _ => false,
        }
    }
}

/// The code under which the Rhai runtime reports a script's mistakes, as a function that there is not; any other is a
/// policy's own.
const SCRIPT_ERROR: &str = "script-error";

/// Most bytes of a runtime's or a parser's words that are passed on: a policy has a say in their length.
const MAX_SHOWN_BYTES: usize = 2_048;

/// A text as far as it is worth showing.
pub(crate) fn shown(text: &str) -> String {
    if text.len() <= MAX_SHOWN_BYTES {
        return text.to_owned();
    }
    format!("{} …", &text[..text.floor_char_boundary(MAX_SHOWN_BYTES)])
}
