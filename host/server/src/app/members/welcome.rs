//! Accepting or declining what an admin entered (R22), by a link in the letter that tells of it.
//!
//! A link is random bits, kept as a hash that leads to its member, its end and the address or phone it was sent to. It
//! opens no session: whoever accepts goes on to log in. Whoever declines is erased at once, not after the 30 days in
//! which an admin could restore them.
//!
//! INVARIANT: a link is good as long as the member has the address it was sent to: what went to a wrong one is worth
//! nothing once an admin has corrected it.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use usher_domain::address::Address;
use usher_domain::ids::MemberId;
use usher_domain::invitation::HOLDS_FOR;
use usher_domain::member::{Login, Member};
use usher_domain::organisation::Organisation;
use usher_domain::phone::Phone;
use usher_domain::time::{DAY, Instant};
use usher_store::{OrgScope, OrgWrites, StoreError, Stored, find};

use super::MemberError;
use super::states::leaving;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::deliveries::{self, Failed, Room};
use crate::app::handle::Handle;
use crate::app::post::Post;
use crate::app::privacy::erasure;
use crate::app::privacy::person::Person;
use crate::app::refusal::Refusal;
use crate::app::stored::{self, kind, lookup, lookups, records};
use crate::app::{App, approvers, mail, organisations};
use crate::letters::{Language, Letter};

lookups! {
    /// Finds by the SHA-256 of a link's secret whose it is, until when, and where it was sent.
    WelcomeLink = lookup::WELCOME_LINK, to (MemberId, (i64, SentTo));
}

/// SHA-256 of a link's hash and of the place it was sent to: no address stands here to be searched for.
type SentTo = [u8; 32];

records! {
    /// Work that falls due: a link has ended and is forgotten. Never stored under a key of its own.
    WelcomeEnds {} = kind::WELCOME_LINK_ENDS, version 1, by [u8; 32];
}

/// What somebody was added to, as their link shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// Name of the organisation.
    pub organisation: String,
    /// Whom it added.
    pub name: String,
    /// The address or phone by which they log in.
    pub login: String,
    /// Whether they have accepted, or logged in.
    pub accepted: bool,
    /// Until when the link can be used.
    pub ends_at: Instant,
    /// The language that they are written to in.
    pub language: Language,
}

/// Tells a new member by mail, by SMS or by both (R13). Who has neither address nor phone hears from whoever added
/// them.
pub(in crate::app) fn invite(
    app: &App,
    writes: &mut OrgWrites,
    organisation: &Organisation,
    member: &mut Member,
    at: Instant,
    room: Room,
) {
    write(app, writes, organisation, member, at, room, |organisation, name, link| Letter::Added {
        organisation,
        name,
        link,
    });
    if member.work_email.is_some() || member.phone.is_some() {
        member.invitation_sent();
    }
}

/// Writes to a member by mail, by SMS or by both, each with a link of its own. Returns why no SMS is sent, where one
/// should be (R34).
pub(super) fn write(
    app: &App,
    writes: &mut OrgWrites,
    organisation: &Organisation,
    member: &Member,
    at: Instant,
    room: Room,
    letter: for<'a> fn(organisation: &'a str, name: &'a str, link: &'a str) -> Letter<'a>,
) -> Option<Failed> {
    let language = Language::choose([member.language.as_deref(), Some(&organisation.language)]);
    let post = |link| Post::new(letter(&organisation.name, &member.name, link), language, at).about(member.id);
    let (by_mail, by_sms);
    if let Some(address) = &member.work_email {
        by_mail = issue(app, writes, member.id, address.canonical(), at);
        mail::send(app, writes, address.raw(), &post(&by_mail));
    }
    let phone = member.phone.as_ref()?;
    by_sms = issue(app, writes, member.id, phone.as_str(), at);
    deliveries::text(app, writes, phone, &post(&by_sms), room)
}

/// Makes a link for a member, for the letter that carries it `to` one of their addresses in canonical form.
fn issue(app: &App, writes: &mut OrgWrites, member: MemberId, to: &str, at: Instant) -> String {
    let link = Handle::new(app);
    let ends_at = at.plus(HOLDS_FOR).as_micros();
    writes.claim::<WelcomeLink>(&link.hash(), &(member, (ends_at, sent_to(&link.hash(), to))));
    writes.schedule::<WelcomeEnds>(ends_at, &link.hash());
    app.public_url.welcome(link.text())
}

fn sent_to(link: &[u8; 32], place: &str) -> SentTo {
    Sha256::new().chain_update(link).chain_update(place).finalize().into()
}

