//! The chain of hashes over the entries: going along it, and what is found wrong.
//!
//! Owns the rule of what holds, for a host over its store as for whoever has an export and no host. Pure.
//!
//! ```text
//! hash(n) = SHA-256(hash(n - 1) ‖ n as 8 bytes ‖ link(n))      hash(0) = 32 zeros
//! link    = SHA-256(commitments ‖ fact)                        commitment = SHA-256(salt ‖ values)
//! ```

use usher_store::Linked;

use super::Entry;

/// A way along the chain, from its first entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Entries so far.
    pub entries: u64,
    /// Hash of the last one.
    pub head: [u8; 32],
    /// How long the chain was when its end was signed, and the hash of the last entry then.
    signed: Option<(u64, [u8; 32])>,
}

/// Where the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A gap.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// Changed, or put in the place of another.
    #[error("entry {0} is not the one that was chained, or does not follow from the one before it")]
    Changed(u64),
    /// Values that were changed after they were committed to.
    #[error("the values of entry {0} are not those committed to")]
    Values(u64),
    /// The whole chain was made anew.
    #[error("entry {0} is not the one that was signed: the chain was made anew")]
    NotSigned(u64),
    /// Entries are missing at the end.
    #[error("the trail was cut off: it ends with entry {entries}, and had {signed} when it was signed")]
    CutOff {
        /// Entries there are.
        entries: u64,
        /// Entries there were.
        signed: u64,
    },
}

impl Chain {
    /// A way along a chain whose first `size` entries were signed to end with the hash `head`.
    pub fn signed(size: u64, head: [u8; 32]) -> Chain {
        Chain { signed: Some((size, head)), ..Chain::default() }
    }

    /// A way that goes on where another one ended, of whose `entries` entries the last has the hash `head`.
    pub fn further(entries: u64, head: [u8; 32]) -> Chain {
        Chain { entries, head, signed: None }
    }

    /// Goes to the next entry, which says of itself that it has this place and this hash.
    ///
    /// # Errors
    /// When it does not follow; the chain stays where it was.
    pub fn follow(&mut self, position: u64, entry: &Entry, hash: [u8; 32]) -> Result<(), ChainFault> {
        if position != self.entries + 1 {
            return Err(ChainFault::Missing(self.entries + 1));
        }
        if hash != (Linked { prev: self.head, link: entry.link(), value: Vec::new() }).hash(position) {
            return Err(ChainFault::Changed(position));
        }
        if !entry.keeps_its_commitments() {
            return Err(ChainFault::Values(position));
        }
        if self.signed.is_some_and(|(size, head)| size == position && head != hash) {
            return Err(ChainFault::NotSigned(position));
        }
        (self.entries, self.head) = (position, hash);
        Ok(())
    }

    /// Whether the end was reached that was signed.
    ///
    /// # Errors
    /// When it was not.
    pub fn end(&self) -> Result<(), ChainFault> {
        match self.signed {
            Some((signed, _)) if signed > self.entries => Err(ChainFault::CutOff { entries: self.entries, signed }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::entry;
    use super::*;

    /// Three entries with their hashes.
    fn three() -> Vec<(u64, Entry, [u8; 32])> {
        let mut prev = [0; 32];
        let next = |position| {
            prev = Linked { prev, link: entry().link(), value: Vec::new() }.hash(position);
            (position, entry(), prev)
        };
        (1..=3).map(next).collect()
    }

    fn walk(mut chain: Chain, entries: &[(u64, Entry, [u8; 32])]) -> Result<(), ChainFault> {
        entries.iter().try_for_each(|(position, entry, hash)| chain.follow(*position, entry, *hash))?;
        chain.end()
    }

    type Link = (u64, Entry, [u8; 32]);

    #[test]
    fn r42_the_chain_holds_when_values_are_erased_and_not_when_anything_is_changed() {
        let check = |change: fn(&mut Vec<Link>), fault: Option<ChainFault>| {
            let mut entries = three();
            change(&mut entries);
            assert_eq!(walk(Chain::default(), &entries).err(), fault);
        };
        check(|_| {}, None);
        check(|all| all[1].1.erase_change(), None);
        check(|all| all[1].1.erase_origin(), None);
        check(|all| all[1].1.parts[0].opened.as_mut().unwrap().values = "{}".into(), Some(ChainFault::Values(2)));
        check(|all| all[1].1.parts[1].opened.as_mut().unwrap().salt[0] ^= 1, Some(ChainFault::Values(2)));
        check(|all| all[1].1.fact = all[1].1.fact.replace("joined", "left"), Some(ChainFault::Changed(2)));
        check(|all| all[1].1.parts[0].commitment = [0; 32], Some(ChainFault::Changed(2)));
        check(|all| drop(all.remove(0)), Some(ChainFault::Missing(1)));
        check(|all| drop(all.remove(1)), Some(ChainFault::Missing(2)));
        check(|all| drop(all.pop()), None);
    }

    #[test]
    fn r42_a_signed_end_shows_what_was_cut_off_or_made_anew() {
        let whole = three();
        let check = |size: u64, head: [u8; 32], entries: &[_], fault: Option<ChainFault>| {
            assert_eq!(walk(Chain::signed(size, head), entries).err(), fault);
        };
        check(2, whole[1].2, &whole, None);
        check(3, whole[2].2, &whole, None);
        check(3, whole[2].2, &whole[..2], Some(ChainFault::CutOff { entries: 2, signed: 3 }));
        check(2, [7; 32], &whole, Some(ChainFault::NotSigned(2)));
        check(0, [0; 32], &[], None);
    }
}
