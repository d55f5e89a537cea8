//! Those who may answer requests to join: a list of them, and telling them that a request waits (R17).
//!
//! Who is an admin of departments is told of requests that lead into one of theirs.
//!
//! The list follows the members' records, so that whoever opens a request need not look through all
//! members; it is read by the worker, not by the join. Must not know how a request is answered.

use usher_domain::ids::{MemberId, RequestId};
use usher_domain::member;
use usher_domain::request::{self, State};
use usher_domain::time::{HOUR, Instant};
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::answers::link;
use super::readers::{self, Reader};
use super::refusal::Refusal;
use super::stored::{JoinRequest, Member, kind, records};
use super::{App, organisations, reach, requests};
use crate::letters::Letter;

/// Most primary admins who are told that nobody answers a request: those who have been members longest.
pub const MAX_TOLD: usize = 50;

/// When those who may answer are reminded of a request that still waits, in microseconds after it was opened.
const REMIND_AFTER: [i64; 2] = [24 * HOUR, 72 * HOUR];
/// How long before it would end unanswered they are reminded for the last time, in microseconds.
const WARN_BEFORE: i64 = 24 * HOUR;
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
        /// The last one who was looked at, while others have not been told this time.
        pub after: Option<MemberId>,
    } = kind::APPROVERS_TOLD, version 1, by RequestId;
}

/// Lists a new member if they may answer requests. Costs nothing for whoever may not.
pub(crate) fn list(writes: &mut OrgWrites, member: &member::Member) {
    if member.may_answer_requests() {
        writes.put(&member.id, &Approver {});
    }
}

/// Lists a member or strikes them off the list, by what they may do from now on.
pub(crate) fn list_anew(writes: &mut OrgWrites, member: &member::Member) {
    if member.may_answer_requests() {
        writes.put(&member.id, &Approver {});
    } else {
        writes.delete::<Approver>(&member.id);
    }
}

/// Has those who may answer the request told of it.
pub(crate) fn notify(writes: &mut OrgWrites, at: Instant, request: RequestId) {
    writes.schedule::<Notice>(at.as_micros(), &request);
}

/// Writes to those who may answer the request, if it still waits, each with a link of their own to answer it by: so
/// many of them in one step, and whether there may be more. Called when its time has come, as often as it may be.
/// Reminders that a sleeping host missed are one.
///
/// # Errors
/// Also when somebody else tells them at the same moment, or the request is answered: called again, it finds that.
pub async fn tell(app: &App, scope: &OrgScope, now: Instant, request: RequestId) -> Result<bool, Refusal> {
    let found = scope.get::<JoinRequest>(&request).await?;
    let found = found.filter(|found| found.record.0.state(now) == State::Pending);
    let Some(Stored { version, record: JoinRequest(waiting) }) = found else { return Ok(false) };
    let (mut writes, mut more) = (scope.writes(), None);
    let reminders = reminders(&waiting);
    let times = 1 + reminders.iter().filter(|at| **at <= now).count();
    let told = scope.get::<Told>(&request).await?;
    let so_far = told.as_ref().map(|told| &told.record).filter(|told| told.times >= times);
    let after = so_far.and_then(|told| told.after);
    if so_far.is_none() || after.is_some() {
        writes.guard_version::<JoinRequest>(&request, version);
        more = tell_some(app, scope, &mut writes, &waiting, after, now).await?;
        // INVARIANT: whoever tells them writes this, over what they read: of two at once, one commits.
        match told {
            Some(told) => writes.replace(&request, told.version, &Told { times, after: more }),
            None => writes.insert(&request, &Told { times, after: more }),
        }
    }
    if let Some(next) = reminders.into_iter().filter(|at| more.is_none() && *at > now).min() {
        notify(&mut writes, next, request);
    }
    writes.commit().await.map(|_| more.is_some()).map_err(Refusal::Commit)
}

/// When those who may answer a request are reminded of it. Of one that ends soon, the last time may be the first.
fn reminders(waiting: &request::JoinRequest) -> [Instant; 3] {
    let [first, second] = REMIND_AFTER.map(|after| waiting.opened_at.plus(after));
    [first, second, waiting.expires_at.plus(-WARN_BEFORE)]
}

/// A letter to each who may answer a request, of so many who are listed after one; the last of these, if there may be
/// more.
async fn tell_some(
    app: &App,
    scope: &OrgScope,
    writes: &mut OrgWrites,
    waiting: &request::JoinRequest,
    after: Option<MemberId>,
    now: Instant,
) -> Result<Option<MemberId>, Refusal> {
    let listed = scope.page::<Approver>(Page::first(STEP).after(after)).await?;
    let last = listed.last().map(|(last, _)| *last).filter(|_| listed.len() == STEP);
    let organisation = organisations::of(scope).await?.record.0;
    let shown = waiting.id.to_string();
    let into = requests::destination(scope, waiting, organisation.root_department).await?;
    let path = reach::path(scope, into).await?;
    let ids: Vec<MemberId> = listed.into_iter().map(|(id, _)| id).collect();
    for reader in readers::of(scope, &ids, |member| member.authority.reach().includes(&path)).await? {
        let answer = link::issue(app, writes, waiting, reader.member, now);
        let letter = Letter::RequestWaits { organisation: &organisation.name, request: &shown, answer: &answer };
        reader.tell(app, writes, &organisation, letter, now);
    }
    Ok(last)
}

/// The primary admins, those who have been members longest; as many as are told at most.
pub(super) async fn primary_admins(scope: &OrgScope) -> Result<Vec<Reader>, Refusal> {
    let (mut found, mut last) = (Vec::new(), None);
    while found.len() < MAX_TOLD {
        let listed = scope.page::<Approver>(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = listed.last() else { break };
        last = Some(*end);
        let ids: Vec<MemberId> = listed.iter().map(|(id, _)| *id).collect();
        found.extend(readers::of(scope, &ids, member::Member::counts_as_primary_admin).await?);
    }
    found.truncate(MAX_TOLD);
    Ok(found)
}

/// What `wanted` makes of the first primary admin whom it takes and who can act.
pub(super) async fn find_primary_admin<T, F>(
    scope: &OrgScope,
    wanted: impl Fn(Stored<Member>) -> F,
) -> Result<Option<T>, Refusal>
where
    F: Future<Output = Result<Option<T>, Refusal>>,
{
    let mut last = None;
    loop {
        let listed = scope.page::<Approver>(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = listed.last() else { return Ok(None) };
        last = Some(*end);
        let ids: Vec<MemberId> = listed.iter().map(|(id, _)| *id).collect();
        for found in scope.get_many::<Member>(&ids).await?.into_iter().flatten() {
            if found.record.0.counts_as_primary_admin()
                && let Some(taken) = wanted(found).await?
            {
                return Ok(Some(taken));
            }
        }
    }
}
