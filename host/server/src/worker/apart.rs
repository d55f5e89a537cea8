//! What of some due work cannot be done: found by doing each piece alone, once all of it together has failed.
//!
//! INVARIANT: a piece that panics, or whose commit never holds, keeps no other from being done.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use usher_store::Due;

use crate::app::refusal::Refusal;
use crate::metrics::panic_text;

/// Why a piece of work cannot be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// It was refused, or its commit was.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It panicked.
    #[error("a panic: {0}")]
    Panicked(String),
}

/// Does all of it together; if that fails, each piece alone, and gives back those that fail even so. What is done twice
/// by this is done once, as all due work.
pub(super) async fn what_fails<'a, F, D>(all: &'a [Due], work: F) -> Vec<(&'a Due, Failed)>
where
    F: Fn(&'a [Due]) -> D,
    D: Future<Output = Result<(), Refusal>>,
{
    let Err(error) = guarded(work(all)).await else { return Vec::new() };
    if let [only] = all {
        return vec![(only, error)];
    }
    let mut failed = Vec::new();
    for one in all {
        if let Err(error) = guarded(work(std::slice::from_ref(one))).await {
            failed.push((one, error));
        }
    }
    failed
}

async fn guarded(work: impl Future<Output = Result<(), Refusal>>) -> Result<(), Failed> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done.map_err(Failed::Refused),
        Err(panic) => Err(Failed::Panicked(panic_text(panic.as_ref()).to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use usher_domain::ids::OrgId;

    fn due(id: u8) -> Due {
        Due { at: 0, org: OrgId::from_bytes([1; 16]), kind: 1, id: vec![id] }
    }

    #[tokio::test]
    async fn a_piece_that_panics_or_is_refused_keeps_no_other_from_being_done() {
        let all: Vec<Due> = (0..6).map(due).collect();
        let done = Mutex::new(Vec::new());
        let work = |some: &[Due]| {
            let ids: Vec<u8> = some.iter().map(|due| due.id[0]).collect();
            let done = &done;
            async move {
                assert!(!ids.contains(&2), "piece 2 cannot be done");
                if ids.contains(&4) {
                    return Err(Refusal::Busy);
                }
                done.lock().unwrap().extend(ids);
                Ok(())
            }
        };
        let failed = what_fails(&all, work).await;
        assert_eq!(*done.lock().unwrap(), [0, 1, 3, 5]);
        let [(second, Failed::Panicked(why)), (fourth, Failed::Refused(Refusal::Busy))] = failed.as_slice() else {
            panic!("{failed:?}")
        };
        assert_eq!((second.id[0], fourth.id[0]), (2, 4));
        assert!(why.contains("piece 2"), "{why}");
    }

    #[tokio::test]
    async fn what_can_be_done_together_is_done_once() {
        let (all, times) = ([due(1), due(2)], Mutex::new(0));
        let work = |_: &[Due]| {
            *times.lock().unwrap() += 1;
            std::future::ready(Ok(()))
        };
        assert!(what_fails(&all, work).await.is_empty());
        assert_eq!(*times.lock().unwrap(), 1);
    }
}
