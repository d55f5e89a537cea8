//! Messages that could not be delivered: kept for those who had them sent, to be tried again or dropped.
//!
//! Kept for 30 days, because an address is personal data. Must not know how messages travel.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{DeadLetterId, MailId, SmsId};
use usher_domain::time::{DAY, Instant};
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::App;
use super::actor::{By, Call, Doer, MembersAndDepartments};
use super::change::Change;
use super::deliveries::{self, Channel, Failed, State};
use super::mail::OutgoingMail;
use super::page::{PageOf, Paging};
use super::post::{Journey, Outgoing, dispatch};
use super::refusal::Refusal;
use super::sms::OutgoingSms;
use super::stored::{kind, records};

/// How long a dead letter is kept, in microseconds.
pub const KEPT_FOR: i64 = 30 * DAY;

/// A message that could not be delivered. Its id has the bytes of the message's, so that one that is tried
/// again is the same to whoever gets it twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// What was to be delivered.
    pub message: Message,
    /// Why it was not.
    pub reason: Failed,
    /// Status of SMTP or HTTP that it failed with.
    pub status: Option<u16>,
    /// When it was given up.
    pub died_at: Instant,
}

/// What was to be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// A mail.
    Mail(OutgoingMail),
    /// An SMS.
    Sms(OutgoingSms),
}

impl From<OutgoingMail> for Message {
    fn from(mail: OutgoingMail) -> Message {
        Message::Mail(mail)
    }
}

impl From<OutgoingSms> for Message {
    fn from(sms: OutgoingSms) -> Message {
        Message::Sms(sms)
    }
}

impl Message {
    /// By which way it went.
    pub fn channel(&self) -> Channel {
        match self {
            Message::Mail(_) => Channel::Mail,
            Message::Sms(_) => Channel::Sms,
        }
    }

    /// Whom it was for.
    pub fn to(&self) -> &str {
        match self {
            Message::Mail(mail) => &mail.to,
            Message::Sms(sms) => sms.to.as_str(),
        }
    }

    /// How far it came.
    pub fn journey(&self) -> &Journey {
        match self {
            Message::Mail(mail) => &mail.journey,
            Message::Sms(sms) => &sms.journey,
        }
    }
}

impl DeadLetter {
    /// Until when it is kept.
    pub fn kept_until(&self) -> Instant {
        self.died_at.plus(KEPT_FOR)
    }
}

records!(DeadLetter = kind::DEAD_LETTER, version 1, by DeadLetterId);

/// All of an organisation, oldest message first.
pub async fn list(
    by: &By<MembersAndDepartments>,
    paging: &Paging,
) -> Result<PageOf<(DeadLetterId, DeadLetter)>, Refusal> {
    let after = paging.after_id(DeadLetterId::from_bytes)?;
    let found = by.scope.page::<DeadLetter>(Page::first(paging.limit + 1).after(after)).await?;
    let items = found.into_iter().map(|(id, stored)| (id, stored.record)).collect();
    Ok(PageOf::of(items, paging, |(id, _)| id.as_bytes().to_vec()))
}

/// Sends a dead letter on its way again, as if it were new.
pub async fn retry(app: &App, by: &By<MembersAndDepartments>, id: DeadLetterId) -> Result<(), Refusal> {
    let again = || async {
        let found = get(&by.scope, id).await?;
        let mut change = app.draft(by, "dead_letter.retried", id).before(&shown(&found.record));
        take_away(&mut change.writes, id, &found);
        match found.record.message {
            Message::Mail(mail) => revive(&mut change, &MailId::from_bytes(*id.as_bytes()), mail, by.call.at),
            Message::Sms(sms) => revive(&mut change, &SmsId::from_bytes(*id.as_bytes()), sms, by.call.at),
        }
        Ok(((), change))
    };
    app.change(again).await.map(|((), _)| ())
}

/// Drops a dead letter: it is not sent any more.
pub async fn discard(app: &App, by: &By<MembersAndDepartments>, id: DeadLetterId) -> Result<(), Refusal> {
    let discard = || async {
        let found = get(&by.scope, id).await?;
        let mut change = app.draft(by, "dead_letter.dropped", id).before(&shown(&found.record));
        take_away(&mut change.writes, id, &found);
        Ok(((), change))
    };
    app.change(discard).await.map(|((), _)| ())
}

/// A dead letter for the audit trail: why it died, and nothing that it says.
fn shown(dead: &DeadLetter) -> serde_json::Value {
    serde_json::json!({ "reason": dead.reason, "status": dead.status, "died_at": dead.died_at })
}

/// Gives a message up, unless it is gone or changed since it was found: it is a dead letter from now on. `lease` is
/// when it would have fallen due again.
pub(crate) async fn bury<R: Outgoing + Into<Message> + Clone>(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    id: &R::Id,
    found: &Stored<R>,
    lease: i64,
    failure: (Failed, Option<u16>),
) -> Result<(), Refusal> {
    let message = &found.record;
    let dead_id = DeadLetterId::from_bytes(R::bytes(id));
    let (reason, status) = failure;
    let bury = || async {
        let mut change: Change<Refusal> = app.draft_as(scope, call, Doer::Host, "message.undeliverable", dead_id);
        if scope.get::<R>(id).await?.is_none_or(|now| now.version != found.version) {
            return Err(Refusal::not_found("message", &dead_id));
        }
        change.writes.guard_version::<R>(id, found.version);
        change.writes.delete::<R>(id);
        change.writes.unschedule::<R>(lease, id);
        let dead = DeadLetter { message: message.clone().into(), reason, status, died_at: call.at };
        change.writes.put(&dead_id, &dead);
        change.writes.schedule::<DeadLetter>(dead.kept_until().as_micros(), &dead_id);
        deliveries::report(&mut change.writes, id, message, State::Failed(reason), status, call.at);
        let data = serde_json::json!({ "dead_letter": dead_id, "letter": message.journey().letter });
        change.event(app, "message.undeliverable", data);
        Ok(((), change))
    };
    app.change(bury).await.map(|((), _)| ())
}

async fn get(scope: &OrgScope, id: DeadLetterId) -> Result<Stored<DeadLetter>, Refusal> {
    scope.get::<DeadLetter>(&id).await?.ok_or_else(|| Refusal::not_found("dead letter", &id))
}

/// Of two who answer it at the same moment, one finds it gone.
fn take_away(writes: &mut OrgWrites, id: DeadLetterId, found: &Stored<DeadLetter>) {
    writes.guard_version::<DeadLetter>(&id, found.version);
    writes.delete::<DeadLetter>(&id);
    writes.unschedule::<DeadLetter>(found.record.kept_until().as_micros(), &id);
}

fn revive<R: Outgoing>(change: &mut Change<Refusal>, id: &R::Id, mut message: R, at: Instant) {
    message.journey_mut().attempts = 0;
    deliveries::report(&mut change.writes, id, &message, State::Queued, None, at);
    dispatch(&mut change.writes, id, &message, at);
}
