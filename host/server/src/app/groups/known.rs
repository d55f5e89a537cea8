//! The user groups of organisations as they were read last: a department may have one each, and whoever is written is
//! put into theirs.
//!
//! Owns how many are remembered. Must not know what they are read for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use usher_domain::group::Groups;
use usher_domain::ids::OrgId;

/// Most groups that are remembered, of all organisations together.
const MAX_REMEMBERED: usize = 100_000;

/// The groups of organisations, each with the version of the record that every change of one rewrites.
#[derive(Default)]
pub struct Known(RwLock<HashMap<OrgId, (u64, Arc<Groups>)>>);

impl Known {
    /// The groups at this version, if they are remembered.
    pub(super) fn get(&self, org: OrgId, version: u64) -> Option<Arc<Groups>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&org).filter(|(at, _)| *at == version).map(|(_, groups)| Arc::clone(groups))
    }

    /// Remembers them; if that is too much, all others are forgotten.
    pub(super) fn put(&self, org: OrgId, version: u64, groups: &Arc<Groups>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&org);
        let remembered: usize = known.values().map(|(_, groups)| groups.count()).sum();
        if remembered + groups.count() > MAX_REMEMBERED {
            known.clear();
        }
        known.insert(org, (version, Arc::clone(groups)));
    }
}

#[cfg(test)]
mod tests {
    use usher_domain::group::Group;
    use usher_domain::ids::GroupId;
    use usher_domain::time::Instant;

    use super::*;

    #[test]
    fn groups_are_known_at_their_version_and_so_many_of_them() {
        let known = Known::default();
        let org = |n: u8| OrgId::from_bytes([n; 16]);
        let group = Group {
            id: GroupId::from_bytes([1; 16]),
            name: "Team".into(),
            rule: None,
            plan: None,
            department: None,
            created_at: Instant::from_micros(0),
        };
        let groups = |count: usize| Arc::new(vec![group.clone(); count].into_iter().collect::<Groups>());
        let check = |n: u8, version: u64, expected: Option<usize>| {
            assert_eq!(known.get(org(n), version).map(|groups| groups.count()), expected, "{n} {version}");
        };
        check(1, 7, None);
        known.put(org(1), 7, &groups(1));
        known.put(org(2), 7, &groups(2));
        check(1, 7, Some(1));
        check(2, 7, Some(2));
        check(1, 8, None);
        known.put(org(1), 8, &groups(3));
        check(1, 7, None);
        check(1, 8, Some(3));
        known.put(org(3), 1, &groups(MAX_REMEMBERED));
        check(1, 8, None);
        check(3, 1, Some(MAX_REMEMBERED));
    }
}
