//! Carries mail and SMS that fall due to the servers that take them, beside the worker: a server that is slow
//! or away holds up no expiry.
//!
//! Organisations share the hands (`shares`), and codes have hands and lanes of their own: an import's
//! invitations hold up nobody's login.
//!
//! The worker leases a message (it falls due again later, if this host ends meanwhile), then the courier
//! carries it: it was taken, is tried again after a pause, or is given up. INVARIANT: a message is carried
//! only while its lease is on disk, so that two couriers never carry it at the same moment.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use usher_domain::ids::{CallId, OrgId};
use usher_domain::time::{HOUR, Instant, MINUTE};
use usher_store::{CommitError, OrgWrites, Stored};

use crate::app::App;
use crate::app::actor::Call;
use crate::app::dead_letters::{self, Message};
use crate::app::deliveries::{self, State};
use crate::app::mail::OutgoingMail;
use crate::app::post::{Next, Outgoing, retry_after};
use crate::app::refusal::Refusal;
use crate::app::sms::OutgoingSms;
use crate::metrics::panic_text;
use crate::ports::{DeliveryError, Letterbox, Mail, Mailer, Sms, SmsSender};
use crate::shares::{InHand, Shares, Urgency};

/// Messages handed over at the same moment, and as many again of those that are urgent.
const LANES: usize = 16;
/// How long handing one over may take.
const HAND_OVER: Duration = Duration::from_secs(60);
/// How long a lease lasts, in microseconds.
const LEASE: i64 = 5 * MINUTE;
/// What is worth nothing from then on is urgent, in microseconds.
const URGENT_WITHIN: i64 = HOUR;

/// Where messages are handed over.
#[derive(Clone)]
pub struct Courier {
    mailer: Arc<dyn Mailer>,
    sms: Arc<dyn SmsSender>,
    shares: Shares,
    lanes: Arc<Semaphore>,
    urgent_lanes: Arc<Semaphore>,
}

#[async_trait]
impl Letterbox for Courier {
    async fn forget(&self, readers: &[String]) -> std::io::Result<()> {
        self.mailer.forget(readers).await?;
        self.sms.forget(readers).await
    }
}

impl Courier {
    /// Hands mail to one and SMS to the other.
    pub fn new(mailer: Arc<dyn Mailer>, sms: Arc<dyn SmsSender>) -> Courier {
        let lanes = || Arc::new(Semaphore::new(LANES));
        Courier { mailer, sms, shares: Shares::default(), lanes: lanes(), urgent_lanes: lanes() }
    }

    /// Waits until nothing is in hand.
    pub async fn idle(&self) {
        self.shares.idle().await;
    }

    /// Leases a message that fell due and is off the list; if no hand is free, it falls due again a little later.
    /// Returns what carries it, to be spawned once the lease is on disk.
    pub(crate) fn lease<R: Carried>(
        &self,
        app: &Arc<App>,
        org: OrgId,
        writes: &mut OrgWrites,
        (id, message): (R::Id, &R),
        now: Instant,
    ) -> Option<BoxFuture<'static, ()>> {
        let urgent = message.journey().until.is_some_and(|end| end <= now.plus(URGENT_WITHIN));
        let urgency = if urgent { Urgency::Urgent } else { Urgency::Ordinary };
        let in_hand = match self.shares.take(org, urgency, now) {
            Ok(in_hand) => in_hand,
            Err(again) => {
                writes.schedule::<R>(again.as_micros(), &id);
                return None;
            }
        };
        let lease = now.plus(LEASE).as_micros();
        writes.schedule::<R>(lease, &id);
        let lanes = if urgent { &self.urgent_lanes } else { &self.lanes };
        let errand =
            Errand { courier: self.clone(), app: app.clone(), org, lease, lanes: lanes.clone(), _in_hand: in_hand };
        Some(Box::pin(async move {
            if let Err(error) = errand.carry::<R>(id).await {
                tracing::error!(%error, "a message was carried, but how that went cannot be kept: it is carried again");
            }
        }))
    }
}

/// One message's way to its server.
struct Errand {
    courier: Courier,
    app: Arc<App>,
    org: OrgId,
    lease: i64,
    lanes: Arc<Semaphore>,
    _in_hand: InHand,
}

