//! Recognising people in texts and keys.
//!
//! Must not know what people are found by, nor what is done where they are found.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_domain::ids::MemberId;
use usher_domain::time::Instant;
use usher_store::{Cbor, Record, StoreError};

use super::person::Person;
use crate::app::stored::{MemberAt, OpenRequest};

/// Recognises people.
pub(super) struct Finder {
    people: Vec<Wanted>,
    texts: AhoCorasick,
    /// Whose text each one is.
    owners: Vec<usize>,
}

/// A person, and up to which commit a text of theirs is taken to be about them: what is written later under the same
/// address is about whoever has it then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Who.
    pub person: Person,
    /// The last commit whose rows are looked at for texts.
    pub until: u64,
    /// When their erasure was asked for: the last moment, of what is judged by when it was made.
    pub asked_at: Instant,
}

/// When a row was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// By which commit, last.
    pub version: u64,
    /// When it was made, if whom it is about was settled then: written again since, as a mail is that is tried again,
    /// it is about the same person.
    pub made_at: Option<Instant>,
}

impl Written {
    /// By a commit, about whoever had the address then.
    pub(super) fn by(version: u64) -> Written {
        Written { version, made_at: None }
    }
}

impl Finder {
    pub(super) fn new(people: Vec<Wanted>) -> Result<Finder, StoreError> {
        let all = || people.iter().enumerate().flat_map(|(n, one)| one.person.texts.iter().map(move |text| (n, text)));
        let texts = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(all().map(|(_, text)| text));
        let texts = texts.map_err(|_| StoreError::Value { what: "texts that can be looked for" })?;
        let owners = all().map(|(n, _)| n).collect();
        Ok(Finder { people, texts, owners })
    }

    /// The people who are looked for.
    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().map(|wanted| &wanted.person)
    }

    /// Whether a text is the id of one of the people.
    pub(super) fn is(&self, id: &Value) -> bool {
        self.people().any(|person| Some(person.subject.to_string().as_str()) == id.as_str())
    }

    /// Whether the id of one of the people, a member, stands somewhere in a text.
    pub(super) fn has_member_in(&self, text: &str) -> bool {
        self.people().filter_map(|person| person.subject.member()).any(|member| text.contains(&member.to_string()))
    }

    /// Whether one of the people may be named by a text in a row.
    pub(super) fn may_name(&self, bytes: &[u8], written: Written) -> bool {
        self.texts.find_overlapping_iter(bytes).any(|found| self.is_in_time(found, written))
    }

    /// Whether one of the people is named: by a whole address, not by a part of a longer one.
    pub(super) fn names(&self, text: &str, written: Written) -> bool {
        let whole = |found: Match| is_whole(text.as_bytes(), found.start(), found.end());
        self.texts.find_overlapping_iter(text).any(|found| self.is_in_time(found, written) && whole(found))
    }

    /// [`Finder::names`] for any text in a record.
    pub(super) fn names_within(&self, value: &Cbor, written: Written) -> bool {
        texts_of(value, &mut |text| self.names(text, written))
    }

    /// Whether one of the people, a member, is this one.
    pub(super) fn is_member(&self, id: MemberId) -> bool {
        self.people().any(|person| person.subject.member() == Some(id))
    }

    /// Whether one of the people came from there before the moment.
    pub(super) fn came_from(&self, origin: &str, at: Instant) -> bool {
        self.people.iter().any(|wanted| at <= wanted.asked_at && wanted.person.origins.contains(origin))
    }

    fn is_in_time(&self, found: Match, written: Written) -> bool {
        let wanted = &self.people[self.owners[found.pattern().as_usize()]];
        written.version <= wanted.until || written.made_at.is_some_and(|made| made <= wanted.asked_at)
    }
}

/// Whether `test` takes one of the texts in a value, names of fields left out.
pub(super) fn texts_of(value: &Cbor, test: &mut impl FnMut(&str) -> bool) -> bool {
    match value {
        Cbor::Text(text) => test(text),
        Cbor::Array(values) => values.iter().any(|value| texts_of(value, test)),
        Cbor::Map(fields) => fields.iter().any(|(name, value)| {
            // Keys may be addresses too, as in a map of a policy's facts.
            texts_of(name, test) || texts_of(value, test)
        }),
        Cbor::Tag(_, value) => texts_of(value, test),
        _ => false,
    }
}

/// Whether no longer address surrounds what was found: `ada@example.com` is not in `wada@example.com`, nor in
/// `ada@example.com.au`.
fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'-');
    let before = start.checked_sub(1).map(|at| text[at]);
    let (after, then) = (text.get(end).copied(), text.get(end + 1).copied());
    let longer_before = before.is_some_and(|byte| goes_on(byte) || matches!(byte, b'.' | b'+'));
    let longer_behind = match after {
        Some(b'.') => then.is_some_and(goes_on),
        after => after.is_some_and(goes_on),
    };
    !longer_before && !longer_behind
}

/// Whether the row of a record is kept under the person's address, which for some kinds has the mark of its sort
/// before it.
pub(super) fn is_kept_under(person: &Person, kind: u8, id: &[u8]) -> bool {
    let place = match kind {
        MemberAt::KIND | OpenRequest::KIND => id.get(1..),
        _ => Some(id),
    };
    person.texts.iter().any(|text| place == Some(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::privacy::person::Subject;

    fn finder(texts: &[&str]) -> Finder {
        let subject = Subject::Member(MemberId::from_bytes([1; 16]));
        let person = Person { texts: texts.iter().map(ToString::to_string).collect(), ..Person::new(subject) };
        Finder::new(vec![Wanted { person, until: 5, asked_at: Instant::from_micros(5) }]).unwrap()
    }

    #[test]
    fn r32_a_person_is_found_by_their_whole_address_in_any_case_and_nobody_else() {
        let finder = finder(&["ada@example.com", "+4915112345678"]);
        let check = |text: &str, found: bool| assert_eq!(finder.names(text, Written::by(5)), found, "{text}");
        check("ada@example.com", true);
        check("ADA@Example.com", true);
        check("Ada Lovelace <ada@example.com>, of sales", true);
        check(r#"{"email":"ada@example.com"}"#, true);
        check("Write to ada@example.com.", true);
        check("+4915112345678", true);
        check("wada@example.com", false);
        check("l.ada@example.com", false);
        check("ada@example.com.au", false);
        check("ada@example.community", false);
        check("+49151123456789", false);
        check("Ada", false);
    }

    #[test]
    fn r32_what_was_written_after_the_erasure_was_asked_for_is_somebody_elses() {
        let finder = finder(&["ada@example.com"]);
        let check = |version: u64, made_at: Option<i64>, found: bool| {
            let written = Written { version, made_at: made_at.map(Instant::from_micros) };
            assert_eq!(finder.names("ada@example.com", written), found, "{written:?}");
            assert_eq!(finder.may_name(b"\x6fada@example.com", written), found, "{written:?}");
        };
        check(5, None, true);
        check(6, None, false);
        check(6, Some(5), true);
        check(6, Some(6), false);
    }

    #[test]
    fn a_place_has_a_mark_and_a_plain_key_has_none() {
        let person = &finder(&["eve@example.com"]).people[0].person.clone();
        let check =
            |kind: u8, id: &str, kept: bool| assert_eq!(is_kept_under(person, kind, id.as_bytes()), kept, "{id}");
        check(MemberAt::KIND, "eeve@example.com", true);
        check(MemberAt::KIND, "eve@example.com", false);
        check(crate::app::stored::CodesSent::KIND, "eve@example.com", true);
        check(crate::app::stored::CodesSent::KIND, "eeve@example.com", false);
    }
}
