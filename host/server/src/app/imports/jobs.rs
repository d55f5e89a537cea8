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
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinSet};
use usher_domain::ids::{CallId, ImportId, OrgId};
use usher_domain::import::{Counts, Import, State};
use usher_sheets::SheetError;
use usher_store::{OrgScope, OrgWrites, Stored};

use super::queue::JobQueue;
use super::{ImportError, ImportRecord, apply, check, get};
use crate::app::App;
use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::change::halt::Halt;
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

/// An import that is worked on, as it was when the job took it up.
///
/// INVARIANT: a job knows its import by the version. One that was cancelled and begun anew may have other choices and
/// be another's to answer for, whatever its state says: what was taken up before writes nothing more.
pub struct Job {
    pub(super) app: Arc<App>,
    pub(super) scope: OrgScope,
    pub(super) record: ImportRecord,
    version: u64,
    id: CallId,
    stop: watch::Receiver<bool>,
}

impl Job {
    /// As the records name it, at this moment: done from where it was asked for.
    pub(super) fn call(&self) -> Call {
        Call { id: self.id, at: self.app.clock.now(), origin: self.record.origin, once: None }
    }

    /// Whether the host stops, or the import is not as it was taken up.
    pub(super) async fn is_stopped(&self) -> Result<bool, Refusal> {
        Ok(*self.stop.borrow() || !self.is_current().await?)
    }

    /// Whether the import is as it was taken up.
    pub(super) async fn is_current(&self) -> Result<bool, Refusal> {
        Ok(get(&self.scope, self.record.import.id).await?.version == self.version)
    }

    /// Has a commit fail unless the import is as it was taken up. INVARIANT: whoever commits something of its rows does
    /// this, so that nothing is made once cancelling was answered.
    pub(super) fn guard(&self, writes: &mut OrgWrites) {
        writes.guard_version::<ImportRecord>(&self.record.import.id, self.version);
    }

    /// Ends what the import's state asked for; nothing happens if it is not as it was taken up.
    pub(super) async fn end(
        &self,
        action: &str,
        after: &impl Serialize,
        step: impl Fn(&mut Import, &mut Change<Halt<(), ImportError>>),
    ) -> Result<(), ImportError> {
        let (app, id, step) = (&*self.app, self.record.import.id, &step);
        app.change_if_needed(|| async {
            if !self.is_current().await? {
                return Err(Halt::AsBefore(()));
            }
            let (mut record, doer) = (self.record.clone(), self.record.doer.clone());
            let mut change =
                app.draft_as(&self.scope, &self.call(), doer, action, id).before(&record.import.state).after(after);
            step(&mut record.import, &mut change);
            change.writes.schedule::<ImportRecord>(record.import.ends_at.as_micros(), &id);
            change.writes.replace(&id, self.version, &record);
            Ok(((), change))
        })
        .await
    }

    /// The file can't be read to its end: what was applied of it stays.
    async fn unreadable(&self, error: &ImportError) -> Result<(), ImportError> {
        let fault = error.to_string();
        self.end("import.unreadable", &fault, |import, _| {
            import.fault = Some(fault.clone());
            import.step(State::Unreadable, self.app.clock.now());
        })
        .await
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
    let ended = match AssertUnwindSafe(steps(&app, &scope, &stop, id)).catch_unwind().await {
        Ok(ended) => ended,
        Err(panic) => {
            app.metrics.panicked();
            tracing::error!(%org, %id, panic = panic_text(panic.as_ref()), "an import panicked");
            Err(Refusal::Busy.into())
        }
    };
    app.jobs.running().remove(&id);
    match ended {
        // Who asked for more while this job was ending was not heard.
        Ok(()) if !*stop.borrow() && is_wanted(&scope, id).await => app.jobs.ask(org, id),
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
async fn steps(
    app: &Arc<App>,
    scope: &OrgScope,
    stop: &watch::Receiver<bool>,
    id: ImportId,
) -> Result<(), ImportError> {
    let call = app.new_id(CallId::from_parts);
    loop {
        let Stored { version, record } = get(scope, id).await?;
        let state = record.import.state;
        let job = Job { app: Arc::clone(app), scope: scope.clone(), record, version, id: call, stop: stop.clone() };
        let done = match state {
            State::Checking => check::run(&job).await,
            State::Applying => apply::run(&job).await,
            State::Checked | State::Cancelled | State::Finished | State::Unreadable | State::Closed => return Ok(()),
        };
        match done {
            Err(error) if is_of_the_file(&error) => job.unreadable(&error).await?,
            done => done?,
        }
        if *stop.borrow() {
            return Ok(());
        }
    }
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
