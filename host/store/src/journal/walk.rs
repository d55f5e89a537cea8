//! Walks the journal from the last checkpoint on, checks it, and finds where it ends.
//!
//! Owns the rule that tells a torn tail from damage (see the module above). Changes nothing on disk.

use super::{
    Chain, StoreId,
    frame::{self, Found, Segment, next_chain},
    group::Group,
    segment::{self, Head},
};
use crate::{
    Damage, StoreError,
    checkpoint::drop_replaced,
    disk::{Disk, io_error, read_file},
    set_hash::SetHash,
};

/// Distance between two [`Mark`]s of a segment.
const MARK_BYTES: usize = 64 << 10;

/// A place to begin reading at: the frame whose first commit is `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub seq: u64,
    pub segment: u64,
    pub offset: u64,
}

/// Marks, thinned out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(Vec<Mark>);

impl Marks {
    pub(crate) fn add(&mut self, mark: Mark) {
        let near = self
            .0
            .last()
            .is_some_and(|last| last.segment == mark.segment && mark.offset - last.offset < MARK_BYTES as u64);
        if !near {
            self.0.push(mark);
        }
    }

    /// Where to begin to find commit `seq`.
    pub(crate) fn find(&self, seq: u64) -> Option<Mark> {
        self.0[..self.0.partition_point(|mark| mark.seq <= seq)].last().copied()
    }

    /// Forgets what lies before the segment.
    pub(crate) fn forget_before(&mut self, segment: u64) {
        self.0.retain(|mark| mark.segment >= segment);
    }
}

/// What the journal holds.
#[derive(Debug)]
pub(crate) struct Walked {
    pub store: StoreId,
    /// The first commit that is kept, or would be.
    pub first: u64,
    /// The last commit.
    pub seq: u64,
    pub chain: Chain,
    pub set_hash: SetHash,
    /// The last segment, by its first commit.
    pub segment: u64,
    /// Where its last frame begins, if it has one.
    pub last_frame: Option<u64>,
    /// Where its last frame ends.
    pub end: u64,
    /// A segment behind the last one whose creation was cut short.
    pub unborn: Option<u64>,
    pub marks: Marks,
    /// Bytes of all segments.
    pub bytes: u64,
}

/// A place in the journal, behind a whole frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub segment: u64,
    pub offset: u64,
}

/// How far to walk: to the end of the files, or no further than a place.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    End,
    Place(Place),
}

/// Goes through the segments behind the last checkpoint; hands every group to `visit`. Nothing when there is no
/// journal.
pub(crate) fn walk(
    disk: &dyn Disk,
    until: Until,
    visit: &mut dyn FnMut(Group) -> Result<(), StoreError>,
) -> Result<Option<Walked>, StoreError> {
    let mut segments = segment::list(disk)?;
    let unborn = match until {
        Until::Place(Place { segment, .. }) => {
            segments.retain(|first| *first <= segment);
            None
        }
        Until::End => take_unborn(disk, &mut segments)?,
    };
    drop_replaced(disk, &mut segments)?;
    let mut walked: Option<Walked> = None;
    for (index, first) in segments.iter().copied().enumerate() {
        let name = segment::file_name(first);
        let mut bytes = read_file(disk, &name)?;
        if let Until::Place(Place { segment, offset }) = until
            && segment == first
        {
            bytes.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
        }
        let last = index + 1 == segments.len();
        let head = Head::decode(&name, &bytes)?;
        let walk = walked.get_or_insert_with(|| Walked::start(&head));
        walk.enter(&name, &head)?;
        let bad = walk.segment(&name, &head, &bytes, visit)?;
        walk.bytes += bytes.len() as u64;
        match bad {
            Some(damage) if !last => {
                let next = segment::file_name(segments[index + 1]);
                walk.check_goes_on(&next, damage, disk)?;
            }
            Some(damage) if matches!(until, Until::Place(_)) => {
                return Err(StoreError::Damaged(damage));
            }
            Some(damage) => {
                let segment = Segment { store: head.store, first };
                let offset = usize::try_from(walk.end).unwrap_or(usize::MAX);
                if segment.find_behind(&bytes, offset).is_some() {
                    return Err(StoreError::Damaged(damage));
                }
            }
            None => {}
        }
    }
    if let Some(walked) = &mut walked {
        walked.unborn = unborn;
    }
    Ok(walked)
}

