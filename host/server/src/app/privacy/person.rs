//! Who is looked for, and by what.
//!
//! Owns finding a person's ids and the spellings of their addresses, and recognising these in texts. Must not know
//! what is done where they are found.

use std::collections::HashMap;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_domain::address::Address;
use usher_domain::ids::{MemberId, RequestId};
use usher_domain::invitation::Audience;
use usher_domain::member;
use usher_domain::policy::approval::Applicant;
use usher_domain::request::State;
use usher_domain::time::Instant;
use usher_store::{Cbor, OrgScope, Page, Record, StoreError, decode};

use crate::app::audit::Entry;
use crate::app::stored::{JoinRequest, Member, MemberAt, OpenRequest, Unique};
use crate::app::tokens::Token;

/// Rows read at a time.
const STEP: usize = 1_000;

/// Whose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A member.
    Member(MemberId),
    /// Whoever made a request.
    Request(RequestId),
}

impl Subject {
    /// The bytes of the id.
    pub fn bytes(self) -> [u8; 16] {
        match self {
            Subject::Member(id) => *id.as_bytes(),
            Subject::Request(id) => *id.as_bytes(),
        }
    }

    pub(super) fn member(self) -> Option<MemberId> {
        match self {
            Subject::Member(id) => Some(id),
            Subject::Request(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Member(id) => id.fmt(f),
            Subject::Request(id) => id.fmt(f),
        }
    }
}

/// A person and what they are found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub subject: Subject,
    /// Ids of things that are theirs alone: requests, decisions, tokens, they themselves.
    pub ids: Vec<String>,
    /// Addresses and phone numbers, in every spelling.
    pub texts: Vec<String>,
}

impl Person {
    /// What a member's own record says.
    pub fn of_member(member: &member::Member) -> Person {
        let mut person = Person::new(Subject::Member(member.id));
        person.ids.extend(member.provenance.decision.map(|id| id.to_string()));
        for address in [&member.work_email, &member.business_email].into_iter().flatten() {
            person.add_address(address);
        }
        person.texts.extend(member.phone.as_ref().map(ToString::to_string));
        person
    }

    /// What a request says.
    pub fn of_request(request: &usher_domain::request::JoinRequest) -> Person {
        let mut person = Person::new(Subject::Request(request.id));
        person.ids.extend(request.decision.map(|id| id.to_string()));
        person.add_applicant(&request.applicant);
        person
    }

    /// What a personal invitation says about whom it is for, to be erased under the request that is left of it.
    pub(crate) fn invited(request: RequestId, audience: &Audience) -> Person {
        let mut person = Person::new(Subject::Request(request));
        match audience {
            Audience::Email(address) => person.add_address(address),
            Audience::Phone(phone) => person.texts.push(phone.to_string()),
            Audience::Open | Audience::Declined => {}
        }
        person
    }

    fn new(subject: Subject) -> Person {
        Person { subject, ids: vec![subject.to_string()], texts: Vec::new() }
    }

    fn add_address(&mut self, address: &Address) {
        for text in [address.raw(), address.canonical()] {
            if !self.texts.iter().any(|known| known == text) {
                self.texts.push(text.to_owned());
            }
        }
    }

    fn add_applicant(&mut self, applicant: &Applicant) {
        if let Some(address) = &applicant.work_email {
            self.add_address(address);
        }
        if let Some(phone) = applicant.phone.as_ref().filter(|phone| !self.texts.contains(phone)) {
            self.texts.push(phone.clone());
        }
    }

    /// Whether the applicant gave an address or a phone of theirs.
    pub(super) fn gave(&self, applicant: &Applicant) -> bool {
        let address = applicant.work_email.as_ref().map(Address::canonical);
        self.texts.iter().any(|text| Some(text.as_str()) == address || Some(text) == applicant.phone.as_ref())
    }

    /// What was written down about a member when they were added or changed.
    fn add_member(&mut self, written: &Value) {
        for field in ["work_email", "business_email"] {
            if let Ok(address) = serde_json::from_value::<Address>(written[field].clone()) {
                self.add_address(&address);
            }
        }
        if let Some(phone) = written["phone"].as_str().filter(|phone| self.texts.iter().all(|known| known != phone)) {
            self.texts.push(phone.to_owned());
        }
    }

    /// Finds their requests, with other spellings, and the decisions about them.
    async fn complete_requests(&mut self, scope: &OrgScope) -> Result<(), StoreError> {
        let member = self.subject.member();
        let mut last = None;
        loop {
            let rows = scope.page::<JoinRequest>(Page::first(STEP).after(last)).await?;
            let Some((end, _)) = rows.last() else { break };
            last = Some(*end);
            for (id, found) in &rows {
                let request = &found.record.0;
                let became = request.answer.as_ref().and_then(|answer| answer.member);
                if (became.is_some() && became == member) || self.gave(&request.applicant) {
                    self.ids.push(id.to_string());
                    self.ids.extend(request.decision.map(|id| id.to_string()));
                    self.add_applicant(&request.applicant);
                }
            }
        }
        Ok(())
    }

