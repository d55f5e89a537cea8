//! Who may invite without being an admin (R3).
//!
//! Owns the choice and whom it covers. Must not know what an invitation is.

use serde::{Deserialize, Serialize};

use crate::ids::{DepartmentId, MemberId};
use crate::member::Member;

/// Most departments, and most members, that can be chosen.
pub const MAX_CHOSEN: usize = 1_000;

/// Who may invite without being an admin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inviters {
    /// Nobody, as at first.
    #[default]
    Nobody,
    /// Every member.
    Everyone,
    /// Some of them.
    Chosen {
        /// Direct members of these departments.
        departments: Vec<DepartmentId>,
        /// These.
        members: Vec<MemberId>,
    },
}

impl Inviters {
    /// Whether they include a member.
    pub fn include(&self, member: &Member) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everyone => true,
            Self::Chosen { departments, members } => {
                members.contains(&member.id) || departments.iter().any(|id| member.departments.contains(id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Authority;
    use crate::member::{Progress, tests::member};

    #[test]
    fn r3_everyone_nobody_or_the_chosen() {
        let ada = member(Progress::Active, Authority::Member);
        let (other, elsewhere) = (MemberId::from_bytes([9; 16]), DepartmentId::from_bytes([9; 16]));
        let check = |inviters: Inviters, expected: bool| {
            assert_eq!(inviters.include(&ada), expected, "{inviters:?}");
        };
        let chosen = |departments: &[DepartmentId], members: &[MemberId]| Inviters::Chosen {
            departments: departments.to_vec(),
            members: members.to_vec(),
        };
        check(Inviters::default(), false);
        check(Inviters::Everyone, true);
        check(chosen(&[], &[]), false);
        check(chosen(&[], &[other, ada.id]), true);
        check(chosen(&ada.departments[..1], &[]), true);
        check(chosen(&[elsewhere], &[other]), false);
    }
}
