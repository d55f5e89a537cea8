//! What a member logs in with, and their sessions: one record, so that a new password and the end of all sessions
//! are one write.

use serde::{Deserialize, Serialize};
use usher_domain::ids::MemberId;
use usher_domain::session::Session;
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, Stored};

use super::hashing::Kept;
use crate::app::refusal::Refusal;
use crate::app::stored::{kind, records};

/// A member's password and sessions. None of it is ever shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Their password, if they have one.
    pub password: Option<Password>,
    /// Sessions, oldest first; some may have ended.
    pub sessions: Vec<Session>,
}

/// A password as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Password {
    /// What a typed one is compared with.
    pub kept: Kept,
    /// Whether it holds for its own change alone (R10).
    pub must_change: bool,
    /// When it was set.
    pub set_at: Instant,
}

records!(Account = kind::ACCOUNT, version 1, by MemberId);

/// The account with the version to guard; a member who never logged in has an empty one.
pub(super) async fn read(scope: &OrgScope, member: MemberId) -> Result<(Account, Option<u64>), Refusal> {
    let found = scope.get::<Account>(&member).await?;
    Ok(found.map_or((Account::default(), None), |Stored { record, version }| (record, Some(version))))
}

/// Writes the account over the one that was read.
pub(super) fn write(writes: &mut OrgWrites, member: MemberId, version: Option<u64>, account: &Account) {
    match version {
        Some(version) => writes.replace(&member, version, account),
        None => writes.insert(&member, account),
    }
}
