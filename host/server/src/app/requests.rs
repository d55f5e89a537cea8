//! Requests to join and their answers (R17, R18, R30, R33): the first answer stands.

mod read;

use serde_json::{Value, json};
use usher_domain::ids::{DepartmentId, MemberId, PlanId, RequestId};
use usher_domain::member::{Member, Provenance, SeatSource, SeatWish, WishReason};
use usher_domain::plan::member_limit;
use usher_domain::policy::approval::Applicant;
use usher_domain::policy::seat::Occasion;
use usher_domain::request::{self, Answer, AnswerError, SeatChoice, State, Verdict};
use usher_domain::time::Instant;
use usher_store::{OrgScope, Stored};

use super::actor::{Call, Doer};
use super::answers::Answerer;
use super::applicants::{self, News};
use super::approvers::Told;
use super::change::Change;
use super::change::halt::Halt;
use super::escalation::Escalated;
use super::groups::regroup;
use super::invitations::create::authority;
use super::join::accept::places;
use super::join::{Newcomer, announce, department};
use super::members::enrol::{EnrolError, enrol};
use super::privacy::erasure;
use super::privacy::person::Person;
use super::reach;
use super::refusal::Refusal;
use super::seating::{Asking, Seating, wish};
use super::sso::index;
use super::stored::{JoinRequest, OpenRequest, Plans};
use super::{App, organisations, plans, seats, workforce_types};
use read::{held, no_such, wishes};

pub use read::{Filter, list, show};
pub(super) use read::{destination, get, reached};

/// Longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 1_000;
/// Times an approval is decided again because somebody took the seat.
const MAX_RACES: u32 = 4;

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was answered before, or waited too long.
    #[error(transparent)]
    Answered(#[from] AnswerError),
    /// The organisation cannot take the applicant.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// The note is too long.
    #[error("a note has at most {MAX_NOTE_CHARS} characters")]
    NoteTooLong,
    /// The invitation gives a role that whoever answers may not give.
    #[error("the invitation gives a role that you may not give: leave the answer to a primary admin")]
    TooMuchAuthority,
    /// Somebody took the seat in between.
    #[error("somebody else was given the seat at this moment: send the request again")]
    SeatGone,
}

