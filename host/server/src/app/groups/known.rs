//! The user groups of organisations as they were read last: a department may have one each, and whoever is written is
//! put into theirs.
//!
//! Owns how much is remembered. Must not know what it is read for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use usher_domain::group::Groups;
use usher_domain::ids::OrgId;

/// Most bytes of groups that are remembered, of all organisations together.
const MAX_REMEMBERED_BYTES: usize = 64 << 20;

/// The groups of organisations.
#[derive(Default)]
pub struct Known(RwLock<HashMap<OrgId, Remembered>>);

struct Remembered {
    /// Of the record that every change of a group rewrites.
    version: u64,
    groups: Arc<Groups>,
    bytes: usize,
}

impl Known {
    /// The groups at this version, if they are remembered.
    pub(super) fn get(&self, org: OrgId, version: u64) -> Option<Arc<Groups>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&org).filter(|known| known.version == version).map(|known| Arc::clone(&known.groups))
    }

    /// Remembers them, unless they are too much by themselves; if they are with all others, those are forgotten.
    pub(super) fn put(&self, org: OrgId, version: u64, groups: &Arc<Groups>) {
        let bytes = groups.bytes();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&org);
        if bytes > MAX_REMEMBERED_BYTES {
            return;
        }
        if known.values().map(|known| known.bytes).sum::<usize>() + bytes > MAX_REMEMBERED_BYTES {
            known.clear();
        }
        known.insert(org, Remembered { version, groups: Arc::clone(groups), bytes });
    }
}

#[cfg(test)]
mod tests {
    use usher_domain::group::{Group, Rule};
    use usher_domain::ids::GroupId;
    use usher_domain::time::Instant;

    use super::*;

    /// So many groups, each with a rule that holds so many bytes of text.
    fn groups(count: usize, bytes: usize) -> Arc<Groups> {
        let group = Group {
            id: GroupId::from_bytes([1; 16]),
            name: "Team".into(),
            rule: Some(Rule::All(vec![Rule::Language(vec!["x".repeat(bytes)])])),
            plan: None,
            department: None,
            created_at: Instant::from_micros(0),
        };
        Arc::new(vec![group; count].into_iter().collect())
    }

    #[test]
    fn groups_are_known_at_their_version_and_so_many_bytes_of_them() {
        let known = Known::default();
        let org = |n: u8| OrgId::from_bytes([n; 16]);
        let check = |n: u8, version: u64, expected: Option<usize>| {
            let count = known.get(org(n), version).map(|groups| groups.iter().count());
            assert_eq!(count, expected, "{n} {version}");
        };
        check(1, 7, None);
        known.put(org(1), 7, &groups(1, 1));
        known.put(org(2), 7, &groups(2, 1));
        check(1, 7, Some(1));
        check(2, 7, Some(2));
        check(1, 8, None);
        known.put(org(1), 8, &groups(3, 1));
        check(1, 7, None);
        check(1, 8, Some(3));
        known.put(org(3), 1, &groups(2, MAX_REMEMBERED_BYTES / 2));
        check(3, 1, None);
        check(1, 8, Some(3));
        known.put(org(3), 1, &groups(1, MAX_REMEMBERED_BYTES - 1_000));
        check(3, 1, Some(1));
        check(1, 8, None);
    }
}
