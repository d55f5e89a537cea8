//! How what was sent about a member or an invitation went, for those who had it sent (R13, R34) and for admins.
//!
//! Holds no address and no text: what a server answered is a number. Must not know how messages travel.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{DeadLetterId, InvitationId, MailId, MemberId, SmsId};
use usher_domain::organisation::Organisation;
use usher_domain::phone::Phone;
use usher_domain::plan::member_limit;
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, Page, StoreError};

use super::actor::{AnyMember, By, Managing};
use super::dead_letters::DeadLetter;
use super::mail::OutgoingMail;
use super::members::sight::seen;
use super::page::{PageOf, Paging};
use super::post::{Outgoing, Post};
use super::refusal::Refusal;
use super::sms::OutgoingSms;
use super::stored::{kind, records};
use super::{App, counters, invitations, plans, sms};

/// Rows read at a time.
const STEP: usize = 500;

/// By which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By mail.
    Mail,
    /// By SMS.
    Sms,
}

impl Channel {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Mail => "mail",
            Channel::Sms => "sms",
        }
    }
}

/// Whom a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A member.
    Member(MemberId),
    /// An invitation.
    Invitation(InvitationId),
}

impl From<MemberId> for About {
    fn from(id: MemberId) -> About {
        About::Member(id)
    }
}

impl From<InvitationId> for About {
    fn from(id: InvitationId) -> About {
        About::Invitation(id)
    }
}

impl About {
    /// The bytes of whichever id it is: UUIDs of both kinds are distinct.
    fn bytes(self) -> [u8; 16] {
        match self {
            About::Member(id) => *id.as_bytes(),
            About::Invitation(id) => *id.as_bytes(),
        }
    }
}

/// Why a message did not reach its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failed {
    /// The server does not take it, now or later.
    Rejected,
    /// The server did not take it for so long that it is given up.
    GaveUp,
    /// Its time passed before the server took it.
    TooLate,
    /// It was not sent: the organisation has as many members as its plans allow (R34).
    OrganisationFull,
}

impl Failed {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Failed::Rejected => "rejected",
            Failed::GaveUp => "gave_up",
            Failed::TooLate => "too_late",
            Failed::OrganisationFull => "organisation_full",
        }
    }
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On its way.
    Queued,
    /// A server took it.
    Sent,
    /// It did not reach its reader.
    Failed(Failed),
}

/// How a message went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// By which way.
    pub channel: Channel,
    /// Which letter it is.
    pub letter: String,
    /// How far it has come.
    pub state: State,
    /// Status of SMTP or HTTP that it failed with.
    pub status: Option<u16>,
    /// When it came so far.
    pub at: Instant,
}

// By what it is about, then by the message.
records!(Delivery = kind::DELIVERY, version 1, by ([u8; 16], [u8; 16]));

/// Reports that a message is on its way.
pub(super) fn queued<R: Outgoing>(writes: &mut OrgWrites, id: &R::Id, message: &R) {
    report(writes, id, message, State::Queued, None, message.journey().at);
}

/// Reports how far a message has come, if it is about anybody.
pub(crate) fn report<R: Outgoing>(
    writes: &mut OrgWrites,
    id: &R::Id,
    message: &R,
    state: State,
    status: Option<u16>,
    at: Instant,
) {
    let journey = message.journey();
    let Some(about) = journey.about else { return };
    let delivery = Delivery { channel: R::CHANNEL, letter: journey.letter.clone(), state, status, at };
    writes.put(&(about.bytes(), R::bytes(id)), &delivery);
}

/// Takes away, with the commit, whatever is on its way about somebody or could not be delivered: who carries it or has
/// it sent again at the same moment finds it gone.
pub(crate) async fn recall(scope: &OrgScope, writes: &mut OrgWrites, about: About) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let rows = scope.page_within::<Delivery>(&about.bytes(), Page::first(STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { return Ok(()) };
        last = Some(*end);
        for ((_, message), found) in rows.into_iter().filter(|(_, found)| found.record.state != State::Sent) {
            match found.record.channel {
                Channel::Mail => writes.delete::<OutgoingMail>(&MailId::from_bytes(message)),
                Channel::Sms => writes.delete::<OutgoingSms>(&SmsId::from_bytes(message)),
            }
            writes.delete::<DeadLetter>(&DeadLetterId::from_bytes(message));
        }
    }
}

