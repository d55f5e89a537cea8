//! The writer: one thread that takes all commits waiting, decides them, and makes them safe with one sync.
//!
//! Owns the end of the journal. Must not be asked for anything but commits.

use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, PoisonError, mpsc::SyncSender},
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    Commit, CommitError, Committed, Key, StoreError,
    core::{Core, Failure},
    disk::{DiskFile, io_error},
    entry::Entry,
    index::Note,
    journal::{
        Chain,
        frame::{self, Segment, next_chain},
        group::Group,
        segment::{self, Head},
        walk::{Mark, Walked},
    },
    resolve::{Writes, resolve},
    set_hash::SetHash,
};

/// Commits that may wait for the writer.
pub(crate) const QUEUE: usize = 4096;
/// No more commits join a group of this many …
const GROUP_COMMITS: usize = 1024;
/// … or with this many bytes.
const GROUP_BYTES: usize = 8 << 20;

pub(crate) type Answer = Result<Committed, CommitError>;

/// A commit and who waits for it.
pub(crate) struct Job {
    pub commit: Commit,
    pub reply: oneshot::Sender<Answer>,
}

pub(crate) struct Writer {
    core: Arc<Core>,
    /// Tells that it is time for a checkpoint.
    checkpoint: SyncSender<()>,
    file: Box<dyn DiskFile>,
    segment: Segment,
    offset: u64,
    seq: u64,
    chain: Chain,
    set_hash: SetHash,
}

/// The commits of a group that were accepted, and what they change together.
#[derive(Default)]
struct Accepted {
    commits: Vec<Writes>,
    /// What the index holds, of the keys that were looked at.
    before: HashMap<Key, Option<Entry>>,
    /// What the keys hold after the group.
    after: HashMap<Key, Option<Entry>>,
}

impl Writer {
    pub(crate) fn new(core: Arc<Core>, checkpoint: SyncSender<()>, walked: &Walked, file: Box<dyn DiskFile>) -> Self {
        Self {
            core,
            checkpoint,
            file,
            segment: Segment { store: walked.store, first: walked.segment },
            offset: walked.end,
            seq: walked.seq,
            chain: walked.chain,
            set_hash: walked.set_hash,
        }
    }

    /// Works until nobody can send commits any more.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            let mut bytes = job.commit.size();
            let mut jobs = vec![job];
            while jobs.len() < GROUP_COMMITS
                && bytes < GROUP_BYTES
                && let Ok(job) = queue.try_recv()
            {
                bytes += job.commit.size();
                jobs.push(job);
            }
            self.group(jobs);
        }
    }

    fn group(&mut self, jobs: Vec<Job>) {
        let mut accepted = Accepted::default();
        let mut answers = Vec::with_capacity(jobs.len());
        for Job { commit, reply } in jobs {
            let answer = match self.core.failure() {
                Some(failure) => Err(failure.into()),
                None => accepted.decide(&self.core, self.seq, &commit),
            };
            answers.push((answer, reply));
        }
        let written = if accepted.commits.is_empty() { Ok(()) } else { self.write(accepted) };
        // Refusals too are told only now, so that whoever reads again sees what was in the way.
        for (answer, reply) in answers {
            let answer = answer.and_then(|committed| match &written {
                Ok(()) => Ok(committed),
                Err(failure) => Err(failure.clone().into()),
            });
            // Whoever asked may have stopped waiting.
            drop(reply.send(answer));
        }
    }

    /// Makes a group safe, then visible. Any error stops the store.
    fn write(&mut self, mut accepted: Accepted) -> Result<(), Failure> {
        let set_hash = accepted.set_hash(&self.core, self.set_hash).map_err(|error| self.stop(&error, false))?;
        let group = Group { first: self.seq + 1, set_hash, commits: accepted.commits };
        let payload = group.encode();
        let chain = next_chain(&self.chain, &payload);
        let at = self.append(&chain, &payload).map_err(|error| self.stop(&error, false))?;
        (self.seq, self.chain, self.set_hash) = (group.last(), chain, set_hash);

        let note = Note { store: self.segment.store, seq: self.seq, set_hash };
        let mark = Mark { seq: group.first, segment: self.segment.first, offset: at };
        self.core.publish(&accepted.after, &note, mark, self.offset).map_err(|error| self.stop(&error, true))?;

        let seal = self.segment.seal(self.offset, &self.chain);
        self.file
            .write_at(&seal, self.offset)
            .map_err(|error| self.stop(&io_error("sealing the journal")(error), false))?;
        if self.core.wants_checkpoint(payload.len() as u64) {
            // If one is being taken, this comes up again with the next group.
            let _ = self.checkpoint.try_send(());
        }
        Ok(())
    }

    /// Writes a frame and syncs; tells where the frame begins.
    fn append(&mut self, chain: &Chain, payload: &[u8]) -> Result<u64, StoreError> {
        if self.offset >= self.core.options.segment_bytes {
            let head =
                Head { store: self.segment.store, first: self.seq + 1, chain: self.chain, set_hash: self.set_hash };
            self.file = head.create(&*self.core.disk)?;
            self.segment.first = head.first;
            self.offset = segment::HEADER as u64;
        }
        let at = self.offset;
        let frame = self.segment.frame(at, chain, payload);
        self.file.write_at(&frame, at).and_then(|()| self.file.sync()).map_err(io_error("writing the journal"))?;
        self.offset += (frame::HEADER + payload.len()) as u64;
        Ok(at)
    }

    fn stop(&self, error: &StoreError, index_is_half_done: bool) -> Failure {
        tracing::error!(%error, "the store stops taking commits");
        self.core.fail(Failure { why: error.to_string(), index_is_half_done })
    }
}

impl Accepted {
    /// Decides a commit over the index and the commits accepted before it in this group.
    fn decide(&mut self, core: &Core, seq: u64, commit: &Commit) -> Answer {
        let (before, after) = (&mut self.before, &self.after);
        let seq = seq + self.commits.len() as u64 + 1;
        let (writes, committed) = resolve(commit, seq, &mut |key| match after.get(key) {
            Some(entry) => Ok(entry.clone()),
            None => Ok(look_up(before, core, key)?.clone()),
        })?;
        self.after.extend(writes.iter().map(|(key, entry)| (key.clone(), entry.clone())));
        self.commits.push(writes);
        Ok(committed)
    }

    /// The hash of everything stored after this group.
    fn set_hash(&mut self, core: &Core, mut hash: SetHash) -> Result<SetHash, StoreError> {
        for (key, after) in &self.after {
            if let Some(before) = look_up(&mut self.before, core, key)? {
                hash.remove(key, before);
            }
            if let Some(after) = after {
                hash.insert(key, after);
            }
        }
        Ok(hash)
    }
}

fn look_up<'a>(
    before: &'a mut HashMap<Key, Option<Entry>>,
    core: &Core,
    key: &Key,
) -> Result<&'a Option<Entry>, StoreError> {
    Ok(match before.entry(key.clone()) {
        hash_map::Entry::Occupied(found) => found.into_mut(),
        hash_map::Entry::Vacant(vacant) => vacant.insert(core.index.get(key)?),
    })
}

impl From<Failure> for CommitError {
    fn from(failure: Failure) -> Self {
        Self::Stopped { why: failure.why }
    }
}

/// A lock whose holder panicked guards nothing half done here: what it guards is replaced whole.
pub(crate) fn unpoisoned<T>(guard: Result<T, PoisonError<T>>) -> T {
    guard.unwrap_or_else(PoisonError::into_inner)
}
