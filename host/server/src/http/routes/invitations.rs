//! `/v1/orgs/{org}/invitations`: for whoever brings members in.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::invitation::{Invitation, InvitationIssued, InvitationLink, NewInvitation};
use usher_api::page::PageQuery;
use usher_domain::address::Address;
use usher_domain::ids::InvitationId;
use usher_domain::invitation::{self, Audience};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::actor::{By, Managing};
use crate::app::change::Made;
use crate::app::invitations::qr::{self, Qr};
use crate::app::invitations::{self, Used, create, end};
use crate::http::Host;
use crate::http::body::{Body, New, field, optional};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, page};
use crate::http::reply::{Created, IfMatch, Picture, Shown, Versioned};
use usher_api::Code;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_invitation, list_invitations))
        .routes(routes!(show_invitation))
        .routes(routes!(revoke_invitation))
        .routes(routes!(rotate_invitation))
        .routes(routes!(draw_invitation_svg))
        .routes(routes!(draw_invitation_png))
}

/// Makes an invitation. The answer holds its link, this once.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/invitations", tag = "joining", params(IdempotencyKey), request_body = NewInvitation,
    responses((status = 201, body = InvitationIssued))
)]
async fn create_invitation(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    New { body, once }: New<NewInvitation>,
) -> Answer<Created<InvitationIssued>> {
    let by = by.once(once);
    Ok(issued(&host.app, &by, create::create(&host.app, &by, &new(body)?).await?))
}

/// A new invitation, with its link this once.
pub(super) fn issued<R>(
    app: &App,
    by: &By<R>,
    made: Made<invitation::Invitation, create::Issued>,
) -> Created<InvitationIssued> {
    let location = format!("/v1/orgs/{}/invitations/{}", by.org(), made.made.id);
    let body = told(app, wire(by, Used { invitation: made.made, uses: 0 }), made.secret);
    Created { body, location, version: made.version }
}

fn told(app: &App, invitation: Invitation, issued: Option<create::Issued>) -> InvitationIssued {
    let (link, not_sent) = issued.map(|issued| (issued.link, issued.not_sent)).unzip();
    let link = link.map(|link| app.public_url.invitation(&link.reveal()));
    InvitationIssued { invitation, link, not_sent: not_sent.flatten().map(|failed| failed.name().to_owned()) }
}

/// Invitations, oldest first, ended ones among them, without their links.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/invitations", tag = "joining", params(PageQuery),
    responses((status = 200, body = Page<Invitation>))
)]
async fn list_invitations(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Invitation>>> {
    Ok(Shown(page(invitations::list(&host.app, &by, &paging).await?, |used| wire(&by, used))))
}

/// One invitation, without its link.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/invitations/{invitation}", tag = "joining",
    responses((status = 200, body = Invitation))
)]
async fn show_invitation(by: By<Managing>, Named(id): Named<InvitationId>) -> Answer<Versioned<Invitation>> {
    let found = invitations::show(&by, id).await?;
    Ok(Versioned { body: wire(&by, found.record), version: found.version })
}

/// Ends an invitation at once.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/invitations/{invitation}/revoke", tag = "joining", params(VersionMatch),
    responses((status = 200, body = Invitation))
)]
async fn revoke_invitation(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<InvitationId>,
    IfMatch(version): IfMatch,
) -> Answer<Versioned<Invitation>> {
    let revoked = end::revoke(&host.app, &by, id, version).await?;
    let uses = invitations::uses(&by.scope, id).await?;
    let body = wire(&by, Used { invitation: revoked.record, uses });
    Ok(Versioned { body, version: revoked.version })
}

/// Gives an invitation a new code and a new link, which the answer holds, this once.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/invitations/{invitation}/rotate", tag = "joining", params(VersionMatch),
    responses((status = 200, body = InvitationIssued))
)]
async fn rotate_invitation(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<InvitationId>,
    IfMatch(version): IfMatch,
) -> Answer<Versioned<InvitationIssued>> {
    let (rotated, issued) = end::rotate(&host.app, &by, id, version).await?;
    let uses = invitations::uses(&by.scope, id).await?;
    let invitation = wire(&by, Used { invitation: rotated.record, uses });
    Ok(Versioned { body: told(&host.app, invitation, Some(issued)), version: rotated.version })
}

