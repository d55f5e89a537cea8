//! Changes that may come to nothing: because there is nothing to change, or somebody was faster.
//!
//! [`crate::app::escalation::escalate`] is the model to follow.

use std::future::Future;

use super::Change;
use crate::app::App;
use crate::app::refusal::Refusal;

/// Times a change is decided anew because somebody took what it was to take.
const MAX_RACES: u32 = 4;

/// Why a round of deciding ends without a commit. `T` is the use case's answer, `E` its error.
pub(in crate::app) enum Halt<T, E = Refusal> {
    /// For good.
    Error(E),
    /// There is nothing to change; the answer all the same.
    AsBefore(T),
    /// Somebody was faster: decide anew.
    Raced,
}

impl<T, E: From<Refusal>> From<Refusal> for Halt<T, E> {
    fn from(refusal: Refusal) -> Halt<T, E> {
        Halt::Error(refusal.into())
    }
}

impl App {
    /// [`App::change`] where there may be nothing to change.
    pub(in crate::app) async fn change_if_needed<T, E, F, Fut>(&self, mut decide: F) -> Result<T, E>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(T, Change<Halt<T, E>>), Halt<T, E>>>,
        E: From<Refusal>,
    {
        for _ in 0..MAX_RACES {
            match self.change(&mut decide).await {
                Ok((answer, _)) | Err(Halt::AsBefore(answer)) => return Ok(answer),
                Err(Halt::Error(error)) => return Err(error),
                Err(Halt::Raced) => {}
            }
        }
        Err(Refusal::Busy.into())
    }
}
