//! An import as whoever brought it reads it again: for a sheet of the rows that failed, or of accounts (R25, R29).

use std::io::ErrorKind;

use usher_domain::ids::ImportId;
use usher_domain::import::{Import, StateError};
use usher_sheets::SheetError;
use usher_store::OrgScope;

use super::file::{self, Place, Sheet};
use super::keys::Keys;
use super::{ImportError, get};
use crate::app::App;
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::refusal::Refusal;
use crate::turns::Turn;

/// An import that is read again, as it was when it was opened.
pub struct Brought {
    /// It.
    pub import: Import,
    /// Its keys.
    pub keys: Keys,
    /// The organisation's data.
    pub scope: OrgScope,
    place: Place,
}

impl Brought {
    /// Opens it, in a turn at writing sheets: what is read of it is as it is once the turn has come.
    pub async fn open(app: &App, by: &By<MembersAndDepartments>, id: ImportId) -> Result<(Brought, Turn), ImportError> {
        get(&by.scope, id).await?.record.check_brought_by(&by.actor)?;
        let turn = app.sheets.take(by.org()).await?;
        let import = get(&by.scope, id).await?.record.import;
        let keys = file::keys(app, by, &import).await?;
        let place = Place::of(app, &by.org(), id);
        Ok((Brought { import, keys, scope: by.scope.clone(), place }, turn))
    }

    /// Its file. Blocks.
    pub fn sheet(&self) -> Result<Sheet, ImportError> {
        file::open(&self.place.sheet(), &self.keys.file).map_err(|error| match error {
            // It was closed a moment ago.
            SheetError::Io(error) if error.kind() == ErrorKind::NotFound => {
                Refusal::not_found("file of import", &self.import.id).into()
            }
            error => error.into(),
        })
    }

    /// Fails unless it is as it was opened.
    ///
    /// INVARIANT: whoever reads rows for a sheet looks here behind each step. Of an import that was closed rows are
    /// forgotten, which must not look like its end, and nothing is handed out any more.
    pub async fn still(&self) -> Result<(), ImportError> {
        let import = get(&self.scope, self.import.id).await?.record.import;
        if import == self.import {
            return Ok(());
        }
        Err(StateError { state: import.state, wanted: "read to its end as it was" }.into())
    }
}
