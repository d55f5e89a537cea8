//! What each kind of row holds about a person, and what is left of it without them.
//!
//! To add a kind of record: if its key holds a member's id or an address, there is nothing to do: such rows go. If its
//! value names people, say here how it forgets them; until then an erasure that meets it names it as left.

use usher_domain::ids::{InvitationId, RequestId};
use usher_domain::invitation::Audience;
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::approval::Applicant;
use usher_domain::request::State;
use usher_domain::time::Instant;
use usher_store::{
    Cbor, FIRST_RESERVED_KIND, KeyPart as _, OrgScope, Place, Record, Row, StoreError, decode, encode, open,
};

use super::person::{Finder, is_kept_under, texts_of};
use crate::app::actor::Doer;
use crate::app::audit;
use crate::app::decisions::Decision;
use crate::app::events::Event;
use crate::app::invitations;
use crate::app::refusal::Refusal;
use crate::app::stored::{Invitation, JoinRequest, kind};

/// What is to be done with a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Treatment {
    /// It says nothing about them.
    Keep,
    /// It goes.
    Remove,
    /// It goes on without them.
    Rewrite(Vec<u8>),
    /// It names them, and is not for this host to change: what it is.
    Left(String),
}

/// How a value of some kind names people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// By an address.
    ByText,
    /// By a member's id, or by an address.
    ById,
}

/// Kinds whose rows are about one person or of passing use, and go as they are: their names where people read them,
/// and how they name people.
const REMOVED: &[(u8, &str, Named)] = &[
    (kind::PROOF, "proof", Named::ByText),
    (kind::LOGIN_CODE, "login_code", Named::ByText),
    (kind::CHECKED_ROW, "checked_row", Named::ByText),
    (kind::IMPORTED_ROW, "imported_row", Named::ByText),
    (kind::MAIL, "mail", Named::ByText),
    (kind::SMS, "sms", Named::ByText),
    (kind::DEAD_LETTER, "dead_letter", Named::ByText),
    (kind::WEBHOOK_ATTEMPT, "webhook_attempt", Named::ByText),
    (kind::REMEMBERED, "remembered_answer", Named::ById),
    (kind::TOKEN, "token", Named::ById),
    (kind::SUBJECT, "single_sign_on", Named::ById),
];

/// Kinds that are found by their keys and shown to the person.
const SHOWN: &[(u8, &str)] = &[
    (kind::MEMBER, "member"),
    (kind::CODES_SENT, "codes_sent"),
    (kind::INVITATION, "invitation"),
    (kind::REQUEST, "request"),
    (DECISION, "decision"),
];

const DECISION: u8 = Decision::KIND;

/// The name of a kind, if the person is shown what it holds.
pub(super) fn shown_as(kind: u8) -> Option<&'static str> {
    let removed = REMOVED.iter().map(|(kind, name, _)| (*kind, *name));
    removed.chain(SHOWN.iter().copied()).find(|(found, _)| *found == kind).map(|(_, name)| name)
}

fn damaged(what: &'static str) -> impl Fn(usher_store::RecordError) -> StoreError {
    move |_| StoreError::Value { what }
}

/// Whether the row of a record is about one of the people.
pub(super) fn is_about(finder: &Finder, kind: u8, id: &[u8], row: &Row) -> Result<bool, StoreError> {
    let member = |bytes: [u8; 16]| id.windows(bytes.len()).any(|part| part == bytes);
    let by_key = finder.people().any(|person| member(person.subject.bytes()) || is_kept_under(person, kind, id));
    if by_key || kind >= FIRST_RESERVED_KIND {
        return Ok(by_key);
    }
    if kind == DECISION && finder.people().any(|person| person.ids.iter().any(|text| is_decision(text, id))) {
        return Ok(true);
    }
    let by_id = REMOVED.iter().any(|(found, _, named)| *found == kind && *named == Named::ById) || kind == DECISION;
    if !by_id && !finder.may_name(&row.value, row.version) {
        return Ok(false);
    }
    let map = open(&row.value).map_err(damaged("a record"))?;
    let named = finder.names_within(&map, row.version) || (by_id && has_id(finder, &map, kind == DECISION));
    Ok(named)
}

