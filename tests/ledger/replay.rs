//! Every commit of an organisation, one by one: what seats it holds after it.

use std::collections::BTreeMap;

use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::Member;
use usher_server::app::counters::{seats_committed, seats_reserved};
use usher_server::app::stored::{self, Plans};
use usher_store::{Change, Key, OrgScope, decode, decode_counter};

use super::office::Office;

/// Commits read at a time.
const STEP: usize = 1_000;

/// What the commits so far have left.
pub struct Replay {
    scope: OrgScope,
    seq: u64,
    sizes: BTreeMap<PlanId, i64>,
    committed: BTreeMap<PlanId, i64>,
    reserved: BTreeMap<PlanId, i64>,
    members: BTreeMap<MemberId, Member>,
}

impl Replay {
    /// From the first commit on.
    pub fn of(office: &Office) -> Replay {
        let scope = office.scope.clone();
        let (sizes, committed, reserved, members) = Default::default();
        let mut replay = Replay { scope, seq: 0, sizes, committed, reserved, members };
        replay.follow(office);
        replay
    }

    /// Holds the commits since the last time against the rules.
    pub fn follow(&mut self, office: &Office) {
        loop {
            let changes = office.changes_since(self.seq, STEP);
            for change in &changes {
                self.take(change);
                self.seq = change.seq;
            }
            if changes.len() < STEP {
                return;
            }
        }
    }

    fn take(&mut self, change: &Change) {
        let before = self.committed.clone();
        for (key, value) in &change.writes {
            self.write(key, value.as_deref());
        }
        for (plan, size) in &self.sizes {
            let of = |counters: &BTreeMap<PlanId, i64>| counters.get(plan).copied().unwrap_or(0);
            let (was, is, reserved) = (of(&before), of(&self.committed), of(&self.reserved));
            assert!(is <= was || is <= *size, "commit {}: {is} seats of {plan}, {size} bought", change.seq);
            assert!((0..=is).contains(&reserved), "commit {}: {reserved} of {is} reserved", change.seq);
            let holders = self.members.values().filter(|member| member.seats.contains(plan)).count();
            let used = i64::try_from(holders).unwrap();
            assert_eq!(used + reserved, is, "commit {}: used and reserved seats of {plan}", change.seq);
        }
    }

    fn write(&mut self, key: &Key, value: Option<&[u8]>) {
        if *key == self.scope.key::<Plans>(&()) {
            let plans = decode::<Plans>(value.unwrap()).unwrap().plans;
            self.sizes = plans.iter().map(|plan| (plan.id, i64::from(plan.size))).collect();
        }
        for plan in self.sizes.keys() {
            let counter = || value.map_or(0, |value| decode_counter(value).unwrap());
            if *key == self.scope.counter_key(&seats_committed(*plan)) {
                self.committed.insert(*plan, counter());
            }
            if *key == self.scope.counter_key(&seats_reserved(*plan)) {
                self.reserved.insert(*plan, counter());
            }
        }
        let Some(stored::Member(member)) = value.and_then(|value| decode(value).ok()) else { return };
        if *key == self.scope.key::<stored::Member>(&member.id) {
            let distinct = member.seats.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(distinct, "twice on a plan: {member:?}");
            self.members.insert(member.id, member);
        }
    }
}
