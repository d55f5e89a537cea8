//! What reader, writer and keeper of a journal store share: disk, index, and how far the store got.
//!
//! Owns visibility: INVARIANT: whoever holds `view` sees whole commits only, and only such as are on disk.

use std::sync::{
    Mutex, OnceLock, RwLock,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    Change, Damage, Key, Options, StoreError,
    checkpoint::{self, CheckpointWriter},
    disk::{Disk, DiskFile, io_error},
    entry::Entry,
    index::{Index, Note},
    journal::{
        StoreId,
        frame::{self, Found, Segment},
        group::Group,
        segment,
        walk::{Mark, Marks, Place, Walked},
    },
    lock::Lock,
    writer::unpoisoned,
};

/// Entries read from the index in one piece for a checkpoint; commits wait that long.
const PAGE: usize = 256;

pub(crate) struct Core {
    pub disk: Box<dyn Disk>,
    pub options: Options,
    pub store: StoreId,
    /// Written while a group becomes visible, and while one index takes the place of another.
    pub view: RwLock<View>,
    /// Written while files get their names or are removed.
    pub files: RwLock<()>,
    end: Mutex<End>,
    failure: OnceLock<Failure>,
    /// The last checkpoint; held while one is taken.
    checkpointed: Mutex<u64>,
    bytes_since_checkpoint: AtomicU64,
    /// Size of the last checkpoint.
    checkpoint_size: AtomicU64,
    /// The last commit of which everything it deleted is gone from the disk; held while that is seen to.
    pub compacted: Mutex<u64>,
    /// Let go after all else: whoever still reads keeps other processes out.
    _lock: Option<Lock>,
}

/// What is read.
pub(crate) struct View {
    pub index: Index,
    /// The index that is being made to take its place: it is given every commit too.
    pub successor: Option<Index>,
}

/// How far the store got.
#[derive(Clone)]
struct End {
    /// The first commit that is kept one by one.
    first: u64,
    seq: u64,
    segment: u64,
    offset: u64,
    marks: Marks,
}

/// Why the store takes no more commits.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub why: String,
    /// Whether reads must end too.
    pub index_is_half_done: bool,
}

impl Core {
    pub(crate) fn new(
        disk: Box<dyn Disk>,
        index: Index,
        options: Options,
        walked: &Walked,
        lock: Option<Lock>,
    ) -> Result<Self, StoreError> {
        let checkpoint = checkpoint::list(&*disk)?.last().copied();
        let checkpoint_size = checkpoint.map_or(Ok(0), |seq| checkpoint::size(&*disk, seq))?;
        Ok(Self {
            disk,
            options,
            store: walked.store,
            view: RwLock::new(View { index, successor: None }),
            files: RwLock::new(()),
            end: Mutex::new(End {
                first: walked.first,
                seq: walked.seq,
                segment: walked.segment,
                offset: walked.end,
                marks: walked.marks.clone(),
            }),
            failure: OnceLock::new(),
            checkpointed: Mutex::new(checkpoint.unwrap_or(0)),
            checkpoint_size: AtomicU64::new(checkpoint_size),
            bytes_since_checkpoint: AtomicU64::new(walked.bytes),
            compacted: Mutex::new(0),
            _lock: lock,
        })
    }

    /// The last commit that is visible.
    pub(crate) fn seq(&self) -> u64 {
        unpoisoned(self.end.lock()).seq
    }

    /// The last commit and where the journal ends with it.
    pub(crate) fn place(&self) -> (u64, Place) {
        let end = unpoisoned(self.end.lock());
        (end.seq, Place { segment: end.segment, offset: end.offset })
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure.get().cloned()
    }

    /// Stops the store; the first failure is the one that counts.
    pub(crate) fn fail(&self, failure: Failure) -> Failure {
        self.failure.get_or_init(|| failure).clone()
    }

