//! From the bytes of a text file to UTF-8: which encoding it is, by looking at all of it, then a stream.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::SheetError;

/// Bytes read, and of text decoded, at once.
const CHUNK: usize = 64 << 10;

/// Bytes that Windows-1252 leaves without a character.
const UNDEFINED: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];

/// The text of a source as UTF-8, a piece at a time.
pub(super) struct Transcoder<S> {
    source: S,
    encoding: &'static Encoding,
    decoder: Decoder,
    raw: Piece,
    text: Piece,
    /// Offset in the source of the first raw byte that is not decoded.
    offset: u64,
    source_ended: bool,
    ended: bool,
}

/// A buffer of which a part is still to be read.
struct Piece {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Piece {
    fn new() -> Self {
        Self { bytes: vec![0; CHUNK].into(), start: 0, end: 0 }
    }

    fn left(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }
}

impl<S: Read + Seek> Transcoder<S> {
    pub(super) fn open(mut source: S) -> Result<Self, SheetError> {
        let (encoding, offset) = detect(&mut source)?;
        source.seek(SeekFrom::Start(offset)).map_err(SheetError::Io)?;
        Ok(Self {
            source,
            encoding,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: Piece::new(),
            text: Piece::new(),
            offset,
            source_ended: false,
            ended: false,
        })
    }
}

impl<S> Transcoder<S> {
    /// Name in the Encoding Standard.
    pub(super) fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Passes over `count` bytes of what [`fill`](Transcoder::fill) showed.
    pub(super) fn consume(&mut self, count: usize) {
        self.text.start += count;
    }
}

impl<S: Read> Transcoder<S> {
    /// The text that comes next; none at the end.
    pub(super) fn fill(&mut self) -> Result<&[u8], SheetError> {
        while self.text.start == self.text.end && !self.ended {
            self.decode()?;
        }
        Ok(self.text.left())
    }

    fn decode(&mut self) -> Result<(), SheetError> {
        if self.raw.start == self.raw.end && !self.source_ended {
            (self.raw.start, self.raw.end) = (0, read_full(&mut self.source, &mut self.raw.bytes)?);
            self.source_ended = self.raw.end < CHUNK;
        }
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(self.raw.left(), &mut self.text.bytes, self.source_ended);
        self.raw.start += read;
        self.offset += read as u64;
        (self.text.start, self.text.end) = (0, written);
        match result {
            DecoderResult::InputEmpty => self.ended = self.source_ended,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let back = u64::from(length) + u64::from(after);
                return Err(SheetError::Encoding { byte: self.offset.saturating_sub(back) });
            }
        }
        Ok(())
    }
}

/// Reads until the buffer is full or the source ends.
fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize, SheetError> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(SheetError::Io(error)),
        }
    }
    Ok(length)
}

/// The encoding, and where the text begins after its mark.
fn detect<S: Read + Seek>(source: &mut S) -> Result<(&'static Encoding, u64), SheetError> {
    source.rewind().map_err(SheetError::Io)?;
    let mut chunk = vec![0; CHUNK];
    let mut length = read_full(source, &mut chunk)?;
    if let Some((encoding, mark)) = Encoding::for_bom(&chunk[..length]) {
        return Ok((encoding, mark as u64));
    }
    if let Some(encoding) = sixteen_bits(&chunk[..length]) {
        return Ok((encoding, 0));
    }
    let mut survey = Survey::default();
    let mut kept = 0;
    loop {
        let last = kept + length < CHUNK;
        kept = survey.look_at(&mut chunk, kept + length, last)?;
        if last {
            return survey.verdict().map(|encoding| (encoding, 0));
        }
        length = read_full(source, &mut chunk[kept..])?;
    }
}

/// UTF-16 without a mark: separators, digits and line ends have a zero byte, which no other text has.
fn sixteen_bits(sample: &[u8]) -> Option<&'static Encoding> {
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (first, second) if second > 4 * first => Some(UTF_16LE),
        (first, second) if first > 4 * second => Some(UTF_16BE),
        _ => None,
    }
}

/// What all the bytes of a file say about its encoding.
#[derive(Default)]
struct Survey {
    /// Characters beyond ASCII that are well formed in UTF-8.
    good: u64,
    /// Bytes that are not.
    bad: u64,
    /// The first of them.
    first_bad: Option<u64>,
    /// A byte that Windows-1252 doesn't have either.
    undefined: Option<u64>,
    offset: u64,
}

impl Survey {
    /// Looks at `chunk[..length]`; moves a character that is cut off at its end to the start, and says how long it is.
    fn look_at(&mut self, chunk: &mut [u8], length: usize, last: bool) -> Result<usize, SheetError> {
        if chunk[..length].contains(&0) {
            return Err(SheetError::Kind("not text"));
        }
        let mut start = 0;
        while start < length {
            let (valid, bad) = match std::str::from_utf8(&chunk[start..length]) {
                Ok(text) => (text.len(), 0),
                Err(error) => match error.error_len() {
                    Some(bad) => (error.valid_up_to(), bad),
                    None if last => (error.valid_up_to(), length - start - error.valid_up_to()),
                    None => {
                        let cut = start + error.valid_up_to();
                        self.count_good(&chunk[start..cut]);
                        self.offset += cut as u64;
                        chunk.copy_within(cut..length, 0);
                        return Ok(length - cut);
                    }
                },
            };
            self.count_good(&chunk[start..start + valid]);
            self.count_bad(&chunk[start + valid..start + valid + bad], (start + valid) as u64);
            start += valid + bad;
        }
        self.offset += length as u64;
        Ok(0)
    }

    fn count_good(&mut self, valid: &[u8]) {
        // Lead bytes: what is not ASCII and no continuation.
        self.good += if valid.is_ascii() { 0 } else { valid.iter().filter(|byte| **byte >= 0xC0).count() as u64 };
    }

    fn count_bad(&mut self, bytes: &[u8], at: u64) {
        for (at, byte) in (self.offset + at..).zip(bytes) {
            self.bad += 1;
            self.first_bad.get_or_insert(at);
            if UNDEFINED.contains(byte) {
                self.undefined.get_or_insert(at);
            }
        }
    }

    /// A file that is mostly well-formed UTF-8 is damaged UTF-8, not Windows-1252.
    fn verdict(&self) -> Result<&'static Encoding, SheetError> {
        match (self.first_bad, self.undefined) {
            (None, _) => Ok(UTF_8),
            (Some(_), Some(byte)) => Err(SheetError::Encoding { byte }),
            (Some(byte), None) if self.good >= self.bad => Err(SheetError::Encoding { byte }),
            (Some(_), None) => Ok(WINDOWS_1252),
        }
    }
}
