//! Invitations: made, shown, revoked, rotated (R14, R15). Taking one is [`super::join`]'s.

pub mod by_member;
pub mod create;
pub mod end;
pub mod qr;

use serde::{Deserialize, Serialize};
use usher_domain::address::AddressError;
use usher_domain::ids::{DepartmentId, InvitationId, PlanId};
use usher_domain::invitation::{self, Refusal as Closed};
use usher_domain::member::NameError;
use usher_domain::time::Instant;
use usher_store::{OrgScope, Page, Stored};

use super::actor::{By, MembersAndDepartments};
use super::counters;
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::Invitation;

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
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// No seat of the plan can be reserved (R15).
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
        "the organisation has several paid plans: invitations are made in the admin console, not in the member app"
    )]
    ConsoleOnly,
    /// Revoked already.
    #[error("the invitation was revoked: make a new one")]
    Revoked,
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
pub async fn show(by: &By<MembersAndDepartments>, id: InvitationId) -> Result<Stored<Used>, Refusal> {
    let found = get(&by.scope, id).await?;
    let uses = uses(&by.scope, id).await?;
    Ok(Stored { version: found.version, record: Used { invitation: found.record.0, uses } })
}

/// Invitations, oldest first, ended ones among them.
pub async fn list(by: &By<MembersAndDepartments>, paging: &Paging) -> Result<PageOf<Used>, Refusal> {
    let after = paging.after_id(InvitationId::from_bytes)?;
    let rows = by.scope.page::<Invitation>(Page::first(paging.limit + 1).after(after)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for (id, found) in rows {
        let uses = uses(&by.scope, id).await?;
        items.push(Used { invitation: found.record.0, uses });
    }
    Ok(PageOf::of(items, paging, |used: &Used| used.invitation.id.as_bytes().to_vec()))
}

pub(crate) async fn get(scope: &OrgScope, id: InvitationId) -> Result<Stored<Invitation>, Refusal> {
    scope.get::<Invitation>(&id).await?.ok_or_else(|| Refusal::not_found("invitation", &id))
}

/// Joins and requests by it so far.
pub(crate) async fn uses(scope: &OrgScope, id: InvitationId) -> Result<u32, Refusal> {
    let uses = scope.counter(&counters::invitation_uses(id)).await?;
    Ok(u32::try_from(uses).unwrap_or(u32::MAX))
}
