//! Sheets that are sent to whoever asks for them as they are written.
//!
//! A sheet is written on a thread of its own, which reads the store a step at a time ([`Taker::wait_for`]): so one of
//! any length takes the memory of a few rows, and of the blocks that wait to be taken. A workbook is built in memory,
//! and is bounded ([`Size`]).
//!
//! Owns how a sheet gets from who writes it to who takes it. Must not know what stands in it.
//!
//! INVARIANT: who takes a sheet by drops holds up nobody's for long. A writer keeps its turn; one that has to wait for
//! room for a block fails after `BLOCK_WITHIN`, and whatever it does once `SENT_WITHIN` is over.

use std::io::{self, Write};
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use usher_sheets::{Format, WriteError};

use crate::app::refusal::Refusal;
use crate::turns::{Turn, Turns};

/// Most cells of a workbook.
pub const MAX_WORKBOOK_CELLS: usize = 500_000;
/// Most bytes of the texts of a workbook.
pub const MAX_WORKBOOK_BYTES: usize = 64 << 20;

/// Sheets written at the same time: each takes memory, and most read a whole file.
const AT_ONCE: usize = 2;
/// Sheets of one organisation that wait while another of its own is written; more are refused.
const MAX_WAITING: usize = 4;
/// Bytes that are sent at a time.
const BLOCK_BYTES: usize = 64 << 10;
/// Blocks that may wait to be taken: most sheets are no longer, and their writers wait for nobody.
const MAX_BLOCKS: usize = 64;
/// How long a writer waits for room for one block.
const BLOCK_WITHIN: Duration = Duration::from_secs(10);
/// How long a sheet may take to be written and sent, but for the blocks that wait.
const SENT_WITHIN: Duration = Duration::from_mins(10);

/// Turns at writing sheets.
pub fn sheet_turns() -> Turns {
    Turns::new("sheets_by_organisation", AT_ONCE, MAX_WAITING)
}

/// A sheet, block by block. It ends with an error if it is not whole.
pub type Blocks<E> = BoxStream<'static, Result<Vec<u8>, E>>;

/// A workbook would be too large to be built in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookFull {
    /// In cells.
    #[error(
        "a workbook holds {MAX_WORKBOOK_CELLS} cells at most, and this is more: ask for `format=csv`, which has no \
         such bound"
    )]
    Cells,
    /// In text.
    #[error(
        "a workbook holds {MAX_WORKBOOK_BYTES} bytes of text at most, and this is more: ask for `format=csv`, which \
         has no such bound"
    )]
    Bytes,
}

/// How large a sheet has become.
#[derive(Debug)]
pub struct Size {
    format: Format,
    cells: usize,
    bytes: usize,
}

impl Size {
    /// Of a sheet with nothing in it.
    pub const fn new(format: Format) -> Size {
        Size { format, cells: 0, bytes: 0 }
    }

    /// Counts what comes into the sheet; an error if a workbook cannot hold so much.
    pub fn grow(&mut self, cells: usize, bytes: usize) -> Result<(), WorkbookFull> {
        self.cells = self.cells.saturating_add(cells);
        self.bytes = self.bytes.saturating_add(bytes);
        match self.format {
            Format::Xlsx if self.cells > MAX_WORKBOOK_CELLS => Err(WorkbookFull::Cells),
            Format::Xlsx if self.bytes > MAX_WORKBOOK_BYTES => Err(WorkbookFull::Bytes),
            Format::Xlsx | Format::Csv(_) => Ok(()),
        }
    }
}

/// Sends what `write` writes, which it does in the turn, and may block for. An error before anything is written, as
/// nothing of a workbook is before all of it is built, is answered; later ones break the sheet off, and the log says
/// why.
pub async fn send<E, W>(turn: Turn, write: W) -> Result<Blocks<E>, E>
where
    E: From<Refusal> + From<WriteError> + std::error::Error + Send + 'static,
    W: FnOnce(Sink) -> Result<Sink, E> + Send + 'static,
{
    let (give, blocks) = mpsc::channel(MAX_BLOCKS);
    let taker = Taker { give, until: Instant::now() + SENT_WITHIN };
    let sink = Sink { taker, block: Vec::with_capacity(BLOCK_BYTES) };
    let writer = spawn_blocking(move || {
        let written = write(sink).and_then(|mut sink| Ok(sink.give().map_err(WriteError::Io)?));
        drop(turn);
        written
    });
    let mut blocks = Box::pin(stream::unfold(Some((blocks, writer)), next));
    let first = blocks.next().await.transpose()?;
    let rest = blocks.inspect_err(|error| tracing::warn!(%error, "a sheet broke off"));
    Ok(stream::iter(first.map(Ok)).chain(rest).boxed())
}

type Writing<E> = (mpsc::Receiver<Vec<u8>>, JoinHandle<Result<(), E>>);

/// A writer that panicked, too, leaves no sheet that looks whole.
async fn next<E: From<Refusal>>(writing: Option<Writing<E>>) -> Option<(Result<Vec<u8>, E>, Option<Writing<E>>)> {
    let (mut blocks, writer) = writing?;
    if let Some(block) = blocks.recv().await {
        return Some((Ok(block), Some((blocks, writer))));
    }
    let written = writer.await.unwrap_or(Err(Refusal::Busy.into()));
    written.err().map(|error| (Err(error), None))
}

/// Who takes a sheet, as its writer knows them.
#[derive(Clone, Debug)]
pub struct Taker {
    give: mpsc::Sender<Vec<u8>>,
    until: Instant,
}

