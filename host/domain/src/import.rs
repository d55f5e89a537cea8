//! Batch imports: what an admin chose, how far one has come, and what became of each row (R23 to R29).
//!
//! Owns the words and the changes of state. Must not know files, sheets or policies.

use serde::{Deserialize, Serialize};

use crate::ids::{DecisionId, GroupId, ImportId, MemberId, PlanId};
use crate::kebab::names;
use crate::member::WishReason;
use crate::policy::Reason;
use crate::time::{DAY, Instant};

/// How long the file and its key are kept at most, in microseconds (R29): after the last step, and once rows were
/// applied, after the first of them could be.
pub const KEPT_FOR: i64 = DAY;
/// Most bytes of what a note says.
pub const MAX_NOTE_BYTES: usize = 1_024;

names! {
    /// How far an import has come.
    pub enum State as "state of an import" {
        /// The dry run is under way.
        Checking = "checking",
        /// The dry run is done: it can be applied.
        Checked = "checked",
        /// Rows become members.
        Applying = "applying",
        /// Stopped by an admin; goes on when it is applied again.
        Cancelled = "cancelled",
        /// Every row was dealt with.
        Finished = "finished",
        /// The file can't be read to its end.
        Unreadable = "unreadable",
        /// The file and its key are gone.
        Closed = "closed",
    }
}

names! {
    /// What happens to a department that a row names and that there is not (R28).
    pub enum UnknownDepartments as "choice for unknown departments" {
        /// The member goes to the root department, with a warning.
        Ignore = "ignore",
        /// It is made, with its group.
        Create = "create",
    }
}

names! {
    /// What becomes of a row (R25).
    pub enum Verdict as "verdict of a row" {
        /// A new member.
        Add = "add",
        /// A member already; nothing changes.
        Exists = "exists",
        /// No member, for the reasons given.
        Fail = "fail",
    }
}

/// Which seats the new members get (R27). A plan that a row names comes before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Seats {
    /// What the seat policies say; without one, the only plan there is.
    #[default]
    Policy,
    /// One plan for all.
    Plan {
        /// Which.
        plan: PlanId,
    },
    /// All are put into this user group, which admins fill, and get a seat of its plan (R35).
    Group {
        /// Which.
        group: GroupId,
    },
    /// None.
    None,
}

/// What the admin chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// R28.
    pub unknown_departments: UnknownDepartments,
    /// Workforce types whose members the groups of the departments that are made take (R28); of any if none is named.
    pub group_workforce_types: Vec<String>,
    /// R27.
    pub seats: Seats,
    /// Whether invitations go out as rows succeed (R26).
    pub invite: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            unknown_departments: UnknownDepartments::Ignore,
            group_workforce_types: Vec::new(),
            seats: Seats::Policy,
            invite: false,
        }
    }
}

/// Why a row failed, or a warning on one that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Stable, in snake case; a policy's reasons keep their own codes.
    pub code: String,
    /// For the admin. It may quote the row: departments that there are not, whatever policies say.
    pub text: String,
}

impl Note {
    /// A note; what it says is cut off after [`MAX_NOTE_BYTES`].
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        let mut text = text.into();
        text.truncate(text.floor_char_boundary(MAX_NOTE_BYTES));
        Self { code: code.to_owned(), text }
    }
}

impl From<&Reason> for Note {
    fn from(reason: &Reason) -> Self {
        Self::new(&reason.code, &reason.text)
    }
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowReport {
    /// In short.
    pub verdict: Verdict,
    /// What policies said of it; reasons of a failure, warnings otherwise.
    pub notes: Vec<Note>,
    /// Who it made, or who was there already.
    pub member: Option<MemberId>,
    /// The plan of the seat that it takes.
    pub seat: Option<PlanId>,
    /// The plan of the seat that it should have and does not get (R36).
    pub wish: Option<PlanId>,
    /// Why it does not get that seat (R36).
    pub wish_reason: Option<WishReason>,
    /// What the approval policies decided, of a row that was applied: a dry run keeps no decisions.
    pub decision: Option<DecisionId>,
}

impl RowReport {
    /// A row that makes nobody and leads to nobody.
    pub const fn new(verdict: Verdict, notes: Vec<Note>) -> Self {
        Self { verdict, notes, member: None, seat: None, wish: None, wish_reason: None, decision: None }
    }
}

/// Rows by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// New members.
    pub added: u64,
    /// Members already.
    pub existing: u64,
    /// Refused.
    pub failed: u64,
}

impl Counts {
    /// Counts one row.
    pub const fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Add => self.added += 1,
            Verdict::Exists => self.existing += 1,
            Verdict::Fail => self.failed += 1,
        }
    }

    /// All rows.
    pub const fn rows(&self) -> u64 {
        self.added + self.existing + self.failed
    }
}

/// Seats of one plan: what the import needs against what is free (R25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatsNeeded {
    /// Which plan.
    pub plan: PlanId,
    /// Rows that should have a seat of it.
    pub needed: u64,
    /// Seats free before.
    pub free: u64,
}

/// What the dry run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows by verdict.
    pub counts: Counts,
    /// In order of plan.
    pub seats: Vec<SeatsNeeded>,
    /// Departments that rows name and that there are not, as paths.
    pub unknown_departments: Vec<Vec<String>>,
    /// Whether there are more of them than are listed.
    pub more_unknown_departments: bool,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// How far it has come.
    pub state: State,
    /// What the admin chose.
    pub choices: Choices,
    /// The file's name as it was given, for people.
    pub file_name: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Columns that nothing is read from.
    pub ignored_columns: Vec<String>,
    /// What the dry run found.
    pub summary: Option<Summary>,
    /// Why the file can't be read.
    pub fault: Option<String>,
    /// Who brought it, if a member did.
    pub by: Option<MemberId>,
    /// Whether rows were applied, so that the choices stay as they are.
    pub begun: bool,
    /// When the file came.
    pub created_at: Instant,
    /// When file and key go, unless it is closed before (R29).
    pub ends_at: Instant,
}

