//! Answers to requests other than one by one with a token: many at once, and by a link in a mail (R17, R18).

use std::sync::Arc;

use axum::extract::State;
use usher_api::request::{AnswerByLink, AnswerMany, AnsweredMany, AnsweredOne, JoinRequest, LinkedRequest, Verdict};
use usher_domain::ids::RequestId;
use usher_domain::request;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::requests::{answer as wire_answer, choice, wire};
use crate::app::actor::{Answering, By, Call};
use crate::app::answers::{Answerer, Reply, bulk, link};
use crate::app::requests::RequestError;
use crate::http::Host;
use crate::http::body::{Body, field};
use crate::http::path::{AnswerLink, Named};
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Shown, Versioned};
use usher_api::Code;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(answer_requests)).routes(routes!(show_answer_link, answer_by_link))
}

/// Gives many requests the same answer, each on its own: what came of each is listed.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/requests/answers", tag = "joining", request_body = AnswerMany,
    responses((status = 200, body = AnsweredMany))
)]
async fn answer_requests(
    State(host): State<Arc<Host>>,
    by: By<Answering>,
    Body(body): Body<AnswerMany>,
) -> Answer<Shown<AnsweredMany>> {
    let requests = body.requests.iter().enumerate().map(|(index, id)| field(&format!("/requests/{index}"), id));
    let requests = requests.collect::<Result<Vec<RequestId>, Failure>>()?;
    let reply = match (body.verdict, body.seat) {
        (Verdict::Approve, seat) => Reply::Approve(choice(seat)?),
        (Verdict::Reject, None) => Reply::Reject,
        (Verdict::Reject, Some(_)) => {
            return Err(Failure::at(Code::InvalidField, "/seat", "whoever is refused gets no seat: leave it out"));
        }
    };
    let by = Answerer::from(&by);
    let answered = bulk::answer_all(&host.app, &by, &requests, &reply, body.note.as_deref()).await?;
    Ok(Shown(AnsweredMany { items: answered.into_iter().map(|(id, came)| one(id, came)).collect() }))
}

/// What the link in a mail to an approver would answer. Answers nothing: whatever previews links approves nobody.
#[utoipa::path(
    get, path = "/v1/answers/{answer_link}", tag = "joining", responses((status = 200, body = LinkedRequest)),
    security(())
)]
async fn show_answer_link(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(AnswerLink(secret)): Named<AnswerLink>,
) -> Answer<Shown<LinkedRequest>> {
    let offer = link::look(&host.app, &call, &secret).await?;
    Ok(Shown(LinkedRequest {
        organisation: offer.organisation,
        approver: offer.approver.to_string(),
        request: wire(offer.request, call.at),
        ends_at: offer.ends_at.to_string(),
    }))
}

/// Answers by the link in a mail, as the approver it was mailed to. Without a choice of seats (R18). A second
/// answer is refused with `already_processed` and is told the first.
#[utoipa::path(
    post, path = "/v1/answers/{answer_link}", tag = "joining", request_body = AnswerByLink,
    responses((status = 200, body = JoinRequest)), security(())
)]
async fn answer_by_link(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(AnswerLink(secret)): Named<AnswerLink>,
    Body(body): Body<AnswerByLink>,
) -> Answer<Versioned<JoinRequest>> {
    let reply = without_choice(body.verdict);
    let answered = link::answer(&host.app, &call, &secret, &reply, body.note.as_deref()).await?;
    Ok(Versioned { body: wire(answered.record, call.at), version: answered.version })
}

/// An answer that chooses no seat.
pub fn without_choice(verdict: Verdict) -> Reply {
    match verdict {
        Verdict::Approve => Reply::APPROVE_WITHOUT_CHOICE,
        Verdict::Reject => Reply::Reject,
    }
}

fn one(id: RequestId, came: Result<request::JoinRequest, RequestError>) -> AnsweredOne {
    let request = id.to_string();
    match came {
        Ok(answered) => AnsweredOne { request, answer: answered.answer.as_ref().map(wire_answer), problem: None },
        Err(error) => AnsweredOne { request, answer: None, problem: Some(*Failure::from(error).0) },
    }
}
