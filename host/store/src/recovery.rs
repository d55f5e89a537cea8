//! Recovery: from what is on disk to a journal that can be written and an index that agrees with it.
//!
//! Owns the order of opening: first everything is read and judged, then the torn tail is cut and what stays is
//! made safe, and only then the index catches up. Nothing is changed before the journal was found whole.

use std::{fs, io, path::Path};

use crate::{
    Damage, Options, StoreError, checkpoint, compaction,
    disk::{Disk, DiskFile, io_error},
    entry::Entry,
    index::{Index, Note},
    journal::{
        frame::Segment,
        segment::{self, Head},
        walk::{Place, Until, Walked, walk},
    },
    set_hash::SetHash,
};

/// A store that can be used.
pub(crate) struct Recovered {
    pub index: Index,
    pub walked: Walked,
    /// The last segment, cut behind its last frame.
    pub file: Box<dyn DiskFile>,
}

/// Opens journal and index, or creates them.
pub(crate) fn recover(disk: &dyn Disk, index_path: &Path, options: &Options) -> Result<Recovered, StoreError> {
    let index_path = &compaction::current(index_path)?;
    let index = Index::open(index_path, options.index_cache_bytes)
        .and_then(|index| index.check().map(|(note, _)| (index, note)));
    let note = index.as_ref().ok().and_then(|(_, note)| *note);
    let walked = match walk(disk, Until::End, &mut |_| Ok(()))? {
        Some(walked) => walked,
        None => create(disk, options, note)?,
    };
    judge(disk, &walked, note)?;
    let file = settle_tail(disk, &walked)?;
    let kept = match index {
        Ok((index, note)) => catch_up(disk, &index, note, &walked).map(|fits| fits.then_some(index)),
        Err(error) => Err(error),
    };
    let index = match kept {
        Ok(Some(index)) => index,
        unusable => {
            let why = unusable.err().map_or_else(|| "it does not fit the journal".into(), |error| error.to_string());
            tracing::warn!(%why, "rebuilding the index from the journal");
            rebuild(disk, index_path, options, &walked)?
        }
    };
    Ok(Recovered { index, walked, file })
}

/// Begins a journal where there is none, and should be none.
fn create(disk: &dyn Disk, options: &Options, note: Option<Note>) -> Result<Walked, StoreError> {
    let segments = segment::list(disk)?;
    let seen =
        checkpoint::list(disk)?.last().copied().max(note.map(|note| note.seq)).max(segments.last().map(|s| s - 1));
    if let Some(seq) = seen.filter(|seq| *seq > 0) {
        return Err(StoreError::Damaged(Damage {
            file: segment::file_name(1),
            offset: 0,
            seq: 0,
            what: format!("the journal is missing, though the store had got to commit {seq}"),
        }));
    }
    let head = Head { store: options.store_id, first: 1, chain: [0; 32], set_hash: SetHash::default() };
    head.create(disk)?;
    let walked = walk(disk, Until::End, &mut |_| Ok(()))?;
    walked.ok_or_else(|| io_error("creating the journal")(io::ErrorKind::NotFound.into()))
}

impl Walked {
    /// What an index says that has applied all of it.
    fn note(&self) -> Note {
        Note { store: self.store, seq: self.seq, set_hash: self.set_hash }
    }
}

/// Looks for commits that are known of but not in the journal.
pub(crate) fn judge(disk: &dyn Disk, walked: &Walked, note: Option<Note>) -> Result<(), StoreError> {
    let damaged = |file: String, offset, seq, what| Err(StoreError::Damaged(Damage { file, offset, seq, what }));
    let last = checkpoint::list(disk)?.last().copied();
    let checkpoint = last.unwrap_or(0);
    if walked.first > checkpoint + 1 {
        let what = format!("commits {} to {} are missing before it", checkpoint + 1, walked.first - 1);
        return damaged(segment::file_name(walked.first), 0, checkpoint, what);
    }
    // A checkpoint is given its name only after the journal has all of it safe.
    let needed = last.map_or(Ok(0), |at| checkpoint::until(disk, at))?;
    if needed > walked.seq {
        let what = format!("the journal ends here, but the last checkpoint holds commits up to {needed}");
        return damaged(segment::file_name(walked.segment), walked.end, walked.seq, what);
    }
    match note {
        // The index is given a commit only after the journal has it safe.
        Some(note) if note.store == walked.store && note.seq > walked.seq => {
            let what = format!(
                "the journal ends here, but the index has applied commits up to {}; to go on without them, \
                 remove the index folder",
                note.seq
            );
            damaged(segment::file_name(walked.segment), walked.end, walked.seq, what)
        }
        _ => Ok(()),
    }
}

