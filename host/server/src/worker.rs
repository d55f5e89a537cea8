//! Work whose time has come: mail on its way, answers to forget. One worker, by the clock.
//!
//! What is due was written by the commit that causes it; it is done at least once, and taken off the
//! list in a commit of its own. INVARIANT: doing it twice is doing it once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use usher_domain::ids::CallId;
use usher_domain::time::{Instant, MINUTE, SECOND};
use usher_store::{Due, KeyPart as _, OrgPlan, Record, StoreError, due_until};

use crate::app::actor::Call;
use crate::app::answers::link::{self, LinkEnds};
use crate::app::approvers::{self, Notice};
use crate::app::audit::checkpoint::{self, EndOfDay};
use crate::app::dead_letters::DeadLetter;
use crate::app::escalation::{self, Escalate};
use crate::app::groups::sweep;
use crate::app::imports::{self, ImportRecord};
use crate::app::invitations::end;
use crate::app::login::codes::{self, KnownNetwork, LoginCode, LoginCodeAsked};
use crate::app::mail::OutgoingMail;
use crate::app::members::welcome::{self, WelcomeEnds};
use crate::app::once::Remembered;
use crate::app::policies::Live;
use crate::app::privacy::erasure::{self, Disposal, Parting};
use crate::app::privacy::sweep::{self as erasure_sweep, Sweep};
use crate::app::refusal::Refusal;
use crate::app::seats::queue;
use crate::app::sms::OutgoingSms;
use crate::app::sso::index;
use crate::app::stored::{Invitation, JoinRequest, Proof, SeatFreed, SweepStep};
use crate::app::webhooks::{self, pool::Errand};
use crate::app::{App, requests};
use crate::courier::{Carried, Courier, Parcel};
use crate::metrics::panic_text;

/// How often the clock is looked at.
const REST: Duration = Duration::from_millis(200);
/// How long the worker rests after a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// Pieces of work taken at a time.
const BATCH: usize = 256;
/// How long sweeping match keys rests between two steps, in microseconds.
const SWEEP_REST: i64 = SECOND;
/// How long work that failed waits, in microseconds.
const RETRY_AFTER: i64 = MINUTE;

/// Works until told to stop, finishing the batch and the messages in hand.
pub async fn run(app: Arc<App>, courier: Courier, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        // A panic must not end the worker: mail and expiry of all organisations depend on it.
        let worked = AssertUnwindSafe(work(&app, &courier, app.clock.now())).catch_unwind();
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
    courier.idle().await;
    app.webhooks.stop().await;
}

/// Does what is due at `now`, at most a batch, and sends messages on their way. Returns how much it was.
pub async fn work(app: &Arc<App>, courier: &Courier, now: Instant) -> Result<usize, Refusal> {
    let due = due_until(app.store.as_ref(), now.as_micros(), BATCH).await?;
    // One commit for what is of one organisation and stands together.
    for same_org in due.chunk_by(|a, b| a.org == b.org) {
        let mut plan = app.org(same_org[0].org).plan();
        let mut parcels = Vec::new();
        let mut errands = Vec::new();
        for one in same_org {
            match one.kind {
                Remembered::KIND => forget(&mut plan, one)?,
                OutgoingMail::KIND => parcels.extend(lease::<OutgoingMail>(app, courier, &mut plan, one, now)?),
                OutgoingSms::KIND => parcels.extend(lease::<OutgoingSms>(app, courier, &mut plan, one, now)?),
                LinkEnds::KIND | WelcomeEnds::KIND => forget_link(app, &mut plan, one).await?,
                webhooks::Cursor::KIND => {
                    let id = id_of::<webhooks::Cursor>(one)?;
                    errands.extend(app.webhooks.lease(app, one.org, &mut plan, id, one.at, now));
                }
                DeadLetter::KIND => forget_dead_letter(&mut plan, one)?,
                Proof::KIND => forget_proof(&mut plan, one)?,
                LoginCode::KIND | LoginCodeAsked::KIND | KnownNetwork::KIND => login(app, &mut plan, one, now).await?,
                ImportRecord::KIND => import(app, &mut plan, one, now).await?,
                Live::KIND => sweep_keys(app, &mut plan, one, now).await?,
                EndOfDay::KIND | Parting::KIND | Sweep::KIND | Disposal::KIND => {
                    keep_records(app, &mut plan, one, now).await?;
                }
                Invitation::KIND | JoinRequest::KIND | SeatFreed::KIND | SweepStep::KIND => {
                    settle(app, &mut plan, one, now).await?;
                }
                Notice::KIND | Escalate::KIND => tell_approvers(app, &mut plan, one, now).await?,
                _ => return Err(StoreError::Value { what: "due work of a known kind" }.into()),
            }
        }
        plan.commit().await.map_err(Refusal::Commit)?;
        parcels.into_iter().for_each(Parcel::send_off);
        errands.into_iter().for_each(Errand::send_off);
    }
    Ok(due.len())
}

