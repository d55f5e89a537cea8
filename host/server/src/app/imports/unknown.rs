//! Departments that rows name and that there are not, as they are told to the admin: so many of them, in so many bytes.
//!
//! Owns how many are told. Must not know which are made.

use std::collections::BTreeSet;

/// Most paths that are told.
const MAX_PATHS: usize = 1_000;
/// Most bytes of their names: they stand in the record of the import, which is read again and again.
const MAX_BYTES: usize = 64 << 10;

/// Paths that were asked for and are not there.
#[derive(Clone, Debug, Default)]
pub struct Unknown {
    paths: BTreeSet<Vec<String>>,
    bytes: usize,
    more: bool,
}

impl Unknown {
    /// Notes a path, if there is room for it.
    pub fn note(&mut self, path: &[String]) {
        if self.paths.contains(path) {
            return;
        }
        let bytes = path.iter().map(String::len).sum::<usize>();
        if self.paths.len() == MAX_PATHS || self.bytes + bytes > MAX_BYTES {
            self.more = true;
            return;
        }
        self.bytes += bytes;
        self.paths.insert(path.to_vec());
    }

    /// What is told, in order, and whether there is more.
    pub fn told(&self) -> (Vec<Vec<String>>, bool) {
        (self.paths.iter().cloned().collect(), self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r25_so_many_paths_are_told_and_so_many_bytes_of_them() {
        let check = |paths: usize, bytes: usize, expected: (usize, bool)| {
            let mut unknown = Unknown::default();
            for n in (0..paths).chain(0..1) {
                unknown.note(&[format!("{n:0>bytes$}")]);
            }
            let (told, more) = unknown.told();
            assert_eq!((told.len(), more), expected, "{paths} of {bytes}");
        };
        check(0, 4, (1, false));
        check(2, 4, (2, false));
        check(MAX_PATHS, 4, (MAX_PATHS, false));
        check(MAX_PATHS + 1, 4, (MAX_PATHS, true));
        check(MAX_BYTES / 800 + 1, 800, (MAX_BYTES / 800, true));
    }
}
