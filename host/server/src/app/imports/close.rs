//! The end of an import: file and key are destroyed, then what is known of its rows (R29).

use usher_domain::ids::ImportId;
use usher_domain::import::State;
use usher_domain::time::{Instant, SECOND};
use usher_store::{OrgPlan, OrgScope, Page, Stored};

use super::{CheckedRow, ImportError, ImportKey, ImportRecord, ImportView, ImportedRow, file, get, view};
use crate::app::actor::{By, Call, Doer, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::{App, counters};

/// How long the worker waits before it looks at a job again, in microseconds.
const LOOK_AFTER: i64 = 5 * SECOND;
/// Rows that are forgotten in one commit.
const SWEEP_STEP: usize = 1_000;
/// How long it rests between two of them, in microseconds.
const SWEEP_REST: i64 = SECOND / 10;

/// Closes an import: nothing can be had of it any more.
pub async fn close(app: &App, by: &By<MembersAndDepartments>, id: ImportId) -> Result<ImportView, ImportError> {
    end(app, &by.scope, &by.call, &Doer::from(&by.actor), id).await?;
    let import = get(&by.scope, id).await?.record.import;
    Ok(view(app, &by.scope, import).await?)
}

/// What is due of an import: its job is looked after, its time is over, its rows are forgotten. Returns when to look
/// again.
pub async fn due(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    plan: &mut OrgPlan,
    id: ImportId,
) -> Result<Option<Instant>, ImportError> {
    let import = get(scope, id).await?.record.import;
    if import.is_running() {
        app.jobs.ask(*scope.owner(), id);
        return Ok(Some(call.at.plus(LOOK_AFTER)));
    }
    if import.state == State::Closed {
        let more = sweep(scope, plan, id).await?;
        return Ok(more.then(|| call.at.plus(SWEEP_REST)));
    }
    if import.ends_at > call.at {
        return Ok(Some(import.ends_at));
    }
    end(app, scope, call, &Doer::Host, id).await?;
    Ok(Some(call.at.plus(SWEEP_REST)))
}

/// The key goes first: a file that is still there after a crash is noise.
async fn end(app: &App, scope: &OrgScope, call: &Call, doer: &Doer, id: ImportId) -> Result<(), ImportError> {
    app.change(|| async {
        let Stored { version, mut record } = get(scope, id).await?;
        let before = record.import.ends_at;
        record.import.close()?;
        record.import.file_name = None;
        let mut change: Change<ImportError> = app.draft_as(scope, call, doer.clone(), "import.closed", id);
        change.plan.delete::<ImportKey>(&id);
        change.plan.add(&counters::open_imports(), -1, 0, i64::MAX);
        change.plan.unschedule::<ImportRecord>(before.as_micros(), &id);
        change.plan.schedule::<ImportRecord>(call.at.as_micros(), &id);
        change.plan.replace(&id, version, &record);
        Ok(((), change))
    })
    .await?;
    let path = file::path(app, id);
    let deleted = tokio::task::spawn_blocking(move || file::delete(&path)).await;
    deleted.map_err(|_| Refusal::Busy)?.map_err(ImportError::File)
}

/// Forgets rows, a step at a time. Returns whether there may be more.
async fn sweep(scope: &OrgScope, plan: &mut OrgPlan, id: ImportId) -> Result<bool, Refusal> {
    let checked = scope.page_within::<CheckedRow>(&id, Page::first(SWEEP_STEP)).await?;
    for (row, _) in &checked {
        plan.delete::<CheckedRow>(row);
    }
    let imported = scope.page_within::<ImportedRow>(&id, Page::first(SWEEP_STEP - checked.len())).await?;
    for (row, _) in &imported {
        plan.delete::<ImportedRow>(row);
    }
    Ok(checked.len() + imported.len() == SWEEP_STEP)
}
