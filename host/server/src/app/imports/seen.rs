//! Addresses and numbers that rows of the sheet have had: one address, one row.
//!
//! Kept as short hashes under a key of this run, so that a million rows take little room, and nobody can make two
//! rows collide.

use std::collections::HashMap;
use std::collections::hash_map::{Entry as Place, RandomState};
use std::hash::BuildHasher as _;

use usher_domain::import::Note;
use usher_domain::phone::Phone;

use super::columns::Entry;
use crate::app::stored::place;

/// What was seen so far.
#[derive(Default)]
pub struct Seen {
    keys: [RandomState; 2],
    rows: HashMap<(u64, u64), u32>,
}

impl Seen {
    /// Notes a row. Says so if an earlier one has the same address or number; the row is then not noted.
    pub fn note(&mut self, number: u32, entry: &Entry) -> Result<(), Note> {
        let business = entry.business_email.as_ref().map(place::of_email);
        let hashes: Vec<_> = places(entry).into_iter().chain(business).map(|place| self.hash(&place)).collect();
        if let Some(before) = hashes.iter().find_map(|hash| self.rows.get(hash)).filter(|before| **before != number) {
            let text = format!("row {before} has the same address or phone number: leave one of them out");
            return Err(Note::new("twice_in_file", text));
        }
        for hash in hashes {
            if let Place::Vacant(place) = self.rows.entry(hash) {
                place.insert(number);
            }
        }
        Ok(())
    }

    fn hash(&self, text: &str) -> (u64, u64) {
        (self.keys[0].hash_one(text), self.keys[1].hash_one(text))
    }
}

/// Where a member with this entry's addresses would be found.
pub fn places(entry: &Entry) -> Vec<String> {
    place::of_both(entry.work_email.as_ref(), entry.phone.as_ref().map(Phone::as_str))
}
