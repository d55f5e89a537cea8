//! `/v1/join`: what somebody does who is no member yet. No token: the invitation is what they hold, and it
//! stands in the body, because paths are logged by whatever lies in between.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Code;
use usher_api::join::{
    Decline, Invited, Join, Joined, Look, NewProof, Proof, Proved, Receipt, Standing, Ticket, TypedCode,
};
use usher_domain::address::Address;
use usher_domain::ids::ProofId;
use usher_domain::proof::Subject;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::Call;
use crate::app::join::{self, Outcome, accept, decline, ticket, withdraw};
use crate::app::proofs::Typed;
use crate::http::Host;
use crate::http::body::{Body, field};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Created, Done, Shown};
use crate::public_url::secret_in;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(look))
        .routes(routes!(send_code))
        .routes(routes!(check_code))
        .routes(routes!(ask_to_join))
        .routes(routes!(decline_invitation))
        .routes(routes!(standing))
        .routes(routes!(withdraw_request))
}

/// What the invitation is for.
#[utoipa::path(
    post, path = "/v1/join/invitation", tag = "applicants", request_body = Look,
    responses((status = 200, body = Invited)), security(())
)]
async fn look(State(host): State<Arc<Host>>, call: Call, Body(body): Body<Look>) -> Answer<Shown<Invited>> {
    let invited = ticket::look(&host.app, &call, &held(body.by)?).await?;
    Ok(Shown(Invited {
        organisation: invited.organisation,
        language: invited.language,
        email_domain: invited.email_domain,
        personal: invited.personal,
        expires_at: invited.expires_at.map(|at| at.to_string()),
    }))
}

/// Sends a one-time code to an address or a phone.
#[utoipa::path(
    post, path = "/v1/join/proofs", tag = "applicants", request_body = NewProof,
    responses((status = 201, body = Proof)), security(())
)]
async fn send_code(State(host): State<Arc<Host>>, call: Call, Body(body): Body<NewProof>) -> Answer<Created<Proof>> {
    let subject = match (&body.email, &body.phone) {
        (Some(email), None) => {
            Subject::Email(Address::parse(email).map_err(|error| Failure::address("/email", &error))?)
        }
        (None, Some(phone)) => Subject::Phone(field("/phone", phone)?),
        _ => {
            return Err(Failure::at(Code::InvalidField, "/email", "give an email or a phone to prove, one of the two"));
        }
    };
    let sent = ticket::send_code(&host.app, &call, &held(body.by)?, &subject).await?;
    let location = format!("/v1/join/proofs/{}", sent.proof);
    let body = Proof { proof: sent.proof.to_string(), expires_at: sent.expires_at.to_string() };
    Ok(Created { body, location, version: 1 })
}

/// Says whether a code is right. It can then be used for an hour; too many wrong ones end it.
#[utoipa::path(
    post, path = "/v1/join/proofs/{proof}/check", tag = "applicants", request_body = TypedCode,
    responses((status = 200, body = Proof)), security(())
)]
async fn check_code(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(proof): Named<ProofId>,
    Body(body): Body<TypedCode>,
) -> Answer<Shown<Proof>> {
    let typed = Typed { proof, code: body.code };
    let until = ticket::check_code(&host.app, &call, &held(body.by)?, &typed).await?;
    Ok(Shown(Proof { proof: proof.to_string(), expires_at: until.to_string() }))
}

/// Asks to join. Whoever asks again is given the same answer again; who was rejected asks anew.
#[utoipa::path(
    post, path = "/v1/join", tag = "applicants", request_body = Join,
    responses((status = 200, body = Joined)), security(())
)]
async fn ask_to_join(State(host): State<Arc<Host>>, call: Call, Body(body): Body<Join>) -> Answer<Shown<Joined>> {
    let joined = accept::accept(&host.app, &call, &request(body)?).await?;
    Ok(Shown(wire(joined)))
}