fn is_decision(text: &str, id: &[u8]) -> bool {
    text.parse().is_ok_and(|found: usher_domain::ids::DecisionId| found.as_bytes()[..] == *id)
}

/// Whether a member's id is among the texts. A decision about joining names the inviter, whom it is not about.
fn has_id(finder: &Finder, map: &Cbor, decision: bool) -> bool {
    let about_joining = |map: &Cbor| {
        let point = map.as_map().and_then(|fields| fields.iter().find(|(name, _)| name.as_text() == Some("point")));
        point.and_then(|(_, point)| point.as_text()) == Some(DecisionPoint::Approval.as_str())
    };
    if decision && about_joining(map) {
        return false;
    }
    finder.people().filter_map(|person| person.subject.member()).any(|member| {
        let member = member.to_string();
        texts_of(map, &mut |text| text == member)
    })
}

/// What is to be done with a row so that it says nothing about the people any more.
pub(super) async fn treat(finder: &Finder, scope: &OrgScope, row: &Row, now: Instant) -> Result<Treatment, Refusal> {
    match &row.place {
        Place::Audit { .. } => Ok(entry(finder, row)?),
        Place::Event { .. } => Ok(event(finder, row)?),
        Place::Lookup { lookup, .. } => {
            let theirs = |text: &String| text.as_bytes() == lookup.as_slice();
            let found = finder.people().any(|person| person.texts.iter().any(theirs));
            Ok(if found { Treatment::Remove } else { Treatment::Keep })
        }
        // The sweep's own.
        Place::Record { kind: kind::ERASURE | kind::ERASURE_SWEEP, .. } => Ok(Treatment::Keep),
        Place::Record { kind, id } if !is_about(finder, *kind, id, row)? => Ok(Treatment::Keep),
        Place::Record { kind: kind::INVITATION, id } => invitation(finder, scope, id, row, now).await,
        Place::Record { kind: kind::REQUEST, id } => Ok(request(id, row, now)?),
        Place::Record { kind: DECISION, .. } => Ok(decision(row)?),
        Place::Record { kind, id } => Ok(record(finder, *kind, id)),
    }
}

fn record(finder: &Finder, kind: u8, id: &[u8]) -> Treatment {
    let member = |bytes: [u8; 16]| id.windows(bytes.len()).any(|part| part == bytes);
    let by_key = finder.people().any(|person| member(person.subject.bytes()) || is_kept_under(person, kind, id));
    if by_key || REMOVED.iter().any(|(found, ..)| *found == kind) {
        Treatment::Remove
    } else {
        Treatment::Left(place_name(kind))
    }
}

/// Where an admin may have written an address.
fn place_name(kind: u8) -> String {
    match kind {
        kind::ORGANISATION => "the organisation's own record".to_owned(),
        kind::DEPARTMENT => "the name of a department".to_owned(),
        kind::PLANS => "the name of a plan".to_owned(),
        kind::CONNECTION => "a single sign-on connection".to_owned(),
        kind::WEBHOOKS => "the URL of a webhook".to_owned(),
        kind::POLICIES..DECISION => "a policy or its settings".to_owned(),
        other => format!("a record of kind {other}"),
    }
}

/// What changed goes where it names them or was done to what is theirs; from where it was done, where they did it.
fn entry(finder: &Finder, row: &Row) -> Result<Treatment, StoreError> {
    let mut entry: audit::Entry = decode(&row.linked()?.value).map_err(damaged("an audit entry"))?;
    let before = entry.clone();
    let (about, by) = concerns(finder, &entry, row.version)?;
    if about {
        entry.erase_change();
    }
    if by {
        entry.erase_origin();
    }
    rewritten(&before, &entry)
}

