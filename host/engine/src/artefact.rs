//! What preparing a policy yields, and how it lies on disk: compiled code under a MAC.
//!
//! INVARIANT: compiled code is loaded only after its MAC has been checked. Loading code that somebody else
//! wrote is running it outside the sandbox.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use crate::manifest::Digest;

const MAC_BYTES: usize = 32;

/// Compiled code, ready to be loaded by a host with the same runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Artefact {
    /// A component.
    Component {
        /// Whether its memory is already that after `configure`.
        configured: bool,
        /// Compiled code.
        code: Vec<u8>,
    },
    /// A script: a core module that holds nothing but the memory of a Rhai runtime that has it loaded
    /// and configured.
    Image {
        /// Compiled form.
        code: Vec<u8>,
    },
    /// A Rhai runtime to run scripts, split: the component without its main module, and that module without
    /// memory.
    Runtime {
        /// The component, which imports the module and an image.
        component: Vec<u8>,
        /// The module, which imports its memory.
        module: Vec<u8>,
    },
    /// A Rhai runtime to load scripts into: the component as it was, with memory of its own.
    Loader {
        /// Compiled code.
        code: Vec<u8>,
        /// Bytes at the start of memory that an image leaves out: the stack, dead between calls.
        image_start: u32,
    },
}

impl Artefact {
    /// Parts with their lengths before them; the first byte is the kind.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (tag, number, parts): (u8, u32, Vec<&[u8]>) = match self {
            Self::Component { configured, code } => (1, u32::from(*configured), vec![code]),
            Self::Image { code } => (2, 0, vec![code]),
            Self::Runtime { component, module } => (3, 0, vec![component, module]),
            Self::Loader { code, image_start } => (4, *image_start, vec![code]),
        };
        let mut bytes = vec![tag];
        bytes.extend(number.to_le_bytes());
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
        bytes
    }

    /// None if these are not the bytes of an artefact.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        let (number, mut rest) = rest.split_first_chunk::<4>()?;
        let number = u32::from_le_bytes(*number);
        let mut part = || {
            let (length, tail) = rest.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (part, tail) = tail.split_at_checked(length)?;
            rest = tail;
            Some(part.to_vec())
        };
        let artefact = match tag {
            1 => Self::Component { configured: number != 0, code: part()? },
            2 => Self::Image { code: part()? },
            3 => Self::Runtime { component: part()?, module: part()? },
            4 => Self::Loader { code: part()?, image_start: number },
            _ => return None,
        };
        rest.is_empty().then_some(artefact)
    }
}

/// Loads a compiled component.
///
/// # Errors
/// If it was compiled for another runtime, or needs more than a slot of the pool has.
#[expect(unsafe_code, reason = "the runtime can't tell its own output from an attacker's: see the invariant")]
pub(crate) fn load_component(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` comes from this host's compiler, by pipe or from the cache, where its MAC was checked.
    unsafe { Component::deserialize(engine, code) }
}

/// Loads a compiled core module.
///
/// # Errors
/// As [`load_component`].
#[expect(unsafe_code, reason = "the runtime can't tell its own output from an attacker's: see the invariant")]
pub(crate) fn load_module(engine: &Engine, code: &[u8]) -> wasmtime::Result<Module> {
    // SAFETY: as in `load_component`.
    unsafe { Module::deserialize(engine, code) }
}

/// A folder of artefacts, each named by what it was made from and sealed with the host's key.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    key: [u8; 32],
}

impl Cache {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(folder: &Path, key: [u8; 32]) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), key })
    }

    /// The artefact, or none: it was never made, or what lies there is not ours. Either way it is made
    /// anew.
    pub(crate) fn get(&self, name: Digest) -> Option<Artefact> {
        Artefact::from_bytes(self.body(name)?.bytes())
    }

    /// What [`Artefact::to_bytes`] gave for it.
    pub(crate) fn body(&self, name: Digest) -> Option<Body> {
        let sealed = fs::read(self.path(name)).ok()?;
        let (mac, body) = sealed.split_first_chunk::<MAC_BYTES>()?;
        if self.mac(name, body).verify_slice(mac).is_err() {
            tracing::warn!(%name, "an artefact's seal is broken; the policy is compiled anew");
            return None;
        }
        Some(Body { sealed })
    }

    /// Keeps an artefact; a crash leaves the old one or none.
    pub(crate) fn put(&self, name: Digest, artefact: &Artefact) -> std::io::Result<()> {
        let body = artefact.to_bytes();
        let mac = self.mac(name, &body).finalize().into_bytes();
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&mac)?;
        file.write_all(&body)?;
        file.persist(self.path(name))?;
        Ok(())
    }

    fn path(&self, name: Digest) -> PathBuf {
        self.folder.join(name.hex())
    }

    /// Over name and body: an artefact moved to another name is broken too.
    fn mac(&self, name: Digest, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(name.as_bytes());
        mac.update(body);
        mac
    }
}

/// The bytes of an artefact whose seal was checked: megabytes, so they are not copied.
pub(crate) struct Body {
    sealed: Vec<u8>,
}

impl Body {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.sealed[MAC_BYTES..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artefact_survives_its_bytes_and_nothing_else_does() {
        for artefact in [
            Artefact::Component { configured: true, code: vec![1, 2, 3] },
            Artefact::Image { code: vec![] },
            Artefact::Runtime { component: vec![1], module: vec![2, 3] },
            Artefact::Loader { code: vec![4], image_start: 9 },
        ] {
            let bytes = artefact.to_bytes();
            assert_eq!(Artefact::from_bytes(&bytes), Some(artefact));
            for cut in 0..bytes.len() {
                assert_eq!(Artefact::from_bytes(&bytes[..cut]), None, "cut to {cut}");
            }
        }
    }

    #[test]
    fn a_changed_or_moved_artefact_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), [7; 32]).unwrap();
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let artefact = Artefact::Image { code: vec![1, 2, 3] };
        cache.put(one, &artefact).unwrap();
        assert_eq!(cache.get(one), Some(artefact));

        fs::copy(cache.path(one), cache.path(two)).unwrap();
        assert_eq!(cache.get(two), None, "moved");
        let mut bytes = fs::read(cache.path(one)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(cache.path(one), bytes).unwrap();
        assert_eq!(cache.get(one), None, "changed");
        assert_eq!(Cache::open(folder.path(), [8; 32]).unwrap().get(one), None, "another key");
    }
}