/// Declines: by a personal invitation, which ends, or by the receipt of a pending request. An invitation's code goes
/// with a proof of the address or phone invited. What was entered about the person is deleted; admins see that
/// somebody declined, not who.
#[utoipa::path(
    post, path = "/v1/join/decline", tag = "applicants", request_body = Decline, responses((status = 204)), security(())
)]
async fn decline_invitation(State(host): State<Arc<Host>>, call: Call, Body(body): Body<Decline>) -> Answer<Done> {
    let proof = body.proof.map(|proved| typed("/proof/proof", proved)).transpose()?;
    match (body.by, body.request) {
        (Some(by), None) => decline::decline(&host.app, &call, &held(by)?, proof.as_ref()).await?,
        (None, Some(request)) => drop(withdraw::decline(&host.app, &call, &receipt("/request", request)?).await?),
        _ => {
            let detail = "give `by`, a personal invitation, or `request`, a receipt: one of the two";
            return Err(Failure::at(Code::InvalidField, "/by", detail));
        }
    }
    Ok(Done)
}

/// Where a request stands, for its applicant.
#[utoipa::path(
    post, path = "/v1/join/standing", tag = "applicants", request_body = Receipt,
    responses((status = 200, body = Standing)), security(())
)]
async fn standing(State(host): State<Arc<Host>>, call: Call, Body(body): Body<Receipt>) -> Answer<Shown<Standing>> {
    let state = withdraw::standing(&host.app, &call, &receipt("", body)?).await?;
    Ok(Shown(Standing { state: state.to_string() }))
}

/// Takes a pending request back.
#[utoipa::path(
    post, path = "/v1/join/withdraw", tag = "applicants", request_body = Receipt,
    responses((status = 200, body = Standing)), security(())
)]
async fn withdraw_request(
    State(host): State<Arc<Host>>,
    call: Call,
    Body(body): Body<Receipt>,
) -> Answer<Shown<Standing>> {
    let state = withdraw::withdraw(&host.app, &call, &receipt("", body)?).await?;
    Ok(Shown(Standing { state: state.to_string() }))
}

fn held(by: Ticket) -> Result<ticket::Ticket, Failure> {
    Ok(match by {
        Ticket::Link { link } => ticket::Ticket::Link { secret: secret_in(&link).to_owned(), qr: false },
        Ticket::Qr { link } => ticket::Ticket::Link { secret: secret_in(&link).to_owned(), qr: true },
        Ticket::Code { code } => ticket::Ticket::Code(field("/by/code", &code)?),
    })
}

fn request(body: Join) -> Result<accept::Join, Failure> {
    Ok(accept::Join {
        ticket: held(body.by)?,
        name: body.name,
        email: body.email.map(|proved| typed("/email/proof", proved)).transpose()?,
        phone: body.phone.map(|proved| typed("/phone/proof", proved)).transpose()?,
        language: body.language,
        workforce_type: body.workforce_type,
        employee_number: body.employee_number,
        attributes: body.attributes,
    })
}

/// A proof with its code, out of a body.
pub fn typed(pointer: &str, proved: Proved) -> Result<Typed, Failure> {
    Ok(Typed { proof: field(pointer, &proved.proof)?, code: proved.code })
}

/// A receipt that stands at `pointer` of the body.
fn receipt(pointer: &str, body: Receipt) -> Result<withdraw::Receipt, Failure> {
    Ok(withdraw::Receipt {
        org: field(&format!("{pointer}/organisation"), &body.organisation)?,
        request: field(&format!("{pointer}/request"), &body.request)?,
        secret: body.receipt,
    })
}

fn wire(joined: join::Joined) -> Joined {
    let (outcome, member) = match joined.outcome {
        Outcome::Joined(member) => ("joined", Some(member)),
        Outcome::Pending => ("pending", None),
        Outcome::Rejected => ("rejected", None),
    };
    Joined {
        outcome: outcome.to_owned(),
        organisation: joined.org.to_string(),
        request: joined.request.map(|id| id.to_string()),
        member: member.map(|id| id.to_string()),
        seat: joined.seat.map(|id| id.to_string()),
        reason: joined.reason,
        receipt: joined.receipt.map(|receipt| receipt.reveal()),
    }
}
