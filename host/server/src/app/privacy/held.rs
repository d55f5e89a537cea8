//! Whether a row is about a person, and what is left of it without them.
//!
//! Goes by the table of kinds ([`super::kinds`]). What a kind does not tell of is an address in a place that nobody
//! expected: an erasure names that place as left.

use usher_domain::ids::{InvitationId, ProofId, RequestId};
use usher_domain::invitation::Audience;
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::approval::Applicant;
use usher_domain::request::State;
use usher_domain::time::Instant;
use usher_store::{
    Cbor, FIRST_RESERVED_KIND, KeyPart as _, OrgScope, Place, Record, Row, StoreError, decode, encode, open,
};

use super::finder::{Finder, Wanted, Written, is_kept_under, texts_of};
use super::kinds::{Forgotten, Found, Kind};
use super::person::Subject;
use crate::app::actor::Doer;
use crate::app::answers::bots::BotRecord;
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

fn damaged(what: &'static str) -> impl Fn(usher_store::RecordError) -> StoreError {
    move |_| StoreError::Value { what }
}

/// When the row of a record was written, as its kind is judged.
pub(super) fn written(kind: Option<&Kind>, id: &[u8], row: &Row) -> Written {
    let made_at = match id {
        // The time of a UUIDv7: its first 48 bits, in milliseconds.
        [a, b, c, d, e, f, ..] if kind.is_some_and(|kind| kind.is_settled) => {
            Some(Instant::from_micros(i64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]) * 1_000))
        }
        _ => None,
    };
    Written { version: row.version, made_at }
}

/// Whom of several people the row of a record is about.
pub(super) fn whom(people: &[Wanted], row: &Row) -> Result<Vec<Subject>, StoreError> {
    let Place::Record { kind, id } = &row.place else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for wanted in people {
        if is_about(&Finder::new(vec![wanted.clone()])?, *kind, id, row)? {
            found.push(wanted.person.subject);
        }
    }
    Ok(found)
}

/// Whether the row of a record is about one of the people.
pub(super) fn is_about(finder: &Finder, kind: u8, id: &[u8], row: &Row) -> Result<bool, StoreError> {
    // Counters count, and name nobody.
    if kind >= FIRST_RESERVED_KIND {
        return Ok(false);
    }
    let by_key = is_keyed_by(finder, kind, id);
    // A member is erased under their own id alone, whoever had their address before or after.
    if by_key || kind == kind::MEMBER {
        return Ok(by_key);
    }
    let is_decision = kind == kind::DECISION;
    if is_decision && finder.people().any(|person| person.ids.iter().any(|text| is_decided(text, id))) {
        return Ok(true);
    }
    let kind = Kind::numbered(kind);
    let (by_id, written) = (kind.is_some_and(|kind| kind.found == Found::ById), written(kind, id, row));
    if !by_id && !finder.may_name(&row.value, written) {
        return Ok(false);
    }
    let map = open(&row.value).map_err(damaged("a record"))?;
    Ok(finder.names_within(&map, written) || (by_id && has_id(finder, &map, is_decision)))
}

/// Whether a key holds the id of one of the people, or an address of theirs.
fn is_keyed_by(finder: &Finder, kind: u8, id: &[u8]) -> bool {
    let holds = |bytes: [u8; 16]| id.windows(bytes.len()).any(|part| part == bytes);
    finder.people().any(|person| holds(person.subject.bytes()) || is_kept_under(person, kind, id))
}

fn is_decided(text: &str, id: &[u8]) -> bool {
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
        Place::Record { kind, id } => record(finder, scope, *kind, id, row, now).await,
    }
}

async fn record(
    finder: &Finder,
    scope: &OrgScope,
    number: u8,
    id: &[u8],
    row: &Row,
    now: Instant,
) -> Result<Treatment, Refusal> {
    let kind = Kind::numbered(number);
    let forgotten = kind.map(|kind| kind.forgotten);
    if forgotten == Some(Forgotten::Ends) || !is_about(finder, number, id, row)? {
        return Ok(Treatment::Keep);
    }
    Ok(match forgotten {
        Some(Forgotten::Invited) => invitation(finder, scope, id, row, now).await?,
        Some(Forgotten::Applicant) => request(id, row, now)?,
        Some(Forgotten::Asked) => decision(row)?,
        Some(Forgotten::Approver) => bot(finder, row)?,
        Some(Forgotten::Goes) => Treatment::Remove,
        _ if is_keyed_by(finder, number, id) => Treatment::Remove,
        Some(Forgotten::IsLeft(place)) => Treatment::Left(place.to_owned()),
        // Against what is said of the kind, or a newer host's.
        _ => Treatment::Left(kind.map_or_else(|| format!("a record of kind {number}"), |kind| kind.name.to_owned())),
    })
}