    /// Reads of the index, all from one moment.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Index) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let view = unpoisoned(self.view.read());
        match self.failure.get() {
            Some(failure) if failure.index_is_half_done => Err(StoreError::Index { why: failure.why.clone() }),
            _ => read(&view.index),
        }
    }

    /// What a key holds, for the writer: nobody else changes it.
    pub(crate) fn held(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        unpoisoned(self.view.read()).index.get(key)
    }

    /// Makes a group visible that is safe in the journal.
    pub(crate) fn publish<'a>(
        &self,
        writes: impl Iterator<Item = (&'a Key, Option<&'a Entry>)>,
        note: &Note,
        mark: Mark,
        offset: u64,
    ) -> Result<(), StoreError> {
        let view = unpoisoned(self.view.write());
        let batch = Index::batch(writes, note);
        if let Some(successor) = &view.successor {
            successor.apply_batch(batch.clone())?;
        }
        view.index.apply_batch(batch)?;
        let mut end = unpoisoned(self.end.lock());
        (end.seq, end.segment, end.offset) = (note.seq, mark.segment, offset);
        end.marks.add(mark);
        Ok(())
    }

    /// Whether the journal has grown enough for a checkpoint: by as much as the last one holds at least, so that all of
    /// them together write no more than some times what there is.
    pub(crate) fn wants_checkpoint(&self, grown: u64) -> bool {
        let before = self.bytes_since_checkpoint.fetch_add(grown, Ordering::Relaxed);
        before + grown >= self.options.checkpoint_bytes.max(self.checkpoint_size.load(Ordering::Relaxed))
    }

    /// Writes all live entries to a checkpoint and removes the segments it makes superfluous.
    pub(crate) fn checkpoint(&self) -> Result<u64, StoreError> {
        let mut last = unpoisoned(self.checkpointed.lock());
        let seq = self.seq();
        if seq == *last {
            return Ok(seq);
        }
        self.bytes_since_checkpoint.store(0, Ordering::Relaxed);
        let mut checkpoint = CheckpointWriter::create(&*self.disk, &self.store, seq)?;
        let mut after: Option<Key> = None;
        loop {
            let page = self.read(|index| index.page(after.as_ref(), PAGE))?;
            let Some((key, _)) = page.last() else { break };
            after = Some(key.clone());
            page.iter().try_for_each(|(key, entry)| checkpoint.add(key, entry))?;
        }
        // Read after the last page, so that no entry is newer.
        checkpoint.finish(self.seq())?;
        self.checkpoint_size.store(checkpoint.size(), Ordering::Relaxed);
        // INVARIANT: whoever holds `files` and then reads how far the store got has got as far as the checkpoint.
        let _files = unpoisoned(self.files.write());
        checkpoint.publish()?;
        *last = seq;
        self.remove_before(seq)?;
        Ok(seq)
    }

    /// Removes what the checkpoint at `seq` replaces.
    fn remove_before(&self, seq: u64) -> Result<(), StoreError> {
        let segments = segment::list(&*self.disk)?;
        let mut kept = segments.clone();
        // A segment that the writer is just creating can't take the place of the one before it.
        let written = unpoisoned(self.end.lock()).segment;
        kept.retain(|first| *first <= written);
        checkpoint::drop_replaced(&*self.disk, &mut kept)?;
        let keep = kept.first().copied().unwrap_or(1);
        let old_segments = segments.into_iter().filter(|first| *first < keep).map(segment::file_name);
        let old_checkpoints = checkpoint::list(&*self.disk)?.into_iter().filter(|at| *at < seq);
        let old: Vec<String> = old_checkpoints.map(checkpoint::file_name).chain(old_segments).collect();
        {
            let mut end = unpoisoned(self.end.lock());
            end.first = end.first.max(keep);
            end.marks.forget_before(keep);
        }
        let remove = || old.iter().try_for_each(|name| self.disk.remove(name)).and_then(|()| self.disk.sync_folder());
        remove().map_err(io_error("removing what a checkpoint replaced"))
    }

    /// The commits behind `seq`, read from the journal.
    pub(crate) fn changes_since(&self, seq: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let _files = unpoisoned(self.files.read());
        let end = unpoisoned(self.end.lock()).clone();
        if seq + 1 < end.first {
            return Err(StoreError::Compacted { asked: seq, oldest: end.first - 1 });
        }
        let mut changes = Vec::new();
        let Some(mut mark) = end.marks.find(seq + 1).filter(|_| seq < end.seq) else {
            return Ok(changes);
        };
        let mut segments = segment::list(&*self.disk)?;
        segments.retain(|first| (mark.segment..=end.segment).contains(first));
        // Behind its last commit a segment holds no more than a seal, and that may be torn.
        let lasts = segments.iter().skip(1).map(|next| next - 1).chain([end.seq]);
        for (first, last) in segments.iter().copied().zip(lasts) {
            let name = segment::file_name(first);
            let file = self.disk.open(&name).map_err(io_error(format!("reading {name}")))?;
            if first != mark.segment {
                mark = Mark { seq: first, segment: first, offset: segment::HEADER as u64 };
            }
            while changes.len() < limit && mark.seq <= last {
                let (group, offset) = self.read_group(&name, &*file, mark)?;
                (mark.seq, mark.offset) = (group.last() + 1, offset);
                changes.extend(group.into_changes().filter(|change| change.seq > seq));
            }
        }
        changes.truncate(limit);
        Ok(changes)
    }

    /// The group that begins at `mark`, and where the next one does.
    fn read_group(&self, name: &str, file: &dyn DiskFile, mark: Mark) -> Result<(Group, u64), StoreError> {
        let Mark { seq, segment: first, offset } = mark;
        let damaged =
            |what: &str| StoreError::Damaged(Damage { file: name.into(), offset, seq: seq - 1, what: what.into() });
        let failed = |error| io_error(format!("reading {name}"))(error);
        let room = file.size().map_err(failed)?.saturating_sub(offset);
        if room < frame::HEADER as u64 {
            return Err(damaged("a record is missing"));
        }
        let mut header = [0; frame::HEADER];
        file.read_at(&mut header, offset).map_err(failed)?;
        let length = frame::HEADER + frame::payload_length(&header);
        if room < length as u64 {
            return Err(damaged("the record's length is damaged"));
        }
        let mut bytes = vec![0; length];
        file.read_at(&mut bytes, offset).map_err(failed)?;
        match (Segment { store: self.store, first }).read_at(&bytes, offset) {
            Found::Frame { payload, .. } => Group::decode(payload)
                .filter(|group| group.first == seq)
                .map(|group| (group, offset + length as u64))
                .ok_or_else(|| damaged("the record holds no commits that follow")),
            Found::Seal { .. } | Found::End => Err(damaged("a record is missing")),
            Found::Bad(what) => Err(damaged(what)),
        }
    }
}
