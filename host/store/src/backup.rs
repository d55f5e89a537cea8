//! Backups: a copy of checkpoint and journal as they stood at one commit, with a manifest.
//!
//! Owns the backup folder's form: the files of a journal, and `MANIFEST`, plain text, one `file` line for each
//! with SHA-256 and size, and a hash of itself at its end. Written last, so that a backup without one is none.
//! A backup holds everybody's data, wherever it lies: what it is made of is its owner's to read alone.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::{
    BackupReport, Damage, StoreError, checkpoint,
    disk::{Disk, FolderDisk, io_error},
    journal::{
        segment,
        walk::{Place, Until, walk},
    },
    journal_store::JOURNAL,
};

const MANIFEST: &str = "MANIFEST";
const TITLE: &str = "usher backup 1";
const PIECE: usize = 1 << 20;

/// What a manifest says.
struct Manifest {
    seq: u64,
    files: Vec<ManifestFile>,
}

struct ManifestFile {
    name: String,
    size: u64,
    hash: String,
}

impl Manifest {
    fn encode(&self) -> String {
        let mut text = format!("{TITLE}\nseq {}\n", self.seq);
        for file in &self.files {
            text += &format!("file {} {} {}\n", file.hash, file.size, file.name);
        }
        let hash = hex(&Sha256::digest(&text));
        text + &format!("end {hash}\n")
    }

    /// Nothing unless the text is whole.
    fn decode(text: &str) -> Option<Self> {
        let (body, hash) = text.strip_suffix('\n')?.rsplit_once("end ")?;
        let mut lines = body.lines();
        if hash != hex(&Sha256::digest(body)) || lines.next()? != TITLE {
            return None;
        }
        let seq = lines.next()?.strip_prefix("seq ")?.parse().ok()?;
        let file = |line: &str| {
            let mut words = line.strip_prefix("file ")?.splitn(3, ' ');
            let (hash, size, name) = (words.next()?.into(), words.next()?.parse().ok()?, words.next()?);
            // A name is never a way out of the folder.
            (!name.contains(['/', '\\'])).then(|| ManifestFile { name: name.into(), size, hash })
        };
        lines.map(file).collect::<Option<_>>().map(|files| Self { seq, files })
    }

    fn report(&self) -> BackupReport {
        BackupReport {
            seq: self.seq,
            files: self.files.len() + 1,
            bytes: self.files.iter().map(|file| file.size).sum::<u64>() + self.encode().len() as u64,
        }
    }
}

/// Copies the journal on `disk`, which ends with commit `seq` at the place `end`, to the folder `to`.
pub(crate) fn write(disk: &dyn Disk, seq: u64, end: Place, to: &Path) -> Result<BackupReport, StoreError> {
    let target = empty_folder(to)?;
    let mut manifest = Manifest { seq, files: Vec::new() };
    if let Some(at) = checkpoint::list(disk)?.last() {
        manifest.files.push(copy(disk, &target, &checkpoint::file_name(*at), u64::MAX)?);
    }
    let mut segments = segment::list(disk)?;
    segments.retain(|first| *first <= end.segment);
    checkpoint::drop_replaced(disk, &mut segments)?;
    for first in segments {
        let limit = if first == end.segment { end.offset } else { u64::MAX };
        manifest.files.push(copy(disk, &target, &segment::file_name(first), limit)?);
    }
    let finish = || {
        let manifest = manifest.encode();
        let mut file = target.create(MANIFEST)?;
        file.write_at(manifest.as_bytes(), 0)?;
        file.sync()?;
        target.sync_folder()
    };
    finish().map_err(io_error(format!("writing {}", to.join(MANIFEST).display())))?;
    Ok(manifest.report())
}

/// Makes a store in the folder `to`, which must be empty or missing, from a backup. The index is made when the
/// store is first opened.
///
/// # Errors
/// When the backup is damaged, `to` is not empty, or the system refuses.
pub fn restore(backup: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    let path = backup.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(io_error(format!("reading {}", path.display())))?;
    let manifest = Manifest::decode(&text).ok_or_else(|| damaged(MANIFEST, 0, "the manifest is damaged"))?;
    let source = FolderDisk::new(backup).map_err(io_error(format!("reading {}", backup.display())))?;
    empty_folder(to)?;
    let partial = to.join("journal.partial");
    let target = FolderDisk::new(&partial).map_err(io_error(format!("creating {}", partial.display())))?;
    for file in &manifest.files {
        let copied = copy(&source, &target, &file.name, u64::MAX)?;
        if copied.hash != file.hash || copied.size != file.size {
            return Err(damaged(&file.name, manifest.seq, "the file is not the one that was backed up"));
        }
    }
    let walked = walk(&target, Until::End, &mut |_| Ok(()))?;
    if walked.map(|walked| walked.seq) != Some(manifest.seq) {
        return Err(damaged(MANIFEST, manifest.seq, "the files do not reach the commit the manifest names"));
    }
    // The name is given last, so that a restore cut short is not taken for a store.
    let finish = || {
        target.sync_folder()?;
        fs::rename(&partial, to.join(JOURNAL))?;
        File::open(to)?.sync_all()
    };
    finish().map_err(io_error(format!("finishing {}", to.display())))?;
    Ok(manifest.report())
}

fn damaged(file: &str, seq: u64, what: &str) -> StoreError {
    StoreError::Damaged(Damage { file: file.into(), offset: 0, seq, what: what.into() })
}

fn empty_folder(path: &Path) -> Result<FolderDisk, StoreError> {
    let folder = FolderDisk::new(path).map_err(io_error(format!("creating {}", path.display())))?;
    let mut entries = fs::read_dir(path).map_err(io_error(format!("reading {}", path.display())))?;
    if entries.next().is_some() {
        return Err(StoreError::NotEmpty { path: path.into() });
    }
    Ok(folder)
}

/// Copies the first `limit` bytes of a file, and makes them safe.
fn copy(from: &dyn Disk, to: &dyn Disk, name: &str, limit: u64) -> Result<ManifestFile, StoreError> {
    let copy = || {
        let (source, mut target) = (from.open(name)?, to.create(name)?);
        let size = source.size()?.min(limit);
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        let mut offset = 0;
        while offset < size {
            let length = usize::try_from(size - offset).map_or(PIECE, |left| left.min(PIECE));
            let piece = &mut piece[..length];
            source.read_at(piece, offset)?;
            target.write_at(piece, offset)?;
            hash.update(&*piece);
            offset += length as u64;
        }
        target.sync()?;
        Ok(ManifestFile { name: name.into(), size, hash: hex(&hash.finalize()) })
    };
    copy().map_err(|error: io::Error| io_error(format!("copying {name}"))(error))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
