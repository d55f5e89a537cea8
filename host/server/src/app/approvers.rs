//! Those who may answer requests to join: a list of them, and telling them that a request waits (R17).
//!
//! Who is an admin of departments is told of requests that lead into one of theirs.
//!
//! The list follows the members' records, so that whoever opens a request need not look through all
//! members; it is read by the worker, not by the join. Must not know how a request is answered.

use usher_domain::ids::{DepartmentId, MemberId, RequestId};
use usher_domain::member;
use usher_domain::request::{self, State};
use usher_domain::time::{HOUR, Instant};
use usher_store::{OrgPlan, OrgScope, Page, Stored};

use super::answers::link;
use super::post::Post;
use super::refusal::Refusal;
use super::stored::{JoinRequest, Member, kind, records};
use super::{App, mail, organisations, reach, requests};
use crate::letters::{Language, Letter};

/// Most who are told of a request: those who have been members longest. All others see it in the list and
/// in the events.
pub const MAX_TOLD: usize = 50;

/// When those who may answer are reminded of a request that still waits, in microseconds after it was opened.
const REMIND_AFTER: [i64; 2] = [24 * HOUR, 72 * HOUR];
/// Rows read at a time.
const STEP: usize = 250;

records! {
    /// That a member may answer requests.
    Approver {} = kind::APPROVER, version 1, by MemberId;
    /// Work that falls due: those who may answer a request are told of it. Never stored under a key of its own.
    Notice {} = kind::NOTICE, version 1, by RequestId;
    /// How often those who may answer a request were told of it, as long as it waits.
    Told {
        /// Once when it was opened, once for each reminder whose time had come.
        pub times: usize,
    } = kind::APPROVERS_TOLD, version 1, by RequestId;
    /// That the list holds everybody who may answer: members whom a host without one has stored are not on it.
    Complete {} = kind::APPROVERS_COMPLETE, version 1, by ();
}

/// Begins the list of a new organisation.
pub(crate) fn begin(plan: &mut OrgPlan) {
    plan.insert(&(), &Complete {});
}

/// Lists a new member if they may answer requests. Costs nothing for whoever may not.
pub(crate) fn list(plan: &mut OrgPlan, member: &member::Member) {
    if member.may_answer_requests() {
        plan.put(&member.id, &Approver {});
    }
}

/// Lists a member or strikes them off the list, by what they may do from now on.
pub(crate) fn list_anew(plan: &mut OrgPlan, member: &member::Member) {
    if member.may_answer_requests() {
        plan.put(&member.id, &Approver {});
    } else {
        plan.delete::<Approver>(&member.id);
    }
}

/// Has those who may answer the request told of it.
pub(crate) fn notify(plan: &mut OrgPlan, at: Instant, request: RequestId) {
    plan.schedule::<Notice>(at.as_micros(), &request);
}

/// Mails those who may answer the request, if it still waits, each with a link of their own to answer it by; called when
/// its time has come, as often as it may be. Reminders that a sleeping host missed are one. `due` is when it fell due.
///
/// # Errors
/// Also when somebody else tells them at the same moment, or the request is answered: called again, it finds that.
pub async fn tell(app: &App, scope: &OrgScope, due: i64, now: Instant, request: RequestId) -> Result<(), Refusal> {
    let mut plan = scope.plan();
    plan.unschedule::<Notice>(due, &request);
    let found = scope.get::<JoinRequest>(&request).await?;
    if let Some(Stored { version, record: JoinRequest(waiting) }) = found
        && waiting.state(now) == State::Pending
    {
        let reminders = REMIND_AFTER.map(|after| waiting.opened_at.plus(after));
        let times = 1 + reminders.iter().filter(|at| **at <= now).count();
        let told = scope.get::<Told>(&request).await?;
        if told.as_ref().is_none_or(|told| told.record.times < times) {
            plan.guard_version::<JoinRequest>(&request, version);
            // INVARIANT: whoever tells them writes this, over what they read: of two at once, one commits.
            match told {
                Some(told) => plan.replace(&request, told.version, &Told { times }),
                None => plan.insert(&request, &Told { times }),
            }
            mail_all(app, scope, &mut plan, &waiting, now).await?;
        }
        if let Some(next) = reminders.into_iter().find(|at| *at > now) {
            notify(&mut plan, next, request);
        }
    }
    plan.commit().await.map(drop).map_err(Refusal::Commit)
}

