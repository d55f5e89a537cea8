//! Single sign-on connections as data, and the links between their subjects and members (R39, R40).
//!
//! Owns what a connection is and what makes an asserted address count. Must not know OIDC or SAML: an
//! assertion arrives here verified.

use serde::{Deserialize, Serialize};

use crate::address::{Address, Evidence};
use crate::ids::{ConnectionId, MemberId};
use crate::policy::sso::Protocol;
use crate::time::Instant;
use crate::verified_domain::VerifiedDomain;

/// Most connections of an organisation.
pub const MAX_CONNECTIONS: usize = 20;
/// Longest subject, in bytes.
pub const MAX_SUBJECT_BYTES: usize = 1_024;

/// A connection to an identity provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// As admins know it.
    pub name: String,
    /// How the provider speaks.
    pub protocol: Protocol,
    /// The provider's own name: issuer (OIDC) or entity id (SAML).
    pub issuer: String,
    /// Whether logins go through it.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// A subject of a connection that is a member: from now on this pair decides, and email no more (R40).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Which connection.
    pub connection: ConnectionId,
    /// The provider's identifier, byte for byte.
    pub subject: String,
    /// Whose it is.
    pub member: MemberId,
    /// Since when.
    pub linked_at: Instant,
}

/// An asserted address with what the organisation's domains say for it (R40, R41).
pub fn with_evidence(
    address: Address,
    idp_verified: bool,
    connection: ConnectionId,
    domains: &[VerifiedDomain],
) -> Address {
    let address = if idp_verified { address.with(Evidence::IdpVerified) } else { address };
    let Some(domain) = domains.iter().find(|domain| domain.domain == address.domain()) else {
        return address;
    };
    let bound = domain.connection == Some(connection);
    let address = if bound { address.with(Evidence::DomainConnection) } else { address };
    match domain.proof {
        Some(proof) => address.with(proof.by.evidence()),
        None => address,
    }
}

/// Whether an asserted address counts (R40): its domain is verified by the organisation and bound to the
/// connection, or its holder typed a mailed code.
pub fn is_admissible(address: &Address) -> bool {
    let verified = address.has(Evidence::DomainDns) || address.has(Evidence::DomainMail);
    (verified && address.has(Evidence::DomainConnection)) || address.has(Evidence::OneTimeCode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts::DomainProof;
    use crate::verified_domain::Proved;

    #[test]
    fn r40_an_address_counts_by_a_bound_verified_domain_or_a_code() {
        let check = |evidence: &[Evidence], expected: bool| {
            let address = Address::parse("ada@example.com").unwrap();
            let address = evidence.iter().fold(address, |address, evidence| address.with(*evidence));
            assert_eq!(is_admissible(&address), expected, "{evidence:?}");
        };
        check(&[], false);
        check(&[Evidence::IdpVerified], false);
        check(&[Evidence::DomainDns], false);
        check(&[Evidence::DomainConnection], false);
        check(&[Evidence::DomainDns, Evidence::DomainConnection], true);
        check(&[Evidence::DomainMail, Evidence::DomainConnection], true);
        check(&[Evidence::OneTimeCode], true);
    }

    #[test]
    fn r41_evidence_comes_from_the_organisations_own_domains() {
        let here = ConnectionId::from_bytes([1; 16]);
        let domain = |proof: Option<DomainProof>, connection: Option<ConnectionId>| VerifiedDomain {
            domain: "example.com".into(),
            challenge: String::new(),
            proof: proof.map(|by| Proved { by, at: Instant::from_micros(0) }),
            connection,
            added_at: Instant::from_micros(0),
        };
        let check = |domain: VerifiedDomain, email: &str, expected: &[Evidence]| {
            let address = with_evidence(Address::parse(email).unwrap(), false, here, &[domain]);
            assert_eq!(address.evidence(), expected, "{email}");
        };
        let other = ConnectionId::from_bytes([2; 16]);
        let both = [Evidence::DomainDns, Evidence::DomainConnection];
        check(domain(Some(DomainProof::Dns), Some(here)), "ada@Example.com", &both);
        check(domain(Some(DomainProof::Dns), Some(other)), "ada@example.com", &[Evidence::DomainDns]);
        check(domain(None, Some(here)), "ada@example.com", &[Evidence::DomainConnection]);
        check(domain(Some(DomainProof::Dns), Some(here)), "ada@sub.example.com", &[]);
    }
}
