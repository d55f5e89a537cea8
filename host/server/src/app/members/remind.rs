//! Reminding those who were invited or have joined, and have not come yet (R31).

use usher_domain::ids::MemberId;
use usher_domain::member::{State, StateError};
use usher_domain::time::{DAY, Instant};

use super::step::{Draft, Step, draft};
use super::{MemberError, welcome};
use crate::app::actor::{By, Managing};
use crate::app::deliveries::{Failed, Room};
use crate::app::refusal::Refusal;
use crate::app::stored::{self, kind, records};
use crate::app::{App, organisations};
use crate::letters::Letter;

/// How long after a reminder the next one may follow (R31), in microseconds.
pub const BETWEEN_REMINDERS: i64 = DAY;

records! {
    /// When a member was reminded last.
    Reminded {
        /// When.
        pub at: Instant,
    } = kind::REMINDED, version 1, by MemberId;
}

/// That a member is reminded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminding {
    /// From when on they can be reminded again.
    pub next_at: Instant,
    /// Why no SMS is sent, where one should be (R34).
    pub not_sent: Option<Failed>,
}

/// Reminds a member by mail, by SMS or by both.
pub async fn remind(app: &App, by: &By<Managing>, id: MemberId) -> Result<Reminding, MemberError> {
    let reminded = app.change(|| async {
        let step = reminding(app, by, id).await?;
        Ok::<_, MemberError>((step.not_sent, step.change))
    });
    let (not_sent, _) = reminded.await?;
    Ok(Reminding { next_at: by.call.at.plus(BETWEEN_REMINDERS), not_sent })
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
    if member.work_email.is_none() && member.phone.is_none() {
        return Err(MemberError::Unreachable);
    }
    let room = Room::of(&by.scope, &organisation, by.call.at).await?.before_one();
    let not_sent = welcome::write(
        app,
        &mut change.writes,
        &organisation,
        &member,
        by.call.at,
        room,
        |organisation, name, link| Letter::Reminder { organisation, name, link },
    );
    change.event(app, "member.reminded", serde_json::json!({ "member": id }));
    Ok(Step { not_sent, ..Step::new(member.clone(), member, change) })
}
