//! `/v1/orgs/{org}/requests`: answered by whoever brings members in, in the console or the member app
//! (R17).

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::member::SeatChoice as WireChoice;
use usher_api::request::{Answer as WireAnswer, Applicant, Approve, JoinRequest, Reason, Reject, RequestQuery};
use usher_domain::ids::RequestId;
use usher_domain::request::{self, SeatChoice};
use usher_domain::time::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{Answering, By};
use crate::app::answers::Answerer;
use crate::app::requests::{self, Filter};
use crate::http::Host;
use crate::http::body::{Body, field};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Query, page, paging, parameter};
use crate::http::reply::{Shown, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(list_requests))
        .routes(routes!(show_request))
        .routes(routes!(approve_request))
        .routes(routes!(reject_request))
}

/// Requests, newest first, answered ones among them: who came in, by whom, through which channel, and which
/// policies decided (R33).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/requests", tag = "joining", params(RequestQuery),
    responses((status = 200, body = Page<JoinRequest>))
)]
async fn list_requests(
    State(host): State<Arc<Host>>,
    by: By<Answering>,
    Query(query): Query<RequestQuery>,
) -> Answer<Shown<Page<JoinRequest>>> {
    let paging = paging(query.limit, query.cursor.as_deref())?;
    let filter = Filter {
        state: parameter("state", query.state.as_deref())?,
        channel: parameter("channel", query.channel.as_deref())?,
        department: parameter("department", query.department.as_deref())?,
        opened_before: parameter("opened_before", query.opened_before.as_deref())?,
    };
    let found = requests::list(&host.app, &by, &filter, &paging).await?;
    Ok(Shown(page(found, |request| wire(request, by.call.at))))
}

/// One request.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/requests/{request}", tag = "joining", responses((status = 200, body = JoinRequest))
)]
async fn show_request(by: By<Answering>, Named(id): Named<RequestId>) -> Answer<Versioned<JoinRequest>> {
    let found = requests::show(&by, id).await?;
    Ok(Versioned { body: wire(found.record.0, by.call.at), version: found.version })
}

/// Lets the applicant in. The first answer stands: a second one is refused with `already_processed` and is
/// told the first.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/requests/{request}/approve", tag = "joining", request_body = Approve,
    responses((status = 200, body = JoinRequest))
)]
async fn approve_request(
    State(host): State<Arc<Host>>,
    by: By<Answering>,
    Named(id): Named<RequestId>,
    Body(body): Body<Approve>,
) -> Answer<Versioned<JoinRequest>> {
    let seat = choice(body.seat)?;
    let answered = requests::approve(&host.app, &Answerer::from(&by), id, &seat, body.note.as_deref()).await?;
    Ok(Versioned { body: wire(answered.record, by.call.at), version: answered.version })
}

/// Refuses the applicant. The first answer stands.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/requests/{request}/reject", tag = "joining", request_body = Reject,
    responses((status = 200, body = JoinRequest))
)]
async fn reject_request(
    State(host): State<Arc<Host>>,
    by: By<Answering>,
    Named(id): Named<RequestId>,
    Body(body): Body<Reject>,
) -> Answer<Versioned<JoinRequest>> {
    let answered = requests::reject(&host.app, &Answerer::from(&by), id, body.note.as_deref()).await?;
    Ok(Versioned { body: wire(answered.record, by.call.at), version: answered.version })
}

/// Which seat an approval gives.
pub fn choice(choice: Option<WireChoice>) -> Result<SeatChoice, Failure> {
    Ok(match choice {
        None | Some(WireChoice::Policy) => SeatChoice::Policy,
        Some(WireChoice::None) => SeatChoice::None,
        Some(WireChoice::Plan { plan }) => SeatChoice::Plan(field("/seat/plan", &plan)?),
    })
}

/// A request as it goes over the wire.
pub fn wire(request: request::JoinRequest, at: Instant) -> JoinRequest {
    let state = request.state(at).to_string();
    let applicant = request.applicant;
    let evidence = applicant.work_email.iter().flat_map(|address| address.evidence());
    JoinRequest {
        id: request.id.to_string(),
        state,
        applicant: Applicant {
            evidence: evidence.map(ToString::to_string).collect(),
            name: applicant.name,
            work_email: applicant.work_email.map(|address| address.raw().to_owned()),
            phone: applicant.phone,
            workforce_type: applicant.workforce_type,
            employee_number: applicant.employee_number,
            attributes: applicant.attributes.into_iter().map(|pair| (pair.name, pair.value)).collect(),
        },
        channel: request.channel.to_string(),
        invitation: request.invitation.map(|id| id.to_string()),
        inviter: request.inviter.map(|id| id.to_string()),
        decision: request.decision.map(|id| id.to_string()),
        reasons: request.reasons.into_iter().map(|reason| Reason { code: reason.code, text: reason.text }).collect(),
        policies: request.policies,
        department: request.placement.department.map(|id| id.to_string()),
        plan: request.plan.map(|id| id.to_string()),
        seat_reserved: request.seat_reserved,
        opened_at: request.opened_at.to_string(),
        expires_at: request.expires_at.to_string(),
        answer: request.answer.as_ref().map(answer),
    }
}

/// An answer as it goes over the wire; also what `already_processed` tells.
pub fn answer(answer: &request::Answer) -> WireAnswer {
    WireAnswer {
        verdict: answer.verdict.to_string(),
        by: answer.by.map(|id| id.to_string()),
        at: answer.at.to_string(),
        member: answer.member.map(|id| id.to_string()),
        note: answer.note.clone(),
    }
}
