//! A change of one member that is decided and not committed yet: what it does to them can be told before it is done.

use std::future::Future;

use usher_domain::ids::MemberId;
use usher_domain::member::Member;
use usher_store::{OrgScope, Stored};

use super::MemberError;
use super::sight::touched;
use crate::app::App;
use crate::app::actor::{By, Call};
use crate::app::change::Change;
use crate::app::deliveries::Failed;
use crate::app::login::account::Account;
use crate::app::login::{break_glass, sessions};
use crate::app::refusal::{Refusal, based_on};
use crate::app::stored;
use crate::app::tokens;

/// A change of a member, about to be committed.
pub(super) struct Step {
    /// As they are.
    pub before: Member,
    /// As they would be.
    pub after: Member,
    /// Sessions of theirs that would end.
    pub sessions_ended: usize,
    /// Why no SMS would be sent to them, where one should be (R34).
    pub not_sent: Option<Failed>,
    /// What is written.
    pub change: Change<MemberError>,
}

impl Step {
    /// One that ends no sessions and sends nothing.
    pub(super) fn new(before: Member, after: Member, change: Change<MemberError>) -> Step {
        Step { before, after, sessions_ended: 0, not_sent: None, change }
    }

    /// Refuses to take the last way in past single sign-on (R19); those who are `gone` have none any more.
    pub(super) async fn keep_a_way_in(&mut self, scope: &OrgScope, gone: &[MemberId]) -> Result<(), MemberError> {
        let change = (&self.before, Some(&self.after));
        let stays = break_glass::stays_possible(scope, &mut self.change.writes, change, gone).await?;
        if stays { Ok(()) } else { Err(MemberError::LastWayIn) }
    }
}

/// Decides and commits a step, and decides again if others changed what it is based on.
pub(super) async fn take<R, F, Fut>(app: &App, by: &By<R>, mut decide: F) -> Result<Stored<Member>, MemberError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Step, MemberError>>,
{
    let (record, committed) = app
        .change(|| {
            let deciding = decide();
            async {
                let mut step = deciding.await?;
                step.keep_a_way_in(&by.scope, &[]).await?;
                Ok((step.after, step.change))
            }
        })
        .await?;
    Ok(Stored { version: committed.seq, record })
}

/// The beginning of a step.
pub(super) struct Draft {
    /// At which version they were read: whatever is written guards it.
    pub version: u64,
    /// As they are.
    pub before: Member,
    /// Guards that they stay in reach; writes nothing yet.
    pub change: Change<MemberError>,
}

/// Begins to change a member, at the version that whoever asks has seen if they name one, if they reach the member and
/// may do at least what the member may.
pub(super) async fn draft<R>(
    app: &App,
    by: &By<R>,
    action: &str,
    id: MemberId,
    version: Option<u64>,
) -> Result<Draft, MemberError> {
    let mut change = app.draft(by, action, id);
    let found = touched(by, id, &mut change.writes).await?;
    let Stored { version, record: stored::Member(before) } = match version {
        Some(version) => based_on(found, version)?,
        None => found,
    };
    if by.actor.authority().covers(&before.authority) {
        Ok(Draft { version, before, change })
    } else {
        Err(MemberError::TooMuchAuthority)
    }
}

/// Ends all sessions and tokens of a member with the change; returns how many sessions were good.
pub(super) async fn end_sessions(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<MemberError>,
    id: MemberId,
) -> Result<usize, Refusal> {
    let account = scope.get::<Account>(&id).await?;
    let sessions = account.map(|found| found.record.sessions).unwrap_or_default();
    sessions::end_all(scope, &mut change.writes, id).await?;
    tokens::end_all(&mut change.writes, id, call.at);
    Ok(sessions.iter().filter(|session| session.is_good(call.at)).count())
}
