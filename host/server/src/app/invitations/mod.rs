//! Invitations: made, shown, revoked, rotated (R14, R15). Taking one is [`super::join`]'s.

pub mod by_member;
pub mod create;
pub mod end;
pub mod qr;

use serde::{Deserialize, Serialize};
use usher_domain::address::AddressError;
use usher_domain::authority::Reach;
use usher_domain::ids::{DepartmentId, InvitationId, PlanId};
use usher_domain::invitation::{self, Refusal as Closed};
use usher_domain::member::NameError;
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, Stored};

use super::actor::{By, Managing};
use super::page::{Order, PageOf, Paging, sift};
use super::reach::{self, Inside};
use super::refusal::Refusal;
use super::stored::Invitation;
use super::{App, counters};

/// Why an invitation is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The domain will not do.
    #[error(transparent)]
    Domain(#[from] AddressError),
    /// There is no such department.
    #[error("there is no department {0}")]
    NoSuchDepartment(DepartmentId),
    /// None is named, by an admin of departments.
    #[error("you are an admin of departments: name the one that the invitation leads into")]
    DepartmentRequired,
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// No seat of the plan can be reserved (R15): none is free beyond those that members wait for (R36).
    #[error("no seat of the plan is free to be reserved: free one, buy more, or invite without a plan")]
    NoSeatFree,
    /// Over before it begins.
    #[error("the invitation would have ended already: give a later time")]
    Ended,
    /// Nobody could use it.
    #[error("an invitation is used at least once")]
    NoUses,
    /// A role that only a primary admin gives.
    #[error("the invitation would give a role that you may not give: ask a primary admin")]
    TooMuchAuthority,
    /// The link is not the invitation's.
    #[error("that is not the link of this invitation: send the one shown when it was made or rotated last")]
    OtherLink,
    /// The link is too long for a QR code that phones read well.
    #[error("a link for a QR code has at most {} bytes", qr::MAX_LINK_BYTES)]
    LinkTooLong,
    /// Whoever asks is no admin, and was not allowed to (R3).
    #[error("inviting is for admins here, until one of them allows it to others")]
    NotAllowed,
    /// Several plans, and not in the console (R4).
    #[error(
        "the organisation has several paid plans: invitations are made and shared in the admin console, not in the \
         member app"
    )]
    ConsoleOnly,
    /// Revoked, ended or used up already.
    #[error("{0}: make a new one")]
    Over(#[from] Closed),
    /// Somebody is invited by address alone (R5).
    #[error("whoever is invited by an email or a phone is named: fill in the name")]
    NameRequired,
}

/// An invitation and how often it was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// The invitation.
    pub invitation: invitation::Invitation,
    /// Joins and requests by it.
    pub uses: u32,
}

impl Used {
    /// `open` | `revoked` | `expired` | `full`, at a moment.
    pub fn state(&self, at: Instant) -> &'static str {
        match self.invitation.check_open(at, self.uses) {
            Ok(()) => "open",
            Err(Closed::Revoked) => "revoked",
            Err(Closed::Expired(_)) => "expired",
            Err(_) => "full",
        }
    }
}

/// One invitation.
pub async fn show(by: &By<Managing>, id: InvitationId) -> Result<Stored<Used>, Refusal> {
    let found = reached(by, id).await?;
    let uses = uses(&by.scope, id).await?;
    Ok(Stored { version: found.version, record: Used { invitation: found.record.0, uses } })
}

/// Invitations, oldest first, ended ones among them; of an admin of departments, those that lead into one in reach. A
/// page may be short of its limit and yet not be the last: then `next` is there.
pub async fn list(app: &App, by: &By<Managing>, paging: &Paging) -> Result<PageOf<Used>, Refusal> {
    let inside = &Inside::of(&by.scope, &by.reach()).await?;
    let take = |Invitation(invitation)| async move {
        let wanted = match inside {
            Inside::All => true,
            Inside::Only(_) => invitation.department.is_some_and(|id| inside.includes(id)),
        };
        if !wanted {
            return Ok(None);
        }
        let uses = uses(&by.scope, invitation.id).await?;
        Ok(Some(Used { invitation, uses }))
    };
    let page = sift(&by.scope, Order::OldestFirst, &reach::unsealed(app, by, paging)?, take).await?;
    Ok(reach::sealed(app, by, page))
}

/// An invitation of whoever may see it; of an admin of departments, one that leads into one in reach.
async fn reached(by: &By<Managing>, id: InvitationId) -> Result<Stored<Invitation>, Refusal> {
    // Nothing is committed that could be refused.
    held(by, id, &mut by.scope.writes()).await
}

/// [`reached`], by whoever is about to change it: guards that it stays in reach.
async fn held(by: &By<Managing>, id: InvitationId, writes: &mut OrgWrites) -> Result<Stored<Invitation>, Refusal> {
    let found = get(&by.scope, id).await?;
    let inside = match (by.reach(), found.record.0.department) {
        (Reach::Whole, _) => true,
        (reach, Some(id)) => !reach::guard_within(&by.scope, &reach, &[id], writes).await?.is_empty(),
        (Reach::Below(_), None) => false,
    };
    if inside { Ok(found) } else { Err(Refusal::not_found("invitation", &id)) }
}

pub(crate) async fn get(scope: &OrgScope, id: InvitationId) -> Result<Stored<Invitation>, Refusal> {
    scope.get::<Invitation>(&id).await?.ok_or_else(|| Refusal::not_found("invitation", &id))
}

/// Joins and requests by its codes so far.
pub(crate) async fn code_uses(scope: &OrgScope, id: InvitationId) -> Result<u32, Refusal> {
    let uses = scope.counter(&counters::invitation_code_uses(id)).await?;
    Ok(u32::try_from(uses).unwrap_or(u32::MAX))
}

/// Joins and requests by it so far.
pub(crate) async fn uses(scope: &OrgScope, id: InvitationId) -> Result<u32, Refusal> {
    let uses = scope.counter(&counters::invitation_uses(id)).await?;
    Ok(u32::try_from(uses).unwrap_or(u32::MAX))
}
