//! Secrets of the host: 32 random bytes each, in a file, readable by its owner alone.
//!
//! `seal.key` seals compiled policies, `audit.key` signs the ends of audit trails, `secrets.key` seals secrets in the
//! store. Must not know what is done with them.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use tempfile::NamedTempFile;
use usher_server::ports::Entropy;

use crate::failure::Failure;
use crate::surroundings::SystemEntropy;

/// Makes the key unless there is one. Whoever reads it at the same time finds it whole or not at all.
pub(crate) fn make(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    let failed = |error| Failure::of(format_args!("writing {}", path.display()), error);
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let mut key = [0; 32];
    SystemEntropy.fill(&mut key);
    file.write_all(&key).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error.error)),
    }
}

/// Reads the key; `hint` says how one is made, `lost` what it costs to make another.
pub(crate) fn read(path: &Path, hint: &str, lost: &str) -> Result<[u8; 32], Failure> {
    let bytes = fs::read(path)
        .map_err(|error| Failure::of(format_args!("reading {}", path.display()), format_args!("{error}; {hint}")))?;
    bytes.try_into().map_err(|bytes: Vec<u8>| {
        Failure::Failed(format!(
            "{} has {} bytes and must have 32: remove it, then {hint}; {lost}",
            path.display(),
            bytes.len()
        ))
    })
}
