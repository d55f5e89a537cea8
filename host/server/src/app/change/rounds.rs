//! Deciding again when others got in between.
//!
//! Owns how often. Must not know what is decided, nor how it is committed.

use std::future::Future;

use crate::app::refusal::Refusal;

/// Times something is decided because others got in between.
const MAX_ROUNDS: u32 = 16;

/// Has `round` decide and commit, again and again while it comes to nothing: others changed what it had read. When
/// they did so every time, [`Refusal::Busy`].
pub(in crate::app) async fn rounds<T, E, F, Fut>(mut round: F) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>, E>>,
    E: From<Refusal>,
{
    for _ in 0..MAX_ROUNDS {
        if let Some(settled) = round().await? {
            return Ok(settled);
        }
        tokio::task::yield_now().await;
    }
    Err(Refusal::Busy.into())
}
