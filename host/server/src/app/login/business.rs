//! Business addresses (R10): an organisation's own mail as a login, unique on the host, given once and for ever.
//!
//! Since they are given for ever, they are given on domains alone that the organisation proved by DNS to be its own:
//! else one organisation could use up another's addresses.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use usher_domain::address::Address;
use usher_domain::ids::{MemberId, OrgId};
use usher_domain::member::{Login, Member};
use usher_store::{OrgScope, find_many};

use super::passwords::HandedOver;
use crate::app::App;
use crate::app::change::Change;
use crate::app::members::MemberError;
use crate::app::members::enrol::EnrolError;
use crate::app::refusal::Refusal;
use crate::app::stored::{self, BusinessAddress, Domain};

/// By what a business address is found: a hash, so that whoever is erased leaves no address behind, and yet nobody
/// else is ever given it.
pub(super) fn place(canonical: &str) -> [u8; 32] {
    Sha256::digest(canonical.as_bytes()).into()
}

/// Whose a business address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A member of the organisation that asks.
    Member(MemberId),
    /// Somebody who was a member, or somebody of another organisation.
    Other,
}

/// Whose business addresses these are, in their order.
pub async fn holders(app: &App, scope: &OrgScope, addresses: &[&Address]) -> Result<Vec<Option<Holder>>, Refusal> {
    let places: Vec<_> = addresses.iter().map(|address| place(address.canonical())).collect();
    let found = find_many::<BusinessAddress>(app.store.as_ref(), &places).await?;
    let ours: Vec<_> = found.iter().flatten().filter(|(org, _)| org == scope.owner()).map(|(_, id)| *id).collect();
    let members = scope.get_many::<stored::Member>(&ours).await?.into_iter().flatten().map(|found| found.record.0);
    let current: HashSet<MemberId> = members.filter(Member::counts).map(|member| member.id).collect();
    let holder = |(_, id): (OrgId, MemberId)| if current.contains(&id) { Holder::Member(id) } else { Holder::Other };
    Ok(found.into_iter().map(|found| found.map(holder)).collect())
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
    claim(change, member, Some(password));
    Ok(())
}

/// [`enter`] for a domain that was looked at. The password is of use to a business login only.
pub fn claim<E: From<EnrolError>>(change: &mut Change<E>, member: &Member, password: Option<&HandedOver>) {
    let Some(address) = &member.business_email else { return };
    let taken = EnrolError::BusinessEmailTaken(address.raw().to_owned());
    change.claim::<BusinessAddress>(&place(address.canonical()), &member.id, taken.into());
    if let Some(password) = password.filter(|_| member.login == Login::BusinessEmail) {
        password.give(&mut change.writes, member.id, member.created_at);
    }
}

/// Whether an organisation may give out addresses of a domain.
pub async fn may_have(scope: &OrgScope, domain: &str) -> Result<bool, Refusal> {
    let found = scope.get::<Domain>(&domain.to_owned()).await?;
    Ok(found.is_some_and(|found| found.record.0.is_owned()))
}
