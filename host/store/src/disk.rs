//! The journal's view of a disk: one flat folder of files, and when what was written is safe.
//!
//! Owns every file operation of journal and checkpoints, so that a test can put a disk underneath that loses
//! what was not synced; and that all of it is for its owner's eyes alone. Must not know what the files hold.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::StoreError;

/// A flat folder of files.
pub trait Disk: Send + Sync + 'static {
    /// Names of all files, in order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens a file that exists, to read and write.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Creates an empty file, over one of that name.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Renames a file, over one of that name. Safe after [`Disk::sync_folder`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. Safe after [`Disk::sync_folder`].
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals safe.
    fn sync_folder(&self) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Send {
    /// Length in bytes.
    fn size(&self) -> io::Result<u64>;

    /// Fills `bytes` from `offset` on.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`. Safe after [`DiskFile::sync`].
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes what was written safe.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `size` bytes; safe when it returns.
    fn truncate(&mut self, size: u64) -> io::Result<()>;
}

/// Reads a whole file.
pub(crate) fn read_file(disk: &dyn Disk, name: &str) -> Result<Vec<u8>, StoreError> {
    let read = || {
        let file = disk.open(name)?;
        let size = usize::try_from(file.size()?).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        file.read_at(&mut bytes, 0)?;
        Ok(bytes)
    };
    read().map_err(io_error(format!("reading {name}")))
}

/// Says what was being done when the system refused.
pub(crate) fn io_error(what: impl Into<String>) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { what: what.into(), source }
}

/// A folder of the file system.
pub struct FolderDisk {
    path: PathBuf,
}

impl FolderDisk {
    /// The folder `path`, made if it is missing.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new(path: &Path) -> io::Result<Self> {
        make_folder(path)?;
        Ok(Self { path: path.into() })
    }
}

/// Makes a folder and those it lies in, which only their owner may enter; they are safe when this returns.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    make_folder(parent)?;
    fs::DirBuilder::new().mode(0o700).create(path)?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    File::open(parent)?.sync_all()
}

impl Disk for FolderDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<io::Result<Vec<String>>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let path = self.path.join(name);
        // A backup may lie on a read-only medium: writing is only tried by who needs it.
        let file = OpenOptions::new().read(true).write(true).open(&path).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => File::open(&path),
            _ => Err(error),
        })?;
        Ok(Box::new(file))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).clone();
        Ok(Box::new(file.open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(bytes, offset)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        rustix::fs::fdatasync(&*self).map_err(io::Error::from)
    }

    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.set_len(size)?;
        self.sync_all()
    }
}
