//! Copies of the whole store, for whoever runs the host.

use std::path::Path;

use usher_store::{BackupReport, StoreError};

use super::App;
use super::actor::ByOperator;
use super::refusal::Refusal;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Relative to what, only the host's process knows.
    #[error("the path is not absolute: begin it with `/`")]
    NotAbsolute,
    /// There is something in the folder.
    #[error("the folder is not empty: name a new one")]
    NotEmpty,
    /// The store is in memory.
    #[error("this host's store can't be backed up")]
    Unsupported,
}

/// Copies the store, as it stands at one commit, while it is used.
pub async fn backup(app: &App, _: &ByOperator, to: &Path) -> Result<BackupReport, BackupError> {
    if !to.is_absolute() {
        return Err(BackupError::NotAbsolute);
    }
    app.store.backup(to).await.map_err(|error| match error {
        StoreError::NotEmpty { .. } => BackupError::NotEmpty,
        StoreError::Unsupported { .. } => BackupError::Unsupported,
        error => BackupError::Refused(error.into()),
    })
}
