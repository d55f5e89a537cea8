//! What became of rows: listed, and sent back as a sheet to be corrected (R25).

use std::collections::VecDeque;

use usher_domain::ids::ImportId;
use usher_domain::import::{RowReport, Verdict};
use usher_sheets::{Cell, Format, Refusals};
use usher_store::{OrgScope, Page};

use super::columns::Columns;
use super::file::{self, Place};
use super::outgoing::{self, Blocks, Size, wait_for};
use super::{CheckedRow, ImportError, ImportedRow, get};
use crate::app::App;
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;
use crate::turns::Turns;

/// Rows read at a time.
const STEP: usize = 1_000;
/// Rows looked through for one page, at most.
const MAX_LOOKED_AT: usize = 10_000;
/// Sheets written at the same time, of failed rows or of accounts: each reads the whole file again. Files that were
/// uploaded are looked at in the same turns, since opening one may take much memory.
const SHEETS_AT_ONCE: usize = 2;
/// Sheets of one organisation that wait while another of its own is written; more are refused.
const MAX_SHEETS_WAITING: usize = 4;
/// Title of the last column.
const REASON: &str = "Reason";

/// Turns at writing sheets of imports.
pub fn sheet_turns() -> Turns {
    Turns::new("sheets_by_organisation", SHEETS_AT_ONCE, MAX_SHEETS_WAITING)
}

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
/// the sheet alone (R29).
pub async fn error_sheet(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: ImportId,
    format: Format,
) -> Result<Blocks, ImportError> {
    let record = get(&by.scope, id).await?.record;
    record.check_brought_by(&by.actor)?;
    let (place, keys) = (Place::of(app, &by.org(), id), file::keys(app, by, &record.import).await?);
    let mut failed =
        Failed { scope: by.scope.clone(), id, begun: record.import.begun, read: VecDeque::new(), last: None };
    let turn = app.sheets.take(by.org()).await?;
    outgoing::send(turn, move |sink| {
        let sheet = file::open(&place.sheet(), &keys.file)?;
        let secret = Columns::of(sheet.header())?.secret();
        let mut refusals = Refusals::new(sink, format, "Members", sheet.header(), &secret, REASON)?;
        let mut size = Size::new(format);
        for row in sheet {
            let row = row?;
            let Some(reason) = failed.reason(u64::from(row.number))? else { continue };
            let texts: usize = row.cells.iter().filter_map(Cell::text).map(str::len).sum();
            size.grow(row.cells.len() + 1, texts + reason.len())?;
            refusals.add(&row, &reason)?;
        }
        Ok(refusals.finish()?)
    })
    .await
}

/// Rows that failed, with their reasons, asked for in the order of rows.
struct Failed {
    scope: OrgScope,
    id: ImportId,
    begun: bool,
    read: VecDeque<(u64, String)>,
    /// The last row that was looked at.
    last: Option<u64>,
}

impl Failed {
    /// Why a row failed, if it did. Blocks.
    fn reason(&mut self, number: u64) -> Result<Option<String>, Refusal> {
        loop {
            while let Some((failed, reason)) = self.read.pop_front_if(|(failed, _)| *failed <= number) {
                if failed == number {
                    return Ok(Some(reason));
                }
            }
            if !self.read.is_empty() || self.last.is_some_and(|last| last >= number) {
                return Ok(None);
            }
            let rows = wait_for(step(&self.scope, self.id, self.begun, self.last))?;
            // Behind the last of them nothing is looked for any more.
            self.last = Some(rows.last().map_or(u64::MAX, |(number, _)| *number));
            let failures = rows.into_iter().filter(|(_, report)| report.verdict == Verdict::Fail);
            self.read.extend(failures.map(|(number, report)| (number, reason(&report))));
        }
    }
}

fn reason(report: &RowReport) -> String {
    let texts: Vec<_> = report.notes.iter().map(|note| note.text.as_str()).collect();
    texts.join("; ")
}