/// What changed goes where it names them or was done to what is theirs; from where it was done, where they did it.
fn entry(finder: &Finder, row: &Row) -> Result<Treatment, StoreError> {
    let mut entry: audit::Entry = decode(&row.linked()?.value).map_err(damaged("an audit entry"))?;
    let before = entry.clone();
    let (about, by) = concerns(finder, &entry, row.version)?;
    let from_there = is_code_from(finder, &entry).map_err(|_| StoreError::Value { what: "an audit entry" })?;
    if about {
        entry.erase_change();
    }
    if by || from_there {
        entry.erase_origin();
    }
    rewritten(&before, &entry)
}

/// Whether an applicant's code was asked for, or typed, from where one of the people came from. Whose code it was went
/// with the code, so that this is as much as anybody can tell.
fn is_code_from(finder: &Finder, entry: &audit::Entry) -> serde_json::Result<bool> {
    let fact = entry.fact()?;
    if fact.doer != Doer::Applicant || fact.target.parse::<ProofId>().is_err() {
        return Ok(false);
    }
    Ok(entry.values()?.origin.is_some_and(|origin| finder.came_from(&origin, fact.at)))
}

/// Whether an entry of the trail is about one of the people, and whether one of them did it.
pub(super) fn concerns(finder: &Finder, entry: &audit::Entry, version: u64) -> Result<(bool, bool), StoreError> {
    let fact = entry.fact().map_err(|_| StoreError::Value { what: "an audit entry" })?;
    let theirs = finder.people().any(|person| person.ids.contains(&fact.target));
    // A login that was nobody's names by id whose it might have been, with their addresses of that time; a chat bot,
    // whom it speaks for, with their names in the chat.
    let by_id = ["login.", "bot."].iter().any(|area| fact.action.starts_with(area));
    let written = Written { version, made_at: Some(fact.at) };
    let names = |text: &str| finder.names(text, written) || (by_id && finder.has_member_in(text));
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
    let written = Written::by(row.version);
    if !finder.may_name(&row.value, written) {
        return Ok(Treatment::Keep);
    }
    let before: Event = decode(&row.value).map_err(damaged("an event"))?;
    if !finder.names(&before.data.to_string(), written) {
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
    let written = written(Kind::numbered(kind::INVITATION), id, row);
    let id = InvitationId::read(&mut id).ok_or(StoreError::Value { what: "an invitation's id" })?;
    let invited = match &before.audience {
        Audience::Email(address) => finder.names(address.canonical(), written),
        Audience::Phone(phone) => finder.names(phone.as_str(), written),
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

fn decision(row: &Row) -> Result<Treatment, StoreError> {
    let before: Decision = decode(&row.value).map_err(damaged("a decision"))?;
    let mut after = before.clone();
    after.forget();
    rewritten(&before, &after)
}

/// Where nobody it speaks for is one of the people, it is its name that names them.
fn bot(finder: &Finder, row: &Row) -> Result<Treatment, StoreError> {
    let before: BotRecord = decode(&row.value).map_err(damaged("a chat bot"))?;
    let written = Written::by(row.version);
    let after = before.clone().without(|user, member| finder.is_member(member) || finder.names(user, written));
    Ok(match rewritten(&before, &after)? {
        Treatment::Keep => Treatment::Left("the name of a chat bot".to_owned()),
        done => done,
    })
}

fn rewritten<R: Record + PartialEq>(before: &R, after: &R) -> Result<Treatment, StoreError> {
    if before == after {
        return Ok(Treatment::Keep);
    }
    encode(after).map(Treatment::Rewrite).map_err(|_| StoreError::Value { what: "a record that can be written" })
}
