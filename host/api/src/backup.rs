//! Backups of the whole host.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Has the store copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBackup {
    /// Absolute path of a folder on the host's machine, empty or missing.
    pub to: String,
}

/// A copy of the store as it stood at one commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Backup {
    /// The last commit in it.
    pub seq: u64,
    /// Files written.
    pub files: u64,
    /// Their size together.
    pub bytes: u64,
}
