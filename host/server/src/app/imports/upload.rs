//! Taking a file: streamed to disk under a key of its own, looked at, then made an import (R25, R29).

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use usher_domain::ids::ImportId;
use usher_domain::import::{Choices, Import, KEPT_FOR, State};

use super::columns::Columns;
use super::sealed::{FileKey, Sealer};
use super::{ImportError, ImportKey, ImportRecord, ImportView, MAX_OPEN, check_choices, file, view};
use crate::app::actor::{By, Doer, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::{App, counters};

/// Most bytes of a file.
pub const MAX_UPLOAD_BYTES: u64 = 256 << 20;
/// Most rows of a sheet.
pub const MAX_ROWS: u32 = 1_000_000;
/// Longest name of a file that is kept, in characters.
const MAX_FILE_NAME: usize = 200;
/// Blocks that wait to be sealed.
const WAITING: usize = 8;

/// The client went away, or the connection did.
#[derive(Debug)]
pub struct UploadBroken;

/// Takes a file and has its rows checked.
pub async fn upload<B, S>(
    app: &App,
    by: &By<MembersAndDepartments>,
    choices: Choices,
    file_name: Option<String>,
    body: S,
) -> Result<ImportView, ImportError>
where
    B: AsRef<[u8]> + Send + 'static,
    S: Stream<Item = Result<B, UploadBroken>> + Send + Unpin,
{
    check_choices(&by.scope, by, choices).await?;
    let id = app.new_id(ImportId::from_parts);
    let (path, key) = (file::path(app, id), FileKey::new(app.random()));
    let taken = take(app, &path, &key, body).await;
    let kept = match taken {
        Ok((bytes, columns)) => {
            let import = Import {
                id,
                state: State::Checking,
                choices,
                file_name: file_name.map(|name| name.chars().take(MAX_FILE_NAME).collect()),
                bytes,
                ignored_columns: columns.ignored,
                summary: None,
                fault: None,
                by: by.actor.member(),
                begun: false,
                created_at: by.call.at,
                ends_at: by.call.at.plus(KEPT_FOR),
            };
            keep(app, by, import, &key).await
        }
        Err(error) => Err(error),
    };
    if kept.is_err() {
        // Without its key it is of no use to anybody; with nobody to tell, the log has to do.
        let path_of = path.clone();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || file::delete(&path_of)).await {
            tracing::warn!(file = %path.display(), %error, "a refused upload is still there");
        }
    }
    let import = kept?;
    app.jobs.ask(by.org(), id);
    Ok(view(app, &by.scope, import).await?)
}

async fn keep(app: &App, by: &By<MembersAndDepartments>, import: Import, key: &FileKey) -> Result<Import, ImportError> {
    let record = ImportRecord { import, doer: Doer::from(&by.actor) };
    let id = record.import.id;
    app.change(|| async {
        let mut change: Change<ImportError> = app.draft(by, "import.uploaded", id).after(&record.import);
        change.count_up(&counters::open_imports(), 1, MAX_OPEN, ImportError::TooMany);
        change.plan.insert(&id, &record);
        change.plan.insert(&id, &ImportKey { key: key.clone() });
        change.plan.schedule::<ImportRecord>(by.call.at.as_micros(), &id);
        Ok(((), change))
    })
    .await?;
    Ok(record.import)
}

/// Seals the file as it comes, then looks at its header. Returns how many bytes it has.
async fn take<B, S>(app: &App, path: &Path, key: &FileKey, mut body: S) -> Result<(u64, Columns), ImportError>
where
    B: AsRef<[u8]> + Send + 'static,
    S: Stream<Item = Result<B, UploadBroken>> + Send + Unpin,
{
    let (give, blocks) = mpsc::channel::<B>(WAITING);
    let (folder, to, sealing) = (app.imports.clone(), path.to_owned(), key.clone());
    let sealer = tokio::task::spawn_blocking(move || seal(&folder, &to, &sealing, blocks));
    let (mut bytes, mut whole) = (0, Ok(()));
    while let Some(block) = body.next().await {
        let Ok(block) = block else {
            whole = Err(ImportError::Broken);
            break;
        };
        bytes += block.as_ref().len() as u64;
        if bytes > MAX_UPLOAD_BYTES {
            whole = Err(ImportError::TooLarge);
            break;
        }
        if give.send(block).await.is_err() {
            break; // The sealer failed: it says why.
        }
    }
    drop(give);
    sealer.await.map_err(|_| Refusal::Busy)?.map_err(ImportError::File)?;
    whole?;
    let (path, key) = (path.to_owned(), key.clone());
    let header = tokio::task::spawn_blocking(move || file::open(&path, &key).map(|sheet| sheet.header().to_vec()));
    let header = header.await.map_err(|_| Refusal::Busy)??;
    Ok((bytes, Columns::of(&header)?))
}

fn seal<B: AsRef<[u8]>>(folder: &PathBuf, path: &Path, key: &FileKey, mut blocks: mpsc::Receiver<B>) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut sealer = Sealer::new(key, file);
    while let Some(block) = blocks.blocking_recv() {
        sealer.add(block.as_ref())?;
    }
    sealer.finish()?.sync_all()
}
