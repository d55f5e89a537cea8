//! Declining a personal invitation (R22): it ends, and what was entered about the person goes.
//!
//! What stays is a request that was declined, without its applicant: admins see that the invitation came to
//! nothing, not who it was for.

use serde_json::json;
use usher_domain::ids::RequestId;
use usher_domain::invitation::Invitation;
use usher_domain::policy::approval::{Applicant, Channel, Placement};
use usher_domain::request::{self, Answer, State, Verdict, WAITS_FOR};
use usher_store::{OrgScope, Stored};

use super::JoinError;
use super::accept::asked_by;
use super::ticket::{Ticket, find_invitation};
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::handle::Handle;
use crate::app::invitations::end::release;
use crate::app::privacy::erasure;
use crate::app::privacy::person::Person;
use crate::app::proofs::{self, Typed};
use crate::app::refusal::Refusal;
use crate::app::stored::{self, JoinRequest, place};
use crate::app::{App, invitations, requests};

/// Declines the invitation, and the request that was made by it if it still waits. Only a personal
/// invitation is somebody's to decline: by the link that went to them alone, or by whatever they hold with a proof of
/// the address or phone invited. A code is short, is read aloud, and is shown to admins: it never suffices.
pub async fn decline(app: &App, call: &Call, ticket: &Ticket, proof: Option<&Typed>) -> Result<(), JoinError> {
    app.change(|| async {
        let found = find_invitation(app, call, ticket).await?;
        let (scope, version) = (found.scope, found.invitation.version);
        let mut invitation: Invitation = found.invitation.record.0;
        if !invitation.is_personal() {
            return Err(JoinError::NotPersonal);
        }
        if matches!(ticket, Ticket::Code(_)) {
            let proved = match proof {
                Some(typed) => Some(proofs::verified(app, &scope, call, typed).await?),
                None => None,
            };
            invitation.admit_decline(proved.as_ref())?;
        }
        let action = "invitation.declined";
        let mut change: Change<JoinError> = app.draft_as(&scope, call, Doer::Applicant, action, invitation.id);
        match waiting(&scope, call, &invitation).await? {
            Some(request) => {
                requests::close::<JoinError>(app, &scope, call, &mut change, request, declined(call)).await?;
            }
            None => {
                invitation.check_open(call.at, invitations::uses(&scope, invitation.id).await?)?;
                release(&scope, call, &mut change, &mut invitation).await?;
                let request = without_applicant(app, call, &invitation);
                erasure::forget(&mut change.writes, call.at, Person::invited(request.id, &invitation.audience));
                change.event(app, "request.answered", requests::answered(&request));
                change.writes.put(&request.id.clone(), &JoinRequest(request));
            }
        }
        let before = json!({ "revoked_at": invitation.revoked_at });
        invitation.decline(call.at);
        change.traces(&before, &json!({ "revoked_at": invitation.revoked_at }));
        change.event(app, action, json!({ "invitation": invitation.id }));
        change.writes.replace(&invitation.id.clone(), version, &stored::Invitation(invitation));
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// The answer of somebody who declines.
pub(super) fn declined(call: &Call) -> Answer {
    Answer { verdict: Verdict::Decline, by: None, at: call.at, member: None, note: None }
}

/// The request that the invited person made by the invitation, if nobody has answered it.
async fn waiting(
    scope: &OrgScope,
    call: &Call,
    invitation: &Invitation,
) -> Result<Option<Stored<JoinRequest>>, Refusal> {
    let asked = asked_by(scope, &place::of_audience(&invitation.audience)).await?;
    Ok(asked.into_iter().flatten().find(|asked| {
        let request = &asked.record.0;
        request.invitation == Some(invitation.id) && request.state(call.at) == State::Pending
    }))
}

/// What is kept of an invitation that was declined before anybody asked to join by it (R33).
fn without_applicant(app: &App, call: &Call, invitation: &Invitation) -> request::JoinRequest {
    request::JoinRequest {
        id: app.new_id(RequestId::from_parts),
        applicant: Applicant::forgotten(),
        channel: invitation.channel(Channel::Personal),
        invitation: Some(invitation.id),
        inviter: invitation.inviter,
        decision: None,
        reasons: Vec::new(),
        policies: Vec::new(),
        placement: Placement { department: invitation.department, workforce_type: None },
        plan: invitation.plan,
        seat_reserved: false,
        // Nobody is given the receipt: there is nothing to be done with it.
        ticket_hash: Handle::new(app).hash(),
        opened_at: call.at,
        expires_at: call.at.plus(WAITS_FOR),
        answer: Some(declined(call)),
    }
}
