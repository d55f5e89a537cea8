//! Serves the webhooks that fall due, beside the worker: a target that is slow or away holds up no expiry, and no
//! other target.
//!
//! The worker leases a webhook: it falls due again later, if this host ends meanwhile. Then it is served until it
//! has all events, or one is not taken. INVARIANT: a webhook is served by one task at a time, so that its events
//! stay in order.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::time::Instant as Watch;
use usher_domain::ids::{OrgId, WebhookId};
use usher_domain::time::{Instant, MINUTE, SECOND};
use usher_store::OrgWrites;

use super::delivery::{self, Batch, Went};
use super::{Attempt, Cursor, Webhook};
use crate::app::App;
use crate::app::events::Event;
use crate::app::refusal::Refusal;
use crate::hands::Hands;
use crate::ports::{SendError, TargetError, WebhookSender};

/// Webhooks served at the same time; all but [`LANES`] of them wait.
const IN_HAND: usize = 1_024;
/// Requests under way at the same moment. Lanes are given by turns, one request at a time, so that those who wait
/// for slow targets take turns with all others.
const LANES: usize = 64;
/// Tests under way at the same moment, beside the lanes.
const TESTS: usize = 8;
/// How long a request may take, for a sender that does not keep to its own bound.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a lease lasts, in microseconds.
const LEASE: i64 = 2 * MINUTE;
/// How long a webhook waits that finds all hands full, in microseconds.
const NO_HAND_FREE: i64 = 10 * SECOND;

/// Those who serve webhooks on this host.
#[derive(Clone)]
pub struct Pool {
    sender: Arc<dyn WebhookSender>,
    hands: Hands,
    lanes: Arc<Semaphore>,
    /// Webhooks that are served now.
    served: Arc<Mutex<HashMap<WebhookId, Mark>>>,
    /// Organisations whose tests are under way.
    tested: Arc<Mutex<HashSet<OrgId>>>,
    stopping: Arc<AtomicBool>,
}

/// Whether a webhook fell due since its events were read.
type Mark = Arc<AtomicBool>;

impl Pool {
    /// Sends by `sender`.
    pub fn new(sender: Arc<dyn WebhookSender>) -> Pool {
        let (hands, lanes) = (Hands::new(IN_HAND), Arc::new(Semaphore::new(LANES)));
        Pool { sender, hands, lanes, served: Arc::default(), tested: Arc::default(), stopping: Arc::default() }
    }

    /// Whether webhooks may go to a URL.
    pub(super) fn check(&self, url: &str) -> Result<(), TargetError> {
        self.sender.check(url)
    }

    /// Waits until nothing is in hand.
    pub async fn idle(&self) {
        self.hands.idle().await;
    }

    /// Ends after the requests under way. What is left is sent when a host runs again.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.idle().await;
    }

    /// Leases a webhook that fell due and is off the list; if it is served already, that goes on with what is new.
    /// Returns what serves it, to be spawned once the lease is on disk.
    pub(crate) fn lease(
        &self,
        app: &Arc<App>,
        org: OrgId,
        writes: &mut OrgWrites,
        id: WebhookId,
        now: Instant,
    ) -> Option<BoxFuture<'static, ()>> {
        let lease = now.plus(LEASE).as_micros();
        let Some(hand) = self.hands.take() else {
            writes.schedule::<Cursor>(now.plus(NO_HAND_FREE).as_micros(), &id);
            return None;
        };
        writes.schedule::<Cursor>(lease, &id);
        let service = Service { app: app.clone(), org, id, lease, mark: self.begin(id)? };
        Some(Box::pin(async move {
            if let Err(error) = service.serve().await {
                tracing::error!(%org, webhook = %id, %error, "a webhook is served again later");
            }
            drop((service, hand));
        }))
    }

    /// Room for a test of one of an organisation's webhooks: one at a time, and not too many of all organisations.
    pub(super) fn begin_test(&self, org: OrgId) -> Option<Test> {
        let mut tested = self.tested.lock().unwrap_or_else(PoisonError::into_inner);
        let may = tested.len() < TESTS && tested.insert(org);
        may.then(|| Test { org, tested: self.tested.clone() })
    }

    /// Sends one event and tells how that went.
    pub(super) async fn send(
        &self,
        app: &App,
        org: OrgId,
        webhook: &Webhook,
        seq: Option<u64>,
        event: &Event,
    ) -> Attempt {
        let now = app.clock.now();
        let started = Watch::now();
        let sent = match delivery::outbound(&app.vault, org, webhook, seq, event, now) {
            Ok(outbound) => {
                let sent = tokio::time::timeout(PATIENCE, self.sender.send(outbound)).await;
                sent.unwrap_or(Err(SendError::TooSlow)).map_err(|error| error.to_string())
            }
            Err(lost) => Err(lost.to_string()),
        };
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, error) = match sent {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error)),
        };
        Attempt { at: now, event: event.id, seq, status, took, error }
    }

    /// Notes that the webhook is served from now on; nothing if it is already, and then it goes on with what is new.
    fn begin(&self, id: WebhookId) -> Option<Mark> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mark) = served.get(&id) {
            mark.store(true, Ordering::Relaxed);
            return None;
        }
        let mark = Mark::default();
        served.insert(id, mark.clone());
        Some(mark)
    }

    /// Ends serving the webhook, unless it fell due again.
    fn end(&self, id: WebhookId, mark: &Mark) -> bool {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if mark.swap(false, Ordering::Relaxed) {
            return false;
        }
        served.remove(&id);
        true
    }

    /// Ends serving the webhook by this very mark, if it is served still.
    fn give_up(&self, id: WebhookId, mark: &Mark) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if served.get(&id).is_some_and(|served| Arc::ptr_eq(served, mark)) {
            served.remove(&id);
        }
    }
}

