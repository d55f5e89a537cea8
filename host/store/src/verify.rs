//! Verification: reads everything and names what is wrong. Changes nothing, but for what sled does by itself.

use std::{io, path::Path};

use crate::{
    Damage, StoreError, VerifyReport, checkpoint, compaction,
    core::Core,
    disk::{Disk, FolderDisk, io_error},
    index::{Index, Note},
    journal::{
        segment,
        walk::{Until, Walked, walk},
    },
    journal_store::{INDEX, JOURNAL},
    lock::Lock,
    recovery::judge,
    writer::unpoisoned,
};

/// Memory for an index that is only read through once.
const CACHE_BYTES: u64 = 16 << 20;

/// Checks the store in the folder `path`, which no process has open.
///
/// # Errors
/// When it can't be read at all. Damage is no error but part of the report.
pub fn verify(path: &Path) -> Result<VerifyReport, StoreError> {
    let journal = path.join(JOURNAL);
    if !journal.is_dir() {
        return Err(io_error(format!("reading {}", journal.display()))(io::ErrorKind::NotFound.into()));
    }
    let _lock = Lock::take(path)?;
    let disk = FolderDisk::new(&journal).map_err(io_error(format!("reading {}", journal.display())))?;
    let mut report = VerifyReport::default();
    let walked = files(&disk, Until::End, &mut report)?;
    if walked.is_none() && report.damage.is_empty() {
        let (file, what) = (segment::file_name(1), "the journal is missing".into());
        report.damage.push(Damage { file, offset: 0, seq: 0, what });
    }
    let index = compaction::found(&path.join(INDEX));
    let note = if index.is_dir() {
        let checked = Index::open(&index, CACHE_BYTES).and_then(|index| index.check());
        note_checked(checked, &mut report)?
    } else {
        None
    };
    if let Some(walked) = &walked {
        note_damage(judge(&disk, walked, note), &mut report)?;
        if note.is_some_and(|note| note.seq == walked.seq && note.set_hash != walked.set_hash) {
            let why = "it does not hold what the journal says".into();
            note_checked(Err(StoreError::Index { why }), &mut report)?;
        }
    }
    Ok(report)
}

/// Checks the store while it runs. Commits wait while the index is read.
pub(crate) fn running(core: &Core) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    {
        let _files = unpoisoned(core.files.read());
        let (_, place) = core.place();
        files(&*core.disk, Until::Place(place), &mut report)?;
    }
    let checked = core.read(Index::check);
    note_checked(checked, &mut report)?;
    Ok(report)
}

/// Reads checkpoints and journal.
fn files(disk: &dyn Disk, until: Until, report: &mut VerifyReport) -> Result<Option<Walked>, StoreError> {
    for at in checkpoint::list(disk)? {
        note_damage(checkpoint::read(disk, at, &mut |_| Ok(())).map(drop), report)?;
    }
    let mut commits = 0;
    let walked = walk(disk, until, &mut |group| {
        commits += group.commits.len() as u64;
        Ok(())
    });
    report.commits = commits;
    match walked {
        Ok(walked) => {
            report.seq = walked.as_ref().map_or(0, |walked| walked.seq);
            Ok(walked)
        }
        Err(error) => {
            note_damage(Err(error), report)?;
            Ok(None)
        }
    }
}

fn note_checked(
    checked: Result<(Option<Note>, u64), StoreError>,
    report: &mut VerifyReport,
) -> Result<Option<Note>, StoreError> {
    match checked {
        Ok((note, keys)) => {
            report.keys = keys;
            Ok(note)
        }
        Err(StoreError::Index { why }) => {
            let what = format!("{why}; it is made again when the store is opened");
            report.damage.push(Damage { file: INDEX.into(), offset: 0, seq: 0, what });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Damage goes into the report; other errors end the verification.
fn note_damage(result: Result<(), StoreError>, report: &mut VerifyReport) -> Result<(), StoreError> {
    match result {
        Err(StoreError::Damaged(damage)) => report.damage.push(damage),
        other => other?,
    }
    Ok(())
}
