//! Jobs of imports: which run on this host, how far dry runs have come, and taking up what a crash left.
//! Organisations take turns.
//!
//! A job is asked for by whoever changes an import's state, and again by the worker as long as the state says that
//! one should run: so a job that was cut off is taken up by the next host that looks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinSet};
use usher_domain::ids::{CallId, ImportId, OrgId};
use usher_domain::import::{Counts, State};
use usher_sheets::SheetError;
use usher_store::{OrgScope, Stored};

use super::queue::JobQueue;
use super::{ImportError, ImportRecord, apply, check, get};
use crate::app::App;
use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::metrics::panic_text;

/// Most jobs of a host at a time: each takes a batch of rows into memory, and the processors that there are.
const MAX_AT_ONCE: usize = 2;
/// Most jobs of one organisation at a time: less than all, so that there is room for another's.
const MAX_OF_ONE: usize = 1;

/// Jobs of this host.
pub struct Jobs {
    asked: mpsc::UnboundedSender<(OrgId, ImportId)>,
    taken: Mutex<Option<mpsc::UnboundedReceiver<(OrgId, ImportId)>>>,
    /// Those that wait or run, with what their dry run has counted.
    running: Mutex<HashMap<ImportId, Counts>>,
}

impl Default for Jobs {
    fn default() -> Jobs {
        let (asked, taken) = mpsc::unbounded_channel();
        Jobs { asked, taken: Mutex::new(Some(taken)), running: Mutex::default() }
    }
}

impl Jobs {
    /// Has the import's job run, unless it does.
    pub(super) fn ask(&self, org: OrgId, id: ImportId) {
        if let Entry::Vacant(place) = self.running().entry(id) {
            place.insert(Counts::default());
            // Nobody takes jobs on a host that is being stopped: the next one will.
            let _ = self.asked.send((org, id));
        }
    }

    /// Notes how far a dry run has come.
    pub(super) fn tell(&self, id: ImportId, counts: Counts) {
        self.running().insert(id, counts);
    }

    /// How far a dry run has come; nothing if none runs here.
    pub(super) fn checked(&self, id: ImportId) -> Counts {
        self.running().get(&id).copied().unwrap_or_default()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ImportId, Counts>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One run of a job.
pub struct Job {
    pub(super) app: Arc<App>,
    pub(super) scope: OrgScope,
    id: CallId,
    stop: watch::Receiver<bool>,
}

impl Job {
    /// As the records name it, at this moment: done from where it was asked for.
    pub(super) fn call(&self, record: &ImportRecord) -> Call {
        Call { id: self.id, at: self.app.clock.now(), origin: record.origin, once: None }
    }

    /// Whether the host stops, or the import is not in this state any more.
    pub(super) async fn is_stopped(&self, id: ImportId, state: State) -> Result<bool, Refusal> {
        Ok(*self.stop.borrow() || get(&self.scope, id).await?.record.import.state != state)
    }
}

/// Runs jobs until told to stop, and then waits for each to end its commit.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let taken = app.jobs.taken.lock().unwrap_or_else(PoisonError::into_inner).take();
    // INVARIANT: a host runs this once.
    let Some(mut asked) = taken else { return };
    let (mut queue, mut jobs) = (JobQueue::default(), JoinSet::new());
    let mut running: HashMap<task::Id, OrgId> = HashMap::new();
    while !*stop.borrow() {
        let may = |org| running.values().filter(|known| **known == org).count() < MAX_OF_ONE;
        if running.len() < MAX_AT_ONCE
            && let Some((org, id)) = queue.next(may)
        {
            let job = jobs.spawn(run_one(Arc::clone(&app), stop.clone(), org, id));
            running.insert(job.id(), org);
            continue;
        }
        tokio::select! {
            _ = stop.changed() => {}
            Some(ended) = jobs.join_next_with_id() => {
                let ended = ended.map_or_else(|error| error.id(), |(task, ())| task);
                running.remove(&ended);
            }
            Some((org, id)) = asked.recv() => queue.ask(org, id),
        }
    }
    while jobs.join_next().await.is_some() {}
}

async fn run_one(app: Arc<App>, stop: watch::Receiver<bool>, org: OrgId, id: ImportId) {
    let scope = app.org(org);
    let job = Job { scope, id: app.new_id(CallId::from_parts), stop, app: Arc::clone(&app) };
    let ended = match AssertUnwindSafe(steps(&job, id)).catch_unwind().await {
        Ok(ended) => ended,
        Err(panic) => {
            app.metrics.panicked();
            tracing::error!(%org, %id, panic = panic_text(panic.as_ref()), "an import panicked");
            Err(Refusal::Busy.into())
        }
    };
    let ended = match ended {
        Err(error) if is_of_the_file(&error) => unreadable(&job, id, &error).await,
        ended => ended,
    };
    app.jobs.running().remove(&id);
    match ended {
        // Who asked for more while this job was ending was not heard.
        Ok(()) if !*job.stop.borrow() && is_wanted(&job.scope, id).await => app.jobs.ask(org, id),
        Ok(()) => {}
        Err(error) => tracing::warn!(%org, %id, %error, "an import is tried again"),
    }
}

/// Whether trying again would find the same. What the operating system says of anything but a file that is not there
/// passes: too many open files, a disk that does not answer.
fn is_of_the_file(error: &ImportError) -> bool {
    match error {
        ImportError::Sheet(SheetError::Io(error)) => {
            error.raw_os_error().is_none() || error.kind() == io::ErrorKind::NotFound
        }
        ImportError::Sheet(_) | ImportError::Header(_) => true,
        _ => false,
    }
}

async fn is_wanted(scope: &OrgScope, id: ImportId) -> bool {
    get(scope, id).await.is_ok_and(|found| found.record.import.is_running())
}

/// What the import's state asks for, until it asks for nothing.
async fn steps(job: &Job, id: ImportId) -> Result<(), ImportError> {
    loop {
        let record = get(&job.scope, id).await?.record;
        let done = match record.import.state {
            State::Checking => check::run(job, &record).await?,
            State::Applying => apply::run(job, &record).await?,
            State::Checked | State::Cancelled | State::Finished | State::Unreadable | State::Closed => return Ok(()),
        };
        if done.is_none() && *job.stop.borrow() {
            return Ok(());
        }
    }
}

/// The file can't be read to its end: what was applied of it stays.
async fn unreadable(job: &Job, id: ImportId, error: &ImportError) -> Result<(), ImportError> {
    let (app, scope, fault) = (&*job.app, &job.scope, error.to_string());
    app.change(|| async {
        let Stored { version, mut record } = get(scope, id).await?;
        let mut change: Change<ImportError> = app
            .draft_as(scope, &job.call(&record), record.doer.clone(), "import.unreadable", id)
            .before(&record.import.state)
            .after(&fault);
        record.import.fault = Some(fault.clone());
        record.import.step(State::Unreadable, app.clock.now());
        change.writes.schedule::<ImportRecord>(record.import.ends_at.as_micros(), &id);
        change.writes.replace(&id, version, &record);
        Ok(((), change))
    })
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r25_an_error_that_may_pass_does_not_end_an_import() {
        let check = |error: io::Error, expected: bool| {
            let shown = error.to_string();
            assert_eq!(is_of_the_file(&SheetError::Io(error).into()), expected, "{shown}");
        };
        let [missing, disk, too_many_open] = [2, 5, 24].map(io::Error::from_raw_os_error);
        check(missing, true);
        check(disk, false);
        check(too_many_open, false);
        check(io::ErrorKind::UnexpectedEof.into(), true);
        check(io::Error::other("changed since it was sealed"), true);
    }
}