/// Not from this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the import is {state}, so it cannot be {wanted}")]
pub struct StateError {
    /// The state it is in.
    pub state: State,
    /// What was asked for, in words.
    pub wanted: &'static str,
}

impl Import {
    /// Whether a job works on it.
    pub const fn is_running(&self) -> bool {
        matches!(self.state, State::Checking | State::Applying)
    }

    /// Has it checked again with other choices.
    pub fn check(&mut self, choices: Choices, now: Instant) -> Result<(), StateError> {
        if self.begun || !matches!(self.state, State::Checked | State::Cancelled) {
            return Err(StateError { state: self.state, wanted: "checked again" });
        }
        self.choices = choices;
        self.summary = None;
        self.step(State::Checking, now);
        Ok(())
    }

    /// Begins, or goes on after it was cancelled. Only what was checked is applied (R25).
    pub fn apply(&mut self, now: Instant) -> Result<(), StateError> {
        if !matches!(self.state, State::Checked | State::Cancelled) || self.summary.is_none() {
            return Err(StateError { state: self.state, wanted: "applied" });
        }
        if self.begun {
            self.state = State::Applying;
        } else {
            self.step(State::Applying, now);
            self.begun = true;
        }
        Ok(())
    }

    /// Stops what runs; nothing happens if nothing does.
    pub fn cancel(&mut self, now: Instant) {
        if self.is_running() {
            self.step(State::Cancelled, now);
        }
    }

    /// The file and its key are destroyed, and names that people wrote are forgotten.
    pub fn close(&mut self) -> Result<(), StateError> {
        if self.is_running() || self.state == State::Closed {
            return Err(StateError { state: self.state, wanted: "closed" });
        }
        self.state = State::Closed;
        self.file_name = None;
        if let Some(summary) = &mut self.summary {
            summary.unknown_departments.clear();
        }
        Ok(())
    }

    /// The next state, from which the file is kept for a while again, unless rows were applied: their passwords last no
    /// longer than they would have (R29).
    pub const fn step(&mut self, state: State, now: Instant) {
        self.state = state;
        if !self.begun {
            self.ends_at = now.plus(KEPT_FOR);
        }
    }

    /// Whether the time is over in which anything can be had of its file.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.ends_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(state: State, begun: bool, summary: bool) -> Import {
        Import {
            id: ImportId::from_bytes([1; 16]),
            state,
            choices: Choices::default(),
            file_name: None,
            bytes: 0,
            ignored_columns: Vec::new(),
            summary: summary.then(Summary::default),
            fault: None,
            by: None,
            begun,
            created_at: Instant::from_micros(0),
            ends_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn r25_only_what_was_checked_is_applied() {
        let check = |state: State, summary: bool, expected: bool| {
            assert_eq!(import(state, false, summary).apply(Instant::from_micros(1)).is_ok(), expected, "{state}");
        };
        check(State::Checking, false, false);
        check(State::Checked, true, true);
        check(State::Cancelled, true, true);
        check(State::Cancelled, false, false);
        for state in [State::Applying, State::Finished, State::Unreadable, State::Closed] {
            check(state, true, false);
        }
    }

    #[test]
    fn r25_the_choices_of_an_import_that_has_begun_stay() {
        let check = |state: State, begun: bool, expected: bool| {
            let checked = import(state, begun, true).check(Choices::default(), Instant::from_micros(1));
            assert_eq!(checked.is_ok(), expected, "{state}");
        };
        check(State::Checked, false, true);
        check(State::Cancelled, false, true);
        check(State::Cancelled, true, false);
        check(State::Finished, true, false);
    }

    #[test]
    fn r29_what_runs_is_not_closed_and_what_is_closed_forgets_names() {
        assert!(import(State::Applying, true, true).close().is_err());
        assert!(import(State::Closed, true, true).close().is_err());
        let mut one = import(State::Finished, true, false);
        let unknown_departments = vec![vec!["Sales".to_owned()]];
        one.summary = Some(Summary { unknown_departments, more_unknown_departments: true, ..Summary::default() });
        one.file_name = Some("people.csv".to_owned());
        one.close().unwrap();
        let summary = Summary { more_unknown_departments: true, ..Summary::default() };
        assert_eq!((one.file_name, one.summary), (None, Some(summary)));
    }

    #[test]
    fn r29_each_step_keeps_the_file_for_a_day_until_rows_are_applied() {
        let at = Instant::from_micros;
        let mut one = import(State::Checking, false, true);
        let check = |one: &Import, ends_at: i64| assert_eq!(one.ends_at, at(ends_at + KEPT_FOR), "{}", one.state);
        one.step(State::Checked, at(1));
        check(&one, 1);
        one.apply(at(2)).unwrap();
        check(&one, 2);
        one.cancel(at(3));
        one.apply(at(4)).unwrap();
        one.step(State::Finished, at(5));
        check(&one, 2);
        assert_eq!((one.is_over(at(1 + KEPT_FOR)), one.is_over(at(2 + KEPT_FOR))), (false, true));
    }

    #[test]
    fn what_a_note_says_is_cut_off_between_characters() {
        let text = "ä".repeat(MAX_NOTE_BYTES);
        assert_eq!(Note::new("long", format!("a{text}")).text.len(), MAX_NOTE_BYTES - 1);
        assert_eq!(Note::new("short", "a").text, "a");
    }
}
