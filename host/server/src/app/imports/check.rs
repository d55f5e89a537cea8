//! The dry run: every row's verdict, seats needed against seats free, unknown departments (R25).

use usher_domain::import::{Counts, Import, MAX_NOTE_BYTES, State, Summary};
use usher_store::{MAX_COMMIT_BYTES, OrgScope, Stored};

use super::file::Batches;
use super::frame::Frame;
use super::jobs::Job;
use super::judge::{Judge, Judged, MAX_NOTES, Stage};
use super::seen::Seen;
use super::tally::Tally;
use super::{CheckedRow, ImportError, ImportRecord, get};
use crate::app::change::Change;
use crate::app::refusal::Refusal;

/// Rows that policies are asked about at a time.
const BATCH: usize = 1_000;

// INVARIANT: what is kept of a batch fits a commit: the texts of its notes, and as much again for all else.
const _: () = assert!(2 * BATCH * MAX_NOTES * MAX_NOTE_BYTES <= MAX_COMMIT_BYTES);

/// Checks all rows. Returns nothing if it was told to stop.
pub async fn run(job: &Job, record: &ImportRecord) -> Result<Option<()>, ImportError> {
    let (app, scope, import) = (&*job.app, &job.scope, &record.import);
    let mut batches = Batches::open(app, scope, import.id, BATCH).await?;
    let columns = std::mem::take(&mut batches.columns);
    let at = app.clock.now();
    let mut frame = Frame::read(app, scope, at, None).await?;
    let mut tally = Tally::read(scope, &frame, at).await?;
    let (mut seen, mut counts) = (Seen::default(), Counts::default());
    let judge =
        Judge { app, scope, choices: &import.choices, columns: &columns, by: import.by, at, stage: Stage::Check };
    while let Some(rows) = batches.next().await? {
        if job.is_stopped(import.id, State::Checking).await? {
            return Ok(None);
        }
        let judged = judge.judge(&mut frame, &mut tally, &mut seen, &rows).await?;
        judged.iter().for_each(|row| counts.count(row.report.verdict));
        keep(scope, import, judged).await?;
        app.jobs.tell(import.id, counts);
    }
    let (unknown_departments, more_unknown_departments) = frame.directory.unknown.told();
    let summary = Summary { counts, seats: tally.needed(), unknown_departments, more_unknown_departments };
    finish(job, import, summary).await.map(Some)
}

/// What a check before wrote is written over: the rows are the same.
async fn keep(scope: &OrgScope, import: &Import, judged: Vec<Judged>) -> Result<(), Refusal> {
    let mut writes = scope.writes();
    for Judged { number, mut report, admitted, .. } in judged {
        // The member is not made, so their id would lead nowhere.
        if admitted.is_some() {
            report.member = None;
        }
        writes.put(&(import.id, number), &CheckedRow(report));
    }
    writes.commit().await.map(drop).map_err(Refusal::Commit)
}

async fn finish(job: &Job, import: &Import, summary: Summary) -> Result<(), ImportError> {
    let (app, scope) = (&*job.app, &job.scope);
    app.change(|| async {
        let Stored { version, record } = get(scope, import.id).await?;
        let mut record = record;
        let mut change: Change<ImportError> = app
            .draft_as(scope, &job.call(&record), record.doer.clone(), "import.dry_run_finished", import.id)
            .before(&record.import.state)
            .after(&summary.counts);
        if record.import.state == State::Checking {
            record.import.summary = Some(summary.clone());
            record.import.step(State::Checked, app.clock.now());
        }
        change.writes.schedule::<ImportRecord>(record.import.ends_at.as_micros(), &import.id);
        change.writes.replace(&import.id, version, &record);
        Ok(((), change))
    })
    .await
    .map(drop)
}
