//! One process at a time: a lock on a file in the store's folder, let go by the system when the process ends.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::Path,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use crate::{StoreError, disk::io_error};

const NAME: &str = "lock";

/// Held as long as the store is open.
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock on a store's folder.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let what = || format!("locking {}", path.display());
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(io_error(what()))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(io_error(what()))?;
                let pid = if pid.is_empty() { "unknown".into() } else { pid };
                return Err(StoreError::Locked { path: folder.into(), pid });
            }
            Err(errno) => return Err(io_error(what())(errno.into())),
        }
        let mut note = || {
            file.set_len(0)?;
            file.write_all(std::process::id().to_string().as_bytes())
        };
        note().map_err(io_error(what()))?;
        Ok(Self { file })
    }
}

/// Lets go in so many words: a child process that is just being started may hold the file for a moment longer.
impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = flock(&self.file, FlockOperation::Unlock) {
            tracing::warn!(%error, "the lock is let go when the process ends");
        }
    }
}
