//! `/v1/orgs/{org}/dead-letters`, and `/deliveries` of members, invitations and invitations of one's own (R34).

use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::delivery::{DeadLetter, Delivery};
use usher_api::page::PageQuery;
use usher_domain::ids::{DeadLetterId, InvitationId, MemberId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{AnyMember, By, Managing, MembersAndDepartments};
use crate::app::deliveries::About;
use crate::app::{dead_letters, deliveries};
use crate::http::Host;
use crate::http::path::Named;
use crate::http::problem::Answer;
use crate::http::query::{Paged, page};
use crate::http::reply::{Done, Shown};

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(list_dead_letters))
        .routes(routes!(drop_dead_letter))
        .routes(routes!(retry_dead_letter))
        .routes(routes!(list_member_deliveries))
        .routes(routes!(list_invitation_deliveries))
        .routes(routes!(list_deliveries_of_own_invitation))
}

/// Mail and SMS that could not be delivered, oldest first. They are kept for 30 days.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/dead-letters", tag = "deliveries", params(PageQuery),
    responses((status = 200, body = Page<DeadLetter>))
)]
async fn list_dead_letters(by: By<MembersAndDepartments>, Paged(paging): Paged) -> Answer<Shown<Page<DeadLetter>>> {
    Ok(Shown(page(dead_letters::list(&by, &paging).await?, dead_letter)))
}

/// Sends a message on its way again.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/dead-letters/{dead_letter}/retry", tag = "deliveries", responses((status = 204))
)]
async fn retry_dead_letter(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<DeadLetterId>,
) -> Answer<Done> {
    dead_letters::retry(&host.app, &by, id).await?;
    Ok(Done)
}

/// Drops a message: it is not sent any more.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/dead-letters/{dead_letter}", tag = "deliveries", responses((status = 204))
)]
async fn drop_dead_letter(
    State(host): State<Arc<Host>>,
    by: By<MembersAndDepartments>,
    Named(id): Named<DeadLetterId>,
) -> Answer<Done> {
    dead_letters::discard(&host.app, &by, id).await?;
    Ok(Done)
}

/// How the mail and SMS about a member went, oldest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/members/{member}/deliveries", tag = "deliveries", params(PageQuery),
    responses((status = 200, body = Page<Delivery>))
)]
async fn list_member_deliveries(
    by: By<Managing>,
    Named(member): Named<MemberId>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Delivery>>> {
    Ok(Shown(page(deliveries::of_member(&by, member, &paging).await?, delivery)))
}

/// How the mail or SMS of a personal invitation went, oldest first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/invitations/{invitation}/deliveries", tag = "deliveries", params(PageQuery),
    responses((status = 200, body = Page<Delivery>))
)]
async fn list_invitation_deliveries(
    by: By<Managing>,
    Named(invitation): Named<InvitationId>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Delivery>>> {
    Ok(Shown(page(deliveries::of_invitation(&by, invitation, &paging).await?, delivery)))
}

/// How the mail or SMS of a personal invitation of one's own went, oldest first (R34).
#[utoipa::path(
    get, path = "/v1/orgs/{org}/me/invitations/{invitation}/deliveries", tag = "deliveries", params(PageQuery),
    responses((status = 200, body = Page<Delivery>))
)]
async fn list_deliveries_of_own_invitation(
    by: By<AnyMember>,
    Named(invitation): Named<InvitationId>,
    Paged(paging): Paged,
) -> Answer<Shown<Page<Delivery>>> {
    Ok(Shown(page(deliveries::of_own_invitation(&by, invitation, &paging).await?, delivery)))
}

fn delivery(delivery: deliveries::Delivery) -> Delivery {
    let (state, reason) = match delivery.state {
        deliveries::State::Queued => ("queued", None),
        deliveries::State::Sent => ("sent", None),
        deliveries::State::Failed(failed) => ("failed", Some(failed.name().to_owned())),
    };
    Delivery {
        channel: delivery.channel.name().to_owned(),
        letter: delivery.letter,
        state: state.to_owned(),
        reason,
        status: delivery.status,
        at: delivery.at.to_string(),
    }
}

fn dead_letter((id, dead): (DeadLetterId, dead_letters::DeadLetter)) -> DeadLetter {
    let journey = dead.message.journey();
    let (member, invitation) = match journey.about {
        Some(About::Member(id)) => (Some(id.to_string()), None),
        Some(About::Invitation(id)) => (None, Some(id.to_string())),
        None => (None, None),
    };
    DeadLetter {
        id: id.to_string(),
        channel: dead.message.channel().name().to_owned(),
        letter: journey.letter.clone(),
        to: dead.message.to().to_owned(),
        member,
        invitation,
        attempts: journey.attempts,
        reason: dead.reason.name().to_owned(),
        status: dead.status,
        written_at: journey.at.to_string(),
        died_at: dead.died_at.to_string(),
        kept_until: dead.kept_until().to_string(),
    }
}
