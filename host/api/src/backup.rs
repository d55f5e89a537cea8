//! Backups of the whole host.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Has the store copied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBackup {
    /// Name of the new folder below the host's folder of backups: 1 to 64 of `a–z`, `A–Z`, `0–9`, `-`, `_` and
    /// `.`, no `.` at its start. The moment, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A copy of the store as it stood at one commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Backup {
    /// Its name.
    pub name: String,
    /// Where it is on the host's machine, for `usher restore`.
    pub folder: String,
    /// The last commit in it.
    pub seq: u64,
    /// Files written.
    pub files: u64,
    /// Their size together.
    pub bytes: u64,
}
