//! Due work that takes long, or makes commits of its own: done beside the worker, in steps.
//!
//! Owns what each kind comes to, and what a step is. Each organisation takes its turns ([`crate::background`]). What
//! cannot be done is tried again later.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use usher_domain::time::SECOND;
use usher_store::{Due, OrgScope, Record};

use super::{RETRY_AFTER, Task, Worked, own_call};
use crate::app::actor::Call;
use crate::app::approvers::{self, Notice};
use crate::app::audit::checkpoint::{self, EndOfDay};
use crate::app::escalation::{self, Escalate};
use crate::app::groups::sweep as groups;
use crate::app::invitations::end::{self, LongOver};
use crate::app::privacy::erasure::{self, Disposal, Parting};
use crate::app::privacy::strangers::{self, OriginsForgotten};
use crate::app::privacy::sweep::{self, Sweep};
use crate::app::seats::queue::{self, Place};
use crate::app::stored::{Invitation, JoinRequest, SeatFreed, SweepStep};
use crate::app::{App, requests};
use crate::background::Job;
use crate::courier::Courier;
use crate::metrics::panic_text;

/// How long work waits that finds too much under way, in microseconds.
const NO_ROOM: i64 = 5 * SECOND;

/// A step's surroundings.
pub(super) struct Step<'a> {
    app: &'a Arc<App>,
    courier: &'a Courier,
    scope: OrgScope,
    call: Call,
}

/// Where the next step begins; none if the work is done.
type Stepped<P> = Result<Option<P>, Box<dyn Error + Send + Sync>>;

/// What is done in steps when the time of a record has come.
pub(super) trait InSteps: Record<Id: 'static> + 'static {
    /// Where a step begins.
    type Place: Default + Send + 'static;
    /// Whether it is about the whole host: done one at a time, and in no organisation's turn.
    const ALONE: bool = false;

    /// Does a step: what a few hundred commits do at most.
    fn step(step: &Step<'_>, id: &Self::Id, place: Self::Place) -> impl Future<Output = Stepped<Self::Place>> + Send;
}

impl Task<'_> {
    pub(super) fn in_steps<R: InSteps>(&mut self) -> Worked {
        let id = self.id::<R>()?;
        let Some(taken) = self.app.background.take(self.due, self.now) else {
            self.writes.come_back(self.due, self.now.plus(NO_ROOM).as_micros());
            return Ok(None);
        };
        self.writes.come_back(self.due, taken.lease);
        let (app, courier, due) = (Arc::clone(self.app), self.courier.clone(), self.due.clone());
        Ok(taken.job.map(|job| carry_out::<R>(app, courier, job, due, id).boxed()))
    }
}

/// How work ended that was not done.
enum Unfinished {
    Failed(String),
    /// The host stops.
    Stopped,
}

async fn carry_out<R: InSteps>(app: Arc<App>, courier: Courier, job: Job, due: Due, id: R::Id) {
    job.begin();
    let (ended, lease) = loop {
        let ended = AssertUnwindSafe(steps::<R>(&app, &courier, &job, &due, &id)).catch_unwind().await;
        if let Some(lease) = job.end() {
            break (ended, lease);
        }
    };
    let ended = ended.unwrap_or_else(|panic| {
        app.metrics.panicked();
        Err(Unfinished::Failed(format!("a panic: {}", panic_text(panic.as_ref()))))
    });
    let now = app.clock.now();
    let mut writes = app.org(due.org).writes();
    writes.done(&Due { at: lease, ..due.clone() });
    match ended {
        Ok(()) => {}
        Err(Unfinished::Failed(error)) => {
            tracing::warn!(org = %due.org, kind = due.kind, %error, "due work is tried again later");
            writes.come_back(&due, now.plus(RETRY_AFTER).as_micros());
        }
        Err(Unfinished::Stopped) => writes.come_back(&due, now.as_micros()),
    }
    if let Err(error) = writes.commit().await {
        tracing::error!(%error, "how due work ended cannot be kept: it is done again");
    }
}

