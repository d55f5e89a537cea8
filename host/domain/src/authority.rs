//! Who may do what (R1).
//!
//! Owns permissions and what they allow. Must not know tokens or routes: the server asks here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kebab::names;
use crate::policy::Role;

names! {
    /// What an admin may be allowed (R1).
    pub enum Permission as "permission" {
        /// Bring members in, suspend and delete them; departments.
        MemberAndDepartment = "member_and_department",
        /// Plans and seats.
        Billing = "billing",
        /// Policies and policy sets.
        Policy = "policy",
        /// Single sign-on, domains, API tokens.
        Security = "security",
        /// Read the audit trail.
        Audit = "audit",
    }
}

/// What somebody may do in an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Everything.
    PrimaryAdmin,
    /// What the permissions allow.
    Admin(BTreeSet<Permission>),
    /// Nothing beyond being a member.
    #[default]
    Member,
}

impl Authority {
    /// The role, as policies see it.
    pub const fn role(&self) -> Role {
        match self {
            Self::PrimaryAdmin => Role::PrimaryAdmin,
            Self::Admin(_) => Role::Admin,
            Self::Member => Role::Member,
        }
    }

    /// Whether it includes a permission.
    pub fn has(&self, permission: Permission) -> bool {
        match self {
            Self::PrimaryAdmin => true,
            Self::Admin(permissions) => permissions.contains(&permission),
            Self::Member => false,
        }
    }

    /// Assigning and taking seats other than while bringing somebody in (R1).
    pub fn may_move_seats(&self) -> bool {
        self.has(Permission::Billing) && self.has(Permission::MemberAndDepartment)
    }

    /// SSO configuration, restoring members, naming primary admins (R1).
    pub const fn is_primary_admin(&self) -> bool {
        matches!(self, Self::PrimaryAdmin)
    }

    /// Whether whoever has it may let somebody in with `given`: more than a member is made by a primary admin
    /// alone (R1).
    pub fn may_let_in_with(&self, given: &Self) -> bool {
        *given == Self::Member || self.is_primary_admin()
    }

    /// What both this and `other` allow.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::PrimaryAdmin, less) | (less, Self::PrimaryAdmin) => less.clone(),
            (Self::Admin(these), Self::Admin(those)) => Self::Admin(these & those),
            (Self::Member, _) | (_, Self::Member) => Self::Member,
        }
    }

    /// Whether it allows everything that `other` allows: nobody gives what they do not have.
    pub fn covers(&self, other: &Self) -> bool {
        match other {
            Self::PrimaryAdmin => self.is_primary_admin(),
            Self::Admin(permissions) => permissions.iter().all(|permission| self.has(*permission)),
            Self::Member => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin(permissions: &[Permission]) -> Authority {
        Authority::Admin(permissions.iter().copied().collect())
    }

    #[test]
    fn r1_seats_move_by_billing_with_member_and_department() {
        let check = |authority: Authority, expected: bool| {
            assert_eq!(authority.may_move_seats(), expected, "{authority:?}");
        };
        check(Authority::PrimaryAdmin, true);
        check(admin(&[Permission::Billing, Permission::MemberAndDepartment]), true);
        check(admin(&[Permission::Billing]), false);
        check(admin(&[Permission::MemberAndDepartment]), false);
        check(Authority::Member, false);
    }

    #[test]
    fn r1_more_than_a_member_is_let_in_by_a_primary_admin_alone() {
        let check = |giver: &Authority, given: &Authority, expected: bool| {
            assert_eq!(giver.may_let_in_with(given), expected, "{giver:?} {given:?}");
        };
        let people = admin(&[Permission::MemberAndDepartment]);
        check(&people, &Authority::Member, true);
        check(&people, &admin(&[]), false);
        check(&people, &Authority::PrimaryAdmin, false);
        check(&Authority::PrimaryAdmin, &admin(&[]), true);
        check(&Authority::PrimaryAdmin, &Authority::PrimaryAdmin, true);
    }

    #[test]
    fn r1_what_two_have_in_common_is_what_both_allow() {
        let check = |one: &Authority, other: &Authority, common: &Authority| {
            assert_eq!((&one.common(other), &other.common(one)), (common, common), "{one:?} {other:?}");
        };
        let (audit, both) = (admin(&[Permission::Audit]), admin(&[Permission::Audit, Permission::Billing]));
        check(&Authority::PrimaryAdmin, &Authority::PrimaryAdmin, &Authority::PrimaryAdmin);
        check(&Authority::PrimaryAdmin, &audit, &audit);
        check(&both, &audit, &audit);
        check(&admin(&[Permission::Billing]), &audit, &admin(&[]));
        check(&Authority::PrimaryAdmin, &Authority::Member, &Authority::Member);
        check(&both, &Authority::Member, &Authority::Member);
    }

    #[test]
    fn nobody_gives_what_they_do_not_have() {
        let check = |giver: &Authority, given: &Authority, expected: bool| {
            assert_eq!(giver.covers(given), expected, "{giver:?} {given:?}");
        };
        let security = admin(&[Permission::Security]);
        let both = admin(&[Permission::Security, Permission::Billing]);
        check(&Authority::PrimaryAdmin, &Authority::PrimaryAdmin, true);
        check(&both, &Authority::PrimaryAdmin, false);
        check(&both, &security, true);
        check(&security, &both, false);
        check(&Authority::Member, &Authority::Member, true);
    }
}
