//! The keys of an import (R29): of its sealed file, and of the passwords it generates. They lie in a file of their own
//! and never in the store, whose journal and backups would keep them.
//!
//! A generated password is kept nowhere: it is made of its key and the number of its row whenever it is asked for. So a
//! row that is tried again gets the password it had, and when the key is gone all of them are.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use usher_domain::password::{GENERATED_ENTROPY, Password};

use super::sealed::FileKey;
use crate::app::App;

/// Bytes of each key.
const KEY: usize = 32;

/// The keys of one import.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Of the sealed file.
    pub file: FileKey,
    /// Of the passwords; the type hides it from debug forms.
    passwords: FileKey,
}

impl Keys {
    /// New ones.
    pub fn new(app: &App) -> Keys {
        Keys { file: FileKey::new(app.random()), passwords: FileKey::new(app.random()) }
    }

    /// The generated password of a row, by its number in the sheet: the same whenever it is asked for.
    pub fn password(&self, row: u64) -> Password {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.passwords.bytes()).expect("HMAC takes keys of any length");
        mac.update(&row.to_be_bytes());
        let bytes = mac.finalize().into_bytes();
        let mut entropy = [0; GENERATED_ENTROPY];
        entropy.copy_from_slice(&bytes[..GENERATED_ENTROPY]);
        Password::generate(entropy)
    }

    /// Writes them to a new file. Blocks.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(self.file.bytes())?;
        file.write_all(self.passwords.bytes())?;
        file.sync_all()?;
        sync_folder(path)
    }

    /// Reads them. Blocks.
    pub fn read(path: &Path) -> io::Result<Keys> {
        let (mut file, mut passwords) = ([0; KEY], [0; KEY]);
        let mut source = fs::File::open(path)?;
        source.read_exact(&mut file)?;
        source.read_exact(&mut passwords)?;
        Ok(Keys { file: FileKey::new(file), passwords: FileKey::new(passwords) })
    }
}

/// Destroys the keys in a file: written over, then removed; fine if there is none. Blocks.
pub fn destroy(path: &Path) -> io::Result<()> {
    match fs::OpenOptions::new().write(true).open(path) {
        Ok(file) => erase(file, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whoever closes an import and the worker may be at it at once: who comes second finds it done.
fn erase(mut file: fs::File, path: &Path) -> io::Result<()> {
    file.write_all(&[0; 2 * KEY])?;
    file.sync_all()?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_folder(path),
    }
}

fn sync_folder(of: &Path) -> io::Result<()> {
    of.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seed: u8) -> Keys {
        Keys { file: FileKey::new([1; KEY]), passwords: FileKey::new([seed; KEY]) }
    }

    #[test]
    fn r29_a_rows_password_is_the_same_again_and_no_other_rows() {
        let shown = |keys: &Keys, row: u64| keys.password(row).reveal();
        assert_eq!(shown(&keys(7), 2), shown(&keys(7), 2));
        assert_ne!(shown(&keys(7), 2), shown(&keys(7), 3));
        assert_ne!(shown(&keys(7), 2), shown(&keys(8), 2));
        assert_eq!(format!("{:?}", keys(7)), "Keys { file: FileKey(…), passwords: FileKey(…) }");
    }

    #[test]
    fn r29_keys_come_back_from_their_file_until_they_are_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keys(7).write(&path).unwrap();
        assert_eq!(Keys::read(&path).unwrap().password(2), keys(7).password(2));
        assert!(keys(8).write(&path).is_err(), "they are written once");
        destroy(&path).unwrap();
        destroy(&path).unwrap();
        assert_eq!(Keys::read(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn r29_keys_that_two_destroy_at_once_are_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keys(7).write(&path).unwrap();
        let opened = fs::OpenOptions::new().write(true).open(&path).unwrap();
        destroy(&path).unwrap();
        erase(opened, &path).unwrap();
        assert!(!path.exists());
    }
}