/// A mail to each who may answer a request.
async fn mail_all(
    app: &App,
    scope: &OrgScope,
    plan: &mut OrgPlan,
    waiting: &request::JoinRequest,
    now: Instant,
) -> Result<(), Refusal> {
    let organisation = organisations::of(scope).await?.record.0;
    let shown = waiting.id.to_string();
    let into = requests::destination(scope, waiting, organisation.root_department).await?;
    for reader in readers(scope, &reach::path(scope, into).await?).await? {
        let answer = link::issue(app, plan, waiting, reader.member, now);
        let letter = Letter::RequestWaits { organisation: &organisation.name, request: &shown, answer: &answer };
        let language = Language::choose([reader.language.as_deref(), Some(&organisation.language)]);
        mail::send(app, plan, &reader.address, &Post::new(letter, language, now));
    }
    Ok(())
}

/// Who is told.
pub(super) struct Reader {
    /// Who.
    pub member: MemberId,
    /// Where they read their mail.
    pub address: String,
    /// In which language of their own.
    pub language: Option<String>,
}

/// Those who reach the department that `path` ends with, those who have been members longest; as many as are told at
/// most.
async fn readers(scope: &OrgScope, path: &[DepartmentId]) -> Result<Vec<Reader>, Refusal> {
    first_of(scope, |member| member.authority.reach().includes(path)).await
}

/// The primary admins who read mail, those who have been members longest; as many as are told at most.
pub(super) async fn primary_admins(scope: &OrgScope) -> Result<Vec<Reader>, Refusal> {
    first_of(scope, member::Member::counts_as_primary_admin).await
}

async fn first_of(scope: &OrgScope, wanted: impl Fn(&member::Member) -> bool) -> Result<Vec<Reader>, Refusal> {
    complete(scope).await?;
    let (mut found, mut last) = (Vec::new(), None);
    while found.len() < MAX_TOLD {
        let listed = scope.page::<Approver>(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = listed.last() else { break };
        last = Some(*end);
        let ids: Vec<MemberId> = listed.iter().map(|(id, _)| *id).collect();
        found.extend(readers_of(scope, &ids, &wanted).await?);
    }
    found.truncate(MAX_TOLD);
    Ok(found)
}

/// Those of the members who read mail, and whom `wanted` takes.
pub(super) async fn readers_of(
    scope: &OrgScope,
    ids: &[MemberId],
    wanted: impl Fn(&member::Member) -> bool,
) -> Result<Vec<Reader>, Refusal> {
    let members = scope.get_many::<Member>(ids).await?;
    let reader = |member: member::Member| {
        let address = member.work_email.or(member.business_email)?;
        Some(Reader { member: member.id, address: address.canonical().to_owned(), language: member.language })
    };
    let members = members.into_iter().flatten().map(|found| found.record.0);
    Ok(members.filter(wanted).filter_map(reader).collect())
}

/// Lists everybody whom a host without a list has stored, once for each organisation.
async fn complete(scope: &OrgScope) -> Result<(), Refusal> {
    if scope.get::<Complete>(&()).await?.is_some() {
        return Ok(());
    }
    let mut last = None;
    loop {
        let rows = scope.page::<Member>(Page::first(STEP).after(last)).await?;
        let mut plan = scope.plan();
        let Some((end, _)) = rows.last() else {
            plan.put(&(), &Complete {});
            return plan.commit().await.map(drop).map_err(Refusal::Commit);
        };
        last = Some(*end);
        for (id, found) in rows.iter().filter(|(_, found)| found.record.0.may_answer_requests()) {
            // Whoever is changed meanwhile is listed by that change, or struck off.
            plan.guard_version::<Member>(id, found.version);
            plan.put(id, &Approver {});
        }
        plan.commit().await.map_err(Refusal::Commit)?;
    }
}
