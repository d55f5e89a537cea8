//! A member as policies see them.
//!
//! Owns what of a member goes into a policy's request; must not know what policies make of it.

use std::collections::BTreeMap;

use super::{Member, State};
use crate::policy::{Pair, seat, sso};

impl Member {
    /// As seat policies see them.
    pub fn for_seat_policies(&self) -> seat::Member {
        seat::Member {
            id: Some(self.id),
            name: self.name.clone(),
            work_email: self.work_email.clone(),
            departments: self.departments.clone(),
            workforce_type: self.workforce_type.clone(),
            role: self.authority.role(),
            groups: self.groups.clone(),
            holds: self.seats.clone(),
            attributes: pairs(&self.attributes),
        }
    }

    /// As matching policies see them; none if deleted.
    pub fn as_candidate(&self) -> Option<sso::Candidate> {
        let state = match self.state() {
            State::Added => sso::CandidateState::Added,
            State::Invited => sso::CandidateState::Invited,
            State::Inactive => sso::CandidateState::Inactive,
            State::Active => sso::CandidateState::Active,
            State::Suspended => sso::CandidateState::Suspended,
            State::Deleted => return None,
        };
        Some(sso::Candidate { member: self.id, state, created_at: self.created_at, claims: self.claims() })
    }

    /// Every identifier that a matching strategy may compare (R41).
    pub fn claims(&self) -> Vec<sso::Claim> {
        let mut claims = Vec::new();
        if let Some(address) = &self.work_email {
            let value = address.raw().to_owned();
            claims.push(sso::Claim { kind: "work-email".into(), value, address: Some(address.clone()) });
        }
        if let Some(number) = &self.employee_number {
            claims.push(sso::Claim { kind: "employee-number".into(), value: number.clone(), address: None });
        }
        claims.extend(self.attributes.iter().map(|(name, value)| sso::Claim {
            kind: name.clone(),
            value: value.clone(),
            address: None,
        }));
        claims
    }
}

/// Attributes as policies see them, in order of name.
pub fn pairs(attributes: &BTreeMap<String, String>) -> Vec<Pair> {
    attributes.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::member;
    use crate::authority::Authority;
    use crate::member::Progress;

    #[test]
    fn r41_every_identifier_is_a_claim() {
        let claims = member(Progress::Active, Authority::Member).claims();
        let kinds: Vec<_> = claims.iter().map(|claim| (claim.kind.as_str(), claim.address.is_some())).collect();
        assert_eq!(kinds, [("work-email", true), ("employee-number", false)]);
    }
}