/// Whether an organisation is below its plans' size (R38), which an SMS takes (R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Members who count, before whoever is written to.
    pub members: u64,
    /// Most there may be.
    pub limit: Option<u64>,
}

impl Room {
    /// At this moment.
    pub async fn of(scope: &OrgScope, organisation: &Organisation, at: Instant) -> Result<Room, Refusal> {
        let plans = plans::current(scope).await?.record.plans;
        let limit = member_limit(&plans, organisation.today(at), organisation.member_limit);
        let members = u64::try_from(scope.counter(&counters::members()).await?).unwrap_or(0);
        Ok(Room { members, limit })
    }

    /// Once this member counts too.
    pub fn less_one(&mut self) {
        self.members += 1;
    }

    /// What there was for a member who counts by now: R34 asks how it was when they were counted.
    #[must_use]
    pub fn before_one(self) -> Room {
        Room { members: self.members.saturating_sub(1), ..self }
    }

    /// Whether there is.
    pub(super) fn is_left(self) -> bool {
        self.taken_up().is_none()
    }

    /// How many members there may be, once there are so many.
    pub(super) fn taken_up(self) -> Option<u64> {
        self.limit.filter(|limit| self.members >= *limit)
    }
}

/// Sends a letter about somebody to their phone if there was room for them; else it is reported as not sent
/// (R34), and the reason returned. That the number is valid is in its type.
pub fn text(app: &App, writes: &mut OrgWrites, to: &Phone, post: &Post<'_>, room: Room) -> Option<Failed> {
    if room.is_left() {
        sms::send(app, writes, to, post);
        return None;
    }
    let failed = Failed::OrganisationFull;
    if let Some(about) = post.about {
        let (letter, state) = (post.letter.name().to_owned(), State::Failed(failed));
        let delivery = Delivery { channel: Channel::Sms, letter, state, status: None, at: post.at };
        let id = app.new_id(SmsId::from_parts);
        writes.put(&(about.bytes(), *id.as_bytes()), &delivery);
    }
    Some(failed)
}

/// How what was sent about a member went, oldest first; for whoever sees the member.
pub async fn of_member(by: &By<Managing>, id: MemberId, paging: &Paging) -> Result<PageOf<Delivery>, Refusal> {
    seen(by, id).await?;
    list(&by.scope, id.into(), paging).await
}

/// How what was sent about an invitation went, oldest first; for whoever sees the invitation.
pub async fn of_invitation(by: &By<Managing>, id: InvitationId, paging: &Paging) -> Result<PageOf<Delivery>, Refusal> {
    invitations::show(by, id).await?;
    list(&by.scope, id.into(), paging).await
}

/// How what was sent about an invitation of one's own went, oldest first.
pub async fn of_own_invitation(
    by: &By<AnyMember>,
    id: InvitationId,
    paging: &Paging,
) -> Result<PageOf<Delivery>, Refusal> {
    let invitation = invitations::get(&by.scope, id).await?.record.0;
    if invitation.inviter != by.actor.member() {
        return Err(Refusal::Forbidden { needs: "having made the invitation" });
    }
    list(&by.scope, id.into(), paging).await
}

async fn list(scope: &OrgScope, about: About, paging: &Paging) -> Result<PageOf<Delivery>, Refusal> {
    let after = paging.after_id(|message| (about.bytes(), message))?;
    let page = Page::first(paging.limit + 1).after(after);
    let found = scope.page_within::<Delivery>(&about.bytes(), page).await?;
    let page = PageOf::of(found, paging, |((_, message), _)| message.to_vec());
    let items = page.items.into_iter().map(|(_, stored)| stored.record).collect();
    Ok(PageOf { items, next: page.next })
}
