//! Who may do what (R1).
//!
//! Owns permissions, what they allow and how far they reach. Must not know tokens or routes: the server asks here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::DepartmentId;
use crate::kebab::names;
use crate::policy::Role;

/// Most departments that one admin is given.
pub const MAX_DEPARTMENTS_OF_ADMIN: usize = 50;

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
    /// Bringing members in, suspending and deleting them, and departments: within these departments and all below
    /// them, and nothing else.
    DepartmentAdmin(BTreeSet<DepartmentId>),
    /// Nothing beyond being a member.
    #[default]
    Member,
}

/// How much of an organisation somebody sees and touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    Whole,
    /// These departments and all below them, with whoever is there.
    Below(BTreeSet<DepartmentId>),
}

impl Reach {
    /// Whether it includes a department, given with all that are above it.
    pub fn includes(&self, path: &[DepartmentId]) -> bool {
        match self {
            Self::Whole => true,
            Self::Below(tops) => path.iter().any(|id| tops.contains(id)),
        }
    }
}

impl Authority {
    /// The role, as policies see it.
    pub const fn role(&self) -> Role {
        match self {
            Self::PrimaryAdmin => Role::PrimaryAdmin,
            Self::Admin(_) | Self::DepartmentAdmin(_) => Role::Admin,
            Self::Member => Role::Member,
        }
    }

    /// Whether it includes a permission in the whole organisation.
    ///
    /// INVARIANT: an admin of departments has none, so that whatever asks for a permission refuses them.
    pub fn has(&self, permission: Permission) -> bool {
        match self {
            Self::PrimaryAdmin => true,
            Self::Admin(permissions) => permissions.contains(&permission),
            Self::DepartmentAdmin(_) | Self::Member => false,
        }
    }

    /// Whether it allows to bring members in, in the whole organisation or as far as it reaches.
    pub fn manages_members(&self) -> bool {
        matches!(self, Self::DepartmentAdmin(_)) || self.has(Permission::MemberAndDepartment)
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        match self {
            Self::PrimaryAdmin | Self::Admin(_) => Reach::Whole,
            Self::DepartmentAdmin(departments) => Reach::Below(departments.clone()),
            Self::Member => Reach::Below(BTreeSet::new()),
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
            (Self::DepartmentAdmin(these), Self::DepartmentAdmin(those)) => Self::DepartmentAdmin(these & those),
            (few @ Self::DepartmentAdmin(_), all @ Self::Admin(_))
            | (all @ Self::Admin(_), few @ Self::DepartmentAdmin(_))
                if all.has(Permission::MemberAndDepartment) =>
            {
                few.clone()
            }
            _ => Self::Member,
        }
    }

    /// Whether it allows everything that `other` allows: nobody gives what they do not have.
    pub fn covers(&self, other: &Self) -> bool {
        match other {
            Self::PrimaryAdmin => self.is_primary_admin(),
            // Whoever is an admin of the whole organisation sees its frame, even without a permission.
            Self::Admin(permissions) => {
                self.reach() == Reach::Whole && permissions.iter().all(|permission| self.has(*permission))
            }
            Self::DepartmentAdmin(theirs) => match self {
                Self::DepartmentAdmin(own) => own.is_superset(theirs),
                _ => self.has(Permission::MemberAndDepartment),
            },
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

    fn department(n: u8) -> DepartmentId {
        DepartmentId::from_bytes([n; 16])
    }

    fn admin_of(departments: &[u8]) -> Authority {
        Authority::DepartmentAdmin(departments.iter().copied().map(department).collect())
    }

    #[test]
    fn r1_an_admin_of_departments_has_no_permission_and_reaches_what_lies_below() {
        let sales = admin_of(&[1]);
        assert!(Permission::ALL.iter().all(|permission| !sales.has(*permission)));
        assert!(sales.manages_members() && !sales.may_move_seats() && !sales.is_primary_admin());
        let check = |authority: &Authority, path: &[u8], expected: bool| {
            let path: Vec<_> = path.iter().copied().map(department).collect();
            assert_eq!(authority.reach().includes(&path), expected, "{authority:?} {path:?}");
        };
        check(&sales, &[1], true);
        check(&sales, &[3, 1, 0], true);
        check(&sales, &[2, 0], false);
        check(&sales, &[], false);
        check(&Authority::Member, &[1], false);
        check(&admin(&[]), &[2, 0], true);
        check(&Authority::PrimaryAdmin, &[2, 0], true);
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
        check(&Authority::PrimaryAdmin, &admin_of(&[1]), &admin_of(&[1]));
        check(&admin(&[Permission::MemberAndDepartment]), &admin_of(&[1]), &admin_of(&[1]));
        check(&audit, &admin_of(&[1]), &Authority::Member);
        check(&admin_of(&[1, 2]), &admin_of(&[2, 3]), &admin_of(&[2]));
        check(&admin_of(&[1]), &admin_of(&[2]), &admin_of(&[]));
        check(&admin_of(&[1]), &Authority::Member, &Authority::Member);
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
        check(&admin_of(&[1, 2]), &admin_of(&[1]), true);
        check(&admin_of(&[1]), &admin_of(&[1, 2]), false);
        check(&admin_of(&[1]), &Authority::Member, true);
        check(&admin_of(&[1]), &admin(&[]), false);
        check(&admin(&[Permission::MemberAndDepartment]), &admin_of(&[1]), true);
        check(&security, &admin_of(&[1]), false);
    }
}
