//! Who is looked for, and by what.
//!
//! Owns finding a person's ids and the spellings of their addresses. Must not know how these are recognised in texts
//! (`finder`).

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_domain::address::Address;
use usher_domain::ids::{InvitationId, MemberId, RequestId};
use usher_domain::invitation::{Audience, Invitation};
use usher_domain::member;
use usher_domain::policy::approval::Applicant;
use usher_domain::request::{self, State};
use usher_domain::time::Instant;
use usher_store::{Cbor, OrgScope, Page, StoreError, decode};

use crate::app::actor::Doer;
use crate::app::audit::Entry;
use crate::app::login::failures;
use crate::app::stored::{JoinRequest, Member, MemberAt, OpenRequest, field, place};
use crate::app::tokens::Token;

/// Rows read at a time.
const STEP: usize = 1_000;
/// Most network addresses that are looked for with a person.
const MAX_ORIGINS: usize = 1_000;

/// Whose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A member.
    Member(MemberId),
    /// Whoever made a request.
    Request(RequestId),
    /// Whoever was invited in person and never answered.
    Invitation(InvitationId),
}

impl Subject {
    /// The bytes of the id.
    pub fn bytes(self) -> [u8; 16] {
        match self {
            Subject::Member(id) => *id.as_bytes(),
            Subject::Request(id) => *id.as_bytes(),
            Subject::Invitation(id) => *id.as_bytes(),
        }
    }

