//! The job that makes members of rows (R25 to R28).
//!
//! Rows go in their order, a batch in one commit. A commit that a row stands in the way of is halved until that row
//! is alone: it fails with its reason, all others come in. Whoever loses a race for a seat comes in without one, and
//! what was wanted is kept (R27, R36). What was done is known by the last row that was noted, so a job that is taken up
//! again goes on behind it.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fmt::Display;

use serde_json::json;
use usher_domain::ids::{ImportId, PlanId};
use usher_domain::import::{Note, State, UnknownDepartments, Verdict};
use usher_domain::member::{Login, Member};
use usher_domain::plan::member_limit;
use usher_sheets::Row;
use usher_store::{CommitError, OrgScope, Page};

use super::columns::Columns;
use super::file::Batches;
use super::frame::{Frame, Led};
use super::jobs::Job;
use super::judge::{Admitted, Judge, Judged, Stage, asking, failed};
use super::keys::Keys;
use super::passwords::Passwords;
use super::seen::Seen;
use super::tally::Tally;
use super::{ImportError, ImportedRow, accounts, departments};
use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::counters;
use crate::app::deliveries::Room;
use crate::app::groups::group_new;
use crate::app::login::business;
use crate::app::members::enrol::{EnrolError, enrol};
use crate::app::members::welcome;
use crate::app::pdp::Effect;
use crate::app::refusal::Refusal;
use crate::app::sso::index;

/// Most rows in one commit: each takes some twenty operations.
const BATCH: usize = 400;

/// Why a batch of rows is not committed.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody has the address by now, or there is no room any more.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// Somebody was faster to get the seat, of this plan.
    #[error("no seat of the plan is free any more")]
    SeatGone(Option<PlanId>),
    /// The row was dealt with, by another host.
    #[error("the row was dealt with already")]
    Done,
    /// The import is not to be applied any more: its keys may be gone.
    #[error("the import was stopped")]
    Stopped,
}

impl Unfit {
    /// Whether a part of the batch may still be committed.
    fn is_about_rows(&self) -> bool {
        match self {
            Unfit::Enrol(_) | Unfit::SeatGone(_) | Unfit::Done => true,
            Unfit::Refused(Refusal::Busy | Refusal::Commit(CommitError::TooLarge { .. })) => true,
            Unfit::Refused(_) | Unfit::Stopped => false,
        }
    }
}

/// What is known of rows beside what is there now.
#[derive(Default)]
struct Known {
    /// Plans whose last seat somebody else was faster to get: none of theirs is free.
    gone: BTreeSet<PlanId>,
    /// Why they fail.
    fault: Option<Note>,
}

fn note(error: &EnrolError) -> Note {
    match error {
        EnrolError::WorkEmailTaken(_) | EnrolError::PhoneTaken(_) | EnrolError::BusinessEmailTaken(_) => {
            Note::new("taken", "another member got the address or number at the same time")
        }
        error => Note::new("not_committed", error.to_string()),
    }
}

/// Why the only row of a commit fails; nothing if that does not lie in the row.
fn fault(error: &Unfit) -> Option<Note> {
    match error {
        Unfit::Enrol(error) => Some(note(error)),
        Unfit::Refused(Refusal::Commit(error @ CommitError::TooLarge { .. })) => {
            Some(Note::new("too_large", format!("the row and what policies say of it are too much: {error}")))
        }
        Unfit::Refused(_) | Unfit::SeatGone(_) | Unfit::Done | Unfit::Stopped => None,
    }
}

/// Applies what was not applied yet, unless it is told to stop.
pub async fn run(job: &Job) -> Result<(), ImportError> {
    let (app, scope, id) = (&*job.app, &job.scope, job.record.import.id);
    let mut batches = Batches::open(app, scope, id, BATCH).await?;
    let (columns, keys) = (std::mem::take(&mut batches.columns), batches.keys.clone());
    let mut applying = Applying {
        job,
        columns: &columns,
        keys: &keys,
        seen: Seen::default(),
        frame: Frame::read(app, scope, app.clock.now(), None).await?,
        together: BATCH,
        passwords: Passwords::default(),
    };
    let done = last_row(scope, id).await?;
    while let Some(mut rows) = batches.next().await? {
        if job.is_stopped().await? {
            return Ok(());
        }
        let behind = rows.partition_point(|row| u64::from(row.number) <= done);
        applying.pass_over(&rows[..behind]);
        rows.drain(..behind);
        applying.make_departments(&rows).await?;
        match applying.apply(rows).await {
            Err(Unfit::Stopped) => return Ok(()),
            applied => applied.map_err(refused)?,
        }
    }
    let counts = super::applied(scope, id).await?;
    job.end("import.finished", &counts, |import, change| {
        import.step(State::Finished, app.clock.now());
        change.event(app, "import.finished", json!({ "import": id, "rows": counts }));
    })
    .await
}