/// Cuts the torn tail, so that behind the last seal there is nothing. Makes sure that what was read is really on
/// disk: after a failed sync, the system may show bytes that it never wrote, so the last frame is written again.
fn settle_tail(disk: &dyn Disk, walked: &Walked) -> Result<Box<dyn DiskFile>, StoreError> {
    if let Some(unborn) = walked.unborn {
        let remove = || disk.remove(&segment::file_name(unborn)).and_then(|()| disk.sync_folder());
        remove().map_err(io_error("removing a segment that was never used"))?;
    }
    let name = segment::file_name(walked.segment);
    let settle = || {
        let mut file = disk.open(&name)?;
        if file.size()? > walked.end {
            file.truncate(walked.end)?;
        }
        if let Some(offset) = walked.last_frame {
            let length = usize::try_from(walked.end - offset).map_err(io::Error::other)?;
            let mut frame = vec![0; length];
            file.read_at(&mut frame, offset)?;
            file.write_at(&frame, offset)?;
        }
        file.sync()?;
        if walked.last_frame.is_some() {
            let segment = Segment { store: walked.store, first: walked.segment };
            file.write_at(&segment.seal(walked.end, &walked.chain), walked.end)?;
            file.sync()?;
        }
        Ok(file)
    };
    settle().map_err(io_error(format!("settling the end of {name}")))
}

/// Has the index apply what the journal has more; whether it then holds what the journal says.
fn catch_up(disk: &dyn Disk, index: &Index, note: Option<Note>, walked: &Walked) -> Result<bool, StoreError> {
    if note == Some(walked.note()) {
        return Ok(true);
    }
    let seq = note.map_or(0, |note| note.seq);
    replay(disk, index, seq, walked)?;
    Ok(index.sum()?.1 == walked.set_hash)
}

/// Makes the index anew from checkpoint and journal.
fn rebuild(disk: &dyn Disk, path: &Path, options: &Options, walked: &Walked) -> Result<Index, StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io_error(format!("removing {}", path.display()))(error));
        }
        _ => {}
    }
    let index = Index::open(path, options.index_cache_bytes)?;
    let mut seq = 0;
    if let Some(at) = checkpoint::list(disk)?.last().copied() {
        // Until the last group is replayed the note says nothing of worth: a crash before that ends in another rebuild.
        let unfinished = Note { store: walked.store, seq: 0, set_hash: SetHash::default() };
        let store = checkpoint::read(disk, at, &mut |entries| {
            index.apply(entries.iter().map(|(key, entry)| (key, Some(entry))), &unfinished)
        })?;
        if store != walked.store {
            return Err(StoreError::Damaged(Damage {
                file: checkpoint::file_name(at),
                offset: 0,
                seq: walked.seq,
                what: "the checkpoint belongs to another store".into(),
            }));
        }
        seq = at;
    }
    replay(disk, &index, seq, walked)?;
    if index.sum()?.1 == walked.set_hash {
        return Ok(index);
    }
    Err(StoreError::Damaged(Damage {
        file: segment::file_name(walked.segment),
        offset: walked.end,
        seq: walked.seq,
        what: "checkpoint and journal together do not give what was stored".into(),
    }))
}

/// Applies to the index every commit behind `seq`.
fn replay(disk: &dyn Disk, index: &Index, seq: u64, walked: &Walked) -> Result<(), StoreError> {
    let until = Until::Place(Place { segment: walked.segment, offset: walked.end });
    walk(disk, until, &mut |group| {
        if group.last() <= seq {
            return Ok(());
        }
        let note = Note { store: walked.store, seq: group.last(), set_hash: group.set_hash };
        for writes in &group.commits {
            index.apply(writes.iter().map(|(key, entry)| (key, Option::<&Entry>::from(entry))), &note)?;
        }
        Ok(())
    })?;
    // Commits may all be in the checkpoint.
    index.apply(std::iter::empty(), &walked.note())
}
