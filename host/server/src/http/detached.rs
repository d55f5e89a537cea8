//! Work that is done to its end although whoever asked for it has gone.
//!
//! What compiles policies takes long, and a client that hangs up or runs out of time must not leave a policy
//! set half activated, nor free a compiler's place while it still compiles. So it runs beside its request, and
//! asking again finds it done. Must not know what the work is.

use std::future::Future;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::problem::Failure;
use crate::app::refusal::Refusal;

/// Most pieces of work beside their requests; further ones wait as part of their request, and end with it.
const MAX_DETACHED: usize = 64;

/// Room for such work on one host.
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Room {
        Room(Arc::new(Semaphore::new(MAX_DETACHED)))
    }
}

impl Room {
    /// Does `work` to its end, whoever waits for it. A panic in it is the request's own.
    pub async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = self.0.clone().acquire_owned().await.map_err(|_| Refusal::Busy)?;
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(place);
            done
        });
        match task.await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(done) => Ok(done),
            Err(Ok(panic)) => resume_unwind(panic),
            // The host is being stopped.
            Err(Err(_)) => Err(Refusal::Busy.into()),
        }
    }
}
