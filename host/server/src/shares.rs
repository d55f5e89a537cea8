//! Messages in hand, shared out among organisations: what one has to send does not hold up another's, and what is worth
//! nothing soon has room of its own.
//!
//! Whoever finds no hand free comes again, each a little after the one before: so that a million messages of one
//! organisation are not all looked at again and again, in the way of everybody else's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use usher_domain::ids::OrgId;
use usher_domain::time::{Instant, SECOND};

use crate::hands::{Hand, Hands};

/// Messages in hand at the same time, as many again of those that are urgent.
const IN_HAND: usize = 2_048;
/// Of these, most of one organisation.
const OF_ONE: usize = 512;
/// How long the first one waits that finds no hand free, in microseconds.
const NO_HAND_FREE: i64 = SECOND;
/// How much longer each further one waits, in microseconds: more come again than servers take, and not many more.
const APART: i64 = SECOND / 500;

/// Whether a message is worth nothing soon, as a one-time code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Urgency {
    /// It can wait.
    Ordinary,
    /// It cannot.
    Urgent,
}

/// Hands, and who has how many of them.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    ordinary: Hands,
    urgent: Hands,
    of: Arc<Mutex<HashMap<(OrgId, Urgency), Share>>>,
}

#[derive(Debug)]
struct Share {
    in_hand: usize,
    /// When the last one comes again that found no hand free.
    again: Instant,
}

/// A message is in hand while this is held.
#[derive(Debug)]
pub(crate) struct InHand {
    of: Arc<Mutex<HashMap<(OrgId, Urgency), Share>>>,
    whose: (OrgId, Urgency),
    _hand: Hand,
}

impl Default for Shares {
    fn default() -> Shares {
        Shares { ordinary: Hands::new(IN_HAND), urgent: Hands::new(IN_HAND), of: Arc::default() }
    }
}

impl Shares {
    /// Takes a message of an organisation in hand, or says when it comes again.
    pub(crate) fn take(&self, org: OrgId, urgency: Urgency, now: Instant) -> Result<InHand, Instant> {
        let hands = if urgency == Urgency::Urgent { &self.urgent } else { &self.ordinary };
        let whose = (org, urgency);
        let mut of = lock(&self.of);
        let share = of.get_mut(&whose);
        let in_hand = share.as_ref().map_or(0, |share| share.in_hand);
        let hand = if in_hand < OF_ONE { hands.take() } else { None };
        match (hand, share) {
            (Some(hand), _) => {
                of.entry(whose).or_insert(Share { in_hand: 0, again: now }).in_hand += 1;
                Ok(InHand { of: self.of.clone(), whose, _hand: hand })
            }
            (None, Some(share)) => {
                share.again = share.again.plus(APART).max(now.plus(NO_HAND_FREE));
                Err(share.again)
            }
            // Others have all of them, and how long for is not known.
            (None, None) => Err(now.plus(NO_HAND_FREE)),
        }
    }

    /// Waits until nothing is in hand.
    pub(crate) async fn idle(&self) {
        self.ordinary.idle().await;
        self.urgent.idle().await;
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut of = lock(&self.of);
        if let Some(share) = of.get_mut(&self.whose) {
            share.in_hand -= 1;
            if share.in_hand == 0 {
                of.remove(&self.whose);
            }
        }
    }
}

fn lock(of: &Mutex<HashMap<(OrgId, Urgency), Share>>) -> MutexGuard<'_, HashMap<(OrgId, Urgency), Share>> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const ACME: OrgId = OrgId::from_bytes([1; 16]);
    const OTHER: OrgId = OrgId::from_bytes([2; 16]);
    const NOW: Instant = Instant::from_micros(0);

    #[test]
    fn an_import_holds_up_neither_codes_nor_other_organisations() {
        let shares = Shares::default();
        let take = |org, urgency| shares.take(org, urgency, NOW);
        let invitations: Vec<_> = (0..OF_ONE).map(|_| take(ACME, Urgency::Ordinary).unwrap()).collect();
        let again: Vec<_> = (0..3).map(|_| take(ACME, Urgency::Ordinary).unwrap_err()).collect();
        assert_eq!(again, [0, 1, 2].map(|n| NOW.plus(NO_HAND_FREE + n * APART)));
        let codes = [take(ACME, Urgency::Urgent).unwrap(), take(OTHER, Urgency::Urgent).unwrap()];
        let letter = take(OTHER, Urgency::Ordinary).unwrap();
        drop((invitations, letter));
        assert!(take(ACME, Urgency::Ordinary).is_ok());
        assert_eq!(shares.idle().now_or_never(), None);
        drop(codes);
        assert_eq!(shares.idle().now_or_never(), Some(()));
        assert!(lock(&shares.of).is_empty(), "nobody is remembered");
    }

    #[test]
    fn where_many_organisations_have_all_hands_the_next_one_waits_and_its_codes_do_not() {
        let shares = Shares::default();
        let whose = |n: usize| OrgId::from_bytes([u8::try_from(n / OF_ONE).unwrap(); 16]);
        let all: Vec<_> = (0..IN_HAND).map(|n| shares.take(whose(n), Urgency::Ordinary, NOW).unwrap()).collect();
        let next = OrgId::from_bytes([99; 16]);
        assert_eq!(shares.take(next, Urgency::Ordinary, NOW).unwrap_err(), NOW.plus(NO_HAND_FREE));
        assert!(shares.take(next, Urgency::Urgent, NOW).is_ok());
        drop(all);
        assert!(shares.take(next, Urgency::Ordinary, NOW).is_ok());
    }
}
