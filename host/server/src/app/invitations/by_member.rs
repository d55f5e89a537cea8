//! An invitation by a member, in the member app or elsewhere (R3 to R5).

use usher_domain::invitation::{Audience, Invitation};

use super::InviteError;
use super::create::{Issued, NewInvitation, create};
use crate::app::App;
use crate::app::actor::{By, Inviting};
use crate::app::change::Made;

/// Invites by name and address (R5), or whoever has the link, code or QR. No department is asked (R5); joining takes an
/// approval.
pub async fn invite(
    app: &App,
    by: &By<Inviting>,
    name: Option<String>,
    audience: Audience,
) -> Result<Made<Invitation, Issued>, InviteError> {
    if audience != Audience::Open && name.is_none() {
        return Err(InviteError::NameRequired);
    }
    let new = NewInvitation {
        name,
        audience,
        department: None,
        role: None,
        email_domain: None,
        plan: None,
        approval_required: true,
        domain_skips_approval: false,
        max_uses: None,
        expires_at: None,
    };
    create(app, by, &new).await
}
