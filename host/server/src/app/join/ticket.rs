//! The invitation in somebody's hands: found by its link or code, looked at, used to prove an address.

use usher_domain::invitation::Code;
use usher_domain::policy::approval::Channel;
use usher_domain::proof::Subject;
use usher_domain::time::Instant;
use usher_store::{OrgScope, Stored, find};

use super::JoinError;
use crate::app::actor::Call;
use crate::app::handle::Handle;
use crate::app::proofs::{self, Sent, Typed};
use crate::app::refusal::Refusal;
use crate::app::sso::connections;
use crate::app::stored::{Invitation, InvitationCode, LinkHash, Organisation};
use crate::app::throttle::{Guess, Space};
use crate::app::{App, invitations};

/// What somebody holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Ticket {
    /// The secret part of a link, followed or scanned.
    Link {
        /// The secret part.
        secret: String,
        /// Whether it came as a QR code.
        qr: bool,
    },
    /// A code.
    Code(Code),
}

/// The invitation behind a ticket.
pub(crate) struct Found {
    /// The organisation's data.
    pub scope: OrgScope,
    /// The invitation.
    pub invitation: Stored<Invitation>,
    /// The way they came.
    pub channel: Channel,
    /// Whether they hold its code, and not its link.
    pub by_code: bool,
}

impl Found {
    /// Refuses whoever holds a code that is over, although the invitation may not be.
    pub async fn check_code(&self, call: &Call) -> Result<(), JoinError> {
        let invitation = &self.invitation.record.0;
        if self.by_code {
            invitation.check_code(call.at, invitations::code_uses(&self.scope, invitation.id).await?)?;
        }
        Ok(())
    }
}

/// INVARIANT: whether a code leads anywhere is known to the throttle before it is to anybody else.
pub(crate) async fn find_invitation(app: &App, call: &Call, ticket: &Ticket) -> Result<Found, JoinError> {
    let store = app.store.as_ref();
    let (found, channel) = match ticket {
        Ticket::Link { secret, qr } => {
            let channel = if *qr { Channel::Qr } else { Channel::Link };
            (find::<LinkHash>(store, &Handle::hash_of(secret)).await, channel)
        }
        Ticket::Code(code) => (find::<InvitationCode>(store, code.as_str().as_bytes()).await, Channel::Code),
    };
    let found = found.map_err(Refusal::from)?;
    let by_code = channel == Channel::Code;
    if by_code {
        let (space, right) = (Space::InvitationCodes, found.is_some());
        app.throttle.settle(Guess { space, origin: call.origin, proof: None, right }, call.at)?;
    }
    let (org, id) = found.ok_or(JoinError::Unknown)?;
    let scope = app.org(org);
    let invitation = scope.get::<Invitation>(&id).await.map_err(Refusal::from)?.ok_or(JoinError::Unknown)?;
    let channel = invitation.record.0.channel(channel);
    Ok(Found { scope, invitation, channel, by_code })
}

/// What somebody is invited to.
#[derive(Clone, Debug, PartialEq)]
pub struct Invited {
    /// Name of the organisation.
    pub organisation: String,
    /// Its language.
    pub language: String,
    /// Domain the address must have.
    pub email_domain: Option<String>,
    /// Whether one person alone is invited.
    pub personal: bool,
    /// When it ends.
    pub expires_at: Option<Instant>,
}

/// What an invitation is for; refused if it is revoked, over or used up.
pub async fn look(app: &App, call: &Call, ticket: &Ticket) -> Result<Invited, JoinError> {
    let (found, organisation) = open(app, call, ticket).await?;
    let invitation = found.invitation.record.0;
    Ok(Invited {
        organisation: organisation.0.name,
        language: organisation.0.language,
        personal: invitation.is_personal(),
        email_domain: invitation.email_domain,
        expires_at: invitation.expires_at,
    })
}

/// Sends a one-time code to an address or a phone, in the organisation's name.
pub async fn send_code(app: &App, call: &Call, ticket: &Ticket, subject: &Subject) -> Result<Sent, JoinError> {
    let (found, _) = open(app, call, ticket).await?;
    check_sso(&found.scope).await?;
    let invitation = found.invitation.record.0.id;
    Ok(proofs::send(app, &found.scope, call, Some(invitation), subject).await?)
}

/// With single sign-on switched on, whoever wants in proves who they are there and by no code (R22, R39).
pub(super) async fn check_sso(scope: &OrgScope) -> Result<(), JoinError> {
    if connections::is_on(scope).await? { Err(JoinError::SsoRequired) } else { Ok(()) }
}

/// Says whether a code is right, and until when it can be used.
pub async fn check_code(app: &App, call: &Call, ticket: &Ticket, typed: &Typed) -> Result<Instant, JoinError> {
    let found = find_invitation(app, call, ticket).await?;
    let (_, until) = proofs::check(app, &found.scope, call, typed).await?;
    Ok(until)
}

pub(super) async fn open(app: &App, call: &Call, ticket: &Ticket) -> Result<(Found, Organisation), JoinError> {
    let found = find_invitation(app, call, ticket).await?;
    let uses = invitations::uses(&found.scope, found.invitation.record.0.id).await?;
    found.invitation.record.0.check_open(call.at, uses)?;
    found.check_code(call).await?;
    let organisation = organisation(&found.scope).await?;
    Ok((found, organisation))
}

pub(crate) async fn organisation(scope: &OrgScope) -> Result<Organisation, Refusal> {
    let found = scope.get::<Organisation>(&()).await?;
    found.map(|found| found.record).ok_or_else(|| Refusal::not_found("organisation", scope.owner()))
}
