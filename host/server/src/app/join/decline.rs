//! Declining a personal invitation (R22): it ends, and what an admin had entered about the person goes.

use usher_domain::invitation::Invitation;

use super::JoinError;
use super::ticket::{Ticket, open};
use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::invitations::end::release;
use crate::app::stored;

/// Declines the invitation. Only a personal one is somebody's to decline.
pub async fn decline(app: &App, call: &Call, ticket: &Ticket) -> Result<(), JoinError> {
    app.change(|| async {
        let (found, _) = open(app, call, ticket).await?;
        let mut invitation: Invitation = found.invitation.record.0;
        if !invitation.is_personal() {
            return Err(JoinError::NotPersonal);
        }
        let mut change: Change<JoinError> =
            app.draft_as(&found.scope, call, Doer::Applicant, "invitation.declined", invitation.id);
        release(&found.scope, call, &mut change, &mut invitation).await?;
        invitation.decline(call.at);
        change.event(app, "invitation.declined", serde_json::json!({ "invitation": invitation.id }));
        change.plan.replace(&invitation.id.clone(), found.invitation.version, &stored::Invitation(invitation));
        Ok(((), change))
    })
    .await
    .map(drop)
}