async fn last_row(scope: &OrgScope, id: ImportId) -> Result<u64, Refusal> {
    let last = scope.page_within::<ImportedRow>(&id, Page::last(1)).await?;
    Ok(last.first().map_or(0, |((_, number), _)| *number))
}

struct Applying<'a> {
    job: &'a Job,
    columns: &'a Columns,
    keys: &'a Keys,
    seen: Seen,
    frame: Frame,
    /// Rows in one commit: less than [`BATCH`] once so many were too large for one.
    together: usize,
    /// Of the batch.
    passwords: Passwords,
}

impl Applying<'_> {
    /// Rows that were applied before: their addresses count as seen.
    fn pass_over(&mut self, rows: &[Row]) {
        for row in rows {
            if let Ok(entry) = self.columns.read(row) {
                // What it says was said when the row was applied.
                let _ = self.seen.note(row.number, &entry);
            }
        }
    }

    /// Makes the departments that rows name and that there are not, if that was chosen (R28).
    async fn make_departments(&mut self, rows: &[Row]) -> Result<(), Refusal> {
        if self.job.record.import.choices.unknown_departments != UnknownDepartments::Create {
            return Ok(());
        }
        let (app, scope, call) = (&*self.job.app, &self.job.scope, self.job.call());
        self.frame = Frame::read(app, scope, call.at, Some(&self.frame)).await?;
        let directory = &self.frame.directory;
        let mut known = HashSet::new();
        let named = rows.iter().filter_map(|row| self.columns.read(row).ok()).flat_map(|entry| entry.departments);
        let missing = named.filter(|path| directory.find(path) == Led::Nowhere && known.insert(path.clone()));
        let missing: Vec<_> = missing.filter(|path| directory.check(path).is_ok()).collect();
        departments::create(self.job, &call, &missing).await
    }

    /// Commits rows, together where that can be.
    async fn apply(&mut self, mut rows: Vec<Row>) -> Result<(), Unfit> {
        self.passwords = Passwords::default();
        let mut parts = VecDeque::new();
        while rows.len() > self.together {
            let rest = rows.split_off(self.together);
            parts.push_back(std::mem::replace(&mut rows, rest));
        }
        parts.push_back(rows);
        while let Some(mut part) = parts.pop_front() {
            if part.is_empty() {
                continue;
            }
            let committed = match part.as_slice() {
                [_] => self.alone(&part).await,
                _ => self.commit(&part, &Known::default()).await,
            };
            match committed {
                Ok(()) => {}
                Err(error) if error.is_about_rows() && part.len() > 1 => {
                    let second = part.split_off(part.len() / 2);
                    if matches!(error, Unfit::Refused(Refusal::Commit(CommitError::TooLarge { .. }))) {
                        self.together = second.len();
                    }
                    parts.push_front(second);
                    parts.push_front(part);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Commits one row, whatever becomes of it.
    async fn alone(&mut self, row: &[Row]) -> Result<(), Unfit> {
        let mut known = Known::default();
        loop {
            match self.commit(row, &known).await {
                Ok(()) | Err(Unfit::Done) => return Ok(()),
                Err(Unfit::SeatGone(Some(plan))) if known.gone.insert(plan) => {}
                Err(error) => match fault(&error).filter(|_| known.fault.is_none()) {
                    Some(fault) => known.fault = Some(fault),
                    None => return Err(error),
                },
            }
        }
    }

    /// Judges rows by what is there now and commits them.
    async fn commit(&mut self, rows: &[Row], known: &Known) -> Result<(), Unfit> {
        let (app, scope, job) = (&*self.job.app, &self.job.scope, self.job);
        let (import, columns, keys) = (&self.job.record.import, self.columns, self.keys);
        // `App::change` decides again after a conflict, and what a round reads goes into the next one: by a lock that
        // nobody else wants, as the compiler does not take futures that borrow of their closure to be `Send`.
        let state = tokio::sync::Mutex::new((&mut self.frame, &mut self.seen, &mut self.passwords));
        app.change(|| async {
            let mut state = state.lock().await;
            let (frame, seen, passwords) = &mut *state;
            // Whoever waits for a seat does so from when they came, not from when the import began (R36).
            let call = job.call();
            let at = call.at;
            if !job.is_current().await? {
                return Err(Unfit::Stopped);
            }
            **frame = Frame::read(app, scope, at, Some(&**frame)).await?;
            let judged = match &known.fault {
                Some(note) => rows.iter().map(|row| failed(u64::from(row.number), vec![note.clone()])).collect(),
                None => {
                    let mut tally = Tally::read(scope, frame, at).await?;
                    known.gone.iter().for_each(|plan| tally.take_all(*plan));
                    let (by, choices) = (import.by, &import.choices);
                    let judge = Judge { app, scope, choices, columns, by, at, stage: Stage::Apply };
                    judge.judge(frame, &mut tally, seen, rows).await?
                }
            };
            passwords.make(app, keys, &judged).await?;
            let mut change = draft(&Batch { job, call, frame, passwords }, judged).await?;
            job.guard(&mut change.writes);
            Ok(((), change))
        })
        .await
        .map(drop)
    }
}

/// What the rows of one commit have in common.
struct Batch<'a> {
    job: &'a Job,
    call: Call,
    frame: &'a Frame,
    passwords: &'a Passwords,
}

/// One commit of judged rows.
async fn draft(batch: &Batch<'_>, judged: Vec<Judged>) -> Result<Change<Unfit>, Refusal> {
    let (app, scope, import) = (&*batch.job.app, &batch.job.scope, batch.job.record.import.id);
    let doer = batch.job.record.doer.clone();
    let numbers = (judged.first().map(|row| row.number), judged.last().map(|row| row.number));
    let refused_by: BTreeSet<_> =
        judged.iter().filter_map(|row| row.refused.as_ref()).flat_map(|it| &it.policies).collect();
    let mut change: Change<Unfit> = app
        .draft_as(scope, &batch.call, doer, "import.rows_applied", import)
        .after(&numbers)
        .decided_by(refused_by.into_iter().cloned());
    batch.frame.guard(&mut change.writes);
    for verdict in Verdict::ALL {
        let rows = judged.iter().filter(|row| row.report.verdict == *verdict).count();
        if rows > 0 {
            let by = i64::try_from(rows).unwrap_or(i64::MAX);
            change.writes.add(&counters::imported_rows(import, *verdict), by, 0, i64::MAX);
        }
    }
    let mut room = Room::of(scope, &batch.frame.organisation, batch.call.at).await?;
    let mut members = Vec::with_capacity(judged.len());
    for Judged { number, mut report, admitted, refused } in judged {
        let came_in_by = admitted.as_ref().and_then(|admitted| admitted.member.provenance.decision);
        report.decision = refused.as_ref().map(|refused| refused.id).or(came_in_by);
        if let Some(refused) = refused {
            refused.record.nameless().keep(&mut change.writes, effect("rejected", &import));
        }
        change.insert(&(import, number), &ImportedRow(report), Unfit::Done);
        if let Some(admitted) = admitted {
            members.push(admit(batch, &mut change, number, admitted, room));
            room.less_one();
        }
    }
    let accounts = members.iter().filter(|member| member.login == Login::BusinessEmail).count();
    accounts::count_up(&mut change, import, accounts);
    index::add_all(app, scope, &mut change.writes, &members.iter().collect::<Vec<_>>()).await?;
    Ok(change)
}

/// What one new member writes, beside their match keys.
fn admit(batch: &Batch<'_>, change: &mut Change<Unfit>, number: u64, admitted: Admitted, room: Room) -> Member {
    let (app, frame, at) = (&*batch.job.app, batch.frame, batch.call.at);
    let Admitted { mut member, approval, seating, .. } = admitted;
    let policies: Vec<String> = approval.policies.iter().chain(seating.policies()).cloned().collect();
    if !approval.policies.is_empty() {
        approval.record.keep(&mut change.writes, effect("admitted", &member.id));
    }
    let seat = seating.seat();
    seating.apply(app, change, &asking(frame, at), &mut member, || Unfit::SeatGone(seat));
    if batch.job.record.import.choices.invite {
        welcome::invite(app, &mut change.writes, &frame.organisation, &mut member, at, room);
    }
    group_new(app, at, change, &frame.grouping, &frame.under(&member.departments), &mut member);
    let (plans, today) = (&frame.plans.record.plans, frame.today(at));
    enrol(change, &member, member_limit(plans, today, frame.organisation.member_limit));
    business::claim(change, &member, batch.passwords.of(number));
    change.also("member.added", member.id, &member, policies);
    change.event(app, "member.added", json!({ "member": member.id, "import": batch.job.record.import.id }));
    member
}

/// What came of a decision about a row, of which no host rule made another one.
fn effect(outcome: &str, target: &dyn Display) -> Effect {
    Effect { outcome: outcome.to_owned(), clamps: Vec::new(), target: Some(target.to_string()) }
}

fn refused(error: Unfit) -> Refusal {
    match error {
        Unfit::Refused(refusal) => refusal,
        Unfit::Enrol(_) | Unfit::SeatGone(_) | Unfit::Done | Unfit::Stopped => Refusal::Busy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r25_a_row_that_no_commit_takes_fails_and_one_that_may_be_tried_again_does_not() {
        let check = |error: Unfit, expected: Option<&str>| {
            let told = fault(&error).map(|note| note.code);
            assert_eq!(told.as_deref(), expected, "{error}");
        };
        let too_large = CommitError::TooLarge { what: "bytes of a commit", size: 2, limit: 1 };
        check(Unfit::Refused(Refusal::Commit(too_large)), Some("too_large"));
        check(Unfit::Refused(Refusal::Busy), None);
        check(Unfit::SeatGone(None), None);
        check(Unfit::Done, None);
        check(Unfit::Stopped, None);
    }
}
