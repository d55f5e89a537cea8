//! Records: typed values with a kind and a version, stored as CBOR maps and lifted when they are old.
//!
//! Owns the byte form `kind ‖ version ‖ map`. Must not know keys of organisations, nor any store.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use usher_store::{Record, decode, encode};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Department { name: String }
//!
//! impl Record for Department {
//!     const KIND: u8 = 3;
//!     const VERSION: u16 = 1;
//!     type Id = [u8; 16];
//! }
//!
//! let stored = encode(&Department { name: "Research".into() })?;
//! assert_eq!(decode::<Department>(&stored)?.name, "Research");
//! # Ok::<(), usher_store::RecordError>(())
//! ```

use ciborium::Value as Cbor;
use serde::{Serialize, de::DeserializeOwned};

use crate::KeyPart;

/// Kinds from here on are the store's own (counters, events, audit).
pub const FIRST_RESERVED_KIND: u8 = 0xf0;

/// A type that is stored. Its serde form is a map (a struct with named fields).
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// Which kind of record: unique, never reused, below [`FIRST_RESERVED_KIND`].
    const KIND: u8;
    /// The version `encode` writes, counted from 1. Raise it with every change of fields.
    const VERSION: u16;
    /// What it is found by.
    type Id: KeyPart + Send + Sync;

    /// Lifts a map of version `from` to version `from + 1`; nothing when that version is unknown.
    #[must_use]
    fn upcast(from: u16, map: Cbor) -> Option<Cbor> {
        let _ = (from, map);
        None
    }
}

/// Why stored bytes are not the record that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Shorter than kind and version.
    #[error("the value is {0} bytes long, too short for a record")]
    Short(usize),
    /// Another kind of record.
    #[error("the value is a record of kind {found}, not {expected}")]
    Kind {
        /// The kind that was asked for.
        expected: u8,
        /// The kind that is there.
        found: u8,
    },
    /// Written by a newer program.
    #[error("the record has version {found}, this program knows versions up to {newest}: run a newer one")]
    Newer {
        /// The version that is there.
        found: u16,
        /// The newest version this program knows.
        newest: u16,
    },
    /// Written in a version that can't be lifted.
    #[error("a record of kind {kind} in version {version} can't be lifted to the next version")]
    NotLifted {
        /// The kind.
        kind: u8,
        /// The version.
        version: u16,
    },
    /// Not a map.
    #[error("the record is not a CBOR map")]
    NotAMap,
    /// The map can't be written or read.
    #[error("the record's CBOR: {0}")]
    Cbor(String),
}

/// The stored form of a record.
///
/// # Errors
/// When its serde form is not a map.
pub fn encode<R: Record>(record: &R) -> Result<Vec<u8>, RecordError> {
    let map = Cbor::serialized(record).map_err(|error| RecordError::Cbor(error.to_string()))?;
    if !map.is_map() {
        return Err(RecordError::NotAMap);
    }
    let mut bytes = vec![R::KIND];
    bytes.extend_from_slice(&R::VERSION.to_be_bytes());
    ciborium::into_writer(&map, &mut bytes).map_err(|error| RecordError::Cbor(error.to_string()))?;
    Ok(bytes)
}

/// The map of a stored record, whatever its kind and as it was written: to look at, not to work with.
///
/// # Errors
/// When it is too short to be one, or damaged.
pub fn open(bytes: &[u8]) -> Result<Cbor, RecordError> {
    let Some((&[_, _, _], map)) = bytes.split_first_chunk() else {
        return Err(RecordError::Short(bytes.len()));
    };
    ciborium::from_reader(map).map_err(|error| RecordError::Cbor(error.to_string()))
}

/// Reads the stored form of a record, of this version or an older one.
///
/// # Errors
/// When it is something else, newer, or damaged.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R, RecordError> {
    let Some((&[kind, high, low], map)) = bytes.split_first_chunk() else {
        return Err(RecordError::Short(bytes.len()));
    };
    if kind != R::KIND {
        return Err(RecordError::Kind { expected: R::KIND, found: kind });
    }
    let mut version = u16::from_be_bytes([high, low]);
    if version > R::VERSION {
        return Err(RecordError::Newer { found: version, newest: R::VERSION });
    }
    let mut map: Cbor = ciborium::from_reader(map).map_err(|error| RecordError::Cbor(error.to_string()))?;
    while version < R::VERSION {
        map = R::upcast(version, map).ok_or(RecordError::NotLifted { kind, version })?;
        version += 1;
    }
    if !map.is_map() {
        return Err(RecordError::NotAMap);
    }
    map.deserialized().map_err(|error| RecordError::Cbor(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Person {
        name: String,
        seats: u8,
    }

    impl Record for Person {
        const KIND: u8 = 9;
        const VERSION: u16 = 3;
        type Id = [u8; 16];

        fn upcast(from: u16, mut map: Cbor) -> Option<Cbor> {
            match from {
                2 => {
                    map.as_map_mut()?.push((Cbor::from("seats"), Cbor::from(1)));
                    Some(map)
                }
                _ => None,
            }
        }
    }

    fn stored(kind: u8, version: u16, map: &Cbor) -> Vec<u8> {
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&version.to_be_bytes());
        ciborium::into_writer(map, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_record_comes_back_and_an_old_one_is_lifted() {
        let ada = Person { name: "Ada".into(), seats: 2 };
        assert_eq!(decode::<Person>(&encode(&ada).unwrap()).unwrap(), ada);
        let old = Cbor::Map(vec![(Cbor::from("name"), Cbor::from("Ada"))]);
        assert_eq!(decode::<Person>(&stored(9, 2, &old)).unwrap(), Person { name: "Ada".into(), seats: 1 });
    }

    #[test]
    fn the_stored_form_does_not_change() {
        let bytes = encode(&Person { name: "Ada".into(), seats: 2 }).unwrap();
        assert_eq!(bytes, b"\x09\x00\x03\xa2\x64name\x63Ada\x65seats\x02");
    }

    #[test]
    fn what_is_no_such_record_is_refused_by_name() {
        let check = |bytes: &[u8], message: &str| {
            let error = decode::<Person>(bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        };
        let map = Cbor::Map(Vec::new());
        check(b"\x09\x00", "too short");
        check(&stored(8, 1, &map), "kind 8, not 9");
        check(&stored(9, 4, &map), "version 4");
        check(&stored(9, 1, &map), "version 1 can't be lifted");
        check(&stored(9, 3, &Cbor::from(7)), "not a CBOR map");
        check(&stored(9, 3, &map), "missing field `name`");
        check(b"\x09\x00\x03\xa2\x64na", "CBOR");
    }
}
