//! Where the sealed file of an import and its keys lie, and reading its sheet in batches.
//!
//! The sheet is read on a thread of its own, a little ahead of who takes the rows: so that a sheet of any length
//! takes the memory of a few batches, and reading and deciding go on at once.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use usher_domain::ids::{ImportId, OrgId};
use usher_domain::import::{Import, State};
use usher_sheets::{Bounds, Reader, Row, SheetError};
use usher_store::OrgScope;

use super::columns::Columns;
use super::keys::{self, Keys};
use super::sealed::{FileKey, Unsealer};
use super::upload::MAX_ROWS;
use super::{ImportError, ImportRecord};
use crate::app::App;
use crate::app::actor::By;
use crate::app::refusal::Refusal;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// A sheet that was uploaded.
pub type Sheet = Reader<Unsealer<fs::File>>;

/// Where everything of an import is that lies outside the store.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    id: ImportId,
}

impl Place {
    /// In a folder of its organisation.
    pub fn of(app: &App, org: &OrgId, id: ImportId) -> Place {
        Place { folder: app.imports.join(org.to_string()), id }
    }

    /// The sealed file.
    pub fn sheet(&self) -> PathBuf {
        self.folder.join(format!("{}.sealed", self.id))
    }

    fn keys(&self) -> PathBuf {
        self.folder.join(format!("{}.keys", self.id))
    }

    /// Makes the folder. Blocks.
    pub fn make_folder(&self) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    /// Keeps the keys. Blocks.
    pub fn keep_keys(&self, keys: &Keys) -> io::Result<()> {
        keys.write(&self.keys())
    }

    /// Destroys what there is, the keys first: without them the file is noise. Blocks.
    pub fn destroy(&self) -> io::Result<()> {
        keys::destroy(&self.keys())?;
        match fs::remove_file(self.sheet()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Destroys what a host that was cut off left of uploads that never became imports, and of imports that were closed. To
/// be called before uploads are taken.
pub async fn destroy_left_behind(app: &App) {
    let folder = app.imports.clone();
    let found = tokio::task::spawn_blocking(move || left_in(&folder)).await;
    for (org, id) in found.into_iter().flatten() {
        // With no answer from the store nothing is destroyed; the next start looks again.
        let open = match app.org(org).get::<ImportRecord>(&id).await {
            Ok(found) => found.is_some_and(|found| found.record.import.state != State::Closed),
            Err(_) => true,
        };
        if !open && let Err(error) = destroy(Place::of(app, &org, id)).await {
            tracing::warn!(import = %id, %error, "what was left of an upload is still there");
        }
    }
}

/// The imports that there are files of. Blocks.
fn left_in(folder: &Path) -> BTreeSet<(OrgId, ImportId)> {
    let mut found = BTreeSet::new();
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some((entry.path(), entry.file_name().into_string().ok()?)))
    };
    for (folder, org) in names(folder) {
        let Ok(org) = org.parse::<OrgId>() else { continue };
        let ids = names(&folder).filter_map(|(_, name)| name.split_once('.')?.0.parse::<ImportId>().ok());
        found.extend(ids.map(|id| (org, id)));
    }
    found
}

/// Destroys what there is of an import outside the store.
pub async fn destroy(place: Place) -> Result<(), ImportError> {
    let destroyed = tokio::task::spawn_blocking(move || place.destroy()).await;
    destroyed.map_err(|_| Refusal::Busy)?.map_err(ImportError::File)
}

/// The keys, as long as the import's time is not over and it is not closed: also where the worker is late (R29).
pub async fn keys<R>(app: &App, by: &By<R>, import: &Import) -> Result<Keys, ImportError> {
    let id = import.id;
    if import.is_over(by.call.at) {
        return Err(Refusal::not_found("file of import", &id).into());
    }
    let place = Place::of(app, by.scope.owner(), id);
    let read = tokio::task::spawn_blocking(move || Keys::read(&place.keys())).await.map_err(|_| Refusal::Busy)?;
    read.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::not_found("file of import", &id).into(),
        _ => ImportError::File(error),
    })
}

/// Opens the sheet, up to its header. Blocks.
pub fn open(path: &PathBuf, key: &FileKey) -> Result<Sheet, SheetError> {
    let file = fs::File::open(path).map_err(SheetError::Io)?;
    let source = Unsealer::open(key, file).map_err(SheetError::Io)?;
    Reader::open(source, Bounds::for_rows(MAX_ROWS))
}

/// Rows of a sheet, some at a time.
pub struct Batches {
    /// Which column is what.
    pub columns: Columns,
    /// The import's.
    pub keys: Keys,
    rows: mpsc::Receiver<Result<Vec<Row>, SheetError>>,
}

impl Batches {
    /// Opens the sheet of an import.
    pub async fn open(app: &App, scope: &OrgScope, id: ImportId, size: usize) -> Result<Batches, ImportError> {
        let place = Place::of(app, scope.owner(), id);
        let opened = tokio::task::spawn_blocking(move || -> Result<(Keys, Sheet), SheetError> {
            let keys = Keys::read(&place.keys()).map_err(SheetError::Io)?;
            let sheet = open(&place.sheet(), &keys.file)?;
            Ok((keys, sheet))
        });
        let (keys, sheet) = opened.await.map_err(|_| Refusal::Busy)??;
        let columns = Columns::of(sheet.header())?;
        let (give, rows) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || hand_out(sheet, size, &give));
        Ok(Batches { columns, keys, rows })
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