/// Takes off the last segment if a crash cut its creation short. Frames are written only into segments whose
/// head is safe, so there was nothing in it.
fn take_unborn(disk: &dyn Disk, segments: &mut Vec<u64>) -> Result<Option<u64>, StoreError> {
    let Some(first) = segments.last().copied() else {
        return Ok(None);
    };
    let name = segment::file_name(first);
    let size = disk.open(&name).and_then(|file| file.size()).map_err(io_error(format!("reading {name}")))?;
    if size > segment::HEADER as u64 {
        return Ok(None);
    }
    match Head::decode(&name, &read_file(disk, &name)?) {
        Err(StoreError::Damaged(_)) => Ok(segments.pop()),
        head => head.map(|_| None),
    }
}

impl Walked {
    fn start(head: &Head) -> Self {
        Self {
            store: head.store,
            first: head.first,
            seq: head.first - 1,
            chain: head.chain,
            set_hash: head.set_hash,
            segment: head.first,
            last_frame: None,
            end: 0,
            unborn: None,
            marks: Marks::default(),
            bytes: 0,
        }
    }

    fn damage(&self, file: &str, offset: u64, what: impl Into<String>) -> Damage {
        Damage { file: file.into(), offset, seq: self.seq, what: what.into() }
    }

    /// Whether a segment goes on where the one before it ended.
    fn enter(&mut self, name: &str, head: &Head) -> Result<(), StoreError> {
        let wrong = if head.store != self.store {
            Some("the segment belongs to another store".into())
        } else if head.first != self.seq + 1 {
            Some(format!("the segment begins with commit {}: commits are missing or doubled", head.first))
        } else if head.chain != self.chain || head.set_hash != self.set_hash {
            Some("the segment goes on from other commits than those before it".into())
        } else {
            None
        };
        if let Some(what) = wrong {
            return Err(StoreError::Damaged(self.damage(name, 0, what)));
        }
        self.segment = head.first;
        self.last_frame = None;
        self.end = segment::HEADER as u64;
        Ok(())
    }

    /// Goes through the frames of a segment; tells what it stopped at, if not at an end or a seal.
    fn segment(
        &mut self,
        name: &str,
        head: &Head,
        bytes: &[u8],
        visit: &mut dyn FnMut(Group) -> Result<(), StoreError>,
    ) -> Result<Option<Damage>, StoreError> {
        let segment = Segment { store: head.store, first: head.first };
        let mut offset = segment::HEADER;
        loop {
            let (chain, payload) = match segment.read(bytes, offset) {
                Found::End => return Ok(None),
                Found::Bad(what) => return Ok(Some(self.damage(name, offset as u64, what))),
                Found::Seal { chain } if chain == self.chain => return Ok(None),
                Found::Seal { .. } => {
                    let damage = self.damage(name, offset as u64, "the seal is of other records than those before it");
                    return Err(StoreError::Damaged(damage));
                }
                Found::Frame { chain, payload } => (chain, payload),
            };
            if next_chain(&self.chain, payload) != chain {
                let damage = self.damage(name, offset as u64, "the record does not follow from those before it");
                return Err(StoreError::Damaged(damage));
            }
            let group = Group::decode(payload).filter(|group| group.first == self.seq + 1).ok_or_else(|| {
                StoreError::Damaged(self.damage(name, offset as u64, "the record holds no commits that follow"))
            })?;
            self.marks.add(Mark { seq: group.first, segment: head.first, offset: offset as u64 });
            self.last_frame = Some(offset as u64);
            offset += frame::HEADER + payload.len();
            self.end = offset as u64;
            self.seq = group.last();
            self.chain = chain;
            self.set_hash = group.set_hash;
            visit(group)?;
        }
    }

    /// Bad bytes before a later segment are damage, unless that one goes on right from here: then they are
    /// what a crash left of the seal.
    fn check_goes_on(&self, next: &str, damage: Damage, disk: &dyn Disk) -> Result<(), StoreError> {
        let goes_on = Head::decode(next, &read_file(disk, next)?)
            .is_ok_and(|head| head.first == self.seq + 1 && head.chain == self.chain);
        if goes_on { Ok(()) } else { Err(StoreError::Damaged(damage)) }
    }
}
