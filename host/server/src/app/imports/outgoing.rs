//! Sheets about an import, sent to whoever asks for them as they are written.
//!
//! A sheet is written on a thread of its own, which reads the store a step at a time ([`wait_for`]): so one of any length
//! takes the memory of a few rows. A workbook is built in memory and is bounded ([`Size`]).
//!
//! Owns how a sheet gets from who writes it to who takes it. Must not know what stands in it.
//!
//! INVARIANT: writing keeps its turn to its end, and ends [`SENT_WITHIN`] after it began: whoever takes a sheet by drops
//! holds up nobody's for longer.

use std::io::{self, Write};
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use usher_sheets::Format;

use super::ImportError;
use crate::app::refusal::Refusal;
use crate::turns::Turn;

/// Most cells of a workbook.
pub const MAX_WORKBOOK_CELLS: usize = 500_000;
/// Most bytes of the texts of a workbook.
pub const MAX_WORKBOOK_BYTES: usize = 64 << 20;

/// Bytes that are sent at a time.
const BLOCK_BYTES: usize = 64 << 10;
/// Blocks that wait to be taken.
const WAITING: usize = 4;
/// How long a sheet may take to be sent.
const SENT_WITHIN: Duration = Duration::from_mins(10);

/// A sheet, block by block. It ends with an error if it is not whole.
pub type Blocks = BoxStream<'static, Result<Vec<u8>, ImportError>>;

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
    pub fn grow(&mut self, cells: usize, bytes: usize) -> Result<(), ImportError> {
        self.cells = self.cells.saturating_add(cells);
        self.bytes = self.bytes.saturating_add(bytes);
        let is_too_large = self.cells > MAX_WORKBOOK_CELLS || self.bytes > MAX_WORKBOOK_BYTES;
        if self.format == Format::Xlsx && is_too_large { Err(ImportError::Workbook) } else { Ok(()) }
    }
}

/// Sends what `write` writes, which it does in the turn and without hurry: it may block. An error before anything is
/// written, as all errors of a workbook are, is answered; later ones break the sheet off, and the log says why.
pub async fn send<W>(turn: Turn, write: W) -> Result<Blocks, ImportError>
where
    W: FnOnce(Sink) -> Result<Sink, ImportError> + Send + 'static,
{
    let (give, blocks) = mpsc::channel(WAITING);
    let sink = Sink { give, until: Instant::now() + SENT_WITHIN, block: Vec::with_capacity(BLOCK_BYTES) };
    let writer = spawn_blocking(move || {
        let written = write(sink).and_then(|mut sink| Ok(sink.give().map_err(usher_sheets::WriteError::Io)?));
        drop(turn);
        written
    });
    let mut blocks = Box::pin(stream::unfold(Some((blocks, writer)), next));
    let first = blocks.next().await.transpose()?;
    let rest = blocks.inspect_err(|error| tracing::warn!(%error, "a sheet of an import broke off"));
    Ok(stream::iter(first.map(Ok)).chain(rest).boxed())
}

type Writer = (mpsc::Receiver<Vec<u8>>, JoinHandle<Result<(), ImportError>>);

async fn next(writer: Option<Writer>) -> Option<(Result<Vec<u8>, ImportError>, Option<Writer>)> {
    let (mut blocks, writer) = writer?;
    if let Some(block) = blocks.recv().await {
        return Some((Ok(block), Some((blocks, writer))));
    }
    let written = writer.await.unwrap_or(Err(Refusal::Busy.into()));
    written.err().map(|error| (Err(error), None))
}

/// Waits for the store, on the thread of a writer.
pub fn wait_for<F: Future>(read: F) -> F::Output {
    Handle::current().block_on(read)
}

/// Where a writer writes to. It fails once nobody takes the sheet any more.
#[derive(Debug)]
pub struct Sink {
    give: mpsc::Sender<Vec<u8>>,
    until: Instant,
    block: Vec<u8>,
}