/// A test of a webhook is under way while this is held.
pub(super) struct Test {
    org: OrgId,
    tested: Arc<Mutex<HashSet<OrgId>>>,
}

impl Drop for Test {
    fn drop(&mut self) {
        self.tested.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.org);
    }
}

/// One webhook being served.
struct Service {
    app: Arc<App>,
    org: OrgId,
    id: WebhookId,
    lease: i64,
    mark: Mark,
}

impl Service {
    /// Delivers until there is nothing left, or not for now, and it did not fall due meanwhile.
    async fn serve(&self) -> Result<(), Refusal> {
        let mut lease = self.lease;
        loop {
            if self.deliver_all(&mut lease).await? {
                let mut writes = self.app.org(self.org).writes();
                writes.unschedule::<Cursor>(lease, &self.id);
                writes.commit().await.map_err(Refusal::Commit)?;
            }
            if self.app.webhooks.end(self.id, &self.mark) {
                return Ok(());
            }
        }
    }

    /// Delivers what there is; false if not all of it for now: then it falls due again by itself.
    async fn deliver_all(&self, lease: &mut i64) -> Result<bool, Refusal> {
        let scope = self.app.org(self.org);
        while let Some(batch) = delivery::next(&scope, self.id, self.app.clock.now()).await? {
            if !self.deliver(batch, lease).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Delivers a batch, and moves its lease on; false if that is enough for now.
    async fn deliver(&self, mut batch: Batch, lease: &mut i64) -> Result<bool, Refusal> {
        let (pool, scope) = (&self.app.webhooks, self.app.org(self.org));
        for (seq, event) in std::mem::take(&mut batch.events) {
            let _lane = pool.lanes.acquire().await;
            let now = self.app.clock.now();
            if pool.stopping.load(Ordering::Relaxed) {
                let mut writes = scope.writes();
                writes.unschedule::<Cursor>(*lease, &self.id);
                writes.schedule::<Cursor>(now.as_micros(), &self.id);
                return writes.commit().await.map(|_| false).map_err(Refusal::Commit);
            }
            // A lease that is almost over may be another's soon: it falls due, and this begins anew.
            if now.plus(MINUTE).as_micros() > *lease {
                return Ok(false);
            }
            let attempt = pool.send(&self.app, self.org, &batch.webhook, Some(seq), &event).await;
            let renewed = now.plus(LEASE).as_micros();
            match batch.keep(&self.app, &scope, &attempt, *lease, renewed).await? {
                Went::On => *lease = renewed,
                Went::Changed => return Ok(true),
                Went::Failed => return Ok(false),
            }
        }
        batch.skip(&scope).await.map(|_| true)
    }
}

impl Drop for Service {
    /// However it ended, in a panic too.
    fn drop(&mut self) {
        self.app.webhooks.give_up(self.id, &self.mark);
    }
}