    pub(super) fn member(self) -> Option<MemberId> {
        match self {
            Subject::Member(id) => Some(id),
            Subject::Request(_) | Subject::Invitation(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Member(id) => id.fmt(f),
            Subject::Request(id) => id.fmt(f),
            Subject::Invitation(id) => id.fmt(f),
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
    /// Network addresses that they came from. Unknown until their entries of the trail were read.
    pub origins: BTreeSet<String>,
}

/// Makes a stored person of one who was kept when it was not looked for where people came from, unless it was already.
pub(super) fn lift(person: &mut Cbor) {
    let known = field(person, "origins").is_some();
    if let Some(fields) = person.as_map_mut().filter(|_| !known) {
        fields.push((Cbor::from("origins"), Cbor::Array(Vec::new())));
    }
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
    pub fn of_request(request: &request::JoinRequest) -> Person {
        let mut person = Person::new(Subject::Request(request.id));
        person.ids.extend(request.decision.map(|id| id.to_string()));
        person.add_applicant(&request.applicant);
        person
    }

    /// What a personal invitation says about whom it is for, to be erased under the request that is left of it.
    pub(crate) fn invited(request: RequestId, audience: &Audience) -> Person {
        Person::new(Subject::Request(request)).with_audience(audience)
    }

    /// What a personal invitation says about whom it was for.
    pub fn of_invitation(invitation: &Invitation) -> Person {
        Person::new(Subject::Invitation(invitation.id)).with_audience(&invitation.audience)
    }

    fn with_audience(mut self, audience: &Audience) -> Person {
        match audience {
            Audience::Email(address) => self.add_address(address),
            Audience::Phone(phone) => self.texts.push(phone.to_string()),
            Audience::Open | Audience::Declined => {}
        }
        self
    }

    pub(super) fn new(subject: Subject) -> Person {
        Person { subject, ids: vec![subject.to_string()], texts: Vec::new(), origins: BTreeSet::new() }
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

    /// Takes a request that is theirs, by which they became the member, or by which nobody became one and which gave an
    /// address of theirs; with other spellings, and the decision about it.
    fn read_request(&mut self, request: &request::JoinRequest) {
        let became = request.answer.as_ref().and_then(|answer| answer.member);
        let theirs = became.is_some() && became == self.subject.member();
        if theirs || (became.is_none() && self.gave(&request.applicant)) {
            self.ids.push(request.id.to_string());
            self.ids.extend(request.decision.map(|id| id.to_string()));
        }
        if theirs {
            self.add_applicant(&request.applicant);
        } else if let Some(address) = &request.applicant.work_email
            && self.texts.iter().any(|text| text == address.canonical())
        {
            self.add_address(address);
        }
    }

    /// Gives up what by now leads to somebody else, who is a member or waits to become one: it is their address too,
    /// and what is held under it may be theirs.
    async fn leave_to_others(&mut self, scope: &OrgScope, at: Instant) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for text in std::mem::take(&mut self.texts) {
            let place = match Address::parse(&text) {
                Ok(address) => place::of_email(&address),
                Err(_) => place::of_phone(&text),
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

/// Finds what else is theirs: requests and the decisions about them, tokens, addresses that they had before and where
/// they came from; nothing by what is somebody else's at this moment.
pub(super) async fn complete(people: &mut [Person], scope: &OrgScope, at: Instant) -> Result<(), StoreError> {
    for person in &mut *people {
        person.leave_to_others(scope, at).await?;
    }
    complete_from_requests(people, scope).await?;
    complete_from_tokens(people, scope).await?;
    complete_from_trail(people, scope).await?;
    for person in people {
        person.leave_to_others(scope, at).await?;
    }
    Ok(())
}

/// Finds their requests, which are gone through once for all of them.
///
/// INVARIANT: by then no text leads to somebody else, and no other address that a request gave by which nobody became
/// the member is taken to be theirs.
async fn complete_from_requests(people: &mut [Person], scope: &OrgScope) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let rows = scope.page::<JoinRequest>(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { return Ok(()) };
        last = Some(*end);
        for (_, found) in &rows {
            people.iter_mut().for_each(|person| person.read_request(&found.record.0));
        }
    }
}

/// Finds their tokens, which are gone through once for all of them.
async fn complete_from_tokens(people: &mut [Person], scope: &OrgScope) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let rows = scope.page::<Token>(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { return Ok(()) };
        last = Some(*end);
        for (id, found) in &rows {
            let Some(holder) = found.record.member() else { continue };
            let theirs = people.iter_mut().filter(|person| person.subject.member() == Some(holder));
            theirs.for_each(|person| person.ids.push(id.to_string()));
        }
    }
}

/// Reads from the trail what members' addresses were and where people came from: it is gone through once for all of
/// them.
async fn complete_from_trail(people: &mut [Person], scope: &OrgScope) -> Result<(), StoreError> {
    let all = || people.iter().enumerate().flat_map(|(n, one)| one.ids.iter().map(move |id| (id.clone(), n)));
    let owners: HashMap<String, usize> = all().collect();
    let mut last = None;
    loop {
        let rows = scope.audit(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { return Ok(()) };
        last = Some(*end);
        for (_, linked) in &rows {
            let entry: Entry = decode(&linked.value).map_err(|_| StoreError::Value { what: "an audit entry" })?;
            read_entry(people, &owners, &entry).map_err(|_| StoreError::Value { what: "an audit entry" })?;
        }
    }
}

fn read_entry(people: &mut [Person], owners: &HashMap<String, usize>, entry: &Entry) -> serde_json::Result<()> {
    let fact = entry.fact()?;
    let target = owners.get(&fact.target).copied();
    let doer = match fact.doer {
        Doer::Member { member, .. } | Doer::Bot { member, .. } => owners.get(&member.to_string()).copied(),
        Doer::Applicant | Doer::Stranger => target,
        Doer::Operator { .. } | Doer::Service { .. } | Doer::Host => None,
    };
    if target.is_none() && doer.is_none() {
        return Ok(());
    }
    let values = entry.values()?;
    // Whose login it was to be tells nothing of who tried.
    let doer = doer.filter(|_| !failures::is_guess(&fact, &values));
    if let Some(person) = target.map(|n| &mut people[n]).filter(|person| fact.target == person.subject.to_string()) {
        values.before.iter().chain(&values.after).for_each(|written| person.add_member(written));
    }
    if let Some(person) = doer.map(|n| &mut people[n]).filter(|person| person.origins.len() < MAX_ORIGINS) {
        person.origins.extend(values.origin);
    }
    Ok(())
}