impl Errand {
    async fn carry<R: Carried>(&self, id: R::Id) -> Result<(), Refusal> {
        let _lane = self.lanes.acquire().await;
        let now = self.app.clock.now();
        if now.plus(MINUTE).as_micros() > self.lease {
            return Ok(());
        }
        let scope = self.app.org(self.org);
        let mut writes = scope.writes();
        writes.unschedule::<R>(self.lease, &id);
        let Some(found) = scope.get::<R>(&id).await? else {
            return writes.commit().await.map(drop).map_err(Refusal::Commit);
        };
        // INVARIANT: a message that was erased while it was handed over is not written again, nor how it went.
        writes.guard_version::<R>(&id, found.version);
        let mut message = found.record;
        let error = match self.hand_over(&message, &id, now).await {
            Ok(()) => {
                writes.delete::<R>(&id);
                deliveries::report(&mut writes, &id, &message, State::Sent, None, now);
                return unless_gone(writes.commit().await.map(drop).map_err(Refusal::Commit));
            }
            Err(error) => error,
        };
        // What a server says names whom it was for: the log at large has the number alone.
        let DeliveryError { status, permanent, .. } = error;
        let letter = message.journey().letter.as_str();
        tracing::warn!(id = R::text(&id), letter, status, permanent, "a message was not taken");
        tracing::debug!(%error, "what the server said");
        message.journey_mut().attempts += 1;
        let pause = retry_after(message.journey().attempts, self.app.random());
        match message.journey().after_refusal(permanent, now, pause) {
            Next::Again(then) => {
                writes.put(&id, &message);
                writes.schedule::<R>(then.as_micros(), &id);
            }
            Next::Dropped(failed) => {
                writes.delete::<R>(&id);
                deliveries::report(&mut writes, &id, &message, State::Failed(failed), status, now);
            }
            Next::Dead(failed) => {
                let call = Call { id: self.app.new_id(CallId::from_parts), at: now, origin: None, once: None };
                let dead = Stored { version: found.version, record: message };
                let failure = (failed, status);
                return unless_gone(
                    dead_letters::bury(&self.app, &scope, &call, &id, &dead, self.lease, failure).await,
                );
            }
        }
        unless_gone(writes.commit().await.map(drop).map_err(Refusal::Commit))
    }

    /// A server that takes too long, or a panic over one message, is a message that was not taken.
    async fn hand_over<R: Carried>(&self, message: &R, id: &R::Id, now: Instant) -> Result<(), DeliveryError> {
        let text = R::text(id);
        if message.journey().until.is_some_and(|end| end <= now) {
            return Err(DeliveryError::passing(&text, "its time has passed"));
        }
        let handing = AssertUnwindSafe(message.hand_over(&text, &self.courier)).catch_unwind();
        match tokio::time::timeout(HAND_OVER, handing).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => {
                self.app.metrics.panicked();
                Err(DeliveryError::passing(&text, format_args!("a panic: {}", panic_text(panic.as_ref()))))
            }
            Err(_) => Err(DeliveryError::passing(&text, "the server took too long")),
        }
    }
}

/// Somebody erased the message meanwhile, so there is nothing left to be said about it.
fn unless_gone(done: Result<(), Refusal>) -> Result<(), Refusal> {
    match done {
        Err(Refusal::Commit(CommitError::Conflict { .. }) | Refusal::NotFound { .. }) => Ok(()),
        done => done,
    }
}

/// A message that a courier can carry.
#[async_trait::async_trait]
pub(crate) trait Carried: Outgoing + Into<Message> + Clone {
    /// Its id, as the server that takes it sees it.
    fn text(id: &Self::Id) -> String;

    /// Hands it over.
    async fn hand_over(&self, id: &str, courier: &Courier) -> Result<(), DeliveryError>;
}

#[async_trait::async_trait]
impl Carried for OutgoingMail {
    fn text(id: &Self::Id) -> String {
        id.to_string()
    }

    async fn hand_over(&self, id: &str, courier: &Courier) -> Result<(), DeliveryError> {
        let OutgoingMail { to, subject, body, html, journey } = self.clone();
        let (id, letter, at) = (id.to_owned(), journey.letter, journey.at);
        courier.mailer.deliver(&Mail { id, letter, to, subject, body, html, at }).await
    }
}

#[async_trait::async_trait]
impl Carried for OutgoingSms {
    fn text(id: &Self::Id) -> String {
        id.to_string()
    }

    async fn hand_over(&self, id: &str, courier: &Courier) -> Result<(), DeliveryError> {
        let OutgoingSms { to, text, journey } = self.clone();
        let (id, letter, at) = (id.to_owned(), journey.letter, journey.at);
        courier.sms.deliver(&Sms { id, letter, to, text, at }).await
    }
}
