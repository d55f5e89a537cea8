//! Taking a file: streamed to disk under a key of its own, looked at, then made an import (R25, R29).

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use usher_domain::ids::{ImportId, OrgId};
use usher_domain::import::{Choices, Import, KEPT_FOR, State};

use super::columns::Columns;
use super::file::{self, Place};
use super::keys::Keys;
use super::sealed::Sealer;
use super::unkept::Unkept;
use super::{ImportError, ImportRecord, ImportView, MAX_OPEN, checked, get, view};
use crate::app::actor::{By, Doer, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::once::Once;
use crate::app::refusal::Refusal;
use crate::app::{App, counters};
use crate::turns::{Turn, Turns};

/// Most bytes of a file.
pub const MAX_UPLOAD_BYTES: u64 = 256 << 20;
/// Most rows of a sheet.
pub const MAX_ROWS: u32 = 1_000_000;
/// Longest name of a file that is kept, in characters.
const MAX_FILE_NAME: usize = 200;
/// Blocks that wait to be sealed.
const WAITING: usize = 8;
/// Files that are taken at the same time, one of each organisation: each lies on the disk before it is known to be
/// good.
const UPLOADS_AT_ONCE: usize = 8;
/// Uploads of one organisation that wait while another of its own is taken; more are refused.
const MAX_UPLOADS_WAITING: usize = 2;
/// Files that are looked at at the same time: opening one may take much memory.
const LOOKS_AT_ONCE: usize = 2;
/// Longest that nothing of a file may come.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// Turns at uploading files.
pub fn upload_turns() -> Turns {
    Turns::new("uploads_by_organisation", UPLOADS_AT_ONCE, MAX_UPLOADS_WAITING)
}

/// Turns at looking at files that were taken. Nobody is refused one: how many wait is bounded by [`upload_turns`].
pub fn look_turns() -> Turns {
    Turns::new("looks_by_organisation", LOOKS_AT_ONCE, MAX_UPLOADS_WAITING)
}

/// The client went away, or the connection did.
#[derive(Debug)]
pub struct UploadBroken;

/// A file that is being uploaded.
#[derive(Debug)]
pub struct Upload<S> {
    /// What the admin chose.
    pub choices: Choices,
    /// Its name, for people.
    pub name: Option<String>,
    /// What is in it, as it comes.
    pub blocks: S,
}

/// Takes a file and has its rows checked. `once` makes the request's idempotency key, if it has one, of the SHA-256 of
/// the file: the same file sent again is the import that it was.
pub async fn upload<B, S>(
    app: &App,
    by: By<MembersAndDepartments>,
    upload: Upload<S>,
    once: impl FnOnce(&[u8; 32]) -> Option<Once> + Send,
) -> Result<ImportView, ImportError>
where
    B: AsRef<[u8]> + Send + 'static,
    S: Stream<Item = Result<B, UploadBroken>> + Send + Unpin,
{
    let Upload { choices, name, blocks } = upload;
    let choices = checked(&by, choices).await?;
    let id = app.new_id(ImportId::from_parts);
    let (place, keys) = (Place::of(app, &by.org(), id), Keys::new(app));
    // Before anything of the file is read.
    let file = Arc::new(Unkept::new(place.clone(), app.uploads.take(by.org()).await?));
    let taken = take(app, by.org(), &file, &keys, blocks).await;
    // Cut off from here on, it may be an import's; what is nobody's goes when the host starts again.
    file.keep();
    let kept = match taken {
        Ok(taken) => {
            let by = by.once(once(&taken.digest));
            let import = Import {
                id,
                state: State::Checking,
                choices,
                file_name: name.map(|name| name.chars().take(MAX_FILE_NAME).collect()),
                bytes: taken.bytes,
                ignored_columns: taken.columns.ignored,
                summary: None,
                fault: None,
                by: by.actor.member(),
                begun: false,
                created_at: by.call.at,
                ends_at: by.call.at.plus(KEPT_FOR),
            };
            keep(app, &by, import).await.map(|made| (made, by.scope))
        }
        Err(error) => Err(error),
    };
    let is_new = kept.as_ref().is_ok_and(|(made, _)| *made == id);
    if !is_new && let Err(error) = file::destroy(place).await {
        tracing::warn!(import = %id, %error, "a refused upload is still there");
    }
    let (made, scope) = kept?;
    app.jobs.ask(*scope.owner(), made);
    Ok(view(app, &scope, get(&scope, made).await?.record.import).await?)
}

/// Returns the import, which is another if the same request came before.
async fn keep(app: &App, by: &By<MembersAndDepartments>, import: Import) -> Result<ImportId, ImportError> {
    let doer = Doer::from(&by.actor);
    let record = ImportRecord { import, brought_by: doer.clone(), doer, origin: by.call.origin, warned: false };
    let id = record.import.id;
    let made = app.make(by, || async {
        let mut change: Change<ImportError> = app.draft(by, "import.uploaded", id).after(&record.import);
        change.count_up(&counters::open_imports(), 1, MAX_OPEN, ImportError::TooMany);
        change.writes.insert(&id, &record);
        change.writes.schedule::<ImportRecord>(by.call.at.as_micros(), &id);
        Ok((id, (), change))
    });
    Ok(made.await?.made)
}

/// What came of taking a file.
struct Taken {
    bytes: u64,
    digest: [u8; 32],
    columns: Columns,
}

/// Seals the file as it comes, and looks at its header.
async fn take<B, S>(app: &App, org: OrgId, file: &Arc<Unkept>, keys: &Keys, blocks: S) -> Result<Taken, ImportError>
where
    B: AsRef<[u8]> + Send + 'static,
    S: Stream<Item = Result<B, UploadBroken>> + Send + Unpin,
{
    let (bytes, digest) = seal_all(file, keys, blocks).await?;
    let turn = app.looks.wait(org).await.map_err(|_| Refusal::Busy)?;
    let columns = look(file, keys, turn).await?;
    Ok(Taken { bytes, digest, columns })
}

/// What comes next of a file; broken if nothing does for long.
pub(crate) async fn next_block<B, S>(body: &mut S) -> Option<Result<B, UploadBroken>>
where
    S: Stream<Item = Result<B, UploadBroken>> + Unpin,
{
    tokio::time::timeout(MAX_SILENCE, body.next()).await.unwrap_or(Some(Err(UploadBroken)))
}

/// Seals the file as it comes. Returns how many bytes there were, and their SHA-256.
async fn seal_all<B, S>(file: &Arc<Unkept>, keys: &Keys, mut body: S) -> Result<(u64, [u8; 32]), ImportError>
where
    B: AsRef<[u8]> + Send + 'static,
    S: Stream<Item = Result<B, UploadBroken>> + Send + Unpin,
{
    let (give, blocks) = mpsc::channel::<B>(WAITING);
    let (to, sealing) = (Arc::clone(file), keys.clone());
    let sealer = tokio::task::spawn_blocking(move || seal(&to.place, &sealing, blocks));
    let (mut bytes, mut whole) = (0, Ok(()));
    while let Some(block) = next_block(&mut body).await {
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
    let digest = sealer.await.map_err(|_| Refusal::Busy)?.map_err(ImportError::File)?;
    whole.map(|()| (bytes, digest))
}

/// Looks at the header, and keeps the keys.
async fn look(file: &Arc<Unkept>, keys: &Keys, turn: Turn) -> Result<Columns, ImportError> {
    let (file, keys) = (Arc::clone(file), keys.clone());
    let look = move || -> Result<Columns, ImportError> {
        let columns = Columns::of(file::open(&file.place.sheet(), &keys.file)?.header())?;
        drop(turn);
        file.place.keep_keys(&keys).map_err(ImportError::File)?;
        Ok(columns)
    };
    tokio::task::spawn_blocking(look).await.map_err(|_| Refusal::Busy)?
}

/// Returns the SHA-256 of what was sealed. Blocks.
fn seal<B: AsRef<[u8]>>(place: &Place, keys: &Keys, mut blocks: mpsc::Receiver<B>) -> io::Result<[u8; 32]> {
    place.make_folder()?;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(place.sheet())?;
    let (mut sealer, mut digest) = (Sealer::new(&keys.file, file), Sha256::new());
    while let Some(block) = blocks.blocking_recv() {
        digest.update(block.as_ref());
        sealer.add(block.as_ref())?;
    }
    sealer.finish()?.sync_all()?;
    Ok(digest.finalize().into())
}