async fn steps<R: InSteps>(
    app: &Arc<App>,
    courier: &Courier,
    job: &Job,
    due: &Due,
    id: &R::Id,
) -> Result<(), Unfinished> {
    let mut place = R::Place::default();
    loop {
        let _turn = job.turn(R::ALONE).await.ok_or(Unfinished::Stopped)?;
        let call = own_call(app, app.clock.now());
        let step = Step { app, courier, scope: app.org(due.org), call };
        match R::step(&step, id, place).await {
            Ok(Some(next)) => place = next,
            Ok(None) => return Ok(()),
            Err(error) => return Err(Unfinished::Failed(error.to_string())),
        }
    }
}

impl InSteps for Invitation {
    type Place = ();

    async fn step(step: &Step<'_>, id: &Self::Id, (): ()) -> Stepped<()> {
        end::expire(step.app, &step.scope, &step.call, *id).await?;
        Ok(None)
    }
}

/// A personal invitation that was over for long.
impl InSteps for LongOver {
    type Place = ();

    async fn step(step: &Step<'_>, id: &Self::Id, (): ()) -> Stepped<()> {
        end::forget(step.app, &step.scope, &step.call, *id).await?;
        Ok(None)
    }
}

impl InSteps for JoinRequest {
    type Place = ();

    async fn step(step: &Step<'_>, id: &Self::Id, (): ()) -> Stepped<()> {
        requests::expire(step.app, &step.scope, &step.call, *id).await?;
        Ok(None)
    }
}

/// Those who may answer a request are told of it.
impl InSteps for Notice {
    type Place = ();

    async fn step(step: &Step<'_>, id: &Self::Id, (): ()) -> Stepped<()> {
        let more = approvers::tell(step.app, &step.scope, step.call.at, *id).await?;
        Ok(more.then_some(()))
    }
}

/// A request that nobody answered goes on to others.
impl InSteps for Escalate {
    type Place = ();

    async fn step(step: &Step<'_>, id: &Self::Id, (): ()) -> Stepped<()> {
        escalation::escalate(step.app, &step.scope, &step.call, *id).await?;
        Ok(None)
    }
}

/// Whoever waits for a seat of a plan.
impl InSteps for SeatFreed {
    type Place = Option<Place>;

    async fn step(step: &Step<'_>, (plan, _): &Self::Id, after: Option<Place>) -> Stepped<Option<Place>> {
        let next = queue::serve(step.app, &step.scope, &step.call, *plan, after).await?;
        Ok(next.map(Some))
    }
}

/// Members that a change of groups is about; each step has the next come up.
impl InSteps for SweepStep {
    type Place = ();

    async fn step(step: &Step<'_>, (group, _): &Self::Id, (): ()) -> Stepped<()> {
        groups::step(step.app, &step.scope, &step.call, *group).await?;
        Ok(None)
    }
}

/// The end of a day's audit trail.
impl InSteps for EndOfDay {
    type Place = ();

    async fn step(step: &Step<'_>, (): &(), (): ()) -> Stepped<()> {
        checkpoint::keep(step.app, &step.scope, step.call.at).await?;
        Ok(None)
    }
}

/// A member whose time to be restored is over.
impl InSteps for Parting {
    type Place = ();

    async fn step(step: &Step<'_>, id: &Self::Id, (): ()) -> Stepped<()> {
        erasure::part(step.app, &step.scope, &step.call, *id).await?;
        Ok(None)
    }
}

/// People who are to be erased; each piece has the next come up.
impl InSteps for Sweep {
    type Place = ();

    async fn step(step: &Step<'_>, (): &(), (): ()) -> Stepped<()> {
        sweep::run(&step.scope, step.courier, step.call.at).await?;
        Ok(None)
    }
}

/// From where strangers came, long ago.
impl InSteps for OriginsForgotten {
    type Place = ();

    async fn step(step: &Step<'_>, (): &(), (): ()) -> Stepped<()> {
        let more = strangers::step(&step.scope, step.call.at).await?;
        Ok(more.then_some(()))
    }
}

/// What was erased leaves the files of the store.
impl InSteps for Disposal {
    type Place = ();
    const ALONE: bool = true;

    async fn step(step: &Step<'_>, (): &(), (): ()) -> Stepped<()> {
        erasure::dispose(step.app, &step.scope, step.call.at).await?;
        Ok(None)
    }
}
