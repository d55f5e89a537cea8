//! What mail and SMS on their way have in common: what is sent, about whom, and how far it has come.
//!
//! Must not know how either is written or delivered.

use serde::{Deserialize, Serialize};
use usher_domain::time::{HOUR, Instant, MINUTE};
use usher_store::{OrgWrites, Record};

use super::deliveries::{About, Channel, Failed};
use crate::letters::{Language, Letter};

/// Times a message is handed over before it is a dead letter: over a day, by [`retry_after`].
pub const MAX_ATTEMPTS: u32 = 12;
/// How long a message that was not taken waits at first, in microseconds.
const FIRST_PAUSE: i64 = MINUTE;
/// How long it waits at most, in microseconds.
const LONGEST_PAUSE: i64 = 6 * HOUR;

/// A letter to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// What is said.
    pub letter: Letter<'a>,
    /// In which language.
    pub language: Language,
    /// Now.
    pub at: Instant,
    /// From when on it is worth nothing: it is not delivered any more.
    pub until: Option<Instant>,
    /// Under whom admins find how its delivery went.
    pub about: Option<About>,
}

impl<'a> Post<'a> {
    /// A letter whose delivery concerns nobody but its reader, and which is never too late.
    pub const fn new(letter: Letter<'a>, language: Language, at: Instant) -> Post<'a> {
        Post { letter, language, at, until: None, about: None }
    }

    /// How its delivery goes is reported under a member or an invitation (R34).
    #[must_use]
    pub fn about(self, about: impl Into<About>) -> Post<'a> {
        Post { about: Some(about.into()), ..self }
    }

    /// It is worth nothing from `end` on.
    #[must_use]
    pub fn until(self, end: Instant) -> Post<'a> {
        Post { until: Some(end), ..self }
    }

    pub(super) fn journey(&self) -> Journey {
        let letter = self.letter.name().to_owned();
        Journey { letter, at: self.at, until: self.until, about: self.about, attempts: 0 }
    }
}

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// Which letter it is ([`Letter::name`]).
    pub letter: String,
    /// When it was written.
    pub at: Instant,
    /// From when on it is worth nothing.
    pub until: Option<Instant>,
    /// Under whom its delivery is reported.
    pub about: Option<About>,
    /// Times it was handed over and not taken.
    pub attempts: u32,
}

/// What becomes of a message that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is handed over again then.
    Again(Instant),
    /// It is worth nothing any more, as a one-time code soon is, and is not kept.
    Dropped(Failed),
    /// It is given up, and kept among the dead letters.
    Dead(Failed),
}

impl Journey {
    /// What becomes of the message after it was not taken once more, for good (`permanent`) or not; `pause`, in
    /// microseconds, is how long it would wait.
    #[must_use]
    pub fn after_refusal(&self, permanent: bool, now: Instant, pause: i64) -> Next {
        let again = now.plus(pause);
        match self.until {
            Some(_) if permanent => Next::Dropped(Failed::Rejected),
            Some(end) if again >= end => Next::Dropped(Failed::TooLate),
            None if permanent => Next::Dead(Failed::Rejected),
            Some(_) | None if self.attempts >= MAX_ATTEMPTS => Next::Dead(Failed::GaveUp),
            Some(_) | None => Next::Again(again),
        }
    }
}

/// A message on its way.
pub trait Outgoing: Record<Id: Copy + Send + Sync> + Send + Sync + 'static {
    /// By which way.
    const CHANNEL: Channel;

    /// How far it has come.
    fn journey(&self) -> &Journey;

    /// The same, to be moved on.
    fn journey_mut(&mut self) -> &mut Journey;

    /// Its id's bytes, by which its report and its dead letter are found.
    fn bytes(id: &Self::Id) -> [u8; 16];
}

/// Has a message delivered once what is written is committed; not at all if it is not.
pub(super) fn dispatch<R: Outgoing>(writes: &mut OrgWrites, id: &R::Id, message: &R, at: Instant) {
    writes.put(id, message);
    writes.schedule::<R>(at.as_micros(), id);
}

/// How long a message waits that was not taken so many times, in microseconds: twice as long each time, up
/// to a bound, and between half of it and all of it by `entropy`, so that a server that comes back is not
/// met by all at the same moment.
pub fn retry_after(attempts: u32, entropy: [u8; 2]) -> i64 {
    let doublings = attempts.saturating_sub(1).min(16);
    let pause = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
    pause / 2 + (pause / 2) * i64::from(u16::from_be_bytes(entropy)) / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        let check = |attempts: u32, shortest: i64, longest: i64| {
            assert_eq!(retry_after(attempts, [0; 2]), shortest, "after {attempts}");
            assert_eq!(retry_after(attempts, [0xff; 2]), longest, "after {attempts}");
        };
        check(1, MINUTE / 2, MINUTE);
        check(2, MINUTE, 2 * MINUTE);
        check(5, 8 * MINUTE, 16 * MINUTE);
        check(9, 128 * MINUTE, 256 * MINUTE);
        check(10, 3 * HOUR, 6 * HOUR);
        check(u32::MAX, 3 * HOUR, 6 * HOUR);
        let longest: i64 = (1..MAX_ATTEMPTS).map(|attempts| retry_after(attempts, [0xff; 2])).sum();
        assert!((20 * HOUR..30 * HOUR).contains(&longest), "{longest}");
    }

    #[test]
    fn what_was_not_taken_is_tried_again_dropped_or_given_up() {
        let now = Instant::from_micros(0);
        let check = |until: Option<i64>, attempts, permanent, expected: Next| {
            let until = until.map(Instant::from_micros);
            let journey = Journey { letter: "code".into(), at: now, until, about: None, attempts };
            assert_eq!(journey.after_refusal(permanent, now, MINUTE), expected, "{journey:?}");
        };
        let again = Next::Again(now.plus(MINUTE));
        check(None, 1, false, again);
        check(None, MAX_ATTEMPTS, false, Next::Dead(Failed::GaveUp));
        check(None, 1, true, Next::Dead(Failed::Rejected));
        check(Some(HOUR), 1, false, again);
        check(Some(MINUTE), 1, false, Next::Dropped(Failed::TooLate));
        check(Some(HOUR), 1, true, Next::Dropped(Failed::Rejected));
        check(Some(HOUR), MAX_ATTEMPTS, false, Next::Dead(Failed::GaveUp));
    }
}
