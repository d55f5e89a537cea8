//! Room in memory for large bodies: those that are read only once it is known who sends them.
//!
//! Every byte of one counts from when it came until its request was answered. An organisation's may take half of what
//! all others' leave. So one with many tokens and slow senders has half of the room at most, two such a third each, and
//! whoever comes next finds room still.
//!
//! Must not know what bodies say. A file that is not read into memory takes none of it, and waits for its turn instead
//! ([`crate::turns`]).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use usher_domain::ids::OrgId;

/// Whose bodies take room together: an organisation's, or whoever's who runs the host.
type Whose = Option<OrgId>;

/// An organisation's large bodies take all the room that they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "large bodies of the organisation that are on their way may take {most} bytes at this moment: send fewer at once"
)]
pub struct TooManyBodies {
    /// How many bytes they may take now, all together.
    pub most: usize,
}

impl TooManyBodies {
    /// Which limit it is.
    pub const LIMIT: &'static str = "large_bodies_by_organisation";
}

/// The room of one host, and who has how much of it.
#[derive(Debug)]
pub struct LargeBodies {
    bytes: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// INVARIANT: the sum of what `by` holds, where nobody has nothing.
    bytes: usize,
    by: HashMap<Whose, usize>,
}

impl LargeBodies {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> LargeBodies {
        LargeBodies { bytes, taken: Mutex::default() }
    }

    fn take(&self, whose: Whose, bytes: usize) -> Result<(), TooManyBodies> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by.get(&whose).copied().unwrap_or(0);
        let most = (self.bytes - (taken.bytes - own)) / 2;
        if own + bytes > most {
            return Err(TooManyBodies { most });
        }
        taken.bytes += bytes;
        taken.by.insert(whose, own + bytes);
        Ok(())
    }

    fn give_back(&self, whose: Whose, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut own) = taken.by.entry(whose) {
            *own.get_mut() -= bytes;
            if *own.get() == 0 {
                own.remove();
            }
            taken.bytes -= bytes;
        }
    }
}

/// A large body, until its request is answered.
#[derive(Debug)]
pub struct LargeBody {
    room: Arc<LargeBodies>,
    whose: OnceLock<Whose>,
    bytes: AtomicUsize,
}

impl LargeBody {
    /// One of which nothing came yet.
    pub fn new(room: &Arc<LargeBodies>) -> LargeBody {
        LargeBody { room: Arc::clone(room), whose: OnceLock::new(), bytes: AtomicUsize::new(0) }
    }

    /// Says who sends it, once their token is known to be good.
    pub fn is_of(&self, whose: Option<OrgId>) {
        self.whose.get_or_init(|| whose);
    }

    /// Takes room for more of it; if there is none, gives up what it has.
    ///
    /// # Errors
    /// If there is none for whoever sends it.
    pub fn take(&self, bytes: usize) -> Result<(), TooManyBodies> {
        if let Err(error) = self.room.take(self.whose(), bytes) {
            self.leave();
            return Err(error);
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn leave(&self) {
        match self.bytes.swap(0, Ordering::Relaxed) {
            0 => {}
            bytes => self.room.give_back(self.whose(), bytes),
        }
    }

    /// What comes before anybody is known counts as the host's own: no route reads it.
    fn whose(&self) -> Whose {
        *self.whose.get_or_init(|| None)
    }
}

impl Drop for LargeBody {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(room: &Arc<LargeBodies>, whose: u8) -> LargeBody {
        let body = LargeBody::new(room);
        body.is_of(Some(OrgId::from_bytes([whose; 16])));
        body
    }

    #[test]
    fn an_organisation_takes_half_of_what_others_leave_with_however_many_bodies() {
        let room = Arc::new(LargeBodies::new(1_200));
        let first: Vec<_> = (0..6).map(|_| of(&room, 1)).collect();
        assert!(first.iter().all(|body| body.take(100).is_ok()));
        assert_eq!(of(&room, 1).take(1), Err(TooManyBodies { most: 600 }));
        let second = of(&room, 2);
        assert_eq!(second.take(300), Ok(()));
        assert_eq!(of(&room, 2).take(1), Err(TooManyBodies { most: 300 }));
        assert_eq!(of(&room, 3).take(150), Ok(()), "the next finds room, and gives it back");
        assert_eq!(first[0].take(1), Err(TooManyBodies { most: 450 }));
        assert_eq!(first[1].take(1), Err(TooManyBodies { most: 450 }));
        assert_eq!(of(&room, 1).take(50), Ok(()), "the two gave up what they had");
        drop(first);
        assert_eq!(second.take(300), Ok(()));
        let operator = LargeBody::new(&room);
        operator.is_of(None);
        assert_eq!(operator.take(301), Err(TooManyBodies { most: 300 }));
        assert_eq!(operator.take(300), Ok(()));
        drop((second, operator));
        let taken = room.taken.lock().unwrap();
        assert_eq!((taken.bytes, taken.by.len()), (0, 0), "nobody is remembered");
    }
}
