//! Sheets on this machine: one that is read, and one that is written.
//!
//! Owns what can be wrong with the file, so that it is found before anything is asked of a host. Must not know what is
//! in a sheet.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::failure::Failure;

/// A sheet that is being read.
pub(crate) struct Sheet {
    path: PathBuf,
    file: File,
}

/// It could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("reading {}: {source}", .path.display())]
pub(crate) struct SheetError {
    path: PathBuf,
    source: io::Error,
}

impl Sheet {
    /// Opens it.
    pub(crate) fn open(path: &Path) -> Result<Sheet, Failure> {
        let reading = |error| Failure::of(format_args!("reading {}", path.display()), error);
        let file = File::open(path).map_err(reading)?;
        if file.metadata().map_err(reading)?.is_dir() {
            return Err(Failure::Failed(format!("{} is a folder, not a sheet", path.display())));
        }
        Ok(Sheet { path: path.to_owned(), file })
    }
}

impl Read for Sheet {
    /// Errors are a [`SheetError`], so that they are not taken for the network's.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes).map_err(|source| {
            let kind = source.kind();
            io::Error::new(kind, SheetError { path: self.path.clone(), source })
        })
    }
}

/// Where a sheet is written to: a name that says in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetPath {
    path: PathBuf,
    format: &'static str,
}

impl FromStr for SheetPath {
    type Err = String;

    fn from_str(text: &str) -> Result<SheetPath, String> {
        let path = PathBuf::from(text);
        let ends = |ending: &&str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending));
        let format = ["csv", "xlsx"].into_iter().find(ends);
        let format = format.ok_or("name a file that ends with .csv or .xlsx")?;
        Ok(SheetPath { path, format })
    }
}

impl SheetPath {
    /// `csv` | `xlsx`.
    pub(crate) fn format(&self) -> &'static str {
        self.format
    }

    /// Where.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it to be written, for its owner's eyes alone; what is there stays until something is written.
    pub(crate) fn open(&self) -> Result<NewSheet, Failure> {
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.path);
        let file = opened.map_err(|error| writing(&self.path, error))?;
        Ok(NewSheet { to: self.clone(), file })
    }
}

/// A sheet that can be written.
pub(crate) struct NewSheet {
    to: SheetPath,
    file: File,
}

impl NewSheet {
    /// What it was opened as.
    pub(crate) fn to(&self) -> &SheetPath {
        &self.to
    }

    /// The file, without what was there.
    pub(crate) fn empty(&self) -> Result<&File, Failure> {
        let permitted = self.file.set_permissions(Permissions::from_mode(0o600));
        let emptied = permitted.and_then(|()| self.file.set_len(0));
        emptied.map(|()| &self.file).map_err(|error| writing(&self.to.path, error))
    }

    /// Puts these bytes in the place of what is there.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.empty()?.write_all(bytes).map_err(|error| writing(&self.to.path, error))
    }
}

fn writing(path: &Path, error: io::Error) -> Failure {
    Failure::of(format_args!("writing {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, format: Option<&str>) {
        assert_eq!(name.parse::<SheetPath>().ok().map(|sheet| sheet.format()), format, "{name}");
    }

    #[test]
    fn a_sheets_name_says_its_form() {
        check("people.csv", Some("csv"));
        check("a/b/PEOPLE.XLSX", Some("xlsx"));
        check("people.txt", None);
        check("people", None);
        check(".csv", None);
    }
}
