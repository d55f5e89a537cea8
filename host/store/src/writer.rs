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
    resolve::{Held, resolve},
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
    /// Whether it begins a segment of its own.
    pub in_new_segment: bool,
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
struct Accepted<'a> {
    core: &'a Core,
    group: Group,
    seen: HashMap<Key, Seen>,
}

/// A key that commits of a group looked at.
struct Seen {
    /// What the index holds.
    before: Option<Entry>,
    /// Which commit of the group wrote it last.
    written: Option<usize>,
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
        self.close();
    }

    fn group(&mut self, jobs: Vec<Job>) {
        let core = Arc::clone(&self.core);
        let group = Group { first: self.seq + 1, set_hash: self.set_hash, commits: Vec::with_capacity(jobs.len()) };
        let mut accepted = Accepted { core: &core, group, seen: HashMap::new() };
        let mut answers = Vec::with_capacity(jobs.len());
        let in_new_segment = jobs.iter().any(|job| job.in_new_segment);
        for Job { commit, reply, .. } in jobs {
            let answer = match core.failure() {
                Some(failure) => Err(failure.into()),
                None => accepted.decide(commit),
            };
            answers.push((answer, reply));
        }
        let written = if accepted.group.commits.is_empty() { Ok(()) } else { self.write(accepted, in_new_segment) };
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
    fn write(&mut self, mut accepted: Accepted, in_new_segment: bool) -> Result<(), Failure> {
        let set_hash = accepted.set_hash(self.set_hash);
        accepted.group.set_hash = set_hash;
        let payload = accepted.group.encode();
        let chain = next_chain(&self.chain, &payload);
        let at = self.append(&chain, &payload, in_new_segment).map_err(|error| self.stop(&error, false))?;
        (self.seq, self.chain, self.set_hash) = (accepted.group.last(), chain, set_hash);

        let note = Note { store: self.segment.store, seq: self.seq, set_hash };
        let mark = Mark { seq: accepted.group.first, segment: self.segment.first, offset: at };
        // What was not there before need not be removed.
        let changes = accepted.changes().filter(|(_, before, after)| before.is_some() || after.is_some());
        let writes = changes.map(|(key, _, after)| (key, after));
        self.core.publish(writes, &note, mark, self.offset).map_err(|error| self.stop(&error, true))?;

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
    fn append(&mut self, chain: &Chain, payload: &[u8], in_new_segment: bool) -> Result<u64, StoreError> {
        if in_new_segment || self.offset >= self.core.options.segment_bytes {
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

    /// Makes the last seal safe, so that damage to the last frame is known for what it is from here on.
    fn close(&mut self) {
        if self.core.failure().is_none()
            && let Err(error) = self.file.sync()
        {
            tracing::warn!(%error, "the end of the journal may not be marked; nothing that was answered is lost");
        }
    }

    fn stop(&self, error: &StoreError, index_is_half_done: bool) -> Failure {
        tracing::error!(%error, "the store stops taking commits");
        self.core.fail(Failure { why: error.to_string(), index_is_half_done })
    }
}

impl Accepted<'_> {
    /// Decides a commit over the index and the commits accepted before it in this group.
    fn decide(&mut self, commit: Commit) -> Answer {
        let place = self.group.commits.len();
        let (writes, committed) = resolve(commit, self.group.first + place as u64, self)?;
        // All are looked up before any is marked: if the index fails, the commit was never here.
        for key in writes.keys() {
            look_up(&mut self.seen, self.core, key)?;
        }
        for key in writes.keys() {
            look_up(&mut self.seen, self.core, key)?.written = Some(place);
        }
        self.group.commits.push(writes);
        Ok(committed)
    }

    /// What each key that was written held before the group, and what it holds after.
    fn changes(&self) -> impl Iterator<Item = (&Key, Option<&Entry>, Option<&Entry>)> {
        self.seen.iter().filter_map(|(key, seen)| {
            let after = self.group.commits[seen.written?].get(key)?;
            Some((key, seen.before.as_ref(), after.as_ref()))
        })
    }

    /// The hash of everything stored after this group.
    fn set_hash(&self, mut hash: SetHash) -> SetHash {
        for (key, before, after) in self.changes() {
            if let Some(before) = before {
                hash.remove(key, before);
            }
            if let Some(after) = after {
                hash.insert(key, after);
            }
        }
        hash
    }
}

impl Held for Accepted<'_> {
    fn get(&mut self, key: &Key) -> Result<Option<&Entry>, StoreError> {
        let seen = look_up(&mut self.seen, self.core, key)?;
        Ok(match seen.written {
            Some(place) => self.group.commits[place].get(key).and_then(Option::as_ref),
            None => seen.before.as_ref(),
        })
    }
}

/// What is known of the key, from the index if it was not seen yet.
fn look_up<'a>(seen: &'a mut HashMap<Key, Seen>, core: &Core, key: &Key) -> Result<&'a mut Seen, StoreError> {
    Ok(match seen.entry(key.clone()) {
        hash_map::Entry::Occupied(found) => found.into_mut(),
        hash_map::Entry::Vacant(vacant) => vacant.insert(Seen { before: core.held(key)?, written: None }),
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
