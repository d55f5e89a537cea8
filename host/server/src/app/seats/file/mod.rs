//! Seats by file (R35): a sheet says who is to get a seat of which plan; another shows who holds or waits for one.
//!
//! The file is read whole into memory, within bounds and in the turn of the organisation's uploads, and kept nowhere.
//! An admin chose: no policy is asked, of whoever waits by a user group or a policy neither. INVARIANT: a row of
//! somebody who holds a seat of the plan, or waits for one by an admin's choice, changes nothing, nor does an exported
//! row of whoever waits: what was exported can be imported again, and a corrected file as often as it takes.

mod decide;
mod export;
mod lines;
mod people;

use futures_util::Stream;
use usher_domain::ids::{MemberId, PlanId};
use usher_domain::import::Note;
use usher_domain::member::WishReason;
use usher_sheets::SheetError;

pub use self::export::export;
use crate::app::App;
use crate::app::actor::{By, MovingSeats};
use crate::app::imports::{UploadBroken, next_block};
use crate::app::outgoing::WorkbookFull;
use crate::app::refusal::Refusal;
use crate::turns::TooManyWaiting;

/// Most bytes of a file.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Most rows of a file: the answer tells of each.
pub const MAX_ROWS: u32 = 50_000;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The member gets a seat.
    Give,
    /// The wish for one is kept (R36).
    Wait,
    /// They hold one, or wait for one by an admin's choice, already.
    Exists,
    /// It cannot be read, or names nobody.
    Fail,
}

/// A row and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RowReport {
    /// Its number in the sheet.
    pub row: u32,
    /// What becomes of it.
    pub verdict: Verdict,
    /// The plan it names.
    pub plan: Option<PlanId>,
    /// The member it names.
    pub member: Option<MemberId>,
    /// Why it waits.
    pub reason: Option<WishReason>,
    /// Why it fails.
    pub note: Option<Note>,
}

/// Why a file is not taken, or not written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is no sheet that is read.
    #[error("the file cannot be read: {0}")]
    Sheet(#[from] SheetError),
    /// A column is missing.
    #[error("the column {0} is missing: the first row names the columns `Plan` and `Member`")]
    Missing(&'static str),
    /// A column is there twice.
    #[error("there are two columns {0}: leave one of them out")]
    Twice(&'static str),
    /// It is too large.
    #[error("the file has more than {MAX_FILE_BYTES} bytes: split it")]
    TooLarge,
    /// Other files of the organisation are being taken, or sheets written.
    #[error(transparent)]
    Waiting(#[from] TooManyWaiting),
    /// It did not arrive whole.
    #[error("the file did not arrive whole: send it again")]
    Broken,
    /// The sheet would be too large.
    #[error(transparent)]
    Workbook(#[from] WorkbookFull),
    /// The sheet cannot be written.
    #[error("the sheet cannot be written: {0}")]
    Write(#[from] usher_sheets::WriteError),
}

/// Gives seats as a sheet says, or, without `apply`, says what would become of each row. Rows that fail change nothing,
/// the others stay.
pub async fn import<B, S>(app: &App, by: &By<MovingSeats>, apply: bool, body: S) -> Result<Vec<RowReport>, FileError>
where
    B: AsRef<[u8]>,
    S: Stream<Item = Result<B, UploadBroken>> + Unpin,
{
    // Before anything of the file is read, and until all of its rows are told of.
    let turn = app.uploads.take(by.org()).await?;
    let bytes = taken(body).await?;
    let reading = app.looks.wait(by.org()).await.map_err(|_| Refusal::Busy)?;
    let read = move || {
        let lines = lines::read(bytes);
        drop(reading);
        (lines, turn)
    };
    let (lines, _turn) = tokio::task::spawn_blocking(read).await.map_err(|_| Refusal::Busy)?;
    let lines = lines?;
    let (named, mut reports) = people::named(by, lines).await?;
    reports.extend(match apply {
        true => decide::apply(app, by, &named).await?,
        false => decide::foretell(by, &named).await?,
    });
    reports.sort_unstable_by_key(|report| report.row);
    Ok(reports)
}

async fn taken<B, S>(mut body: S) -> Result<Vec<u8>, FileError>
where
    B: AsRef<[u8]>,
    S: Stream<Item = Result<B, UploadBroken>> + Unpin,
{
    let mut bytes = Vec::new();
    while let Some(block) = next_block(&mut body).await {
        let block = block.map_err(|UploadBroken| FileError::Broken)?;
        if bytes.len() + block.as_ref().len() > MAX_FILE_BYTES {
            return Err(FileError::TooLarge);
        }
        bytes.extend_from_slice(block.as_ref());
    }
    Ok(bytes)
}
