//! Segments: the files of the journal, their names and heads.
//!
//! Owns the byte form of a head. Must not know what frames hold.

use super::{Chain, StoreId};
use crate::{
    Damage, StoreError,
    disk::{Disk, DiskFile, io_error},
    set_hash::SetHash,
};

/// Bytes of a head.
pub(crate) const HEADER: usize = 86;
const MAGIC: &[u8; 8] = b"USHERJNL";
const FORMAT: u16 = 1;
const SUFFIX: &str = ".segment";

/// What a segment says about itself and all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub store: StoreId,
    /// The first commit the segment may hold.
    pub first: u64,
    /// The chain up to it.
    pub chain: Chain,
    /// The hash of everything stored up to it.
    pub set_hash: SetHash,
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_be_bytes());
        bytes.extend_from_slice(&self.store);
        bytes.extend_from_slice(&self.first.to_be_bytes());
        bytes.extend_from_slice(&self.chain);
        bytes.extend_from_slice(&self.set_hash.to_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    /// Reads the head of the segment `name`.
    pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |what: &str| {
            StoreError::Damaged(Damage {
                file: name.into(),
                offset: 0,
                seq: number(name).unwrap_or(1) - 1,
                what: what.into(),
            })
        };
        let head = bytes.first_chunk::<HEADER>().ok_or_else(|| damaged("the segment is shorter than its head"))?;
        let (body, crc) = head.split_at(HEADER - 4);
        if crc32fast::hash(body).to_be_bytes() != crc {
            return Err(damaged("the checksum of the segment's head does not match"));
        }
        let parts = || {
            let (magic, rest) = body.split_first_chunk::<8>()?;
            let (format, rest) = rest.split_first_chunk()?;
            let (store, rest) = rest.split_first_chunk()?;
            let (first, rest) = rest.split_first_chunk()?;
            let (chain, set_hash) = rest.split_first_chunk()?;
            let set_hash = SetHash::from_bytes(set_hash.try_into().ok()?);
            let head = Self { store: *store, first: u64::from_be_bytes(*first), chain: *chain, set_hash };
            (magic == MAGIC).then_some((u16::from_be_bytes(*format), head))
        };
        let (format, head) = parts().ok_or_else(|| damaged("this is no segment of a journal"))?;
        if format != FORMAT {
            return Err(StoreError::Format { file: name.into(), found: format, known: FORMAT });
        }
        if number(name) != Some(head.first) {
            return Err(damaged("the segment has another's name"));
        }
        Ok(head)
    }

    /// Creates the segment; it is safe when this returns.
    pub(crate) fn create(&self, disk: &dyn Disk) -> Result<Box<dyn DiskFile>, StoreError> {
        let name = file_name(self.first);
        let create = || {
            let mut file = disk.create(&name)?;
            file.write_at(&self.encode(), 0)?;
            file.sync()?;
            disk.sync_folder()?;
            Ok(file)
        };
        create().map_err(io_error(format!("creating {name}")))
    }
}

/// The name of the segment that begins with commit `first`.
pub(crate) fn file_name(first: u64) -> String {
    format!("{first:020}{SUFFIX}")
}

fn number(name: &str) -> Option<u64> {
    name.strip_suffix(SUFFIX)?.parse().ok().filter(|first| *first > 0)
}

/// First commits of all segments, in order.
pub(crate) fn list(disk: &dyn Disk) -> Result<Vec<u64>, StoreError> {
    let names = disk.list().map_err(io_error("listing the journal"))?;
    Ok(names.iter().filter_map(|name| number(name)).collect())
}
