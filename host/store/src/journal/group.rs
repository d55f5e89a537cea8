//! Groups: the commits that were made safe by one sync, as the payload of a frame.
//!
//! Owns the byte form. Holds what each commit wrote, not what it asked for, so that replaying needs no decision.

use crate::{
    Change, Key,
    entry::{Entry, Form},
    resolve::Writes,
    set_hash::SetHash,
};

const DELETED: u8 = 0xff;
/// Bytes before the commits.
const HEADER: usize = 28;
/// Bytes of a write besides key and value.
const WRITE: usize = 7;

/// Commits `first ..`, and the hash of everything stored after them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub first: u64,
    pub set_hash: SetHash,
    pub commits: Vec<Writes>,
}

impl Group {
    /// Number of the last commit.
    pub(crate) fn last(&self) -> u64 {
        self.first + self.commits.len() as u64 - 1
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size());
        bytes.extend_from_slice(&self.first.to_be_bytes());
        bytes.extend_from_slice(&self.set_hash.to_bytes());
        bytes.extend_from_slice(&(self.commits.len() as u32).to_be_bytes());
        for writes in &self.commits {
            bytes.extend_from_slice(&(writes.len() as u32).to_be_bytes());
            for (key, entry) in writes {
                // INVARIANT: keys are at most MAX_KEY long and values at most MAX_COMMIT_BYTES.
                bytes.extend_from_slice(&(key.as_bytes().len() as u16).to_be_bytes());
                bytes.extend_from_slice(key.as_bytes());
                match entry {
                    None => bytes.push(DELETED),
                    Some(entry) => {
                        bytes.push(entry.form as u8);
                        bytes.extend_from_slice(&(entry.value.len() as u32).to_be_bytes());
                        bytes.extend_from_slice(&entry.value);
                    }
                }
            }
        }
        bytes
    }

    /// Bytes that [`Group::encode`] needs, or a few more.
    fn size(&self) -> usize {
        let value = |entry: &Option<Entry>| entry.as_ref().map_or(0, |entry| entry.value.len());
        let write = |(key, entry): (&Key, &Option<Entry>)| WRITE + key.as_bytes().len() + value(entry);
        HEADER + self.commits.iter().map(|writes| 4 + writes.iter().map(write).sum::<usize>()).sum::<usize>()
    }

    /// Reads a payload; nothing unless it is one from first to last byte, with at least one commit.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Cursor(bytes);
        let first = u64::from_be_bytes(bytes.array()?);
        let set_hash = SetHash::from_bytes(bytes.array()?);
        let count = u32::from_be_bytes(bytes.array()?);
        let commits: Option<Vec<Writes>> = (first..).take(count as usize).map(|seq| bytes.writes(seq)).collect();
        let commits = commits.filter(|commits| !commits.is_empty() && bytes.0.is_empty())?;
        Some(Self { first, set_hash, commits })
    }

    /// As the change feed tells it.
    pub(crate) fn into_changes(self) -> impl Iterator<Item = Change> {
        (self.first..).zip(self.commits).map(|(seq, writes)| Change {
            seq,
            writes: writes.into_iter().map(|(key, entry)| (key, entry.map(|entry| entry.value))).collect(),
        })
    }
}

/// Takes parts off the front.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (slice, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(slice)
    }

    fn writes(&mut self, seq: u64) -> Option<Writes> {
        let count = u32::from_be_bytes(self.array()?);
        (0..count).map(|_| self.write(seq)).collect()
    }

    fn write(&mut self, version: u64) -> Option<(Key, Option<Entry>)> {
        let length = u16::from_be_bytes(self.array()?);
        let key = Key::from_stored(self.slice(length.into())?);
        let [form] = self.array()?;
        if form == DELETED {
            return Some((key, None));
        }
        let form = Form::from_byte(form)?;
        let length = u32::from_be_bytes(self.array()?);
        let value = self.slice(length as usize)?.to_vec();
        Some((key, Some(Entry { version, form, value })))
    }
}
