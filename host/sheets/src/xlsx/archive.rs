//! The zip archive around a workbook: where its entries are, and their content inflated within the bounds.
//!
//! The `zip` crate finds the entries. Inflating is done here, so that a stream can own its source and bytes are
//! counted as they come: what the directory says about sizes is checked, not believed.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::{Crc, bufread::DeflateDecoder};
use zip::CompressionMethod;
use zip::{read::Config, unstable::read::ZipIterable};

use crate::bounds::{Bound, Bounds, Exceeded};
use crate::error::{Place, SheetError};

/// Small entries may be any number of times larger than zipped.
const RATIO_COUNTS_FROM: u64 = 1 << 20;
const BUFFER: usize = 32 << 10;
const LOCAL_HEADER: usize = 30;

/// The entries of an archive.
pub(super) struct Archive<S> {
    source: S,
    bounds: Bounds,
    /// By name in lower case: some writers don't agree with themselves.
    entries: HashMap<String, Entry>,
    /// Bytes inflated so far, of all entries.
    total: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    header: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

impl<S: Read + Seek> Archive<S> {
    pub(super) fn open(mut source: S, bounds: Bounds) -> Result<Self, SheetError> {
        let damaged = |error: zip::result::ZipError| SheetError::malformed(error.to_string(), Place::default());
        let exceeded = |exceeded: Exceeded| exceeded.at(Place::default());
        let mut directory = ZipIterable::try_new(&mut source, Config::default()).map_err(damaged)?;
        bounds.hold(Bound::Entries, directory.len() as u64).map_err(exceeded)?;
        let mut entries = HashMap::new();
        for entry in directory.files().map_err(damaged)? {
            let entry = entry.map_err(damaged)?;
            let name = entry.name().map_err(damaged)?.to_ascii_lowercase().replace('\\', "/");
            let place = || Place::part(&name);
            if entry.encrypted() {
                return Err(SheetError::Kind("a workbook with a password"));
            }
            let deflated = match entry.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                other => return Err(SheetError::malformed(format!("compressed by {other:?}"), place())),
            };
            bounds.hold(Bound::EntryBytes, entry.size()).map_err(|exceeded| exceeded.at(place()))?;
            let (header, packed) = (entry.header_start(), entry.compressed_size());
            entries.insert(name, Entry { header, packed, size: entry.size(), crc: entry.crc32(), deflated });
        }
        Ok(Self { source, bounds, entries, total: 0 })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_ascii_lowercase())
    }

    /// Reads one entry with `read`, and goes on counting after it.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Inflate<&mut S>) -> Result<(T, u64), SheetError>,
    ) -> Result<T, SheetError> {
        let entry = self.entry(name)?;
        let (value, total) = read(Inflate::new(&mut self.source, &entry, self.bounds, self.total, name)?)?;
        self.total = total;
        Ok(value)
    }

    /// Turns into the last entry that is read.
    pub(super) fn into_entry(self, name: &str) -> Result<Inflate<S>, SheetError> {
        let entry = self.entry(name)?;
        Inflate::new(self.source, &entry, self.bounds, self.total, name)
    }

    fn entry(&self, name: &str) -> Result<Entry, SheetError> {
        let entry = self.entries.get(&name.to_ascii_lowercase());
        entry.cloned().ok_or_else(|| SheetError::malformed("the workbook lacks this part", Place::part(name)))
    }
}

/// The content of one entry, inflated and counted; fails at the end if its checksum is another.
pub(super) struct Inflate<S> {
    flow: Flow<S>,
    bounds: Bounds,
    crc: Crc,
    expected_crc: u32,
    expected_size: u64,
    size: u64,
    total: u64,
}

enum Flow<S> {
    Stored(Take<S>),
    Deflated(Box<DeflateDecoder<BufReader<Take<S>>>>),
}

impl<S: Read + Seek> Inflate<S> {
    fn new(mut source: S, entry: &Entry, bounds: Bounds, total: u64, name: &str) -> Result<Self, SheetError> {
        seek_content(&mut source, entry.header).map_err(|error| SheetError::from_io(error, Place::part(name)))?;
        let content = source.take(entry.packed);
        let flow = if entry.deflated {
            Flow::Deflated(Box::new(DeflateDecoder::new(BufReader::with_capacity(BUFFER, content))))
        } else {
            Flow::Stored(content)
        };
        Ok(Self { flow, bounds, crc: Crc::new(), expected_crc: entry.crc, expected_size: entry.size, size: 0, total })
    }
}

/// Goes past the local header of an entry: its name and extra field are as long as it says.
fn seek_content(source: &mut (impl Read + Seek), header: u64) -> io::Result<()> {
    source.seek(SeekFrom::Start(header))?;
    let mut fixed = [0; LOCAL_HEADER];
    source.read_exact(&mut fixed)?;
    if !fixed.starts_with(b"PK\x03\x04") {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the archive's directory points to no entry"));
    }
    let length = |at: usize| i64::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
    source.seek_relative(length(26) + length(28))
}

impl<S> Inflate<S> {
    /// Bytes inflated so far, of this entry and all before it.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    fn count(&mut self, bytes: &[u8], packed: u64) -> Result<(), Exceeded> {
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
        self.total += bytes.len() as u64;
        self.bounds.hold(Bound::EntryBytes, self.size)?;
        self.bounds.hold(Bound::TotalBytes, self.total)?;
        if self.size > RATIO_COUNTS_FROM {
            self.bounds.hold(Bound::Ratio, self.size / packed.max(1))?;
        }
        Ok(())
    }
}

impl<S: Read> Read for Inflate<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, packed) = match &mut self.flow {
            Flow::Stored(content) => {
                let count = content.read(buffer)?;
                (count, self.size + count as u64)
            }
            Flow::Deflated(content) => (content.read(buffer)?, content.total_in()),
        };
        self.count(&buffer[..count], packed).map_err(io::Error::other)?;
        let ended = count == 0 && !buffer.is_empty();
        if ended && (self.size != self.expected_size || self.crc.sum() != self.expected_crc) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the content doesn't match its checksum"));
        }
        Ok(count)
    }
}
