//! Checkpoints: all live entries in one file, so that the journal before it can go.
//!
//! Owns the file's form. A checkpoint is taken while commits go on, so it is *fuzzy*: each entry is as it stood
//! somewhere between the commits `seq` and `until`. Replaying the journal from behind `seq` through `until`
//! makes it exact, because the journal holds what was written, not what was asked.
//!
//! ```text
//! checkpoint = head chunk* end
//! head       = "USHERCKP" format store seq crc32
//! chunk      = length sha256 entry*                  entry = key-length key length version form value
//! end        = 0 until count sha256                  hash of all hashes before it
//! ```

use sha2::{Digest, Sha256};

use crate::{
    Damage, Key, StoreError,
    disk::{Disk, DiskFile, io_error},
    entry::Entry,
    journal::StoreId,
};

const MAGIC: &[u8; 8] = b"USHERCKP";
const FORMAT: u16 = 1;
const HEADER: usize = 38;
const END: usize = 52;
const SUFFIX: &str = ".checkpoint";
const PARTIAL: &str = "checkpoint.partial";
/// Entries of a chunk together are at least this long, but for the last one.
const CHUNK_BYTES: usize = 256 << 10;

/// The name of the checkpoint at commit `seq`.
pub(crate) fn file_name(seq: u64) -> String {
    format!("{seq:020}{SUFFIX}")
}

/// Commits of all checkpoints, in order.
pub(crate) fn list(disk: &dyn Disk) -> Result<Vec<u64>, StoreError> {
    let names = disk.list().map_err(io_error("listing the checkpoints"))?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(SUFFIX)?.parse().ok()).collect())
}

/// Bytes of the checkpoint at commit `seq`.
pub(crate) fn size(disk: &dyn Disk, seq: u64) -> Result<u64, StoreError> {
    let name = file_name(seq);
    disk.open(&name).and_then(|file| file.size()).map_err(io_error(format!("reading {name}")))
}

/// Drops the segments that the last checkpoint replaces, but for the one that goes on behind it. Those may be left
/// from a crash while they were being removed, with gaps. All of `segments` must have been born.
pub(crate) fn drop_replaced(disk: &dyn Disk, segments: &mut Vec<u64>) -> Result<(), StoreError> {
    let next = list(disk)?.last().map_or(1, |seq| seq + 1);
    let needed = segments.iter().rposition(|first| *first <= next).unwrap_or(0);
    segments.drain(..needed);
    Ok(())
}

/// A checkpoint being written, under a name that is not yet one of a checkpoint.
pub(crate) struct CheckpointWriter<'a> {
    disk: &'a dyn Disk,
    file: Box<dyn DiskFile>,
    seq: u64,
    offset: u64,
    chunk: Vec<u8>,
    hashes: Sha256,
    keys: u64,
}

impl<'a> CheckpointWriter<'a> {
    pub(crate) fn create(disk: &'a dyn Disk, store: &StoreId, seq: u64) -> Result<Self, StoreError> {
        let file = disk.create(PARTIAL).map_err(io_error("creating a checkpoint"))?;
        let mut head = [&MAGIC[..], &FORMAT.to_be_bytes(), store, &seq.to_be_bytes()].concat();
        head.extend_from_slice(&crc32fast::hash(&head).to_be_bytes());
        let mut writer = Self { disk, file, seq, offset: 0, chunk: Vec::new(), hashes: Sha256::new(), keys: 0 };
        writer.write(&head)?;
        Ok(writer)
    }

    pub(crate) fn add(&mut self, key: &Key, entry: &Entry) -> Result<(), StoreError> {
        self.chunk.extend_from_slice(&(key.as_bytes().len() as u16).to_be_bytes());
        self.chunk.extend_from_slice(key.as_bytes());
        self.chunk.extend_from_slice(&(entry.size() as u32).to_be_bytes());
        entry.encode(&mut self.chunk);
        self.keys += 1;
        if self.chunk.len() >= CHUNK_BYTES { self.end_chunk() } else { Ok(()) }
    }

    /// Ends the checkpoint and makes it safe.
    pub(crate) fn finish(&mut self, until: u64) -> Result<(), StoreError> {
        if !self.chunk.is_empty() {
            self.end_chunk()?;
        }
        let mut end = [&0u32.to_be_bytes()[..], &until.to_be_bytes(), &self.keys.to_be_bytes()].concat();
        end.extend_from_slice(&self.hashes.clone().chain_update(&end).finalize());
        self.write(&end)?;
        self.file.sync().map_err(io_error("finishing a checkpoint"))
    }

    /// Bytes so far.
    pub(crate) fn size(&self) -> u64 {
        self.offset
    }

    /// Gives a finished checkpoint its name.
    pub(crate) fn publish(self) -> Result<(), StoreError> {
        let publish = || self.disk.rename(PARTIAL, &file_name(self.seq)).and_then(|()| self.disk.sync_folder());
        publish().map_err(io_error("naming a checkpoint"))
    }

