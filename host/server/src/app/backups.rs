//! Copies of the whole store, for whoever runs the host: each a folder of its own below the one that the host
//! was started with, so that a token never says where on the machine something is written.

use std::path::PathBuf;
use std::str::FromStr;

use usher_domain::time::Instant;
use usher_store::{BackupReport, StoreError};

use super::App;
use super::actor::ByOperator;
use super::refusal::Refusal;

/// Longest name of a backup, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// Name of a backup. INVARIANT: one plain, visible folder name, no way up or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupName(String);

impl BackupName {
    /// The moment, as `2026-03-02T09-00-00Z`.
    pub fn of(at: Instant) -> BackupName {
        BackupName(at.to_string().replace(':', "-"))
    }

    /// As a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BackupName {
    type Err = BackupNameError;

    fn from_str(text: &str) -> Result<BackupName, BackupNameError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let fits = (1..=MAX_NAME_BYTES).contains(&text.len()) && !text.starts_with('.');
        if fits && text.bytes().all(plain) { Ok(BackupName(text.to_owned())) } else { Err(BackupNameError) }
    }
}

/// It is no name of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a backup's name has 1 to {MAX_NAME_BYTES} of a–z, A–Z, 0–9, `-`, `_` and `.`, and no `.` at its start")]
pub struct BackupNameError;

/// A backup that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Backup {
    /// Its name.
    pub name: BackupName,
    /// Where it is, on the host's machine.
    pub folder: PathBuf,
    /// What is in it.
    pub report: BackupReport,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is something in the folder: a backup is never written over.
    #[error("there is something under the name `{0}` already: choose another one")]
    Taken(String),
    /// The store is in memory.
    #[error("this host's store can't be backed up")]
    Unsupported,
}

/// Copies the store, as it stands at one commit, while it is used; without a name, under the moment's.
pub async fn backup(app: &App, by: &ByOperator, name: Option<BackupName>) -> Result<Backup, BackupError> {
    let name = name.unwrap_or_else(|| BackupName::of(by.call.at));
    let folder = app.backups.join(name.as_str());
    let report = app.store.backup(&folder).await.map_err(|error| match error {
        StoreError::NotEmpty { .. } => BackupError::Taken(name.as_str().to_owned()),
        StoreError::Unsupported { .. } => BackupError::Unsupported,
        error => BackupError::Refused(error.into()),
    })?;
    tracing::info!(by = %by.token, folder = %folder.display(), "a backup was made");
    Ok(Backup { name, folder, report })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_folder_name() {
        for good in ["first", "2026-03-02", "a.b_c", "x".repeat(64).as_str()] {
            assert_eq!(good.parse(), Ok(BackupName(good.to_owned())));
        }
        for bad in ["", ".", "..", ".hidden", "a/b", "../a", "/a", "a\\b", "a b", "ä", "a\0", &"x".repeat(65)] {
            assert_eq!(bad.parse::<BackupName>(), Err(BackupNameError), "{bad:?}");
        }
        let of = BackupName::of(Instant::from_micros(1_772_442_000_000_000));
        assert_eq!(of.as_str().parse(), Ok(of.clone()), "{of:?}");
    }
}