/// A remembered answer is in its organisation's data, or in the host's if it was about making one.
fn forget(plan: &mut OrgPlan, due: &Due) -> Result<(), StoreError> {
    let id = id_of::<Remembered>(due)?;
    plan.delete::<Remembered>(&id);
    plan.host(|host| host.delete::<Remembered>(&id));
    plan.unschedule::<Remembered>(due.at, &id);
    Ok(())
}

fn lease<R: Carried>(
    app: &Arc<App>,
    courier: &Courier,
    plan: &mut OrgPlan,
    due: &Due,
    now: Instant,
) -> Result<Option<Parcel>, StoreError> {
    Ok(courier.lease::<R>(app, due.org, plan, id_of::<R>(due)?, due.at, now))
}

/// A message that nobody tried again.
fn forget_dead_letter(plan: &mut OrgPlan, due: &Due) -> Result<(), StoreError> {
    let id = id_of::<DeadLetter>(due)?;
    plan.delete::<DeadLetter>(&id);
    plan.unschedule::<DeadLetter>(due.at, &id);
    Ok(())
}

/// A link to answer a request by, or to accept or decline, that can be used no more.
async fn forget_link(app: &App, plan: &mut OrgPlan, due: &Due) -> Result<(), StoreError> {
    let (scope, hash) = (app.org(due.org), id_of::<LinkEnds>(due)?);
    if due.kind == LinkEnds::KIND {
        link::forget(&scope, plan, &hash).await?;
        plan.unschedule::<LinkEnds>(due.at, &hash);
    } else {
        welcome::forget(&scope, plan, &hash).await?;
        plan.unschedule::<WelcomeEnds>(due.at, &hash);
    }
    Ok(())
}

/// A code that can be used no more.
fn forget_proof(plan: &mut OrgPlan, due: &Due) -> Result<(), StoreError> {
    let id = id_of::<Proof>(due)?;
    plan.delete::<Proof>(&id);
    plan.unschedule::<Proof>(due.at, &id);
    Ok(())
}

/// A code of a login to be sent, or to be forgotten; a network that was long not seen.
async fn login(app: &App, plan: &mut OrgPlan, due: &Due, now: Instant) -> Result<(), Refusal> {
    let scope = app.org(due.org);
    match due.kind {
        LoginCodeAsked::KIND => {
            let id = id_of::<LoginCodeAsked>(due)?;
            let done = codes::send(app, &scope, &own_call(app, now), id).await;
            after::<LoginCodeAsked>(plan, due, now, &id, done);
        }
        LoginCode::KIND => {
            let id = id_of::<LoginCode>(due)?;
            plan.delete::<LoginCode>(&id);
            plan.unschedule::<LoginCode>(due.at, &id);
        }
        _ => {
            let seen = id_of::<KnownNetwork>(due)?;
            codes::forget_network(&scope, plan, seen, now).await?;
            plan.unschedule::<KnownNetwork>(due.at, &seen);
        }
    }
    Ok(())
}

/// Match keys of policies that were, a step at a time.
async fn sweep_keys(app: &App, plan: &mut OrgPlan, due: &Due, now: Instant) -> Result<(), Refusal> {
    let id = id_of::<Live>(due)?;
    plan.unschedule::<Live>(due.at, &id);
    if index::sweep(&app.org(due.org), plan).await? {
        plan.schedule::<Live>(now.plus(SWEEP_REST).as_micros(), &id);
    }
    Ok(())
}

