//! Reminding those who were invited or have joined, and have not come yet (R31).

use usher_domain::ids::MemberId;
use usher_domain::member::{Member, State, StateError};
use usher_domain::organisation::Organisation;
use usher_domain::time::{DAY, Instant};
use usher_store::OrgScope;

use super::step::{self, Draft, Step, draft};
use super::{MemberError, welcome};
use crate::app::actor::{By, Managing};
use crate::app::change::Change;
use crate::app::deliveries::{self, Room};
use crate::app::post::Post;
use crate::app::refusal::Refusal;
use crate::app::stored::{self, kind, records};
use crate::app::{App, mail, organisations};
use crate::letters::{Language, Letter};

/// How long after a reminder the next one may follow (R31), in microseconds.
pub const BETWEEN_REMINDERS: i64 = DAY;

records! {
    /// When a member was reminded last.
    Reminded {
        /// When.
        pub at: Instant,
    } = kind::REMINDED, version 1, by MemberId;
}

/// Reminds a member by mail, by SMS or by both. Returns from when on they can be reminded again.
pub async fn remind(app: &App, by: &By<Managing>, id: MemberId) -> Result<Instant, MemberError> {
    step::take(app, by, || reminding(app, by, id)).await?;
    Ok(by.call.at.plus(BETWEEN_REMINDERS))
}

pub(super) async fn reminding(app: &App, by: &By<Managing>, id: MemberId) -> Result<Step, MemberError> {
    let Draft { version, before: member, mut change } = draft(app, by, "member.reminded", id, None).await?;
    let state = member.state();
    if !matches!(state, State::Invited | State::Inactive) {
        return Err(StateError::NotFrom { from: state, wanted: "reminded" }.into());
    }
    let last = by.scope.get::<Reminded>(&id).await.map_err(Refusal::from)?;
    let next = last.as_ref().map(|found| found.record.at.plus(BETWEEN_REMINDERS));
    if let Some(next) = next.filter(|next| by.call.at < *next) {
        return Err(MemberError::RemindedLately { next, wait: next.as_micros() - by.call.at.as_micros() });
    }
    let organisation = organisations::current(by).await?.record.0;
    change.writes.guard_version::<stored::Member>(&id, version);
    let reminded = Reminded { at: by.call.at };
    match last {
        Some(last) => change.writes.replace(&id, last.version, &reminded),
        None => change.writes.insert(&id, &reminded),
    }
    write_to(app, &by.scope, &mut change, &organisation, &member, by.call.at).await?;
    change.event(app, "member.reminded", serde_json::json!({ "member": id }));
    Ok(Step { before: member.clone(), after: member, sessions_ended: 0, change })
}

async fn write_to(
    app: &App,
    scope: &OrgScope,
    change: &mut Change<MemberError>,
    organisation: &Organisation,
    member: &Member,
    at: Instant,
) -> Result<(), MemberError> {
    let language = Language::choose([member.language.as_deref(), Some(&organisation.language)]);
    if member.work_email.is_none() && member.phone.is_none() {
        return Err(MemberError::Unreachable);
    }
    let letter = |link| Letter::Reminder { organisation: &organisation.name, name: &member.name, link };
    let (by_mail, by_sms);
    if let Some(address) = &member.work_email {
        by_mail = welcome::issue(app, &mut change.writes, member.id, address.canonical(), at);
        let post = Post::new(letter(by_mail.as_str()), language, at).about(member.id);
        mail::send(app, &mut change.writes, address.raw(), &post);
    }
    if let Some(phone) = &member.phone {
        by_sms = welcome::issue(app, &mut change.writes, member.id, phone.as_str(), at);
        let post = Post::new(letter(by_sms.as_str()), language, at).about(member.id);
        let room = Room::of(scope, organisation, at).await?.before_one();
        deliveries::text(app, &mut change.writes, phone, &post, room);
    }
    Ok(())
}
