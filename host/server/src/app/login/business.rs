//! Business addresses (R10): an organisation's own mail as a login, unique on the host, given once and for ever.
//!
//! Since they are given for ever, they are given on domains alone that the organisation proved by DNS to be its own:
//! else one organisation could use up another's addresses.

use sha2::{Digest, Sha256};
use usher_domain::member::{Login, Member};
use usher_store::OrgScope;

use super::passwords::HandedOver;
use crate::app::change::Change;
use crate::app::members::MemberError;
use crate::app::members::enrol::EnrolError;
use crate::app::refusal::Refusal;
use crate::app::stored::{BusinessAddress, Domain};

/// By what a business address is found: a hash, so that whoever is erased leaves no address behind, and yet nobody
/// else is ever given it.
pub(super) fn place(canonical: &str) -> [u8; 32] {
    Sha256::digest(canonical.as_bytes()).into()
}

/// Gives a new member their business address, if they have one, and its password, if they log in by it.
pub async fn enter(
    scope: &OrgScope,
    change: &mut Change<MemberError>,
    member: &Member,
    password: &HandedOver,
) -> Result<(), MemberError> {
    let Some(address) = &member.business_email else { return Ok(()) };
    if !may_have(scope, address.domain()).await? {
        return Err(EnrolError::BusinessDomain(address.domain().to_owned()).into());
    }
    let taken = EnrolError::BusinessEmailTaken(address.raw().to_owned());
    change.claim::<BusinessAddress>(&place(address.canonical()), &member.id, taken.into());
    if member.login == Login::BusinessEmail {
        password.give(&mut change.plan, member.id, member.created_at);
    }
    Ok(())
}

/// Whether an organisation may give out addresses of a domain.
pub async fn may_have(scope: &OrgScope, domain: &str) -> Result<bool, Refusal> {
    let found = scope.get::<Domain>(&domain.to_owned()).await?;
    Ok(found.is_some_and(|found| found.record.0.is_owned()))
}