/// Whether an entry of the trail is about one of the people, and whether one of them did it.
pub(super) fn concerns(finder: &Finder, entry: &audit::Entry, version: u64) -> Result<(bool, bool), StoreError> {
    let fact = entry.fact().map_err(|_| StoreError::Value { what: "an audit entry" })?;
    let theirs = finder.people().any(|person| person.ids.contains(&fact.target));
    // A login that was nobody's names by id whose it might have been, with their addresses of that time.
    let of_login = fact.action.starts_with("login.");
    let names = |text: &str| finder.names(text, version) || (of_login && finder.has_member_in(text));
    let named = entry.parts.iter().filter_map(|part| part.opened.as_ref()).any(|opened| names(&opened.values));
    let by = match fact.doer {
        Doer::Member { member, .. } | Doer::Bot { member, .. } => {
            finder.people().any(|one| one.subject.member() == Some(member))
        }
        Doer::Applicant | Doer::Stranger => theirs || named,
        Doer::Operator { .. } | Doer::Service { .. } | Doer::Host => false,
    };
    Ok((theirs || named, by))
}

/// Events hold ids, by their rule. One that holds more keeps its number and loses its data.
fn event(finder: &Finder, row: &Row) -> Result<Treatment, StoreError> {
    if !finder.may_name(&row.value, row.version) {
        return Ok(Treatment::Keep);
    }
    let before: Event = decode(&row.value).map_err(damaged("an event"))?;
    if !finder.names(&before.data.to_string(), row.version) {
        return Ok(Treatment::Keep);
    }
    rewritten(&before, &Event { data: serde_json::Value::Null, ..before.clone() })
}

/// One that is over forgets whom it was for; an open one would be nobody's without them.
async fn invitation(
    finder: &Finder,
    scope: &OrgScope,
    mut id: &[u8],
    row: &Row,
    now: Instant,
) -> Result<Treatment, Refusal> {
    let Invitation(before) = decode(&row.value).map_err(damaged("an invitation"))?;
    let id = InvitationId::read(&mut id).ok_or(StoreError::Value { what: "an invitation's id" })?;
    let invited = match &before.audience {
        Audience::Email(address) => finder.names(address.canonical(), row.version),
        Audience::Phone(phone) => finder.names(phone.as_str(), row.version),
        Audience::Open | Audience::Declined => false,
    };
    let mut after = before.clone();
    if !invited {
        after.name = None;
    } else if before.check_open(now, invitations::uses(scope, id).await?).is_ok() {
        return Ok(Treatment::Left("an invitation that is open: revoke it, then erase again".to_owned()));
    } else {
        after.decline(now);
    }
    Ok(rewritten(&Invitation(before), &Invitation(after))?)
}

fn request(mut id: &[u8], row: &Row, now: Instant) -> Result<Treatment, StoreError> {
    let JoinRequest(before) = decode(&row.value).map_err(damaged("a request"))?;
    RequestId::read(&mut id).ok_or(StoreError::Value { what: "a request's id" })?;
    if before.state(now) == State::Pending {
        return Ok(Treatment::Left("a request that waits: answer it, then erase again".to_owned()));
    }
    let after = forgotten(before.clone());
    rewritten(&JoinRequest(before), &JoinRequest(after))
}

/// A request without whoever made it.
pub(super) fn forgotten(mut request: usher_domain::request::JoinRequest) -> usher_domain::request::JoinRequest {
    request.applicant = Applicant::forgotten();
    request.reasons.clear();
    if let Some(answer) = &mut request.answer {
        answer.note = None;
    }
    request
}

/// What was asked, what was read, said and logged goes; which policies ran, and what they used, stays.
fn decision(row: &Row) -> Result<Treatment, StoreError> {
    let before: Decision = decode(&row.value).map_err(damaged("a decision"))?;
    let mut after = before.clone();
    after.request = serde_json::Value::Null;
    after.answer.decision = serde_json::Value::Null;
    for entry in &mut after.answer.entries {
        entry.decision = None;
        entry.facts.clear();
        entry.log.clear();
    }
    rewritten(&before, &after)
}

fn rewritten<R: Record + PartialEq>(before: &R, after: &R) -> Result<Treatment, StoreError> {
    if before == after {
        return Ok(Treatment::Keep);
    }
    encode(after).map(Treatment::Rewrite).map_err(|_| StoreError::Value { what: "a record that can be written" })
}
