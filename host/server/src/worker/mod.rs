//! Work whose time has come: mail on its way, answers to forget, what takes many steps. One worker, by the clock.
//!
//! What is due was written by the commit that causes it; it is done at least once, and taken off the list in a
//! commit of its own. INVARIANT: doing it twice is doing it once.
//!
//! Owns the loop and the table of kinds. Nothing of one organisation holds up another's: the worker itself does only
//! what takes no time (`at_once`), the rest goes on beside it (`in_steps`), and what fails is put off (`apart`).

mod apart;
mod at_once;
mod in_steps;

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use usher_domain::ids::CallId;
use usher_domain::time::{Instant, MINUTE};
use usher_store::{Due, KeyPart as _, OrgScope, OrgWrites, Record, StoreError, due_until};

use crate::app::App;
use crate::app::actor::Call;
use crate::app::answers::link::LinkEnds;
use crate::app::approvers::Notice;
use crate::app::audit::checkpoint::EndOfDay;
use crate::app::dead_letters::DeadLetter;
use crate::app::escalation::Escalate;
use crate::app::imports::ImportRecord;
use crate::app::invitations::end::LongOver;
use crate::app::login::codes::{KnownNetwork, LoginCode, LoginCodeAsked};
use crate::app::mail::OutgoingMail;
use crate::app::members::welcome::WelcomeEnds;
use crate::app::once::Remembered;
use crate::app::policies::Live;
use crate::app::privacy::erasure::{Disposal, Parting};
use crate::app::privacy::strangers::OriginsForgotten;
use crate::app::privacy::sweep::Sweep;
use crate::app::refusal::Refusal;
use crate::app::sms::OutgoingSms;
use crate::app::stored::{Invitation, JoinRequest, PlanTurn, Proof, SeatFreed, SweepStep};
use crate::app::webhooks::Cursor;
use crate::courier::Courier;
use crate::metrics::panic_text;

/// How often the clock is looked at.
const REST: Duration = Duration::from_millis(200);
/// How long the worker rests after a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// Pieces of work taken at a time.
const BATCH: usize = 256;
/// How long work that failed waits, in microseconds.
const RETRY_AFTER: i64 = MINUTE;

/// Works until told to stop, finishing the batch, and the messages and steps in hand.
pub async fn run(app: Arc<App>, courier: Courier, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        // A panic must not end the worker: mail and expiry of all organisations depend on it.
        let worked = AssertUnwindSafe(work(&app, &courier)).catch_unwind();
        let rest = match worked.await {
            Ok(Ok(BATCH..)) => continue,
            Ok(Ok(_)) => REST,
            Ok(Err(error)) => {
                tracing::error!(%error, "due work failed and is tried again");
                PAUSE
            }
            Err(panic) => {
                app.metrics.panicked();
                tracing::error!(panic = panic_text(panic.as_ref()), "due work panicked and is tried again");
                PAUSE
            }
        };
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
    app.background.stop().await;
    courier.idle().await;
    app.webhooks.stop().await;
}

/// Does what is due, at most a batch, and begins what goes on beside it. Returns how much it was.
pub async fn work(app: &Arc<App>, courier: &Courier) -> Result<usize, Refusal> {
    let _batch = app.background.batch().await;
    let now = app.clock.now();
    let due = due_until(app.store.as_ref(), now.as_micros(), BATCH).await?;
    let mut failed = None;
    for same_org in due.chunk_by(|a, b| a.org == b.org) {
        if let Err(error) = together(app, courier, same_org, now).await {
            failed = Some(error);
        }
    }
    failed.map_or(Ok(due.len()), Err)
}

/// One commit for what is of one organisation and stands together; what keeps it from being made is put off.
async fn together(app: &Arc<App>, courier: &Courier, same_org: &[Due], now: Instant) -> Result<(), Refusal> {
    for (due, error) in apart::what_fails(same_org, |some| begin(app, courier, some, now)).await {
        if let apart::Failed::Panicked(_) = error {
            app.metrics.panicked();
        }
        tracing::error!(org = %due.org, kind = due.kind, %error, "due work is put off");
        let mut writes = app.org(due.org).writes();
        writes.done(due);
        writes.come_back(due, now.plus(RETRY_AFTER).as_micros());
        writes.commit().await.map_err(Refusal::Commit)?;
    }
    Ok(())
}