/// Whether the member still has the address or phone that the link was sent to.
fn is_theirs(member: &Member, link: &[u8; 32], to: &SentTo) -> bool {
    let email = member.work_email.as_ref().map(Address::canonical);
    let phone = member.phone.as_ref().map(Phone::as_str);
    email.into_iter().chain(phone).any(|place| sent_to(link, place) == *to)
}

/// Forgets a link that has ended.
pub(crate) async fn forget(scope: &OrgScope, writes: &mut OrgWrites, hash: &[u8; 32]) -> Result<(), StoreError> {
    if let Some(claim) = scope.claimed::<WelcomeLink>(hash).await? {
        writes.release(claim);
    }
    Ok(())
}

/// What the link is about. Changes nothing, so that whatever previews links accepts for nobody.
pub async fn look(app: &App, call: &Call, secret: &str) -> Result<Welcome, Refusal> {
    let Held { scope, member, ends_at } = open(app, call, secret).await?;
    let (member, organisation) = (member.record.0, organisations::of(&scope).await?.record.0);
    let language = Language::choose([member.language.as_deref(), Some(&organisation.language)]);
    let (login, accepted) = (login(&member), member.has_come());
    Ok(Welcome { organisation: organisation.name, name: member.name, login, accepted, ends_at, language })
}

/// Accepts. Whoever has come already is told the same.
pub async fn accept(app: &App, call: &Call, secret: &str) -> Result<Welcome, MemberError> {
    let accepted = app
        .change(|| async {
            let Held { scope, member: Stored { version, record }, .. } = open(app, call, secret).await?;
            let (before, mut after) = (record.0.state(), record.0);
            if after.has_come() {
                return Err(MemberError::HasCome);
            }
            after.join()?;
            let mut change: Change<MemberError> =
                app.draft_as(&scope, call, Doer::Applicant, "invitation.accepted", after.id);
            change.writes.replace(&after.id, version, &stored::Member(after.clone()));
            change.event(app, "member.accepted", json!({ "member": after.id }));
            Ok(((), change.before(&before).after(&after.state())))
        })
        .await;
    match accepted {
        Ok(_) | Err(MemberError::HasCome) => Ok(look(app, call, secret).await?),
        Err(error) => Err(error),
    }
}

/// Declines: they are no member, and what was entered about them is deleted. What stays says that somebody declined.
pub async fn decline(app: &App, call: &Call, secret: &str) -> Result<(), MemberError> {
    app.change(|| async {
        let Held { scope, member: Stored { version, record }, .. } = open(app, call, secret).await?;
        let before = record.0;
        if before.has_come() {
            return Err(MemberError::HasCome);
        }
        let mut change: Change<MemberError> =
            app.draft_as(&scope, call, Doer::Applicant, "invitation.declined", before.id);
        let (after, _) = leaving(app, &scope, call, &mut change, &before).await?;
        approvers::list_anew(&mut change.writes, &after);
        change.writes.guard_version::<stored::Member>(&before.id, version);
        change.writes.delete::<stored::Member>(&before.id);
        erasure::forget(&mut change.writes, call.at, Person::of_member(&before));
        for event in ["member.deleted", "member.erased"] {
            change.event(app, event, json!({ "member": before.id }));
        }
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// A link that leads to a member.
struct Held {
    scope: OrgScope,
    member: Stored<stored::Member>,
    ends_at: Instant,
}

fn login(member: &Member) -> String {
    let login = match member.login {
        Login::BusinessEmail => member.business_email.as_ref().map(|address| address.raw().to_owned()),
        Login::WorkEmail => member.work_email.as_ref().map(|address| address.raw().to_owned()),
        Login::Phone => member.phone.as_ref().map(ToString::to_string),
    };
    // INVARIANT: a member's login is filled in (R6).
    login.unwrap_or_default()
}

/// An unknown link is like one that has ended, one of somebody who is no member any more, or one that was sent to an
/// address they do not have any more.
async fn open(app: &App, call: &Call, secret: &str) -> Result<Held, Refusal> {
    let no_such = || Refusal::NoLink { to: "accept or decline", days: HOLDS_FOR / DAY };
    let hash = Handle::hash_of(secret);
    let found = find::<WelcomeLink>(app.store.as_ref(), &hash).await?;
    let (org, (id, (ends_at, to))) = found.ok_or_else(no_such)?;
    let scope = app.org(org);
    let found = scope.get::<stored::Member>(&id).await?.ok_or_else(no_such)?;
    let Stored { record: stored::Member(member), .. } = &found;
    if call.at.as_micros() >= ends_at || !member.counts() || !is_theirs(member, &hash, &to) {
        return Err(no_such());
    }
    Ok(Held { member: found, scope, ends_at: Instant::from_micros(ends_at) })
}
