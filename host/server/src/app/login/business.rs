//! Business addresses (R10): an organisation's own mail as a login, unique on the host, given once and for ever.

use sha2::{Digest, Sha256};
use usher_domain::address::Address;
use usher_domain::member::{Login, Member};
use usher_domain::verified_domain::check_new;
use usher_store::{OrgScope, find};

use super::passwords::HandedOver;
use crate::app::App;
use crate::app::change::Change;
use crate::app::members::MemberError;
use crate::app::members::enrol::EnrolError;
use crate::app::refusal::Refusal;
use crate::app::stored::{BusinessAddress, ProvedDomain};

/// By what a business address is found: a hash, so that whoever is erased leaves no address behind, and yet nobody
/// else is ever given it.
pub(super) fn place(canonical: &str) -> [u8; 32] {
    Sha256::digest(canonical.as_bytes()).into()
}

/// Gives a new member their business address, if they have one, and its password, if they log in by it.
pub async fn enter(
    app: &App,
    scope: &OrgScope,
    change: &mut Change<MemberError>,
    member: &Member,
    password: &HandedOver,
) -> Result<(), MemberError> {
    let Some(address) = &member.business_email else { return Ok(()) };
    check_domain(app, scope, address).await?;
    let taken = EnrolError::BusinessEmailTaken(address.raw().to_owned());
    change.claim::<BusinessAddress>(&place(address.canonical()), &member.id, taken.into());
    if member.login == Login::BusinessEmail {
        password.give(&mut change.plan, member.id, member.created_at);
    }
    Ok(())
}

/// Addresses are unique on the host, so nobody may take those of a domain that is another's, or everybody's.
async fn check_domain(app: &App, scope: &OrgScope, address: &Address) -> Result<(), MemberError> {
    let domain = address.domain();
    let proved_by = find::<ProvedDomain>(app.store.as_ref(), domain.as_bytes()).await.map_err(Refusal::from)?;
    let anothers = proved_by.is_some_and(|(org, ())| org != *scope.owner());
    if anothers || check_new(domain).is_err() {
        return Err(EnrolError::BusinessDomain(domain.to_owned()).into());
    }
    Ok(())
}
