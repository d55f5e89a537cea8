//! What one run of a policy may use.
//!
//! Every bound has a name, a default and a fault of its own ([`crate::Fault`]).

use serde::{Deserialize, Serialize};

/// Bounds of one decision. An organisation may lower them for a policy; the host's are the ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Instructions, roughly: deterministic for a runtime digest.
    pub fuel: u64,
    /// Wall time in milliseconds, from the start of the call; kept to within [`crate::EPOCH_TICK_MS`].
    pub deadline_ms: u64,
    /// Bytes of linear memory.
    pub memory_bytes: usize,
    /// Elements of all tables.
    pub table_elements: usize,
    /// Bytes of text in the request.
    pub input_bytes: usize,
    /// Bytes that one answer or one argument of a host call may take.
    pub output_bytes: usize,
    /// Log lines.
    pub log_lines: usize,
    /// Bytes of one log line.
    pub log_line_bytes: usize,
    /// Calls of imported functions, log included.
    pub host_calls: u32,
}

impl Limits {
    /// The most that any policy gets, whatever its organisation sets.
    pub const CEILING: Self = Self {
        fuel: 1_000_000_000,
        deadline_ms: 1_000,
        memory_bytes: 64 << 20,
        table_elements: 100_000,
        input_bytes: 1 << 20,
        output_bytes: 1 << 20,
        log_lines: 64,
        log_line_bytes: 1_024,
        host_calls: 1_024,
    };

    /// Every bound at most that of `ceiling`.
    #[must_use]
    pub fn at_most(self, ceiling: &Self) -> Self {
        Self {
            fuel: self.fuel.min(ceiling.fuel),
            deadline_ms: self.deadline_ms.min(ceiling.deadline_ms),
            memory_bytes: self.memory_bytes.min(ceiling.memory_bytes),
            table_elements: self.table_elements.min(ceiling.table_elements),
            input_bytes: self.input_bytes.min(ceiling.input_bytes),
            output_bytes: self.output_bytes.min(ceiling.output_bytes),
            log_lines: self.log_lines.min(ceiling.log_lines),
            log_line_bytes: self.log_line_bytes.min(ceiling.log_line_bytes),
            host_calls: self.host_calls.min(ceiling.host_calls),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Some 20 ms: spent long before the deadline, so that a runaway policy ends the same way each time.
            fuel: 20_000_000,
            deadline_ms: 500,
            memory_bytes: 16 << 20,
            table_elements: 20_000,
            input_bytes: 256 << 10,
            output_bytes: 256 << 10,
            log_lines: 64,
            log_line_bytes: 1_024,
            host_calls: 256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_organisation_gets_more_than_the_ceiling() {
        let greedy = Limits { fuel: u64::MAX, host_calls: u32::MAX, ..Limits::default() };
        let granted = greedy.at_most(&Limits::CEILING);
        assert_eq!(granted.fuel, Limits::CEILING.fuel);
        assert_eq!(granted.host_calls, Limits::CEILING.host_calls);
        assert_eq!(granted.memory_bytes, Limits::default().memory_bytes);
    }
}