impl Sink {
    fn give(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        match wait_for(timeout_at(self.until, self.give.send(block))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK_BYTES {
            self.give()?;
        }
        Ok(bytes.len())
    }

    /// What is written goes on its way in blocks, and the last one at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use usher_domain::ids::OrgId;
    use usher_sheets::Separator;

    use super::*;
    use crate::turns::Turns;

    fn turns() -> Turns {
        Turns::new("sheets", 1, 1)
    }

    async fn sent(
        write: impl FnOnce(Sink) -> Result<Sink, ImportError> + Send + 'static,
    ) -> Result<Blocks, ImportError> {
        send(turns().take(OrgId::from_bytes([1; 16])).await.unwrap(), write).await
    }

    fn blocks(mut sink: Sink, blocks: usize) -> Result<Sink, ImportError> {
        for _ in 0..blocks {
            sink.write_all(&[b'a'; BLOCK_BYTES]).map_err(usher_sheets::WriteError::Io)?;
        }
        Ok(sink)
    }

    #[tokio::test]
    async fn r25_a_sheet_comes_whole_or_ends_with_an_error() {
        let whole = sent(|sink| blocks(sink, 9)).await.unwrap();
        let whole: Vec<_> = whole.try_collect().await.unwrap();
        assert_eq!(whole.concat().len(), 9 * BLOCK_BYTES);
        let refused = sent(|_| Err(ImportError::Workbook)).await;
        assert!(matches!(refused.err(), Some(ImportError::Workbook)), "before anything is sent");
        let broken_off = sent(|sink| blocks(sink, 1).and(Err(ImportError::Broken))).await.unwrap();
        assert!(matches!(broken_off.collect::<Vec<_>>().await[..], [Ok(_), Err(ImportError::Broken)]));
        let panicked = sent(|sink| panic!("{:?}", blocks(sink, 1).is_ok())).await.unwrap();
        assert!(matches!(panicked.collect::<Vec<_>>().await[..], [Ok(_), Err(ImportError::Refused(Refusal::Busy))]));
    }

    #[tokio::test(start_paused = true)]
    async fn r25_who_takes_a_sheet_by_drops_keeps_the_turn_from_others_for_so_long() {
        let (turns, org) = (turns(), OrgId::from_bytes([1; 16]));
        let slow = send(turns.take(org).await.unwrap(), |sink| blocks(sink, 99)).await.unwrap();
        tokio::time::advance(SENT_WITHIN).await;
        drop(turns.take(org).await.unwrap());
        let taken: Vec<_> = slow.collect().await;
        assert!(matches!(taken.last(), Some(Err(ImportError::Write(_)))), "it is not taken for the whole");
    }

    #[tokio::test]
    async fn r25_who_goes_away_ends_the_writing() {
        let (turns, org) = (turns(), OrgId::from_bytes([1; 16]));
        drop(send(turns.take(org).await.unwrap(), |sink| blocks(sink, 99)).await.unwrap());
        drop(turns.take(org).await.unwrap());
    }

    #[test]
    fn r25_a_workbook_is_bounded_in_cells_and_in_bytes_and_csv_is_not() {
        let check = |format: Format, grown: (usize, usize), expected: bool| {
            let mut size = Size::new(format);
            let (cells, bytes) = grown;
            let fits = size.grow(1, 1).is_ok() && size.grow(cells - 1, bytes - 1).is_ok();
            assert_eq!(fits, expected, "{format:?} {grown:?}");
        };
        check(Format::Xlsx, (MAX_WORKBOOK_CELLS, MAX_WORKBOOK_BYTES), true);
        check(Format::Xlsx, (MAX_WORKBOOK_CELLS + 1, 1), false);
        check(Format::Xlsx, (1, MAX_WORKBOOK_BYTES + 1), false);
        check(Format::Csv(Separator::Comma), (MAX_WORKBOOK_CELLS + 1, MAX_WORKBOOK_BYTES + 1), true);
    }
}
