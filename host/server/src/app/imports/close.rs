//! The end of an import: its keys and its file are destroyed, then what is known of its rows is forgotten (R29).

use usher_domain::ids::ImportId;
use usher_domain::import::State;
use usher_domain::member::Member;
use usher_domain::time::{HOUR, Instant, SECOND};
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::file::{self, Place};
use super::{CheckedRow, ImportError, ImportRecord, ImportView, ImportedRow, accounts, get, view};
use crate::app::actor::{By, Call, Doer, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::{App, counters, organisations, readers};
use crate::letters::Letter;

/// How long before an import closes by itself whoever brought it is told, in microseconds; the letter says so too.
const WARN_BEFORE: i64 = 2 * HOUR;
/// How long the worker waits before it looks at a job again, in microseconds.
const LOOK_AFTER: i64 = 5 * SECOND;
/// Rows that are forgotten in one commit.
const SWEEP_STEP: usize = 1_000;
/// How long it rests between two of them, in microseconds.
const SWEEP_REST: i64 = SECOND / 10;

/// Closes an import: nothing can be had of it any more. With accounts, only by whoever brought it, who alone can have
/// saved them, and if they `confirmed` that (R29).
pub async fn close(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: ImportId,
    confirmed: bool,
) -> Result<ImportView, ImportError> {
    let accounts = accounts::count(&by.scope, id).await?;
    let record = get(&by.scope, id).await?.record;
    if accounts > 0 && record.import.state != State::Closed {
        record.check_brought_by(&by.actor)?;
        if !confirmed {
            return Err(ImportError::Unconfirmed { accounts });
        }
    }
    end(app, &by.scope, &by.call, &Doer::from(&by.actor), id).await?;
    let import = get(&by.scope, id).await?.record.import;
    Ok(view(app, &by.scope, import).await?)
}

/// What is due of an import: its job is looked after, its time is over, its rows are forgotten.
/// Returns when to look again.
pub async fn due(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    writes: &mut OrgWrites,
    id: ImportId,
) -> Result<Option<Instant>, ImportError> {
    let found = get(scope, id).await?;
    let import = &found.record.import;
    if import.is_running() {
        if import.is_over(call.at) {
            stop(app, scope, call, id).await?;
        } else {
            app.jobs.ask(*scope.owner(), id);
        }
        return Ok(Some(call.at.plus(LOOK_AFTER)));
    }
    if import.state == State::Closed {
        // Again, for a host that was cut off between closing and this.
        file::destroy(Place::of(app, scope.owner(), id)).await?;
        let more = sweep(scope, writes, id).await?;
        return Ok(more.then(|| call.at.plus(SWEEP_REST)));
    }
    let warn_at = import.ends_at.plus(-WARN_BEFORE);
    if !import.is_over(call.at) {
        if call.at < warn_at {
            return Ok(Some(warn_at));
        }
        let ends_at = import.ends_at;
        warn(app, scope, call, writes, found).await?;
        return Ok(Some(ends_at));
    }
    end(app, scope, call, &Doer::Host, id).await?;
    Ok(Some(call.at.plus(SWEEP_REST)))
}

/// Tells whoever brought an import that its passwords are about to go, if there are any; a program is told nothing.
/// Once, however often it is looked at: later than its moment too, if a job ran over that.
async fn warn(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    writes: &mut OrgWrites,
    Stored { version, mut record }: Stored<ImportRecord>,
) -> Result<(), ImportError> {
    let id = record.import.id;
    let Doer::Member { member, .. } = record.brought_by else { return Ok(()) };
    if record.warned || accounts::count(scope, id).await? == 0 {
        return Ok(());
    }
    let organisation = organisations::of(scope).await?.record.0;
    let letter = Letter::ImportCloses { organisation: &organisation.name, import: &id.to_string() };
    for reader in readers::of(scope, &[member], Member::counts).await? {
        reader.tell(app, writes, &organisation, letter, call.at);
    }
    record.warned = true;
    writes.replace(&id, version, &record);
    Ok(())
}

/// What still runs when its time is over is cancelled first, so that the job ends before the file goes.
async fn stop(app: &App, scope: &OrgScope, call: &Call, id: ImportId) -> Result<(), ImportError> {
    app.change(|| async {
        let Stored { version, mut record } = get(scope, id).await?;
        let before = record.import.state;
        record.import.cancel(call.at);
        let change: Change<ImportError> = app.draft_as(scope, call, Doer::Host, "import.cancelled", id);
        let mut change = change.before(&before).after(&record.import.state);
        change.writes.replace(&id, version, &record);
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Closed first: what is still there after a crash is destroyed by whoever forgets the rows.
async fn end(app: &App, scope: &OrgScope, call: &Call, doer: &Doer, id: ImportId) -> Result<(), ImportError> {
    app.change(|| async {
        let Stored { version, mut record } = get(scope, id).await?;
        let before = record.import.clone();
        record.import.close()?;
        // Nothing happens in its name any more.
        record.origin = None;
        let change: Change<ImportError> = app.draft_as(scope, call, doer.clone(), "import.closed", id);
        let mut change = change.before(&before.state).after(&record.import.state);
        change.writes.add(&counters::open_imports(), -1, 0, i64::MAX);
        change.writes.unschedule::<ImportRecord>(before.ends_at.as_micros(), &id);
        change.writes.schedule::<ImportRecord>(call.at.as_micros(), &id);
        change.writes.replace(&id, version, &record);
        Ok(((), change))
    })
    .await?;
    file::destroy(Place::of(app, scope.owner(), id)).await
}

/// Forgets rows, a step at a time. Returns whether there may be more.
async fn sweep(scope: &OrgScope, writes: &mut OrgWrites, id: ImportId) -> Result<bool, Refusal> {
    let checked = scope.page_within::<CheckedRow>(&id, Page::first(SWEEP_STEP)).await?;
    for (row, _) in &checked {
        writes.delete::<CheckedRow>(row);
    }
    let imported = scope.page_within::<ImportedRow>(&id, Page::first(SWEEP_STEP - checked.len())).await?;
    for (row, _) in &imported {
        writes.delete::<ImportedRow>(row);
    }
    Ok(checked.len() + imported.len() == SWEEP_STEP)
}
