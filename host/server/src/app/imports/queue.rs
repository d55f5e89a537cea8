//! Whose job is next: organisations take turns, so that one with many imports keeps no other waiting.
//!
//! Owns the order in which jobs wait. Must not know what a job does.

use std::collections::VecDeque;

use usher_domain::ids::{ImportId, OrgId};

/// Jobs that wait: organisations in the order of their turns, each with its imports in the order they were asked for.
#[derive(Default)]
pub struct JobQueue(VecDeque<(OrgId, VecDeque<ImportId>)>);

impl JobQueue {
    /// Has a job wait. An organisation that waits for nothing yet comes behind all others.
    pub fn ask(&mut self, org: OrgId, id: ImportId) {
        match self.0.iter_mut().find(|(known, _)| *known == org) {
            Some((_, waiting)) => waiting.push_back(id),
            None => self.0.push_back((org, VecDeque::from([id]))),
        }
    }

    /// The next job of the first organisation that may have one run; its turn is over then.
    pub fn next(&mut self, may: impl Fn(OrgId) -> bool) -> Option<(OrgId, ImportId)> {
        let place = self.0.iter().position(|(org, _)| may(*org))?;
        let (org, mut waiting) = self.0.remove(place)?;
        let id = waiting.pop_front()?;
        if !waiting.is_empty() {
            self.0.push_back((org, waiting));
        }
        Some((org, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is asked for, as organisation and import, comes in this order if nobody's jobs are held back.
    #[test]
    fn r25_organisations_take_turns() {
        let check = |asked: &[(u8, u8)], expected: &[(u8, u8)]| {
            let mut queue = JobQueue::default();
            asked.iter().for_each(|(org, id)| queue.ask(self::org(*org), import(*id)));
            let told: Vec<_> = std::iter::from_fn(|| queue.next(|_| true)).collect();
            let expected: Vec<_> = expected.iter().map(|(org, id)| (self::org(*org), import(*id))).collect();
            assert_eq!(told, expected, "{asked:?}");
        };
        check(&[], &[]);
        check(&[(1, 1), (1, 2), (1, 3)], &[(1, 1), (1, 2), (1, 3)]);
        check(&[(1, 1), (1, 2), (1, 3), (2, 1)], &[(1, 1), (2, 1), (1, 2), (1, 3)]);
        check(&[(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)], &[(1, 1), (2, 1), (3, 1), (1, 2), (2, 2)]);
    }

    #[test]
    fn r25_who_may_not_have_a_job_run_keeps_their_place() {
        let mut queue = JobQueue::default();
        for (org, id) in [(1, 1), (2, 1), (1, 2)] {
            queue.ask(self::org(org), import(id));
        }
        assert_eq!(queue.next(|org| org != self::org(1)), Some((org(2), import(1))));
        assert_eq!(queue.next(|org| org != self::org(1)), None);
        queue.ask(org(3), import(1));
        assert_eq!(queue.next(|_| true), Some((org(1), import(1))));
        assert_eq!(queue.next(|_| true), Some((org(3), import(1))));
        assert_eq!(queue.next(|_| true), Some((org(1), import(2))));
    }

    fn org(n: u8) -> OrgId {
        OrgId::from_bytes([n; 16])
    }

    fn import(n: u8) -> ImportId {
        ImportId::from_bytes([n; 16])
    }
}
