//! What becomes of rows: read, looked up, asked about, given a seat (R24 to R28).
//!
//! The dry run and the job judge by the same steps, so that the dry run shows what the job will do; the job commits
//! what comes out, and decides again if something changed. Policies are asked for a whole batch at once.

mod approval;
mod candidate;
mod newcomers;
mod seats;

use usher_domain::ids::{DecisionId, MemberId};
use usher_domain::import::{Choices, Note, RowReport, Verdict};
use usher_domain::member::Member;
use usher_domain::password::Password;
use usher_domain::policy::approval::Decision;
use usher_domain::seat::Outcome;
use usher_domain::time::Instant;
use usher_sheets::Row;
use usher_store::OrgScope;

use super::columns::Columns;
use super::frame::Frame;
use super::seen::Seen;
use super::tally::Tally;
use crate::app::App;
use crate::app::pdp::Decided;
use crate::app::refusal::Refusal;
use crate::app::seating::Seating;
use candidate::Candidate;

pub use seats::asking;

/// Most notes that are kept of a row.
pub const MAX_NOTES: usize = 20;

/// Whether rows are looked at, or committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A dry run: departments to be made count as made.
    Check,
    /// For good: they were made before.
    Apply,
}

/// What stays the same from row to row.
pub struct Judge<'a> {
    /// Surroundings.
    pub app: &'a App,
    /// The organisation's data.
    pub scope: &'a OrgScope,
    /// What the admin chose.
    pub choices: &'a Choices,
    /// Which column is what.
    pub columns: &'a Columns,
    /// Who brought the sheet (R33).
    pub by: Option<MemberId>,
    /// When.
    pub at: Instant,
    /// Which run it is.
    pub stage: Stage,
}

/// A row and what becomes of it.
pub struct Judged {
    /// Its number in the sheet.
    pub number: u64,
    /// What becomes of it.
    pub report: RowReport,
    /// The new member, if there is one.
    pub admitted: Option<Admitted>,
    /// What the approval policies said, if there is none because of them.
    pub refused: Option<Decided<Decision>>,
}

/// A new member about to be.
pub struct Admitted {
    /// Without a seat yet.
    pub member: Member,
    /// What the approval policies said.
    pub approval: Decided<Decision>,
    /// What is to happen about a seat.
    pub seating: Seating,
    /// The password that the row gives.
    pub password: Option<Password>,
}

impl Judge<'_> {
    /// Where a decision is to be read: a dry run keeps none.
    fn kept_as(&self, decision: DecisionId) -> String {
        match self.stage {
            Stage::Check => String::new(),
            Stage::Apply => format!(": see decision {decision}"),
        }
    }

    /// Judges rows, in their order.
    pub async fn judge(
        &self,
        frame: &mut Frame,
        tally: &mut Tally,
        seen: &mut Seen,
        rows: &[Row],
    ) -> Result<Vec<Judged>, Refusal> {
        let mut judged = Vec::with_capacity(rows.len());
        let candidates = self.newcomers(frame, seen, rows, &mut judged).await?;
        let approved = self.approved(frame, candidates, &mut judged).await?;
        let mut admitted = Vec::with_capacity(approved.len());
        for (candidate, decided) in approved {
            tally.learn(self.scope, &candidate.member.departments).await?;
            match tally.admit(&candidate.member.departments) {
                Ok(()) => admitted.push((candidate, decided)),
                Err(note) => judged.push(failed(candidate.number, vec![note])),
            }
        }
        judged.extend(self.seated(frame, tally, admitted).await?);
        judged.sort_by_key(|judged| judged.number);
        Ok(judged)
    }
}