    async fn complete_tokens(&mut self, scope: &OrgScope) -> Result<(), StoreError> {
        let Some(member) = self.subject.member() else { return Ok(()) };
        let mut last = None;
        loop {
            let rows = scope.page::<Token>(Page::first(STEP).after(last)).await?;
            let Some((end, _)) = rows.last() else { return Ok(()) };
            last = Some(*end);
            let theirs = |token: &Token| token.member() == Some(member);
            self.ids.extend(rows.iter().filter(|(_, found)| theirs(&found.record)).map(|(id, _)| id.to_string()));
        }
    }

    /// Gives up what by now leads to somebody else, who is a member or waits to become one: it is their address too,
    /// and what is held under it may be theirs.
    pub(super) async fn leave_to_others(&mut self, scope: &OrgScope, at: Instant) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for text in std::mem::take(&mut self.texts) {
            let place = match Address::parse(&text) {
                Ok(address) => Unique::WorkEmail.place(address.canonical()),
                Err(_) => Unique::Phone.place(&text),
            };
            if !self.is_anothers(scope, &place, at).await? {
                kept.push(text);
            }
        }
        self.texts = kept;
        Ok(())
    }

    async fn is_anothers(&self, scope: &OrgScope, place: &String, at: Instant) -> Result<bool, StoreError> {
        if let Some(found) = scope.get::<MemberAt>(place).await?
            && self.subject != Subject::Member(found.record.member)
            && scope.get::<Member>(&found.record.member).await?.is_some_and(|found| found.record.0.counts())
        {
            return Ok(true);
        }
        let Some(open) = scope.get::<OpenRequest>(place).await? else { return Ok(false) };
        if self.subject == Subject::Request(open.record.request) {
            return Ok(false);
        }
        let found = scope.get::<JoinRequest>(&open.record.request).await?;
        Ok(found.is_some_and(|found| found.record.0.state(at) == State::Pending))
    }
}

/// Finds what else is theirs: addresses that they had before, requests and the decisions about them, tokens.
pub(super) async fn complete(people: &mut [Person], scope: &OrgScope) -> Result<(), StoreError> {
    complete_addresses(people, scope).await?;
    for person in people {
        person.complete_requests(scope).await?;
        person.complete_tokens(scope).await?;
    }
    Ok(())
}

/// Reads from the trail what members' addresses were: the trail is gone through once for all of them.
async fn complete_addresses(people: &mut [Person], scope: &OrgScope) -> Result<(), StoreError> {
    let damaged = |_| StoreError::Value { what: "an audit entry" };
    let mut members: HashMap<String, &mut Person> =
        people.iter_mut().filter_map(|person| Some((person.subject.member()?.to_string(), person))).collect();
    let mut last = None;
    loop {
        let rows = scope.audit(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { return Ok(()) };
        last = Some(*end);
        for (_, linked) in &rows {
            let entry: Entry = decode(&linked.value).map_err(|_| StoreError::Value { what: "an audit entry" })?;
            let fact = entry.fact().map_err(damaged)?;
            if let Some(person) = members.get_mut(&fact.target) {
                let values = entry.values().map_err(damaged)?;
                values.before.iter().chain(&values.after).for_each(|written| person.add_member(written));
            }
        }
    }
}

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

    /// Whether one of the people may be named by a text in a row written by the commit `version`.
    pub(super) fn may_name(&self, bytes: &[u8], version: u64) -> bool {
        self.texts.find_overlapping_iter(bytes).any(|found| self.is_in_time(found, version))
    }

    /// Whether one of the people is named: by a whole address, not by a part of a longer one.
    pub(super) fn names(&self, text: &str, version: u64) -> bool {
        let whole = |found: Match| is_whole(text.as_bytes(), found.start(), found.end());
        self.texts.find_overlapping_iter(text).any(|found| self.is_in_time(found, version) && whole(found))
    }

    /// [`Finder::names`] for any text in a record.
    pub(super) fn names_within(&self, value: &Cbor, version: u64) -> bool {
        texts_of(value, &mut |text| self.names(text, version))
    }

    fn is_in_time(&self, found: Match, version: u64) -> bool {
        version <= self.people[self.owners[found.pattern().as_usize()]].until
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

    fn finder(texts: &[&str]) -> Finder {
        let subject = Subject::Member(MemberId::from_bytes([1; 16]));
        let person = Person { texts: texts.iter().map(ToString::to_string).collect(), ..Person::new(subject) };
        Finder::new(vec![Wanted { person, until: 5 }]).unwrap()
    }

    #[test]
    fn r32_a_person_is_found_by_their_whole_address_in_any_case_and_nobody_else() {
        let finder = finder(&["ada@example.com", "+4915112345678"]);
        let check = |text: &str, found: bool| assert_eq!(finder.names(text, 5), found, "{text}");
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
        assert!(finder.names("ada@example.com", 5) && !finder.names("ada@example.com", 6));
        assert!(finder.may_name(b"\x6fada@example.com", 5) && !finder.may_name(b"\x6fada@example.com", 6));
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
