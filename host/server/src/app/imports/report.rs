//! What became of rows: listed, and sent back as a sheet to be corrected (R25).

use std::collections::VecDeque;

use usher_domain::ids::ImportId;
use usher_domain::import::{Import, RowReport, State, Verdict};
use usher_sheets::{Cell, Format, Refusals};
use usher_store::{OrgScope, Page};

use super::brought::Brought;
use super::columns::Columns;
use super::{CheckedRow, ImportError, ImportedRow, get};
use crate::app::App;
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::outgoing::{self, Blocks, Size, Taker};
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;

/// Rows read at a time.
const STEP: usize = 1_000;
/// Rows looked through for one page, at most.
const MAX_LOOKED_AT: usize = 10_000;
/// Title of the last column.
const REASON: &str = "Reason";

/// A row with its number in the sheet.
pub type ReportedRow = (u64, RowReport);

/// What became of rows, in their order; of an import that has not begun, what would. A page may be short of its limit
/// and yet not be the last.
pub async fn rows(
    by: &By<MembersAndDepartments>,
    id: ImportId,
    verdict: Option<Verdict>,
    paging: &Paging,
) -> Result<PageOf<ReportedRow>, Refusal> {
    let begun = get(&by.scope, id).await?.record.import.begun;
    let mut last = paging.after_position()?;
    let (mut items, mut looked_at) = (Vec::new(), 0);
    loop {
        let rows = step(&by.scope, id, begun, last).await?;
        let done = rows.is_empty();
        looked_at += rows.len();
        for (number, report) in rows {
            if items.len() == paging.limit {
                return Ok(PageOf { items, next: last.map(place) });
            }
            last = Some(number);
            if verdict.is_none_or(|verdict| verdict == report.verdict) {
                items.push((number, report));
            }
        }
        if done || looked_at >= MAX_LOOKED_AT {
            return Ok(PageOf { items, next: last.filter(|_| !done).map(place) });
        }
    }
}

fn place(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

async fn step(scope: &OrgScope, id: ImportId, begun: bool, after: Option<u64>) -> Result<Vec<ReportedRow>, Refusal> {
    let page = Page::first(STEP).after(after.map(|after| (id, after)));
    if begun {
        let rows = scope.page_within::<ImportedRow>(&id, page).await?;
        return Ok(rows.into_iter().map(|((_, number), found)| (number, found.record.0)).collect());
    }
    let rows = scope.page_within::<CheckedRow>(&id, page).await?;
    Ok(rows.into_iter().map(|((_, number), found)| (number, found.record.0)).collect())
}

/// The rows that failed, or would, column by column with their reasons; passwords are blank (R25). For whoever brought
/// the sheet alone (R29). Of a file that cannot be read to its end, those before that place.
pub async fn error_sheet(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: ImportId,
    format: Format,
) -> Result<Blocks<ImportError>, ImportError> {
    let (brought, turn) = Brought::open(app, by, id).await?;
    outgoing::send(turn, move |sink| {
        let sheet = brought.sheet()?;
        let secret = Columns::of(sheet.header())?.secret();
        let mut failed = Failed { brought: &brought, taker: sink.taker(), read: VecDeque::new(), last: None };
        let mut refusals = Refusals::new(sink, format, "Members", sheet.header(), &secret, REASON)?;
        let mut size = Size::new(format);
        for row in sheet {
            let row = match row {
                Err(_) if brought.import.state == State::Unreadable => break,
                row => row?,
            };
            let Some(reason) = failed.reason(u64::from(row.number))? else { continue };
            let texts: usize = row.cells.iter().map(Cell::bytes).sum();
            size.grow(row.cells.len() + 1, texts + reason.len())?;
            refusals.add(&row, &reason)?;
        }
        Ok(refusals.finish()?)
    })
    .await
}

/// Rows that failed, with their reasons, asked for in the order of rows.
struct Failed<'a> {
    brought: &'a Brought,
    taker: Taker,
    read: VecDeque<(u64, String)>,
    /// The last row that was looked at.
    last: Option<u64>,
}

impl Failed<'_> {
    /// Why a row failed, if it did. Blocks.
    fn reason(&mut self, number: u64) -> Result<Option<String>, ImportError> {
        loop {
            while let Some((failed, reason)) = self.read.pop_front_if(|(failed, _)| *failed <= number) {
                if failed == number {
                    return Ok(Some(reason));
                }
            }
            if !self.read.is_empty() || self.last.is_some_and(|last| last >= number) {
                return Ok(None);
            }
            let rows = self.taker.wait_for(self.step())??;
            // Behind the last of them nothing is looked for any more.
            self.last = Some(rows.last().map_or(u64::MAX, |(number, _)| *number));
            let failures = rows.into_iter().filter(|(_, report)| report.verdict == Verdict::Fail);
            self.read.extend(failures.map(|(number, report)| (number, reason(&report))));
        }
    }

    async fn step(&self) -> Result<Vec<ReportedRow>, ImportError> {
        let Import { id, begun, .. } = self.brought.import;
        let rows = step(&self.brought.scope, id, begun, self.last).await?;
        self.brought.still().await?;
        Ok(rows)
    }
}

fn reason(report: &RowReport) -> String {
    let texts: Vec<_> = report.notes.iter().map(|note| note.text.as_str()).collect();
    texts.join("; ")
}
