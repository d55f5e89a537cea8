//! How a command fails, and the exit code that says so.

use std::process::ExitCode;

use serde_json::{Value, json};
use usher_api::{Code, Problem};
use usher_store::StoreError;

use crate::visible::{visible, visible_lines};

/// What the exit codes mean; clap's own is 2.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done, and all is well
  1  something is not well: a policy refused, a case or a row failed, damage was
     found, or a file could not be read or written
  2  the command line is wrong
  3  the host refused the request
  4  the host can't be reached
  5  another process has the store open
  6  the host answered what this program does not understand

With --json, whatever goes wrong after the command line was read is one JSON
document on standard error: the host's problem (RFC 9457), or {\"error\": \"…\"}.";

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Anything that is not one of the others.
    #[error("{0}")]
    Failed(String),
    /// Something that the command needs was given neither there nor by the environment.
    #[error("{0}")]
    Usage(String),
    /// The host answered with a problem.
    #[error("{}", problem(.0))]
    Refused(Box<Problem>),
    /// There was no answer, or it broke off.
    #[error("{url} can't be reached: {}; is the host running, and is --url (USHER_URL) right?", visible(.why))]
    Unreachable {
        /// Which host.
        url: String,
        /// What happened.
        why: String,
    },
    /// There was an answer, and none in the API's form as it is known here.
    #[error(
        "{url} answered what this `usher` does not understand: {}; is it as new as the host, and is --url (USHER_URL) \
         right?",
        visible(.why)
    )]
    Answer {
        /// Which host.
        url: String,
        /// What is not understood.
        why: String,
    },
    /// The store is open elsewhere.
    #[error("{0}")]
    Locked(String),
}

impl Failure {
    /// From what happened to what: `Failure::of("reading policy.json", error)`.
    pub(crate) fn of(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }

    /// See [`EXIT_CODES`].
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::Unreachable { .. } => 4,
            Self::Locked(_) => 5,
            Self::Answer { .. } => 6,
        })
    }

    /// For programs: the host's problem as it came, or what people would read.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Refused(problem) => json!(problem),
            other => json!({ "error": other.to_string() }),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked { .. } => Self::Locked(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

fn problem(problem: &Problem) -> String {
    let mut text = format!("{} ({}, {})", visible(&problem.title), problem.status, problem.code);
    let mut line = |name: &str, value: &str| text += &format!("\n  {:<8} {}", visible(name), visible_lines(value, 11));
    if let Some(field) = &problem.field {
        line("field", field);
    }
    if problem.detail != problem.title {
        line("detail", &problem.detail);
    }
    if problem.code == Code::Unauthenticated {
        line("here", "the token is taken from --token, or from USHER_TOKEN");
    }
    for (name, value) in &problem.more {
        line(name, &value.to_string());
    }
    if !problem.request_id.is_empty() {
        line("request", &problem.request_id);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_what_where_and_what_to_do() {
        let refused = Problem::new(Code::InvalidField, "`name` is empty: give one").field("/name");
        assert_eq!(
            Failure::Refused(Box::new(refused)).to_string(),
            "A field is missing or wrong (422, invalid_field)\n  field    /name\n  detail   `name` is empty: give one"
        );
    }
}
