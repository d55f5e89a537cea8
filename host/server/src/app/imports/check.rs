//! The dry run: every row's verdict, seats needed against seats free, unknown departments (R25).

use usher_domain::import::{Counts, MAX_NOTE_BYTES, State, Summary};
use usher_store::{CommitError, MAX_COMMIT_BYTES};

use super::file::Batches;
use super::frame::Frame;
use super::jobs::Job;
use super::judge::{Judge, Judged, MAX_NOTES, Stage};
use super::seen::Seen;
use super::tally::Tally;
use super::{CheckedRow, ImportError};
use crate::app::refusal::Refusal;

/// Rows that policies are asked about at a time.
const BATCH: usize = 1_000;

// INVARIANT: what is kept of a batch fits a commit: the texts of its notes, and as much again for all else.
const _: () = assert!(2 * BATCH * MAX_NOTES * MAX_NOTE_BYTES <= MAX_COMMIT_BYTES);

/// Checks all rows, unless it is told to stop.
pub async fn run(job: &Job) -> Result<(), ImportError> {
    let (app, scope, import) = (&*job.app, &job.scope, &job.record.import);
    // Not what a check told that was cut short.
    app.jobs.tell(import.id, Counts::default());
    let mut batches = Batches::open(app, scope, import.id, BATCH).await?;
    let columns = std::mem::take(&mut batches.columns);
    let at = app.clock.now();
    let mut frame = Frame::read(app, scope, at, None).await?;
    let mut tally = Tally::read(scope, &frame, at).await?;
    let (mut seen, mut counts) = (Seen::default(), Counts::default());
    let judge =
        Judge { app, scope, choices: &import.choices, columns: &columns, by: import.by, at, stage: Stage::Check };
    while let Some(rows) = batches.next().await? {
        if job.is_stopped().await? {
            return Ok(());
        }
        let judged = judge.judge(&mut frame, &mut tally, &mut seen, &rows).await?;
        judged.iter().for_each(|row| counts.count(row.report.verdict));
        match keep(job, judged).await {
            // What is not there any more has been forgotten, and stays so.
            Err(CommitError::Conflict { .. }) => return Ok(()),
            kept => kept.map_err(Refusal::Commit)?,
        }
        app.jobs.tell(import.id, counts);
    }
    let (unknown_departments, more_unknown_departments) = frame.directory.unknown.told();
    let summary = Summary { counts, seats: tally.needed(), unknown_departments, more_unknown_departments };
    job.end("import.dry_run_finished", &counts, |import, _| {
        import.summary = Some(summary.clone());
        import.step(State::Checked, app.clock.now());
    })
    .await
}

/// What a check before wrote is written over: the rows are the same.
async fn keep(job: &Job, judged: Vec<Judged>) -> Result<(), CommitError> {
    let mut writes = job.scope.writes();
    job.guard(&mut writes);
    for Judged { number, mut report, admitted, .. } in judged {
        // The member is not made, so their id would lead nowhere.
        if admitted.is_some() {
            report.member = None;
        }
        writes.put(&(job.record.import.id, number), &CheckedRow(report));
    }
    writes.commit().await.map(drop)
}
