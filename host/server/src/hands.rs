//! Room for a bounded number of things in hand at the same time, and a way to wait until there are none.

use tokio::sync::watch;

/// So many hands.
#[derive(Clone, Debug)]
pub(crate) struct Hands {
    full: watch::Sender<usize>,
    most: usize,
}

impl Hands {
    /// `most`, all of them free.
    pub(crate) fn new(most: usize) -> Hands {
        Hands { full: watch::Sender::new(0), most }
    }

    /// Takes a free hand, if there is one.
    pub(crate) fn take(&self) -> Option<Hand> {
        let taken = self.full.send_if_modified(|count| {
            let room = *count < self.most;
            *count += usize::from(room);
            room
        });
        taken.then(|| Hand(self.full.clone()))
    }

    /// Waits until nothing is in hand. Who comes meanwhile finds hands as ever.
    pub(crate) async fn idle(&self) {
        // Fails only if there is no sender, which this holds.
        drop(self.full.subscribe().wait_for(|count| *count == 0).await);
    }
}

/// Something counts as in hand while this is held.
#[derive(Debug)]
pub(crate) struct Hand(watch::Sender<usize>);

impl Drop for Hand {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn there_are_so_many_and_idle_is_when_all_are_free() {
        let hands = Hands::new(2);
        assert_eq!(hands.idle().now_or_never(), Some(()));
        let both = [hands.take().unwrap(), hands.take().unwrap()];
        assert!(hands.take().is_none());
        let [one, other] = both;
        drop(one);
        assert_eq!(hands.idle().now_or_never(), None);
        drop((other, hands.take().unwrap()));
        assert_eq!(hands.idle().now_or_never(), Some(()));
    }
}