impl Judge<'_> {
    /// Those who are no members yet and whom nothing speaks against so far. Whoever is one by a login of theirs is
    /// `exists`, whatever else the row says: it may be of last year (R25).
    async fn newcomers(
        &self,
        frame: &mut Frame,
        seen: &mut Seen,
        rows: &[Row],
        judged: &mut Vec<Judged>,
    ) -> Result<Vec<Candidate>, Refusal> {
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            // A row may hold much: others are served in between.
            tokio::task::coop::consume_budget().await;
            match self.columns.read(row) {
                Ok(entry) => entries.push((row, entry)),
                Err(mut notes) => {
                    // Whoever corrects the row is told of all at once.
                    notes.extend(self.known_type(frame, row).err());
                    judged.push(failed(u64::from(row.number), notes));
                }
            }
        }
        let found = self.found(&entries.iter().map(|(_, entry)| entry).collect::<Vec<_>>()).await?;
        let mut newcomers = Vec::with_capacity(entries.len());
        for ((row, entry), found) in entries.into_iter().zip(found) {
            tokio::task::coop::consume_budget().await;
            let number = u64::from(row.number);
            // Whatever else is wrong with the row: a job that is taken up again notes all that it passes over.
            let noted = seen.note(row.number, &entry);
            if let Some(member) = found.member {
                judged.push(noted.map_or_else(|note| failed(number, vec![note]), |()| exists(number, member)));
                continue;
            }
            match self.candidate(frame, row, entry, noted.err()) {
                Ok(candidate) => match self.obstacle(frame, &candidate, &found).await? {
                    Some(note) => judged.push(failed(number, vec![note])),
                    None => newcomers.push(candidate),
                },
                Err(notes) => judged.push(failed(number, notes)),
            }
        }
        Ok(newcomers)
    }
}

fn added(candidate: Candidate, approval: Decided<Decision>, seating: Seating) -> Judged {
    let mut member = candidate.member;
    if !approval.policies.is_empty() {
        member.provenance.decision = Some(approval.id);
    }
    let (wish, wish_reason) = match seating.outcome {
        Outcome::Wish(plan, reason) => (Some(plan), Some(reason)),
        Outcome::Seat(_) | Outcome::Nothing => (None, None),
    };
    let notes = few([candidate.said, candidate.warnings].concat());
    let seat = seating.seat();
    let added = RowReport::new(Verdict::Add, notes);
    let report = RowReport { member: Some(member.id), seat, wish, wish_reason, ..added };
    let admitted = Admitted { member, approval, seating, password: candidate.entry.password };
    Judged { number: candidate.number, report, admitted: Some(admitted), refused: None }
}

/// A row about somebody who is a member already.
fn exists(number: u64, member: MemberId) -> Judged {
    let report = RowReport { member: Some(member), ..RowReport::new(Verdict::Exists, Vec::new()) };
    Judged { number, report, admitted: None, refused: None }
}

/// A row that makes no member, for these reasons.
pub fn failed(number: u64, notes: Vec<Note>) -> Judged {
    Judged { number, report: RowReport::new(Verdict::Fail, few(notes)), admitted: None, refused: None }
}

/// A row that makes no member because of what the approval policies said.
fn refused(number: u64, notes: Vec<Note>, decided: Decided<Decision>) -> Judged {
    Judged { refused: Some(decided), ..failed(number, notes) }
}

/// As many notes as are kept.
fn few(mut notes: Vec<Note>) -> Vec<Note> {
    if notes.len() > MAX_NOTES {
        let more = notes.split_off(MAX_NOTES - 1).len();
        notes.push(Note::new("more", format!("and {more} more")));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r25_so_many_notes_of_a_row_are_kept() {
        let check = |notes: usize, expected: (usize, &str)| {
            let notes = (0..notes).map(|n| Note::new("unknown_department", n.to_string())).collect();
            let kept = failed(2, notes).report.notes;
            assert_eq!((kept.len(), kept.last().unwrap().text.as_str()), expected);
        };
        check(1, (1, "0"));
        check(MAX_NOTES, (MAX_NOTES, "19"));
        check(MAX_NOTES + 30, (MAX_NOTES, "and 31 more"));
    }
}
