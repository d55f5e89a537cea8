//! What an upload has put on the disk before there is an import of it.
//!
//! Owns that it goes when the upload does, however that ends: refused, out of time, hung up on. Must not know what is
//! in the file.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use super::file::Place;
use crate::turns::Turn;

/// A file that no import is made of yet, with its upload's turn. Threads that write it share it: it is destroyed when
/// the last of them lets go of it, so that none writes behind that.
pub struct Unkept {
    /// Where it lies.
    pub place: Place,
    kept: AtomicBool,
    _turn: Turn,
}

impl Unkept {
    /// Nothing is there yet.
    pub fn new(place: Place, turn: Turn) -> Unkept {
        Unkept { place, kept: AtomicBool::new(false), _turn: turn }
    }

    /// Leaves what becomes of the file to others.
    pub fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        if *self.kept.get_mut() {
            return;
        }
        let place = self.place.clone();
        let destroy = move || {
            if let Err(error) = place.destroy() {
                tracing::warn!(?place, %error, "what was left of an upload is still there");
            }
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(destroy)),
            Err(_) => destroy(),
        }
    }
}
