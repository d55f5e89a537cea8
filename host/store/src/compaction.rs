//! Compaction: what was deleted or overwritten leaves the disk.
//!
//! Owns the two steps of it. The journal goes by a checkpoint, once a new segment was begun. The index is copied
//! into a new folder, because sled keeps old pages in its log for as long as it likes; commits go on meanwhile and
//! are given to both. Where the index is, is one of two folders, in turn.
//!
//! INVARIANT: both folders are there only while one takes the place of the other. Whoever finds both at opening trusts
//! neither, since they can be made again from the journal.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    Key, StoreError,
    core::{Core, View},
    disk::io_error,
    entry::Entry,
    index::Index,
    writer::unpoisoned,
};

/// Entries copied in one piece; commits wait that long.
const PAGE: usize = 256;
/// The other folder's extension.
const RENEWED: &str = "renewed";

/// Removes from the disk what was deleted or overwritten by now; tells up to which commit.
pub(crate) fn compact(core: &Core) -> Result<u64, StoreError> {
    let mut compacted = unpoisoned(core.compacted.lock());
    let seq = core.checkpoint()?;
    if let Err(error) = renew(core) {
        unpoisoned(core.view.write()).successor = None;
        return Err(error);
    }
    *compacted = seq;
    Ok(seq)
}

/// Where the index is, if anywhere; nothing is changed.
pub(crate) fn found(folder: &Path) -> PathBuf {
    let other = other(folder);
    if !folder.exists() && other.is_dir() { other } else { folder.to_owned() }
}

/// Where the index is, or is to be made.
pub(crate) fn current(folder: &Path) -> Result<PathBuf, StoreError> {
    let other = other(folder);
    if folder.exists() && other.exists() {
        tracing::warn!("the index was being renewed when the host ended");
        clear(&other)?;
        clear(folder)?;
    }
    Ok(found(folder))
}

fn other(folder: &Path) -> PathBuf {
    match folder.extension() {
        Some(extension) if extension == RENEWED => folder.with_extension(""),
        _ => folder.with_extension(RENEWED),
    }
}

fn clear(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error(format!("removing {}", folder.display()))(error))
        }
        _ => Ok(()),
    }
}

/// Copies the index, and goes on with the copy.
fn renew(core: &Core) -> Result<(), StoreError> {
    let old = core.read(|index| Ok(index.folder().to_owned()))?;
    let new = other(&old);
    clear(&new)?;
    let successor = Index::open(&new, core.options.index_cache_bytes)?;
    unpoisoned(core.view.write()).successor = Some(successor);
    let mut after = None;
    loop {
        let view = unpoisoned(core.view.read());
        match copy(&view, after.as_ref())? {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    let replaced = {
        let view = &mut *unpoisoned(core.view.write());
        view.successor.take().map(|successor| std::mem::replace(&mut view.index, successor))
    };
    // Closed before its folder goes.
    drop(replaced);
    clear(&old)
}

/// Copies the entries behind `after`, at most a page; tells the last one. No commit comes in between, so that what is
/// copied is never older than what the successor has.
fn copy(view: &View, after: Option<&Key>) -> Result<Option<Key>, StoreError> {
    let page = view.index.page(after, PAGE)?;
    if let (Some(successor), Some(note)) = (&view.successor, view.index.note()?) {
        successor.apply(page.iter().map(|(key, entry)| (key, Some::<&Entry>(entry))), &note)?;
    }
    Ok(page.last().map(|(key, _)| key.clone()))
}
