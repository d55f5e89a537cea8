//! Steps with names and durations, and the table of them at the end.

use std::time::{Duration, Instant};

use crate::Failure;
use crate::terminal::{bold, green, red, yellow};
use crate::tools::Program;

/// How a step ended.
enum Ending {
    Done,
    Skipped(&'static str),
    Failed,
}

/// Runs steps one after another. After one that failed no other is run.
#[derive(Default)]
pub struct Steps {
    rows: Vec<(&'static str, Ending, Duration)>,
    failure: Option<Failure>,
}

impl Steps {
    /// Runs a step, unless one has failed before.
    pub fn step(&mut self, name: &'static str, run: impl FnOnce() -> Result<(), Failure>) {
        if self.failure.is_some() {
            return self.skip(name, "not reached");
        }
        println!("\n{}", bold(&format!("── {name}")));
        let started = Instant::now();
        let ending = match run() {
            Ok(()) => Ending::Done,
            Err(failure) => {
                println!("{} {failure}", red("failed:"));
                self.failure = Some(failure);
                Ending::Failed
            }
        };
        self.rows.push((name, ending, started.elapsed()));
    }

    /// Runs a step that is one program.
    pub fn program(&mut self, name: &'static str, program: Program) {
        self.step(name, || program.checked());
    }

    /// Leaves a step out.
    pub fn skip(&mut self, name: &'static str, why: &'static str) {
        self.rows.push((name, Ending::Skipped(why), Duration::ZERO));
    }

    /// Prints the table.
    ///
    /// # Errors
    /// Of the step that failed.
    pub fn finish(self) -> Result<(), Failure> {
        println!("\n{}", bold("── summary"));
        let mut total = Duration::ZERO;
        for (name, ending, time) in self.rows {
            total += time;
            let ending = match ending {
                Ending::Done => green("ok"),
                Ending::Skipped(why) => yellow(why),
                Ending::Failed => red("failed"),
            };
            println!("  {name:<28} {:>8.1} s  {ending}", time.as_secs_f64());
        }
        println!("  {:<28} {:>8.1} s", "together", total.as_secs_f64());
        self.failure.map_or(Ok(()), Err)
    }
}