impl Taker {
    /// Waits for the store, on the writer's thread. Fails if nobody takes the sheet any more, or its time is over.
    pub fn wait_for<F: Future>(&self, read: F) -> Result<F::Output, WriteError> {
        if self.give.is_closed() {
            return Err(WriteError::Io(io::ErrorKind::BrokenPipe.into()));
        }
        let read = Handle::current().block_on(timeout_at(self.until, read));
        read.map_err(|_| WriteError::Io(io::ErrorKind::TimedOut.into()))
    }
}

/// Where a writer writes to. It fails once nobody takes the sheet any more, or too slowly.
#[derive(Debug)]
pub struct Sink {
    taker: Taker,
    block: Vec<u8>,
}

impl Sink {
    /// Who takes what is written.
    pub fn taker(&self) -> Taker {
        self.taker.clone()
    }

    fn give(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        let until = self.taker.until.min(Instant::now() + BLOCK_WITHIN);
        match Handle::current().block_on(timeout_at(until, self.taker.give.send(block))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK_BYTES {
            self.give()?;
        }
        Ok(taken)
    }

    /// What is written goes on its way in blocks, and the last one at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use usher_domain::ids::OrgId;
    use usher_sheets::Separator;

    use super::*;
    use crate::app::imports::ImportError;

    const ORG: OrgId = OrgId::from_bytes([1; 16]);

    fn turns() -> Arc<Turns> {
        Arc::new(Turns::new("sheets", 1, 1))
    }

    async fn sent<W>(write: W) -> Result<Blocks<ImportError>, ImportError>
    where
        W: FnOnce(Sink) -> Result<Sink, ImportError> + Send + 'static,
    {
        send(turns().take(ORG).await.unwrap(), write).await
    }

    fn blocks(mut sink: Sink, blocks: usize) -> Result<Sink, ImportError> {
        // Begun with less than a block, so that no write ends where a block does.
        sink.write_all(b"a").map_err(WriteError::Io)?;
        sink.write_all(&vec![b'a'; blocks * BLOCK_BYTES]).map_err(WriteError::Io)?;
        Ok(sink)
    }

    fn kind(error: Option<&ImportError>) -> Option<io::ErrorKind> {
        match error {
            Some(ImportError::Write(WriteError::Io(error))) => Some(error.kind()),
            _ => None,
        }
    }

    #[tokio::test]
    async fn r25_a_sheet_comes_whole_or_ends_with_an_error() {
        let whole: Vec<_> = sent(|sink| blocks(sink, 2 * MAX_BLOCKS)).await.unwrap().try_collect().await.unwrap();
        assert_eq!(whole.concat().len(), 2 * MAX_BLOCKS * BLOCK_BYTES + 1);
        assert!(whole.iter().all(|block| (1..=BLOCK_BYTES).contains(&block.len())));
        let refused = sent(|_| Err(ImportError::Broken)).await;
        assert!(matches!(refused.err(), Some(ImportError::Broken)), "before anything is sent");
        let broken_off = sent(|sink| blocks(sink, 1).and(Err(ImportError::Broken))).await.unwrap();
        assert!(matches!(broken_off.collect::<Vec<_>>().await[..], [Ok(_), Err(ImportError::Broken)]));
        let panicked = sent(|sink| panic!("{:?}", blocks(sink, 1).is_ok())).await.unwrap();
        assert!(matches!(panicked.collect::<Vec<_>>().await[..], [Ok(_), Err(ImportError::Refused(Refusal::Busy))]));
    }

    #[tokio::test(start_paused = true)]
    async fn r25_who_takes_a_sheet_by_drops_keeps_the_turn_from_others_for_so_long() {
        let turns = turns();
        let slow = send(turns.take(ORG).await.unwrap(), |sink| blocks(sink, 2 * MAX_BLOCKS)).await.unwrap();
        let next = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.take(ORG).await.map(drop) }
        });
        while !next.is_finished() {
            tokio::time::advance(BLOCK_WITHIN).await;
        }
        let taken: Vec<_> = slow.collect().await;
        let end = kind(taken.last().and_then(|last| last.as_ref().err()));
        assert_eq!(end, Some(io::ErrorKind::TimedOut), "it is not taken for the whole");
    }

    #[tokio::test]
    async fn r25_who_goes_away_ends_the_writing() {
        let (tell, told) = std::sync::mpsc::channel();
        let gone = sent(move |sink| {
            let taker = sink.taker();
            let written = blocks(sink, 2 * MAX_BLOCKS);
            let read: Result<_, ImportError> = taker.wait_for(async {}).map_err(ImportError::from);
            tell.send((kind(written.as_ref().err()), kind(read.err().as_ref()))).unwrap();
            written
        });
        drop(gone.await.unwrap());
        let told = spawn_blocking(move || told.recv().unwrap()).await.unwrap();
        assert_eq!(told, (Some(io::ErrorKind::BrokenPipe), Some(io::ErrorKind::BrokenPipe)));
    }

    #[test]
    fn r25_a_workbook_is_bounded_in_cells_and_in_bytes_and_csv_is_not() {
        let check = |format: Format, (cells, bytes): (usize, usize), expected: Result<(), WorkbookFull>| {
            let mut size = Size::new(format);
            let grown = size.grow(1, 1).and(size.grow(cells - 1, bytes - 1));
            assert_eq!(grown, expected, "{format:?} {cells} {bytes}");
        };
        check(Format::Xlsx, (MAX_WORKBOOK_CELLS, MAX_WORKBOOK_BYTES), Ok(()));
        check(Format::Xlsx, (MAX_WORKBOOK_CELLS + 1, 1), Err(WorkbookFull::Cells));
        check(Format::Xlsx, (1, MAX_WORKBOOK_BYTES + 1), Err(WorkbookFull::Bytes));
        check(Format::Csv(Separator::Comma), (MAX_WORKBOOK_CELLS + 1, MAX_WORKBOOK_BYTES + 1), Ok(()));
    }
}