/// The end of a day's audit trail, and people who are to be erased.
async fn keep_records(app: &App, plan: &mut OrgPlan, due: &Due, now: Instant) -> Result<(), StoreError> {
    let scope = app.org(due.org);
    match due.kind {
        EndOfDay::KIND => after::<EndOfDay>(plan, due, now, &(), checkpoint::keep(app, &scope, now).await),
        Parting::KIND => {
            let id = id_of::<Parting>(due)?;
            let done = erasure::part(app, &scope, &own_call(app, now), id).await;
            after::<Parting>(plan, due, now, &id, done);
        }
        Sweep::KIND => after::<Sweep>(plan, due, now, &(), erasure_sweep::run(&scope, now).await),
        _ => after::<Disposal>(plan, due, now, &(), erasure::dispose(app, &scope, now).await),
    }
    Ok(())
}

/// What a use case does of its own when its time has come. If it cannot, it is tried again later and
/// stands in nobody's way.
async fn settle(app: &App, plan: &mut OrgPlan, due: &Due, now: Instant) -> Result<(), StoreError> {
    match due.kind {
        Invitation::KIND => {
            let id = id_of::<Invitation>(due)?;
            let done = end::expire(app, &app.org(due.org), &own_call(app, now), id).await;
            after::<Invitation>(plan, due, now, &id, done);
        }
        JoinRequest::KIND => {
            let id = id_of::<JoinRequest>(due)?;
            let done = requests::expire(app, &app.org(due.org), &own_call(app, now), id).await;
            after::<JoinRequest>(plan, due, now, &id, done);
        }
        SweepStep::KIND => {
            let id = id_of::<SweepStep>(due)?;
            let done = sweep::step(app, &app.org(due.org), &own_call(app, now), id.0).await;
            after::<SweepStep>(plan, due, now, &id, done);
        }
        _ => {
            let id = id_of::<SeatFreed>(due)?;
            let done = queue::serve(app, &app.org(due.org), &own_call(app, now), id.0).await;
            after::<SeatFreed>(plan, due, now, &id, done);
        }
    }
    Ok(())
}

/// A request that waits: those who may answer it are told, or it goes on to others.
async fn tell_approvers(app: &App, plan: &mut OrgPlan, due: &Due, now: Instant) -> Result<(), StoreError> {
    let scope = app.org(due.org);
    if due.kind == Notice::KIND {
        let id = id_of::<Notice>(due)?;
        let done = approvers::tell(app, &scope, due.at, now, id).await;
        after::<Notice>(plan, due, now, &id, done);
    } else {
        let id = id_of::<Escalate>(due)?;
        let done = escalation::escalate(app, &scope, &own_call(app, now), id).await;
        after::<Escalate>(plan, due, now, &id, done);
    }
    Ok(())
}

fn after<R: Record>(plan: &mut OrgPlan, due: &Due, now: Instant, id: &R::Id, done: Result<(), impl std::fmt::Display>) {
    plan.unschedule::<R>(due.at, id);
    if let Err(error) = done {
        tracing::warn!(org = %due.org, kind = due.kind, %error, "due work is tried again later");
        plan.schedule::<R>(now.plus(RETRY_AFTER).as_micros(), id);
    }
}

/// An import's job is looked after, or its time is over. What cannot be done is tried again later.
async fn import(app: &App, plan: &mut OrgPlan, due: &Due, now: Instant) -> Result<(), StoreError> {
    let id = id_of::<ImportRecord>(due)?;
    let next = imports::due(app, &app.org(due.org), &own_call(app, now), plan, id).await;
    let next = next.unwrap_or_else(|error| {
        tracing::warn!(org = %due.org, %id, %error, "an import is looked after later");
        Some(now.plus(RETRY_AFTER))
    });
    plan.unschedule::<ImportRecord>(due.at, &id);
    if let Some(next) = next {
        plan.schedule::<ImportRecord>(next.as_micros(), &id);
    }
    Ok(())
}

/// A call by the host itself.
fn own_call(app: &App, at: Instant) -> Call {
    Call { id: app.new_id(CallId::from_parts), at, origin: None, once: None }
}

fn id_of<R: Record>(due: &Due) -> Result<R::Id, StoreError> {
    R::Id::read(&mut due.id.as_slice()).ok_or(StoreError::Value { what: "due work with an id" })
}
