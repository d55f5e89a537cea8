//! Requests that nobody answers go on to others, after a time that the organisation sets: once, by the clock (R17).
//!
//! A setting of the organisation, not an answer of its approval policies: these are asked once, when somebody wants to
//! join, and the contract's obligations know no time. Must not know how a request is answered.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{DepartmentId, MemberId, RequestId};
use usher_domain::member as domain;
use usher_domain::request::State;
use usher_domain::time::{HOUR, Instant};
use usher_store::{OrgScope, OrgWrites, Stored};

use super::actor::{By, Call, Doer, PrimaryAdmin};
use super::answers::link;
use super::approvers;
use super::change::halt::Halt;
use super::readers::{self, Reader};
use super::refusal::{Refusal, based_on};
use super::stored::{JoinRequest, Member, kind, records};
use super::{App, organisations, reach, requests};
use crate::letters::Letter;

/// Longest time, in hours: a request that old waits no more.
pub const MAX_HOURS: u32 = 720;
/// Most members that requests go on to.
pub const MAX_TO: usize = approvers::MAX_TOLD;

/// When requests go on, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// After how many hours without an answer; never without it.
    pub after_hours: Option<u32>,
    /// To whom; to the primary admins if to nobody, or to nobody who may still answer the request.
    pub to: Vec<MemberId>,
}

records! {
    Escalation = kind::ESCALATION, version 1, by ();
    /// Work that falls due: a request has waited so long. Never stored under a key of its own.
    Escalate {} = kind::ESCALATE, version 1, by RequestId;
    /// That a request went on.
    Escalated {
        /// When.
        pub at: Instant,
    } = kind::ESCALATED, version 1, by RequestId;
}

/// Why the setting is not changed.
#[derive(Debug, thiserror::Error)]
pub enum EscalationError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The time will not do.
    #[error("requests go on after 1 to {MAX_HOURS} hours, or never")]
    Hours,
    /// Too many are named.
    #[error("requests go on to at most {MAX_TO} members")]
    TooMany,
    /// A member who is none, or may not answer.
    #[error(
        "{0} is no member who may answer requests: name primary admins, admins with `member_and_department` or admins \
         of departments"
    )]
    NoApprover(MemberId),
}

/// When requests go on, and to whom; version 0 until it was said.
pub async fn show(by: &By<PrimaryAdmin>) -> Result<Stored<Escalation>, Refusal> {
    let found = by.scope.get::<Escalation>(&()).await?;
    Ok(found.unwrap_or(Stored { version: 0, record: Escalation::default() }))
}

/// Says when requests go on, and to whom: those that are opened from now on.
pub async fn set(
    app: &App,
    by: &By<PrimaryAdmin>,
    version: u64,
    new: &Escalation,
) -> Result<Stored<Escalation>, EscalationError> {
    check(by, new).await?;
    let ((), committed) = app
        .change(|| async {
            let before = based_on(show(by).await?, version)?.record;
            let mut change = app.draft(by, "escalation.changed", by.org()).before(&before).after(new);
            match version {
                0 => change.writes.insert(&(), new),
                version => change.writes.replace(&(), version, new),
            }
            Ok::<_, EscalationError>(((), change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: new.clone() })
}

async fn check(by: &By<PrimaryAdmin>, new: &Escalation) -> Result<(), EscalationError> {
    if new.after_hours.is_some_and(|hours| !(1..=MAX_HOURS).contains(&hours)) {
        return Err(EscalationError::Hours);
    }
    if new.to.len() > MAX_TO {
        return Err(EscalationError::TooMany);
    }
    let found = by.scope.get_many::<Member>(&new.to).await.map_err(Refusal::from)?;
    let may = |found: &Option<Stored<Member>>| found.as_ref().is_some_and(|found| found.record.0.may_answer_requests());
    let other = new.to.iter().zip(found).find(|(_, found)| !may(found));
    other.map_or(Ok(()), |(id, _)| Err(EscalationError::NoApprover(*id)))
}

/// Has a request that is opened now go on in its time, if the organisation says so.
pub(crate) async fn plan(
    scope: &OrgScope,
    writes: &mut OrgWrites,
    at: Instant,
    request: RequestId,
) -> Result<(), Refusal> {
    let setting = scope.get::<Escalation>(&()).await?;
    if let Some(hours) = setting.and_then(|found| found.record.after_hours) {
        writes.schedule::<Escalate>(at.plus(i64::from(hours) * HOUR).as_micros(), &request);
    }
    Ok(())
}

/// Tells those whom a request goes on to, each with a link of their own to answer it by; called when its time has come,
/// as often as it may be.
pub(crate) async fn escalate(app: &App, scope: &OrgScope, call: &Call, id: RequestId) -> Result<(), Refusal> {
    app.change_if_needed(|| async {
        let Stored { version, record } = requests::get(scope, id).await?;
        let waiting = record.0;
        let setting = scope.get::<Escalation>(&()).await.map_err(Refusal::from)?;
        let setting = setting.map(|found| found.record).filter(|setting| setting.after_hours.is_some());
        // It was answered, or requests go on no more.
        let (State::Pending, Some(setting)) = (waiting.state(call.at), setting) else {
            return Err(Halt::AsBefore(()));
        };
        let organisation = organisations::of(scope).await?.record.0;
        let mut change = app.draft_as(scope, call, Doer::Host, "request.escalated", id);
        change.writes.guard_version::<JoinRequest>(&id, version);
        // INVARIANT: it goes on once, because this is written once.
        change.insert(&id, &Escalated { at: call.at }, Halt::AsBefore(()));
        let shown = id.to_string();
        let into = requests::destination(scope, &waiting, organisation.root_department).await?;
        for reader in readers(scope, &setting, &reach::path(scope, into).await?).await? {
            let answer = link::issue(app, &mut change.writes, &waiting, reader.member, call.at);
            let letter =
                Letter::RequestEscalated { organisation: &organisation.name, request: &shown, answer: &answer };
            reader.tell(app, &mut change.writes, &organisation, letter, call.at);
        }
        change.event(app, "request.escalated", serde_json::json!({ "request": id }));
        Ok(((), change))
    })
    .await
}

/// Those named who may answer and reach the department that `path` ends with; the primary admins if nobody does.
async fn readers(scope: &OrgScope, setting: &Escalation, path: &[DepartmentId]) -> Result<Vec<Reader>, Refusal> {
    let may = |member: &domain::Member| member.may_answer_requests() && member.authority.reach().includes(path);
    let named = readers::of(scope, &setting.to, may).await?;
    if named.is_empty() { approvers::primary_admins(scope).await } else { Ok(named) }
}
