//! Frames and seals: how a group of commits stands in a segment.
//!
//! Owns the byte form and its checksum. Must not know what a payload holds.

use sha2::{Digest, Sha256};

use super::{Chain, StoreId};

/// Bytes before the payload.
pub(crate) const HEADER: usize = 44;
const FRAME: &[u8; 4] = b"UFRM";
const SEAL: &[u8; 4] = b"USEL";

/// The segment a frame stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub store: StoreId,
    pub first: u64,
}

/// What stands at an offset.
pub(crate) enum Found<'a> {
    Frame { chain: Chain, payload: &'a [u8] },
    Seal { chain: Chain },
    End,
    Bad(&'static str),
}

/// The chain after `payload`.
pub(crate) fn next_chain(chain: &Chain, payload: &[u8]) -> Chain {
    Sha256::new().chain_update(chain).chain_update(payload).finalize().into()
}

impl Segment {
    pub(crate) fn frame(&self, offset: u64, chain: &Chain, payload: &[u8]) -> Vec<u8> {
        self.encode(FRAME, offset, chain, payload)
    }

    pub(crate) fn seal(&self, offset: u64, chain: &Chain) -> Vec<u8> {
        self.encode(SEAL, offset, chain, &[])
    }

    fn encode(&self, magic: &[u8; 4], offset: u64, chain: &Chain, payload: &[u8]) -> Vec<u8> {
        // INVARIANT: a payload is smaller than 4 GiB, by the limits on a commit and on a group.
        let length = (payload.len() as u32).to_be_bytes();
        let crc = self.checksum(magic, offset, length, chain, payload).to_be_bytes();
        [&magic[..], &length, &crc, chain, payload].concat()
    }

    fn checksum(&self, magic: &[u8], offset: u64, length: [u8; 4], chain: &Chain, payload: &[u8]) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.store);
        crc.update(&self.first.to_be_bytes());
        crc.update(&offset.to_be_bytes());
        crc.update(magic);
        crc.update(&length);
        crc.update(chain);
        crc.update(payload);
        crc.finalize()
    }

    /// Reads what stands at `offset` in `bytes`, which are the whole segment so far.
    pub(crate) fn read<'a>(&self, bytes: &'a [u8], offset: usize) -> Found<'a> {
        self.read_at(&bytes[offset..], offset as u64)
    }

    /// Reads what stands at the front of `bytes`, which are the segment from `offset` on.
    pub(crate) fn read_at<'a>(&self, bytes: &'a [u8], offset: u64) -> Found<'a> {
        if bytes.is_empty() {
            return Found::End;
        }
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
            return Found::Bad("the segment ends within the head of a record");
        };
        let Some((magic, length, crc, chain)) = parse_header(header) else {
            return Found::Bad("no record begins here");
        };
        let Some(payload) = rest.get(..u32::from_be_bytes(length) as usize) else {
            return Found::Bad("the segment ends within a record, or the record's length is damaged");
        };
        if self.checksum(magic, offset, length, &chain, payload) != crc {
            return Found::Bad("the record's checksum does not match");
        }
        if magic == SEAL { Found::Seal { chain } } else { Found::Frame { chain, payload } }
    }

    /// The first whole frame or seal that stands behind `offset`, wherever it begins.
    pub(crate) fn find_behind(&self, bytes: &[u8], offset: usize) -> Option<usize> {
        let begins = |at: &usize| matches!(&bytes[*at..*at + 4], b"UFRM" | b"USEL");
        (offset + 1..bytes.len().saturating_sub(HEADER - 1))
            .filter(begins)
            .find(|at| matches!(self.read(bytes, *at), Found::Frame { .. } | Found::Seal { .. }))
    }
}

/// Magic, length and checksum as written, chain.
fn parse_header(header: &[u8; HEADER]) -> Option<(&[u8; 4], [u8; 4], u32, Chain)> {
    let (magic, rest) = header.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (crc, chain) = rest.split_first_chunk::<4>()?;
    let known = magic == FRAME || magic == SEAL;
    known.then_some((magic, *length, u32::from_be_bytes(*crc), chain.try_into().ok()?))
}

/// The payload's length that a frame's head names, before anything is checked.
pub(crate) fn payload_length(header: &[u8; HEADER]) -> usize {
    parse_header(header).map_or(0, |(_, length, _, _)| u32::from_be_bytes(length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Segment = Segment { store: [1; 16], first: 7 };
    const OFFSET: u64 = 86;

    /// As in a file: another store's records, or this one's from elsewhere, are found on a disk used before.
    #[test]
    fn a_record_counts_only_where_it_was_written_and_whole() {
        let chain = next_chain(&[0; 32], b"payload");
        for record in [HERE.frame(OFFSET, &chain, b"payload"), HERE.seal(OFFSET, &chain)] {
            let check = |segment: Segment, offset: u64, bytes: &[u8], counts: bool| {
                let found = matches!(segment.read_at(bytes, offset), Found::Frame { .. } | Found::Seal { .. });
                assert_eq!(found, counts, "{segment:?}, byte {offset}: {bytes:?}");
            };
            check(HERE, OFFSET, &record, true);
            check(Segment { store: [2; 16], ..HERE }, OFFSET, &record, false);
            check(Segment { first: 8, ..HERE }, OFFSET, &record, false);
            check(HERE, OFFSET + 1, &record, false);
            for at in 0..record.len() {
                let mut torn = record.clone();
                torn[at] ^= 1;
                check(HERE, OFFSET, &torn, false);
                check(HERE, OFFSET, &record[..at], false);
            }
        }
    }

    #[test]
    fn a_frame_or_a_seal_is_found_behind_bad_bytes_wherever_it_begins() {
        for gap in [1, 3, 700] {
            let bad = vec![b'U'; gap];
            for record in [HERE.frame(gap as u64, &[3; 32], b"payload"), HERE.seal(gap as u64, &[3; 32])] {
                assert_eq!(HERE.find_behind(&[&bad[..], &record].concat(), 0), Some(gap));
                assert_eq!(HERE.find_behind(&[&bad[..], &record[1..]].concat(), 0), None);
            }
        }
    }
}
