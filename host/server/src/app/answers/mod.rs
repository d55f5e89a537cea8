//! Answering requests in other ways than one by one with a token: many at once, by a link in a mail, through a
//! chat bot (R17, R18).
//!
//! Owns who answers ([`Answerer`]) and by which way. What an answer does is [`super::requests`]': the first one
//! stands, whichever way it came.

pub mod bots;
pub mod bulk;
pub mod link;

use usher_domain::authority::Authority;
use usher_domain::ids::{MemberId, RequestId};
use usher_domain::member as domain;
use usher_domain::request::{JoinRequest, SeatChoice};
use usher_store::{OrgScope, Stored};

use super::App;
use super::actor::{Answering, By, Call, Doer, Right};
use super::change::Change;
use super::refusal::Refusal;
use super::requests::{RequestError, approve, reject};
use super::stored::Member;

/// Somebody who may answer requests of one organisation, whichever way they came.
pub struct Answerer {
    /// The organisation's data.
    pub scope: OrgScope,
    /// The call.
    pub call: Call,
    /// Who answers, as a member; none for a service.
    pub member: Option<MemberId>,
    /// What they may do: they answer as far as it reaches, and let nobody in with more than they may give (R1).
    pub authority: Authority,
    doer: Doer,
}

impl From<&By<Answering>> for Answerer {
    fn from(by: &By<Answering>) -> Answerer {
        let (scope, call) = (by.scope.clone(), by.call.clone());
        let authority = by.actor.authority_anywhere().clone();
        Answerer { scope, call, member: by.actor.member(), authority, doer: Doer::from(&by.actor) }
    }
}

impl Answerer {
    /// A member who came without a token, by what `doer` says: if they may answer at this moment.
    async fn without_token(scope: OrgScope, call: Call, member: MemberId, doer: Doer) -> Result<Answerer, Refusal> {
        let found = scope.get::<Member>(&member).await?;
        let found = found.map(|found| found.record.0).filter(domain::Member::may_answer_requests);
        let authority = found.ok_or(Refusal::Forbidden { needs: Answering::NEEDS })?.authority;
        Ok(Answerer { scope, call, member: Some(member), authority, doer })
    }

    /// A change by whoever answers.
    pub(super) fn draft<E>(&self, app: &App, action: &str, request: RequestId) -> Change<E> {
        app.draft_as(&self.scope, &self.call, self.doer.clone(), action, request)
    }
}

/// What is said to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Let in, with this seat.
    Approve(SeatChoice),
    /// Refused.
    Reject,
}

impl Reply {
    /// An approval that chooses no seat (R18): a user group that has seats gives one by itself, else the applicant
    /// waits for one of the plan that they were invited to, or an admin assigns another.
    pub const APPROVE_WITHOUT_CHOICE: Reply = Reply::Approve(SeatChoice::AsOffered);
}

/// Answers a request. The first answer stands.
pub async fn give(
    app: &App,
    by: &Answerer,
    id: RequestId,
    reply: &Reply,
    note: Option<&str>,
) -> Result<Stored<JoinRequest>, RequestError> {
    match reply {
        Reply::Approve(seat) => approve(app, by, id, seat, note).await,
        Reply::Reject => reject(app, by, id, note).await,
    }
}
