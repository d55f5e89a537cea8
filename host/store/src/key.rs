//! Keys: `space ‖ organisation ‖ kind ‖ id`, ordered as bytes.
//!
//! Owns how a key is put together. Must not know what is stored under it.
//!
//! ```
//! use usher_store::Key;
//! let org = [7; 16];
//! let department = Key::organisation(&org, 3, &[9u8; 16]);
//! assert!(department.starts_with(&Key::organisation(&org, 3, &())));
//! ```

use std::{fmt, sync::Arc};

use usher_domain::ids;

/// Longest key in bytes.
pub const MAX_KEY: usize = 1024;

/// The first byte of a key: which part of the store it lives in.
///
/// Zero is nobody's: the index keeps its own notes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Space {
    /// Data of one organisation: `1 ‖ organisation ‖ kind ‖ id`.
    Organisation = 1,
    /// Look-ups across organisations: `2 ‖ kind ‖ what is looked up`.
    Directory = 2,
    /// Data of the host itself: `3 ‖ kind ‖ id`.
    Host = 3,
    /// Work to be done at a time: `4 ‖ time ‖ organisation ‖ kind ‖ id`.
    Due = 4,
}

/// One key. Non-empty, begins with a [`Space`]. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// A key in the data of one organisation.
    #[must_use]
    pub fn organisation(org: &[u8; 16], kind: u8, id: &impl KeyPart) -> Self {
        let mut bytes = Vec::with_capacity(48);
        bytes.push(Space::Organisation as u8);
        bytes.extend_from_slice(org);
        bytes.push(kind);
        id.write(&mut bytes);
        Self(bytes.into())
    }

    /// A key in the look-up space.
    #[must_use]
    pub fn directory(kind: u8, lookup: &[u8]) -> Self {
        let mut bytes = vec![Space::Directory as u8, kind];
        bytes.extend_from_slice(lookup);
        Self(bytes.into())
    }

    /// A key in the data of the host itself.
    #[must_use]
    pub fn host(kind: u8, id: &impl KeyPart) -> Self {
        let mut bytes = vec![Space::Host as u8, kind];
        id.write(&mut bytes);
        Self(bytes.into())
    }

    /// Everything due, at whatever time: the prefix of all keys made by [`Key::due`].
    #[must_use]
    pub fn all_due() -> Self {
        Self([Space::Due as u8].into())
    }

    /// A key for work due at `at` (microseconds UTC), for one organisation.
    #[must_use]
    pub fn due(at: i64, org: &[u8; 16], kind: u8, id: &impl KeyPart) -> Self {
        let mut bytes = vec![Space::Due as u8];
        at.write(&mut bytes);
        bytes.extend_from_slice(org);
        bytes.push(kind);
        id.write(&mut bytes);
        Self(bytes.into())
    }

    /// This key with one more part at its end.
    #[must_use]
    pub fn join(&self, part: &impl KeyPart) -> Self {
        let mut bytes = self.0.to_vec();
        part.write(&mut bytes);
        Self(bytes.into())
    }

    /// Whether this key lies under `prefix`.
    #[must_use]
    pub fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// What follows `prefix` in this key.
    #[must_use]
    pub fn after(&self, prefix: &Self) -> Option<&[u8]> {
        self.0.strip_prefix(&*prefix.0)
    }

    /// The bytes, in the order the store sorts by.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key read back from where the store wrote it.
    pub(crate) fn from_stored(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The first key behind every key with this prefix, or nothing when there is none.
    pub(crate) fn end_of_prefix(&self) -> Option<Vec<u8>> {
        let mut end = self.0.to_vec();
        while let Some(last) = end.last_mut() {
            if *last < u8::MAX {
                *last += 1;
                return Some(end);
            }
            end.pop();
        }
        None
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Lower-case hexadecimal.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Something that is part of a key: written so that bytes sort as values do, and read back by a scan.
pub trait KeyPart: Sized {
    /// Appends this part.
    fn write(&self, key: &mut Vec<u8>);

    /// Takes this part off the front of `bytes`; nothing if it isn't there.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// The only one of its kind.
impl KeyPart for () {
    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl<const N: usize> KeyPart for [u8; N] {
    fn write(&self, key: &mut Vec<u8>) {
        key.extend_from_slice(self);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (part, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*part)
    }
}

impl KeyPart for u8 {
    fn write(&self, key: &mut Vec<u8>) {
        key.push(*self);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        <[u8; 1]>::read(bytes).map(|[byte]| byte)
    }
}

impl KeyPart for u64 {
    fn write(&self, key: &mut Vec<u8>) {
        key.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        <[u8; 8]>::read(bytes).map(Self::from_be_bytes)
    }
}

/// With the sign bit turned over, so that negative numbers sort before positive ones.
impl KeyPart for i64 {
    fn write(&self, key: &mut Vec<u8>) {
        self.wrapping_sub(Self::MIN).cast_unsigned().write(key);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u64::read(bytes).map(|n| n.cast_signed().wrapping_add(Self::MIN))
    }
}

/// Text takes the rest of the key, so it can only be the last part.
impl KeyPart for String {
    fn write(&self, key: &mut Vec<u8>) {
        key.extend_from_slice(self.as_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let text = Self::from_utf8(bytes.to_vec()).ok()?;
        *bytes = &[];
        Some(text)
    }
}

impl<A: KeyPart, B: KeyPart> KeyPart for (A, B) {
    fn write(&self, key: &mut Vec<u8>) {
        self.0.write(key);
        self.1.write(key);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?))
    }
}

macro_rules! id_parts {
    ($($id:ident)+) => {
        $(
            impl KeyPart for ids::$id {
                fn write(&self, key: &mut Vec<u8>) {
                    self.as_bytes().write(key);
                }

                fn read(bytes: &mut &[u8]) -> Option<Self> {
                    <[u8; 16]>::read(bytes).map(Self::from_bytes)
                }
            }
        )+
    };
}

id_parts! {
    OrgId MemberId DepartmentId PlanId InvitationId RequestId ConnectionId DecisionId TokenId AuditId EventId GroupId
    ProofId MailId SmsId DeadLetterId BotId CallId ImportId WebhookId
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_of_a_prefix_is_behind_all_its_keys() {
        let check = |prefix: &[u8], end: Option<&[u8]>| {
            assert_eq!(Key::from_stored(prefix).end_of_prefix().as_deref(), end, "{prefix:?}");
        };
        check(&[1], Some(&[2]));
        check(&[1, 255], Some(&[2]));
        check(&[1, 2, 255, 255], Some(&[1, 3]));
        check(&[255, 255], None);
    }

    proptest! {
        #[test]
        fn numbers_sort_as_bytes_and_come_back(a: i64, b: i64, c: u64) {
            let bytes = |n: i64| Key::host(0, &n);
            prop_assert_eq!(bytes(a).cmp(&bytes(b)), a.cmp(&b));
            let mut written = Vec::new();
            (a, c).write(&mut written);
            prop_assert_eq!(<(i64, u64)>::read(&mut written.as_slice()), Some((a, c)));
        }
    }
}
