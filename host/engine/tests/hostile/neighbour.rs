//! The neighbour: a policy that harms nobody, on the engine that runs the hostile ones. What it decides, and
//! how long each decision takes. Must not know what runs beside it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use usher_domain::policy::approval::{Decision, Request};
use usher_engine::{Approval, Ended, LogLine, Policy};

use crate::Everything;

/// Between two decisions, so that the neighbour is no load itself.
const PAUSE: Duration = Duration::from_millis(1);

/// Decisions of one policy on one request: the same each time, but for how long they took.
pub struct Decisions {
    answer: Answer,
    /// Wall time of each, instantiation included, shortest first.
    took: Vec<Duration>,
}

/// Everything about a decision that repeats, the fuel it used included.
type Answer = (Ended<Decision>, u64, Vec<LogLine>);

impl Decisions {
    /// Decides for as long as `more` says so, which is given the number of decisions made.
    ///
    /// # Panics
    /// If there is no decision, be it only for the deadline, or one that differs from the first.
    pub fn make(policy: &Policy<Approval>, request: &Request, more: impl Fn(usize) -> bool) -> Self {
        let (mut answer, mut took): (Option<Answer>, _) = (None, Vec::new());
        while more(took.len()) {
            let run = policy.decide(request, Arc::new(Everything));
            took.push(run.duration);
            let again = (run.ended, run.fuel, run.log);
            assert!(matches!(again.0, Ended::Decided(_)), "the neighbour suffers: {again:?}");
            let first = answer.get_or_insert_with(|| again.clone());
            assert_eq!(*first, again, "the neighbour decides otherwise than it did");
            std::thread::sleep(PAUSE);
        }
        took.sort_unstable();
        Self { answer: answer.expect("a neighbour that decides"), took }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.took.len()
    }

    /// What was decided each time.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Wall time of the slowest.
    pub fn longest(&self) -> Duration {
        self.of_all(1.0)
    }

    /// The time in which this part of all decisions was made.
    fn of_all(&self, part: f64) -> Duration {
        self.took[((self.count() - 1) as f64 * part) as usize]
    }
}

/// Head of a table of [`Decisions`].
pub const COLUMNS: &str = "decisions   median      p99  longest";

impl fmt::Display for Decisions {
    /// A row of the table, in microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9}", self.count())?;
        [0.5, 0.99, 1.0].into_iter().try_for_each(|part| write!(f, "{:6} µs", self.of_all(part).as_micros()))
    }
}
