//! What is kept under one key: a value, a counter or the head of a stream, and which commit wrote it.
//!
//! Owns the byte form of stored entries. Must not know where they are kept.

use sha2::{Digest, Sha256};

use crate::StoreError;

/// What an entry is, so that no operation mistakes one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Form {
    Value = 0,
    Counter = 1,
    Stream = 2,
}

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Value => "plain value",
            Self::Counter => "counter",
            Self::Stream => "stream",
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Value, Self::Counter, Self::Stream].into_iter().find(|form| *form as u8 == byte)
    }
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub version: u64,
    pub form: Form,
    pub value: Vec<u8>,
}

const HEADER: usize = 9;

impl Entry {
    pub(crate) fn counter(version: u64, n: i64) -> Self {
        Self { version, form: Form::Counter, value: n.to_be_bytes().to_vec() }
    }

    /// Bytes of the stored form.
    pub(crate) fn size(&self) -> usize {
        HEADER + self.value.len()
    }

    /// Appends `version ‖ form ‖ value`.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.push(self.form as u8);
        bytes.extend_from_slice(&self.value);
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first_chunk()?;
        let (form, value) = rest.split_first()?;
        Some(Self { version: u64::from_be_bytes(*version), form: Form::from_byte(*form)?, value: value.to_vec() })
    }
}

/// Where a stream stands: what the stream's own key holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamHead {
    /// Position of the last record; 0 when there is none.
    pub position: u64,
    /// Hash of the last linked record; zeros when there is none.
    pub hash: [u8; 32],
}

impl StreamHead {
    /// `position ‖ hash`.
    pub(crate) fn encode(self) -> Vec<u8> {
        [&self.position.to_be_bytes()[..], &self.hash].concat()
    }

    /// Reads the value of a stream's key.
    ///
    /// # Errors
    /// When the value is not that of a stream.
    pub fn decode(value: &[u8]) -> Result<Self, StoreError> {
        value
            .split_first_chunk()
            .and_then(|(position, hash)| {
                Some(Self { position: u64::from_be_bytes(*position), hash: hash.try_into().ok()? })
            })
            .ok_or(StoreError::Value { what: "the head of a stream" })
    }
}

/// A record of a hash chain, such as an audit entry (R42).
///
/// The content may be erased later while the chain still holds, because the chain covers `link`, not `value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Hash of the record before it; zeros for the first.
    pub prev: [u8; 32],
    /// What this record added to the chain.
    pub link: [u8; 32],
    /// The content.
    pub value: Vec<u8>,
}

impl Linked {
    /// The hash of this record at its position: `SHA-256(prev ‖ position ‖ link)`.
    #[must_use]
    pub fn hash(&self, position: u64) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.prev)
            .chain_update(position.to_be_bytes())
            .chain_update(self.link)
            .finalize()
            .into()
    }

    /// `prev ‖ link ‖ value`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        [&self.prev[..], &self.link, &self.value].concat()
    }

    /// Reads a stored record of a chain.
    ///
    /// # Errors
    /// When the value is too short to be one.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        bytes
            .split_first_chunk()
            .and_then(|(prev, rest)| {
                let (link, value) = rest.split_first_chunk()?;
                Some(Self { prev: *prev, link: *link, value: value.to_vec() })
            })
            .ok_or(StoreError::Value { what: "a record of a chain" })
    }
}

/// Reads the value of a counter's key.
///
/// # Errors
/// When the value is not that of a counter.
pub fn decode_counter(value: &[u8]) -> Result<i64, StoreError> {
    value.try_into().map(i64::from_be_bytes).map_err(|_| StoreError::Value { what: "a counter" })
}
