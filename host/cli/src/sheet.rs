//! Sheets on this machine: one that is read, and one that is written.
//!
//! Owns what can be wrong with the file, so that it is found before anything is asked of a host. Must not know what is
//! in a sheet.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A sheet that is being read.
pub(crate) struct Sheet {
    path: PathBuf,
    file: File,
}

/// It could not be read or written to its end.
#[derive(Debug, thiserror::Error)]
#[error("{what} {}: {source}", .path.display())]
pub(crate) struct SheetError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl SheetError {
    fn wrap(what: &'static str, path: &Path, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), SheetError { what, path: path.to_owned(), source })
    }

    /// What happened to a sheet, if it was that and not the network.
    pub(crate) fn of(error: &io::Error) -> Option<Failure> {
        let sheet = error.get_ref()?.downcast_ref::<SheetError>()?;
        Some(Failure::Failed(sheet.to_string()))
    }
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
        self.file.read(bytes).map_err(|source| SheetError::wrap("reading", &self.path, source))
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

    /// Finds out whether it can be written; changes nothing.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.create().map(drop)
    }

    /// Begins it, for its owner's eyes alone; what is there stays until it is kept. Where a link is, it is what the
    /// link leads to that is replaced.
    pub(crate) fn create(&self) -> Result<NewSheet, Failure> {
        let writing = |error: io::Error| Failure::of(format_args!("writing {}", self.path.display()), error);
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        match fs::metadata(&path) {
            // Opening a pipe would wait for somebody who reads it.
            Ok(there) if !there.is_file() => {
                return Err(Failure::Failed(format!("writing {}: what is there is no file", self.path.display())));
            }
            Ok(_) => drop(OpenOptions::new().write(true).open(&path).map_err(writing)?),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(writing(error)),
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        if !folder.is_dir() {
            let (path, folder) = (self.path.display(), folder.display());
            return Err(Failure::Failed(format!("writing {path}: there is no folder {folder}")));
        }
        // What the file beside is called is nobody's business.
        let file = NamedTempFile::new_in(&folder).map_err(|error| writing(error.kind().into()))?;
        Ok(NewSheet { path, folder, file })
    }
}

/// A sheet that is being written, in a file beside its place: it is there as a whole once it is kept, and nothing of it
/// is there if it is not.
pub(crate) struct NewSheet {
    path: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
}

impl NewSheet {
    /// Puts it in its place, on disk.
    ///
    /// # Errors
    /// A [`SheetError`].
    pub(crate) fn keep(self) -> io::Result<()> {
        let NewSheet { path, folder, file } = self;
        let keep = || {
            file.as_file().sync_all()?;
            file.persist(&path)?;
            // The file's new name is on disk with its folder.
            File::open(folder)?.sync_all()
        };
        keep().map_err(|source| SheetError::wrap("writing", &path, source))
    }
}

impl Write for NewSheet {
    /// Errors are a [`SheetError`], so that they are not taken for the network's.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|source| SheetError::wrap("writing", &self.path, source))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|source| SheetError::wrap("writing", &self.path, source))
    }
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

    #[test]
    fn what_a_link_leads_to_is_replaced_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [share, here] = ["share", "here"].map(|name| folder.path().join(name));
        for folder in [&share, &here] {
            fs::create_dir(folder).unwrap();
        }
        let [there, link] = [share.join("people.csv"), here.join("people.csv")];
        fs::write(&there, "old").unwrap();
        std::os::unix::fs::symlink(&there, &link).unwrap();
        let mut new = link.to_str().unwrap().parse::<SheetPath>().unwrap().create().unwrap();
        new.write_all(b"new").unwrap();
        new.keep().unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&there).unwrap(), b"new");
    }

    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let check = |make: &str| {
            let path = folder.path().join(make).with_extension("csv");
            assert!(std::process::Command::new(make).arg(&path).status().unwrap().success());
            let refused = path.to_str().unwrap().parse::<SheetPath>().unwrap().check().unwrap_err();
            assert!(refused.to_string().ends_with("what is there is no file"), "{refused}");
        };
        check("mkfifo");
        check("mkdir");
    }
}
