//! What preparing a policy yields: compiled code, and its form as bytes.
//!
//! INVARIANT: compiled code is loaded only if it comes from this host's compiler, by pipe or from its cache
//! of artefacts. Loading code that somebody else wrote is running it outside the sandbox.

use wasmtime::component::Component;
use wasmtime::{Engine, Module};

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
}
