//! Where the sealed file of an import lies, and reading its sheet in batches.
//!
//! The sheet is read on a thread of its own, a little ahead of who takes the rows: so that a sheet of any length
//! takes the memory of a few batches, and reading and deciding go on at once.

use std::fs;
use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc;
use usher_domain::ids::ImportId;
use usher_sheets::{Bounds, Reader, Row, SheetError};
use usher_store::OrgScope;

use super::columns::Columns;
use super::sealed::{FileKey, Unsealer};
use super::upload::MAX_ROWS;
use super::{ImportError, ImportKey};
use crate::app::App;
use crate::app::refusal::Refusal;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// A sheet that was uploaded.
pub type Sheet = Reader<Unsealer<fs::File>>;

/// Where the file lies.
pub fn path(app: &App, id: ImportId) -> PathBuf {
    app.imports.join(format!("{id}.sealed"))
}

/// The file and its key, as long as the import is not closed.
pub async fn key(scope: &OrgScope, id: ImportId) -> Result<FileKey, Refusal> {
    let found = scope.get::<ImportKey>(&id).await?;
    Ok(found.ok_or_else(|| Refusal::not_found("file of import", &id))?.record.key)
}

/// Opens the sheet, up to its header. Blocks.
pub fn open(path: &PathBuf, key: &FileKey) -> Result<Sheet, SheetError> {
    let file = fs::File::open(path).map_err(SheetError::Io)?;
    let source = Unsealer::open(key, file).map_err(SheetError::Io)?;
    Reader::open(source, Bounds::for_rows(MAX_ROWS))
}

/// Deletes the file; fine if there is none. Blocks.
pub fn delete(path: &PathBuf) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Rows of a sheet, some at a time.
pub struct Batches {
    /// Which column is what.
    pub columns: Columns,
    rows: mpsc::Receiver<Result<Vec<Row>, SheetError>>,
}

impl Batches {
    /// Opens the sheet of an import.
    pub async fn open(app: &App, scope: &OrgScope, id: ImportId, size: usize) -> Result<Batches, ImportError> {
        let (path, key) = (path(app, id), key(scope, id).await?);
        let opened = tokio::task::spawn_blocking(move || open(&path, &key)).await;
        let sheet = opened.map_err(|_| Refusal::Busy)??;
        let columns = Columns::of(sheet.header())?;
        let (give, rows) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || hand_out(sheet, size, &give));
        Ok(Batches { columns, rows })
    }

    /// The next rows; none at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, SheetError> {
        self.rows.recv().await.transpose()
    }
}

/// Ends when the sheet does, or when nobody takes its rows any more.
fn hand_out(sheet: Sheet, size: usize, give: &mpsc::Sender<Result<Vec<Row>, SheetError>>) {
    let mut batch = Vec::with_capacity(size);
    for row in sheet {
        match row {
            Ok(row) => batch.push(row),
            Err(error) => {
                // Whoever took the rows has gone: there is nobody to tell.
                let _ = give.blocking_send(Err(error));
                return;
            }
        }
        if batch.len() == size && give.blocking_send(Ok(std::mem::take(&mut batch))).is_err() {
            return;
        }
    }
    if !batch.is_empty() {
        let _ = give.blocking_send(Ok(batch));
    }
}