/// Refuses the applicant. The first answer stands.
pub async fn reject(
    app: &App,
    by: &Answerer,
    id: RequestId,
    note: Option<&str>,
) -> Result<Stored<request::JoinRequest>, RequestError> {
    let note = check_note(note)?;
    let (request, committed) = app
        .change(|| async {
            let mut change = by.draft(app, "request.rejected", id);
            let found = held(&by.scope, &by.authority.reach(), id, &mut change.writes).await?;
            let answer =
                Answer { verdict: Verdict::Reject, by: by.member, at: by.call.at, member: None, note: note.clone() };
            let request = close::<RequestError>(app, &by.scope, &by.call, &mut change, found, answer).await?;
            let organisation = organisations::of(&by.scope).await?.record.0;
            let at = by.call.at;
            applicants::tell(app, &mut change.writes, &organisation, &request.applicant, at, News::Rejected);
            Ok((request, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: request })
}

/// Lets the applicant in, with the seat that is chosen. The first answer stands.
pub async fn approve(
    app: &App,
    by: &Answerer,
    id: RequestId,
    seat: &SeatChoice,
    note: Option<&str>,
) -> Result<Stored<request::JoinRequest>, RequestError> {
    let note = check_note(note)?;
    for _ in 0..MAX_RACES {
        let decided = app.change(|| approval(app, by, id, seat, note.as_deref())).await;
        match decided {
            Err(RequestError::SeatGone) => {}
            Err(RequestError::Enrol(error)) => return Err(first_answer(&by.scope, id).await?.unwrap_or(error.into())),
            Err(error) => return Err(error),
            Ok((request, committed)) => return Ok(Stored { version: committed.seq, record: request }),
        }
    }
    Err(RequestError::SeatGone)
}

/// The answer that stands, if there is one: whoever was let in a moment ago, by somebody faster, has taken their own
/// address.
async fn first_answer(scope: &OrgScope, id: RequestId) -> Result<Option<RequestError>, Refusal> {
    let first = get(scope, id).await?.record.0.answer;
    Ok(first.map(|first| AnswerError::AlreadyProcessed(Box::new(first)).into()))
}

async fn approval(
    app: &App,
    by: &Answerer,
    id: RequestId,
    choice: &SeatChoice,
    note: Option<&str>,
) -> Result<(request::JoinRequest, Change<RequestError>), RequestError> {
    let mut change = by.draft(app, "request.approved", id);
    let found = held(&by.scope, &by.authority.reach(), id, &mut change.writes).await?;
    let Stored { version, record: JoinRequest(mut request) } = found;
    let before = shown(&request, by.call.at);
    let member_id = app.new_id(MemberId::from_parts);
    request.answer(Answer {
        verdict: Verdict::Approve,
        by: by.member,
        at: by.call.at,
        member: Some(member_id),
        note: note.map(str::to_owned),
    })?;
    let organisation = organisations::of(&by.scope).await?.record.0;
    let found = plans::current(&by.scope).await?;
    change.writes.guard_version::<Plans>(&(), found.version);
    let mut member = newcomer(by, &mut change, &request, member_id, organisation.root_department).await?;
    let asking = Asking {
        organisation: &organisation,
        plans: &found.record.plans,
        at: by.call.at,
        occasion: Occasion::Join,
        offered: request.plan,
        held: request.plan.filter(|_| request.seat_reserved),
    };
    let seating = match choice {
        SeatChoice::None | SeatChoice::AsOffered => Seating::none(),
        SeatChoice::Plan(plan) => chosen(&by.scope, &asking, *plan).await?,
        SeatChoice::Policy => Seating::by_policy(app, &by.scope, &asking, member.for_seat_policies()).await?,
    };
    let mut change = change.decided_by(seating.policies().to_vec());
    seating.apply(app, &mut change, &asking, &mut member, || RequestError::SeatGone);
    let limit = member_limit(&found.record.plans, organisation.today(by.call.at), organisation.member_limit);
    regroup(app, &by.scope, &by.call, &mut change, &[], &mut member).await?;
    if *choice == SeatChoice::AsOffered {
        wait_for_offered(&asking, &mut change, &request, &mut member);
    }
    enrol(&mut change, &member, limit);
    index::add(app, &by.scope, &mut change.writes, &member).await?;
    announce(app, &mut change, &member, id);
    request.seat_reserved = false;
    finish(app, &by.scope, &mut change, &request, &request.applicant, version).await?;
    let news = News::Approved(member_id);
    applicants::tell(app, &mut change.writes, &organisation, &request.applicant, by.call.at, news);
    Ok((request, change.before(&before).after(&member)))
}

/// Keeps the wish for the plan that the invitation offers, unless a user group gives a seat. What was reserved for the
/// request is free again, and theirs before anybody's who came after them (R15, R36): nobody chose, so the seat
/// policies are asked.
fn wait_for_offered(
    asking: &Asking<'_>,
    change: &mut Change<RequestError>,
    request: &request::JoinRequest,
    member: &mut Member,
) {
    let Some(plan) = asking.offered.filter(|plan| asking.can_give(*plan)) else { return };
    if member.wishes.is_empty() {
        let (reason, source) = (WishReason::NoSeatFree, SeatSource::Policy);
        wish(change, member, SeatWish { plan, reason, since: request.opened_at, source });
    }
}

async fn chosen(scope: &OrgScope, asking: &Asking<'_>, plan: PlanId) -> Result<Seating, RequestError> {
    match Seating::of_plan(scope, asking, plan).await {
        Err(Refusal::NotFound { .. }) => Err(RequestError::NoSuchPlan(plan)),
        seating => Ok(seating?),
    }
}

async fn newcomer(
    by: &Answerer,
    change: &mut Change<RequestError>,
    request: &request::JoinRequest,
    id: MemberId,
    root: DepartmentId,
) -> Result<Member, RequestError> {
    let (invitation, wished) = wishes(&by.scope, request).await?;
    let authority = authority(invitation.and_then(|invitation| invitation.role));
    if !by.authority.may_let_in_with(&authority) {
        return Err(RequestError::TooMuchAuthority);
    }
    let placed = department(&by.scope, change, wished, root).await?;
    // The department may have been removed since it was read, which leaves the root.
    let reach = by.authority.reach();
    if reach::guard_within(&by.scope, &reach, &[placed], &mut change.writes).await?.is_empty() {
        return Err(no_such(request.id).into());
    }
    let kinds = [request.placement.workforce_type.as_deref(), request.applicant.workforce_type.as_deref()];
    let newcomer = Newcomer {
        applicant: &request.applicant,
        department: placed,
        workforce_type: first_kind(&by.scope, change, kinds).await?,
        confirmed: true,
        authority,
        provenance: Provenance {
            channel: request.channel,
            by: request.inviter,
            invitation: request.invitation,
            decision: request.decision,
            at: by.call.at,
        },
    };
    Ok(newcomer.member(id))
}

/// The first of the workforce types that there still is; none if they went while the request waited.
async fn first_kind(
    scope: &OrgScope,
    change: &mut Change<RequestError>,
    kinds: [Option<&str>; 2],
) -> Result<Option<String>, Refusal> {
    for kind in kinds.into_iter().flatten() {
        if let Some(found) = workforce_types::find(scope, &mut change.writes, kind).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Answers a request that makes no member: its reserved seat is given up, and who declines is erased (R22).
pub(crate) async fn close<E>(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    found: Stored<JoinRequest>,
    answer: Answer,
) -> Result<request::JoinRequest, E>
where
    E: From<Refusal> + From<AnswerError>,
{
    let Stored { version, record: JoinRequest(mut request) } = found;
    let (before, declines) = (request.clone(), answer.verdict == Verdict::Decline);
    request.answer(answer)?;
    if declines {
        erasure::forget(&mut change.writes, call.at, Person::of_request(&before));
    }
    release(scope, call, change, &mut request).await?;
    finish(app, scope, change, &request, &before.applicant, version).await?;
    change.traces(&shown(&before, call.at), &shown(&request, call.at));
    Ok(request)
}

/// Gives up what a request holds once it has waited too long, and tells the applicant, once; called when its time has
/// come, as often as it may be.
pub(crate) async fn expire(app: &App, scope: &OrgScope, call: &Call, id: RequestId) -> Result<(), Refusal> {
    app.change_if_needed(|| async {
        let Stored { version, record: JoinRequest(mut request) } = get(scope, id).await?;
        let mut change: Change<Halt<()>> = app.draft_as(scope, call, Doer::Host, "request.expired", id);
        let led_here = let_go(scope, &mut change, &request, &request.applicant).await?;
        // INVARIANT: whatever there is of a request that waits goes in this commit, so it expires once. Nothing leads
        // to it any more if its applicant has asked again by now.
        let waits = led_here || request.seat_reserved || was_told(scope, id).await?;
        if request.state(call.at) != State::Expired || !waits {
            return Err(Halt::AsBefore(()));
        }
        let before = shown(&request, request.opened_at);
        release(scope, call, &mut change, &mut request).await?;
        change.traces(&before, &shown(&request, call.at));
        if led_here {
            let organisation = organisations::of(scope).await?.record.0;
            applicants::tell(app, &mut change.writes, &organisation, &request.applicant, call.at, News::Expired);
        }
        change.writes.delete::<Escalated>(&id);
        change.writes.delete::<Told>(&id);
        change.event(app, "request.expired", json!({ "request": id }));
        change.writes.replace(&id, version, &JoinRequest(request));
        Ok(((), change))
    })
    .await
}

/// Whether it is kept that others were told of a request, as it is while it waits.
async fn was_told(scope: &OrgScope, id: RequestId) -> Result<bool, Refusal> {
    Ok(scope.get::<Told>(&id).await?.is_some() || scope.get::<Escalated>(&id).await?.is_some())
}

async fn release<E: From<Refusal>>(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    request: &mut request::JoinRequest,
) -> Result<(), Refusal> {
    if let Some(plan) = request.plan.filter(|_| request.seat_reserved) {
        seats::release(scope, call, change, plan).await?;
    }
    request.seat_reserved = false;
    Ok(())
}

/// Writes an answered request, and takes away what led from its applicant to it while it was open.
async fn finish<E>(
    app: &App,
    scope: &OrgScope,
    change: &mut Change<E>,
    request: &request::JoinRequest,
    applicant: &Applicant,
    version: u64,
) -> Result<(), Refusal> {
    change.writes.replace(&request.id, version, &JoinRequest(request.clone()));
    change.writes.unschedule::<JoinRequest>(request.expires_at.as_micros(), &request.id);
    let_go(scope, change, request, applicant).await?;
    change.writes.delete::<Escalated>(&request.id);
    change.writes.delete::<Told>(&request.id);
    change.event(app, "request.answered", answered(request));
    Ok(())
}

/// Takes away what leads from an applicant to their open request, unless it leads to another one by then. Returns
/// whether anything did.
async fn let_go<E>(
    scope: &OrgScope,
    change: &mut Change<E>,
    request: &request::JoinRequest,
    applicant: &Applicant,
) -> Result<bool, Refusal> {
    let mut led_here = false;
    for place in places(applicant) {
        let open = scope.get::<OpenRequest>(&place).await?;
        if let Some(open) = open.filter(|open| open.record.request == request.id) {
            change.writes.guard_version::<OpenRequest>(&place, open.version);
            change.writes.delete::<OpenRequest>(&place);
            led_here = true;
        }
    }
    Ok(led_here)
}

/// Where a request stands, for the audit trail. Who made it is in the entry that opened it.
fn shown(request: &request::JoinRequest, at: Instant) -> Value {
    json!({ "state": request.state(at), "seat_reserved": request.seat_reserved, "answer": request.answer })
}

/// What the event about an answered request tells.
pub(crate) fn answered(request: &request::JoinRequest) -> Value {
    json!({ "request": request.id, "verdict": request.answer.as_ref().map(|answer| answer.verdict) })
}

fn check_note(note: Option<&str>) -> Result<Option<String>, RequestError> {
    match note {
        Some(note) if note.chars().count() > MAX_NOTE_CHARS => Err(RequestError::NoteTooLong),
        note => Ok(note.map(str::to_owned)),
    }
}
