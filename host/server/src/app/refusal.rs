//! Refusals that every use case may end in.
//!
//! Each use case has an error enum of its own for what is special to it, with one variant for these.

use usher_store::{CommitError, StoreError, Stored};

/// Why a use case was not carried out, whatever it was.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing, or it is another organisation's, which is the same to whoever asks.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for, in words.
        what: &'static str,
        /// By which id.
        id: String,
    },
    /// A link leads nowhere, or not any more. It is not quoted: problems are logged.
    #[error("there is no such link to {to}, or not any more: it is good for {days} days")]
    NoLink {
        /// What it is for, in words.
        to: &'static str,
        /// How long such links are good for.
        days: i64,
    },
    /// No token, or none that is good.
    #[error("the request carries no valid token: send one as `Authorization: Bearer ush_…`")]
    Unauthenticated,
    /// The token may not do this.
    #[error("the token may not do this: it takes {needs}")]
    Forbidden {
        /// Who may, in words.
        needs: &'static str,
    },
    /// The cursor is not one that this list gave.
    #[error("the cursor is not one of this list: send the `next` of the page before, as it was")]
    Cursor,
    /// The change is based on a version that is not the newest.
    #[error("it was changed since version {based_on}: read it again and decide again")]
    Stale {
        /// The version it is based on.
        based_on: u64,
    },
    /// Others kept changing the same things at the same time.
    #[error("others are changing the same things at this moment: send the request again")]
    Busy,
    /// The idempotency key belongs to another request.
    #[error("the Idempotency-Key was used for another request by this token: use a new key for a new request")]
    OnceReused,
    /// The live policies can't be run: the host's trouble, for they ran when they were activated.
    #[error("the organisation's policies can't be loaded: {0}")]
    Policies(String),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// The store takes no commit.
    #[error("the commit failed: {0}")]
    Commit(#[source] CommitError),
}

impl Refusal {
    /// There is no such thing.
    pub fn not_found(what: &'static str, id: &impl ToString) -> Refusal {
        Refusal::NotFound { what, id: id.to_string() }
    }
}

/// What was read, if it still has the version that the change is based on.
pub fn based_on<R>(found: Stored<R>, version: u64) -> Result<Stored<R>, Refusal> {
    if found.version == version { Ok(found) } else { Err(Refusal::Stale { based_on: version }) }
}