async fn begin(app: &Arc<App>, courier: &Courier, same_org: &[Due], now: Instant) -> Result<(), Refusal> {
    let mut writes = app.org(same_org[0].org).writes();
    let mut begun = Vec::new();
    for due in same_org {
        writes.done(due);
        let mut task = Task { app, courier, writes: &mut writes, due, now };
        match task.begin().await {
            Ok(after) => begun.extend(after),
            Err(error) => {
                tracing::warn!(org = %due.org, kind = due.kind, %error, "due work is tried again later");
                writes.come_back(due, now.plus(RETRY_AFTER).as_micros());
            }
        }
    }
    writes.commit().await.map_err(Refusal::Commit)?;
    for beside in begun {
        tokio::spawn(beside);
    }
    Ok(())
}

/// What goes on beside the worker once its commit is on disk; or why the work is put off.
type Worked = Result<Option<BoxFuture<'static, ()>>, Box<dyn Error + Send + Sync>>;

/// One piece of work. In `writes` it is off the list already.
struct Task<'a> {
    app: &'a Arc<App>,
    courier: &'a Courier,
    writes: &'a mut OrgWrites,
    due: &'a Due,
    now: Instant,
}

impl Task<'_> {
    /// The table of kinds: every record that is ever scheduled, once.
    async fn begin(&mut self) -> Worked {
        match self.due.kind {
            OutgoingMail::KIND => self.at_once::<OutgoingMail>().await,
            OutgoingSms::KIND => self.at_once::<OutgoingSms>().await,
            LoginCodeAsked::KIND => self.at_once::<LoginCodeAsked>().await,
            LoginCode::KIND => self.at_once::<LoginCode>().await,
            KnownNetwork::KIND => self.at_once::<KnownNetwork>().await,
            Proof::KIND => self.at_once::<Proof>().await,
            PlanTurn::KIND => self.at_once::<PlanTurn>().await,
            Remembered::KIND => self.at_once::<Remembered>().await,
            LinkEnds::KIND => self.at_once::<LinkEnds>().await,
            WelcomeEnds::KIND => self.at_once::<WelcomeEnds>().await,
            Cursor::KIND => self.at_once::<Cursor>().await,
            DeadLetter::KIND => self.at_once::<DeadLetter>().await,
            ImportRecord::KIND => self.at_once::<ImportRecord>().await,
            Live::KIND => self.at_once::<Live>().await,
            Invitation::KIND => self.in_steps::<Invitation>(),
            LongOver::KIND => self.in_steps::<LongOver>(),
            JoinRequest::KIND => self.in_steps::<JoinRequest>(),
            Notice::KIND => self.in_steps::<Notice>(),
            Escalate::KIND => self.in_steps::<Escalate>(),
            SeatFreed::KIND => self.in_steps::<SeatFreed>(),
            SweepStep::KIND => self.in_steps::<SweepStep>(),
            EndOfDay::KIND => self.in_steps::<EndOfDay>(),
            Parting::KIND => self.in_steps::<Parting>(),
            Sweep::KIND => self.in_steps::<Sweep>(),
            Disposal::KIND => self.in_steps::<Disposal>(),
            OriginsForgotten::KIND => self.in_steps::<OriginsForgotten>(),
            // Written by a newer host, before this one took its place.
            _ => Err(Box::new(StoreError::Value { what: "due work of a known kind" })),
        }
    }

    fn id<R: Record>(&self) -> Result<R::Id, StoreError> {
        R::Id::read(&mut self.due.id.as_slice()).ok_or(StoreError::Value { what: "due work with an id" })
    }

    fn scope(&self) -> OrgScope {
        self.app.org(self.due.org)
    }
}

/// A call by the host itself.
fn own_call(app: &App, at: Instant) -> Call {
    Call { id: app.new_id(CallId::from_parts), at, origin: None, once: None }
}
