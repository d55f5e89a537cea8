//! `/v1/orgs/{org}/inviting`: who may invite without being an admin. `/v1/orgs/{org}/me/invitations`: inviting.

use std::sync::Arc;

use axum::extract::State;
use usher_api::invitation::{InvitationIssued, InvitationLink};
use usher_api::inviting::{Inviters, MemberInvites};
use usher_domain::ids::InvitationId;
use usher_domain::inviting;
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::invitations::{audience, issued, png, svg};
use crate::app::actor::{By, Inviting, MembersAndDepartments};
use crate::app::invitations::{by_member, qr};
use crate::app::inviting::{set, show};
use crate::http::Host;
use crate::http::body::{Body, New, field};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Created, IfMatch, Picture, Versioned};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(show_inviters, set_inviters))
        .routes(routes!(invite_as_member))
        .routes(routes!(share_invitation_svg))
        .routes(routes!(share_invitation_png))
}

/// Who may invite without being an admin (R3).
#[utoipa::path(get, path = "/v1/orgs/{org}/inviting", tag = "joining", responses((status = 200, body = Inviters)))]
async fn show_inviters(by: By<MembersAndDepartments>) -> Answer<Versioned<Inviters>> {
    Ok(versioned(&show(&by).await?))
}

/// Chooses who may invite without being an admin (R3).
#[utoipa::path(
    put, path = "/v1/orgs/{org}/inviting", tag = "joining", params(VersionMatch), request_body = Inviters,
    responses((status = 200, body = Inviters))
)]
async fn set_inviters(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    IfMatch(version): IfMatch,
    Body(body): Body<Inviters>,
) -> Answer<Versioned<Inviters>> {
    Ok(versioned(&set(&host.app, &by, version, &inviters(&body)?).await?))
}

/// Invites somebody (R3, R5). With several paid plans not from the member app (R4).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/me/invitations", tag = "joining", params(IdempotencyKey),
    request_body = MemberInvites, responses((status = 201, body = InvitationIssued))
)]
async fn invite_as_member(
    State(host): State<Arc<Host>>,
    by: By<Inviting>,
    New { body, once }: New<MemberInvites>,
) -> Answer<Created<InvitationIssued>> {
    let by = by.once(once);
    let audience = audience(body.email.as_deref(), body.phone.as_deref())?;
    Ok(issued(&host.app, &by, by_member::invite(&host.app, &by, body.name, audience).await?))
}

/// The link of an invitation as a QR code, for whoever holds it and may invite (R3, R14). With several paid plans not
/// from the member app (R4).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/me/invitations/{invitation}/qr.svg", tag = "joining",
    request_body = InvitationLink, responses((status = 200, body = String, content_type = "image/svg+xml"))
)]
async fn share_invitation_svg(
    State(host): State<Arc<Host>>,
    by: By<Inviting>,
    Named(id): Named<InvitationId>,
    Body(body): Body<InvitationLink>,
) -> Answer<Picture> {
    Ok(svg(&qr::draw_to_share(&host.app, &by, id, &body.link).await?))
}

/// As `qr.svg`, as a PNG.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/me/invitations/{invitation}/qr.png", tag = "joining",
    request_body = InvitationLink, responses((status = 200, body = Vec<u8>, content_type = "image/png"))
)]
async fn share_invitation_png(
    State(host): State<Arc<Host>>,
    by: By<Inviting>,
    Named(id): Named<InvitationId>,
    Body(body): Body<InvitationLink>,
) -> Answer<Picture> {
    png(&qr::draw_to_share(&host.app, &by, id, &body.link).await?)
}

fn inviters(body: &Inviters) -> Result<inviting::Inviters, Failure> {
    Ok(match body {
        Inviters::Nobody => inviting::Inviters::Nobody,
        Inviters::Everyone => inviting::Inviters::Everyone,
        Inviters::Chosen { departments, members } => {
            let department = |(at, id): (usize, &String)| field(&format!("/departments/{at}"), id);
            let member = |(at, id): (usize, &String)| field(&format!("/members/{at}"), id);
            inviting::Inviters::Chosen {
                departments: departments.iter().enumerate().map(department).collect::<Result<_, _>>()?,
                members: members.iter().enumerate().map(member).collect::<Result<_, _>>()?,
            }
        }
    })
}

fn versioned(found: &Stored<inviting::Inviters>) -> Versioned<Inviters> {
    let texts = |ids: &[_]| ids.iter().map(ToString::to_string).collect();
    let body = match &found.record {
        inviting::Inviters::Nobody => Inviters::Nobody,
        inviting::Inviters::Everyone => Inviters::Everyone,
        inviting::Inviters::Chosen { departments, members } => Inviters::Chosen {
            departments: departments.iter().map(ToString::to_string).collect(),
            members: texts(members),
        },
    };
    Versioned { body, version: found.version }
}
