//! Files at rest under a key of their own: written once, read from anywhere (R29).
//!
//! A file is a row of pieces, each sealed by itself under ChaCha20-Poly1305 with its number as the nonce, the last
//! one marked as such: what is changed, moved or cut off is noticed. INVARIANT: a key seals one file, once. Must not
//! know what is in the file.

use std::io::{self, Read, Seek, SeekFrom, Write};

use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};

/// Plain bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Bytes that sealing adds to each.
const TAG: usize = 16;

/// Key of one file. Its debug form hides it.
#[derive(Clone)]
pub struct FileKey([u8; 32]);

impl FileKey {
    /// Of random bytes.
    pub fn new(random: [u8; 32]) -> FileKey {
        FileKey(random)
    }

    /// As it is kept in a file of its own.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&self.0.into())
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey(…)")
    }
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = Nonce::default();
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[8] = u8::from(last);
    nonce
}

/// Seals what is written to it.
pub struct Sealer<W: Write> {
    cipher: ChaCha20Poly1305,
    out: W,
    piece: Vec<u8>,
    number: u64,
}

impl<W: Write> Sealer<W> {
    /// Into `out`, which is empty.
    pub fn new(key: &FileKey, out: W) -> Sealer<W> {
        Sealer { cipher: key.cipher(), out, piece: Vec::with_capacity(PIECE + TAG), number: 0 }
    }

    /// Adds bytes.
    pub fn add(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            // The last piece is sealed by `finish`: so a full one waits until it is known that more comes.
            if self.piece.len() == PIECE {
                self.seal(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.cipher.encrypt_in_place(&nonce(self.number, last), &[], &mut self.piece);
        sealed.map_err(|_| io::Error::other("a piece of the file cannot be sealed"))?;
        self.out.write_all(&self.piece)?;
        self.piece.clear();
        self.number += 1;
        Ok(())
    }
}

/// Reads a sealed file as if it were plain.
pub struct Unsealer<R> {
    cipher: ChaCha20Poly1305,
    source: R,
    pieces: u64,
    bytes: u64,
    at: u64,
    piece: Vec<u8>,
    /// Which piece that is.
    held: Option<u64>,
}

impl<R: Read + Seek> Unsealer<R> {
    /// Opens a sealed file.
    pub fn open(key: &FileKey, mut source: R) -> io::Result<Unsealer<R>> {
        const SEALED: u64 = (PIECE + TAG) as u64;
        let size = source.seek(SeekFrom::End(0))?;
        let pieces = size.div_ceil(SEALED).max(1);
        let bytes = size.checked_sub(pieces * TAG as u64).ok_or_else(damaged)?;
        let cipher = key.cipher();
        Ok(Unsealer { cipher, source, pieces, bytes, at: 0, piece: Vec::new(), held: None })
    }

    fn hold(&mut self, number: u64) -> io::Result<()> {
        if self.held == Some(number) {
            return Ok(());
        }
        self.held = None;
        self.source.seek(SeekFrom::Start(number * (PIECE + TAG) as u64))?;
        self.piece.clear();
        self.source.by_ref().take((PIECE + TAG) as u64).read_to_end(&mut self.piece)?;
        let last = number + 1 == self.pieces;
        self.cipher.decrypt_in_place(&nonce(number, last), &[], &mut self.piece).map_err(|_| damaged())?;
        self.held = Some(number);
        Ok(())
    }
}

impl<R: Read + Seek> Read for Unsealer<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes || into.is_empty() {
            return Ok(0);
        }
        self.hold(self.at / PIECE as u64)?;
        let rest = self.piece.get((self.at % PIECE as u64) as usize..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl<R> Seek for Unsealer<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the file's start"))?;
        Ok(self.at)
    }
}

fn damaged() -> io::Error {
    io::Error::other("the file was changed since it was sealed, or sealed under another key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn key() -> FileKey {
        FileKey::new([7; 32])
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(&key(), Vec::new());
        plain.chunks(1_000).for_each(|chunk| sealer.add(chunk).unwrap());
        sealer.finish().unwrap()
    }

    fn read(key: &FileKey, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Unsealer::open(key, Cursor::new(sealed))?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    fn plain(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|n| (n % 251) as u8).collect()
    }

    #[test]
    fn r29_a_file_of_any_length_comes_back() {
        for bytes in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17] {
            assert_eq!(read(&key(), &sealed(&plain(bytes))).unwrap(), plain(bytes), "{bytes}");
        }
    }

    #[test]
    fn r29_nothing_of_it_is_readable_without_the_key() {
        let secret = b"correct horse battery staple";
        let file = sealed(secret);
        assert!(!file.windows(8).any(|part| part == &secret[..8]));
        assert!(read(&FileKey::new([8; 32]), &file).is_err());
        assert_eq!(format!("{:?}", key()), "FileKey(…)");
    }

    #[test]
    fn r29_what_was_changed_moved_or_cut_off_is_noticed() {
        let file = sealed(&plain(3 * PIECE));
        for at in [0, PIECE + TAG, file.len() - 1] {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(read(&key(), &changed).is_err(), "{at}");
        }
        assert!(read(&key(), &file[..file.len() - 1]).is_err());
        assert!(read(&key(), &file[..2 * (PIECE + TAG)]).is_err(), "cut between two pieces");
        assert!(read(&key(), &file[..3]).is_err());
        let (first, rest) = file.split_at(PIECE + TAG);
        let (second, third) = rest.split_at(PIECE + TAG);
        assert!(read(&key(), &[second, first, third].concat()).is_err());
    }

    #[test]
    fn it_is_read_from_anywhere() {
        let (file, whole) = (sealed(&plain(2 * PIECE + 5)), plain(2 * PIECE + 5));
        let mut source = Unsealer::open(&key(), Cursor::new(file.as_slice())).unwrap();
        for at in [2 * PIECE + 4, 0, PIECE - 2, PIECE] {
            source.seek(SeekFrom::Start(at as u64)).unwrap();
            let mut part = [0; 1];
            source.read_exact(&mut part).unwrap();
            assert_eq!(part[0], whole[at]);
        }
        assert_eq!(source.seek(SeekFrom::End(0)).unwrap(), whole.len() as u64);
        assert!(source.seek(SeekFrom::Current(-1_000_000)).is_err());
    }
}