/// The link of the invitation as a QR code. The host cannot show the link a second time, so it is sent along.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/invitations/{invitation}/qr.svg", tag = "joining", request_body = InvitationLink,
    responses((status = 200, body = String, content_type = "image/svg+xml"))
)]
async fn draw_invitation_svg(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<InvitationId>,
    Body(body): Body<InvitationLink>,
) -> Answer<Picture> {
    Ok(svg(&qr::draw(&host.app, &by, id, &body.link).await?))
}

/// As `qr.svg`, as a PNG.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/invitations/{invitation}/qr.png", tag = "joining", request_body = InvitationLink,
    responses((status = 200, body = Vec<u8>, content_type = "image/png"))
)]
async fn draw_invitation_png(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Named(id): Named<InvitationId>,
    Body(body): Body<InvitationLink>,
) -> Answer<Picture> {
    png(&qr::draw(&host.app, &by, id, &body.link).await?)
}

pub(super) fn svg(qr: &Qr) -> Picture {
    Picture { media_type: "image/svg+xml", bytes: qr.svg().into_bytes() }
}

pub(super) fn png(qr: &Qr) -> Answer<Picture> {
    let bytes = qr.png();
    let bytes = bytes.map_err(|error| Failure::new(Code::Internal, format!("the picture was not written: {error}")))?;
    Ok(Picture { media_type: "image/png", bytes })
}

fn new(body: NewInvitation) -> Result<create::NewInvitation, Failure> {
    let audience = audience(body.email.as_deref(), body.phone.as_deref())?;
    let expires_at = body.expires_at.map(|text| optional("/expires_at", text.as_deref())).transpose()?;
    Ok(create::NewInvitation {
        name: body.name,
        audience,
        department: optional("/department", body.department.as_deref())?,
        role: optional("/role", body.role.as_deref())?,
        email_domain: body.email_domain,
        plan: optional("/plan", body.plan.as_deref())?,
        approval_required: body.approval_required.unwrap_or(true),
        domain_skips_approval: body.domain_skips_approval,
        max_uses: body.max_uses,
        expires_at,
    })
}

/// Whom an invitation is for.
pub(super) fn audience(email: Option<&str>, phone: Option<&str>) -> Result<Audience, Failure> {
    Ok(match (email, phone) {
        (None, None) => Audience::Open,
        (Some(email), None) => {
            Audience::Email(Address::parse(email).map_err(|error| Failure::address("/email", &error))?)
        }
        (None, Some(phone)) => Audience::Phone(field("/phone", phone)?),
        (Some(_), Some(_)) => {
            let detail = "a personal invitation goes to an email or to a phone: give one of them";
            return Err(Failure::at(Code::InvalidField, "/phone", detail));
        }
    })
}

/// The code lets whoever knows it ask for the role, so it is shown to who may give that.
fn wire<R>(by: &By<R>, used: Used) -> Invitation {
    let state = used.state(by.call.at).to_owned();
    let invitation = used.invitation;
    let shows_code = create::check_role(by, invitation.role).is_ok();
    let code_ends_at = shows_code.then(|| invitation.code_ends_at().to_string());
    let (email, phone) = match invitation.audience {
        Audience::Open | Audience::Declined => (None, None),
        Audience::Email(address) => (Some(address.raw().to_owned()), None),
        Audience::Phone(phone) => (None, Some(phone.to_string())),
    };
    Invitation {
        id: invitation.id.to_string(),
        name: invitation.name,
        state,
        code: shows_code.then(|| invitation.code.to_string()),
        code_expires_at: code_ends_at,
        email,
        phone,
        department: invitation.department.map(|id| id.to_string()),
        role: invitation.role.map(|role| role.to_string()),
        email_domain: invitation.email_domain,
        plan: invitation.plan.map(|id| id.to_string()),
        seat_reserved: invitation.seat_reserved,
        approval_required: invitation.approval_required,
        domain_skips_approval: invitation.domain_skips_approval,
        uses: used.uses.into(),
        max_uses: invitation.max_uses,
        inviter: invitation.inviter.map(|id| id.to_string()),
        created_at: invitation.created_at.to_string(),
        expires_at: invitation.expires_at.map(|at| at.to_string()),
        revoked_at: invitation.revoked_at.map(|at| at.to_string()),
    }
}