    fn end_chunk(&mut self) -> Result<(), StoreError> {
        let chunk = std::mem::take(&mut self.chunk);
        let hash = Sha256::digest(&chunk);
        self.hashes.update(hash);
        self.write(&[&(chunk.len() as u32).to_be_bytes()[..], &hash, &chunk].concat())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_at(bytes, self.offset).map_err(io_error("writing a checkpoint"))?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

/// Reads the checkpoint at commit `seq` and checks it; hands every chunk's entries to `visit`. Tells whose it is.
pub(crate) fn read(
    disk: &dyn Disk,
    seq: u64,
    visit: &mut dyn FnMut(Vec<(Key, Entry)>) -> Result<(), StoreError>,
) -> Result<StoreId, StoreError> {
    let mut reader = Reader::open(disk, seq)?;
    let head = reader.take(HEADER)?;
    let store = reader.head(&head)?;
    let mut hashes = Sha256::new();
    let mut keys = 0;
    loop {
        let length = u32::from_be_bytes(reader.array()?);
        if length == 0 {
            break;
        }
        let hash: [u8; 32] = reader.array()?;
        let chunk = reader.take(length as usize)?;
        if hash[..] != Sha256::digest(&chunk)[..] {
            return Err(reader.damage("the hash of a part does not match"));
        }
        hashes.update(hash);
        let entries = entries(&chunk).ok_or_else(|| reader.damage("a part holds no entries"))?;
        keys += entries.len() as u64;
        visit(entries)?;
    }
    let (until, count): ([u8; 8], [u8; 8]) = (reader.array()?, reader.array()?);
    let hash: [u8; 32] = reader.array()?;
    let expected = hashes.chain_update([0; 4]).chain_update(until).chain_update(count).finalize();
    if hash[..] != expected[..] || u64::from_be_bytes(count) != keys || reader.offset != reader.size {
        return Err(reader.damage("the hash of the whole does not match"));
    }
    Ok(store)
}

/// How far the journal must reach at least for the checkpoint at commit `seq`, from the file's end alone.
pub(crate) fn until(disk: &dyn Disk, seq: u64) -> Result<u64, StoreError> {
    let mut reader = Reader::open(disk, seq)?;
    reader.offset = reader.size.saturating_sub(END as u64);
    match u32::from_be_bytes(reader.array()?) {
        0 => Ok(u64::from_be_bytes(reader.array()?)),
        _ => Err(reader.damage("the checkpoint has no end")),
    }
}

struct Reader {
    name: String,
    seq: u64,
    file: Box<dyn DiskFile>,
    size: u64,
    offset: u64,
}

impl Reader {
    fn open(disk: &dyn Disk, seq: u64) -> Result<Self, StoreError> {
        let name = file_name(seq);
        let file = disk.open(&name).map_err(io_error(format!("reading {name}")))?;
        let size = file.size().map_err(io_error(format!("reading {name}")))?;
        Ok(Self { name, seq, file, size, offset: 0 })
    }

    fn damage(&self, what: &str) -> StoreError {
        StoreError::Damaged(Damage { file: self.name.clone(), offset: self.offset, seq: self.seq, what: what.into() })
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, StoreError> {
        if self.size - self.offset < length as u64 {
            return Err(self.damage("the checkpoint ends too early"));
        }
        let mut bytes = vec![0; length];
        self.file.read_at(&mut bytes, self.offset).map_err(io_error(format!("reading {}", self.name)))?;
        self.offset += length as u64;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        self.take(N)?.try_into().map_err(|_| self.damage("the checkpoint ends too early"))
    }

    fn head(&self, head: &[u8]) -> Result<StoreId, StoreError> {
        let parts = || {
            let (body, crc) = head.split_at_checked(HEADER - 4)?;
            let (magic, rest) = body.split_first_chunk::<8>()?;
            let (format, rest) = rest.split_first_chunk()?;
            let (store, seq) = rest.split_first_chunk::<16>()?;
            let whole = magic == MAGIC && crc == crc32fast::hash(body).to_be_bytes() && seq == self.seq.to_be_bytes();
            whole.then_some((u16::from_be_bytes(*format), *store))
        };
        match parts() {
            None => Err(self.damage("the head of the checkpoint is damaged")),
            Some((FORMAT, store)) => Ok(store),
            Some((found, _)) => Err(StoreError::Format { file: self.name.clone(), found, known: FORMAT }),
        }
    }
}

fn entries(mut chunk: &[u8]) -> Option<Vec<(Key, Entry)>> {
    let mut entries = Vec::new();
    while !chunk.is_empty() {
        let (length, rest) = chunk.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (length, rest) = rest.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        entries.push((Key::from_stored(key), Entry::decode(entry)?));
        chunk = rest;
    }
    Some(entries)
}
