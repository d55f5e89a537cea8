//! A disk for tests that does to unsynced data what disks may do when the power fails: it loses it, keeps it in
//! another order than it was written, and tears it anywhere.
//!
//! Owns the model of a crash. All chance comes from a seed.

#![allow(clippy::missing_panics_doc, reason = "a test may fail by panicking")]

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::disk::{Disk, DiskFile};

/// Chance from a seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A disk in memory, shared by its clones.
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    files: Vec<SimFile>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
    /// Each done whole or not at all.
    pending_names: Vec<Vec<Rename>>,
    /// Operations until the power fails.
    power: Option<u64>,
    ignores_sync: bool,
}

#[derive(Clone)]
enum Rename {
    Set(String, usize),
    Unset(String),
}

#[derive(Clone, Default)]
struct SimFile {
    now: Vec<u8>,
    safe: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
}

impl SimDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that answers a file's sync without doing it.
    #[must_use]
    pub fn ignoring_sync() -> Self {
        let disk = Self::default();
        disk.state().ignores_sync = true;
        disk
    }

    /// Has the power fail after so many more writing operations.
    pub fn fail_after(&self, operations: u64) {
        self.state().power = Some(operations);
    }

    /// Has the disk answer again, as after an error that passed, without losing anything.
    pub fn recover(&self) {
        self.state().power = None;
    }

    /// What is found after the power came back.
    pub fn crash(&self, chance: &mut Chance) {
        let mut state = self.state();
        state.power = None;
        let survives = [0, 50, 90, 100][chance.below(4) as usize];
        for renames in std::mem::take(&mut state.pending_names) {
            if chance.percent(survives) {
                renames.into_iter().for_each(|rename| apply(&mut state.safe_names, rename));
            }
        }
        state.names = state.safe_names.clone();
        for file in &mut state.files {
            let survives = [0, 10, 50, 90, 100][chance.below(5) as usize];
            let sector = [1, 16, 512, 4096][chance.below(4) as usize];
            for (offset, bytes) in std::mem::take(&mut file.pending) {
                for (index, piece) in bytes.chunks(sector).enumerate() {
                    if chance.percent(survives) {
                        write(&mut file.safe, offset + index * sector, piece);
                    }
                }
            }
            file.now = file.safe.clone();
        }
    }

    /// The whole content of a file, to damage it.
    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let id = state.names[name];
        let file = &mut state.files[id];
        edit(&mut file.now);
        file.safe = file.now.clone();
        file.pending.clear();
    }

    /// A disk with the same files, all of them safe.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = self.state();
        let copied = Self::default();
        {
            let mut copy = copied.state();
            copy.names = state.names.clone();
            copy.safe_names = state.names.clone();
            copy.files = state.files.clone();
            for file in &mut copy.files {
                file.safe = file.now.clone();
                file.pending.clear();
            }
        }
        copied
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for one writing operation more; and whether the power fails during it.
    fn write(&self) -> io::Result<(MutexGuard<'_, State>, bool)> {
        let mut state = self.state();
        let fails = match &mut state.power {
            None => false,
            Some(0) => return Err(power_failed()),
            Some(left) => {
                *left -= 1;
                *left == 0
            }
        };
        Ok((state, fails))
    }

    fn rename_all(&self, renames: Vec<Rename>) -> io::Result<()> {
        let (mut state, fails) = self.write()?;
        renames.iter().for_each(|rename| apply(&mut state.names, rename.clone()));
        state.pending_names.push(renames);
        if fails { Err(power_failed()) } else { Ok(()) }
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.state().names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn file(&self, id: usize) -> Box<dyn DiskFile> {
        Box::new(SimHandle { disk: self.clone(), id })
    }
}

fn power_failed() -> io::Error {
    io::Error::other("the power failed")
}

fn apply(names: &mut BTreeMap<String, usize>, rename: Rename) {
    match rename {
        Rename::Set(name, id) => names.insert(name, id),
        Rename::Unset(name) => names.remove(&name),
    };
}

fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(self.find(name)?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let id = {
            let mut state = self.state();
            state.files.push(SimFile::default());
            state.files.len() - 1
        };
        self.rename_all(vec![Rename::Set(name.into(), id)])?;
        Ok(self.file(id))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let id = self.find(from)?;
        self.rename_all(vec![Rename::Unset(from.into()), Rename::Set(to.into(), id)])
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.find(name)?;
        self.rename_all(vec![Rename::Unset(name.into())])
    }

    fn sync_folder(&self) -> io::Result<()> {
        let (mut state, fails) = self.write()?;
        if fails {
            return Err(power_failed());
        }
        state.pending_names.clear();
        state.safe_names = state.names.clone();
        Ok(())
    }
}

struct SimHandle {
    disk: SimDisk,
    id: usize,
}

impl DiskFile for SimHandle {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.id].now.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.disk.state();
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let found = state.files[self.id].now.get(from..from + bytes.len());
        bytes.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut state, fails) = self.disk.write()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let file = &mut state.files[self.id];
        write(&mut file.now, offset, bytes);
        file.pending.push((offset, bytes.to_vec()));
        if fails { Err(power_failed()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let (mut state, fails) = self.disk.write()?;
        if fails {
            return Err(power_failed());
        }
        if !state.ignores_sync {
            let file = &mut state.files[self.id];
            file.pending.clear();
            file.safe = file.now.clone();
        }
        Ok(())
    }

    fn truncate(&mut self, size: u64) -> io::Result<()> {
        let (mut state, fails) = self.disk.write()?;
        if fails {
            return Err(power_failed());
        }
        let file = &mut state.files[self.id];
        file.now.truncate(usize::try_from(size).map_err(io::Error::other)?);
        file.pending.clear();
        file.safe = file.now.clone();
        Ok(())
    }
}
