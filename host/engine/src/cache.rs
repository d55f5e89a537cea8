//! Artefacts on disk: each named by what it was made from and sealed with the host's key, within a bound.
//!
//! Owns the folder. Must not know policies: everything here can be made again.
//!
//! INVARIANT: an artefact is given only after its MAC has been checked.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::artefact::Artefact;
use crate::manifest::Digest;

const MAC_BYTES: usize = 32;

/// Most bytes in the folder; beyond that, what was not used for longest is deleted, and compiled anew when it is
/// wanted.
const MAX_BYTES: u64 = 8 << 30;

/// Of them, so many eighths stay when room is made: it is made seldom then.
const EIGHTHS_KEPT: u64 = 7;

/// A folder of artefacts.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    max_bytes: u64,
}

impl Cache {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn open(folder: &Path, key: [u8; 32]) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), key, max_bytes: MAX_BYTES })
    }

    /// The artefact, or none: it was never made, or what lies there is not ours. Either way it is made
    /// anew.
    pub(crate) fn get(&self, name: Digest) -> Option<Artefact> {
        Artefact::from_bytes(self.body(name)?.bytes())
    }

    /// What [`Artefact::to_bytes`] gave for it.
    pub(crate) fn body(&self, name: Digest) -> Option<Body> {
        let mut file = File::open(self.path(name)).ok()?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed).ok()?;
        let (mac, body) = sealed.split_first_chunk::<MAC_BYTES>()?;
        if self.mac(name, body).verify_slice(mac).is_err() {
            tracing::warn!(%name, "an artefact's seal is broken; the policy is compiled anew");
            return None;
        }
        // If it can't be noted, the artefact is taken for older than it is, and compiled anew the sooner.
        let _ = file.set_modified(now());
        Some(Body { sealed })
    }

    /// Keeps an artefact; a crash leaves the old one or none.
    pub(crate) fn put(&self, name: Digest, artefact: &Artefact) -> std::io::Result<()> {
        let body = artefact.to_bytes();
        let mac = self.mac(name, &body).finalize().into_bytes();
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&mac)?;
        file.write_all(&body)?;
        file.persist(self.path(name))?;
        self.make_room(name)
    }

    /// Deletes what was not used for longest, if there is too much, but not what was just put.
    fn make_room(&self, put: Digest) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // What is gone by now makes room too.
            let Ok(about) = entry.metadata() else { continue };
            files.push((about.modified()?, about.len(), entry.path()));
        }
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        if bytes <= self.max_bytes {
            return Ok(());
        }
        files.sort_unstable();
        let put = self.path(put);
        for (_, of_file, path) in files.into_iter().filter(|(_, _, path)| *path != put) {
            if bytes <= self.max_bytes / 8 * EIGHTHS_KEPT {
                break;
            }
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => bytes -= of_file,
            }
        }
        Ok(())
    }

    fn path(&self, name: Digest) -> PathBuf {
        self.folder.join(name.hex())
    }

    /// Over name and body: an artefact moved to another name is broken too.
    fn mac(&self, name: Digest, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(name.as_bytes());
        mac.update(body);
        mac
    }
}

#[expect(clippy::disallowed_methods, reason = "notes when a file was used; only what is compiled anew depends on it")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// The bytes of an artefact whose seal was checked: megabytes, so they are not copied.
pub(crate) struct Body {
    sealed: Vec<u8>,
}

impl Body {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.sealed[MAC_BYTES..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_changed_or_moved_artefact_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), [7; 32]).unwrap();
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let artefact = Artefact::Image { code: vec![1, 2, 3] };
        cache.put(one, &artefact).unwrap();
        assert_eq!(cache.get(one), Some(artefact));

        fs::copy(cache.path(one), cache.path(two)).unwrap();
        assert_eq!(cache.get(two), None, "moved");
        let mut bytes = fs::read(cache.path(one)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(cache.path(one), bytes).unwrap();
        assert_eq!(cache.get(one), None, "changed");
        assert_eq!(Cache::open(folder.path(), [8; 32]).unwrap().get(one), None, "another key");
    }

    #[test]
    fn beyond_its_bound_what_was_not_used_for_longest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { max_bytes: 4_000, ..Cache::open(folder.path(), [7; 32]).unwrap() };
        let artefact = Artefact::Image { code: vec![1; 900] };
        let names = ["a", "b", "c", "d", "e"].map(|name| Digest::of(name.as_bytes()));
        for (age, name) in (1_u64..).zip(&names[..4]) {
            cache.put(*name, &artefact).unwrap();
            let used = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
            File::open(cache.path(*name)).unwrap().set_modified(used).unwrap();
        }
        assert!(cache.get(names[0]).is_some(), "used again");
        cache.put(names[4], &artefact).unwrap();
        let kept = names.map(|name| cache.get(name).is_some());
        assert_eq!(kept, [true, false, false, true, true]);
    }
}
