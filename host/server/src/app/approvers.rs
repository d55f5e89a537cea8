//! Those who may answer requests to join: a list of them, and telling them that a request waits (R17).
//!
//! The list follows the members' records, so that whoever opens a request need not look through all
//! members; it is read by the worker, not by the join. Must not know how a request is answered.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{MemberId, RequestId};
use usher_domain::member;
use usher_domain::request::State;
use usher_domain::time::{HOUR, Instant};
use usher_store::{OrgPlan, OrgScope, Page, Record};

use super::App;
use super::answers::link;
use super::join::ticket::organisation;
use super::mail;
use super::post::Post;
use super::refusal::Refusal;
use super::stored::{JoinRequest, Member, kind};
use crate::letters::{Language, Letter};

/// Most who are told of a request: those who have been members longest. All others see it in the list and
/// in the events.
pub const MAX_TOLD: usize = 50;

/// When those who may answer are reminded of a request that still waits, in microseconds after it was opened.
const REMIND_AFTER: [i64; 2] = [24 * HOUR, 72 * HOUR];

/// That a member may answer requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approver {}

impl Record for Approver {
    const KIND: u8 = kind::APPROVER;
    const VERSION: u16 = 1;
    type Id = MemberId;
}

/// Work that falls due: those who may answer a request are told of it. Never stored under a key of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {}

impl Record for Notice {
    const KIND: u8 = kind::NOTICE;
    const VERSION: u16 = 1;
    type Id = RequestId;
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

/// Mails those who may answer the request, if it still waits, each with a link of their own to answer it by.
/// The mails, the end of this work and the next reminder are one commit, so each is told once; reminders that a
/// sleeping host missed are one. `due` is when it fell due.
pub(crate) async fn tell(
    app: &App,
    scope: &OrgScope,
    due: i64,
    now: Instant,
    request: RequestId,
) -> Result<(), Refusal> {
    let mut plan = scope.plan();
    plan.unschedule::<Notice>(due, &request);
    let found = scope.get::<JoinRequest>(&request).await?;
    if let Some(waiting) = found.map(|found| found.record.0).filter(|found| found.state(now) == State::Pending) {
        let organisation = organisation(scope).await?.0;
        let shown = request.to_string();
        for reader in readers(scope).await? {
            let answer = link::issue(app, &mut plan, &waiting, reader.member, now);
            let letter = Letter::RequestWaits { organisation: &organisation.name, request: &shown, answer: &answer };
            let language = Language::choose([reader.language.as_deref(), Some(&organisation.language)]);
            mail::send(app, &mut plan, &reader.address, &Post::new(letter, language, now));
        }
        let reminders = REMIND_AFTER.map(|after| waiting.opened_at.plus(after));
        if let Some(next) = reminders.into_iter().find(|at| *at > now) {
            notify(&mut plan, next, request);
        }
    }
    plan.commit().await.map(drop).map_err(Refusal::Commit)
}

/// Who is told.
struct Reader {
    member: MemberId,
    /// Where they read their mail.
    address: String,
    /// In which language of their own.
    language: Option<String>,
}

async fn readers(scope: &OrgScope) -> Result<Vec<Reader>, Refusal> {
    let listed = scope.page::<Approver>(Page::first(MAX_TOLD)).await?;
    let ids: Vec<MemberId> = listed.into_iter().map(|(id, _)| id).collect();
    let members = scope.get_many::<Member>(&ids).await?;
    let reader = |member: member::Member| {
        let address = member.work_email.or(member.business_email)?;
        Some(Reader { member: member.id, address: address.canonical().to_owned(), language: member.language })
    };
    Ok(members.into_iter().flatten().filter_map(|found| reader(found.record.0)).collect())
}
