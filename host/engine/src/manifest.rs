//! What a policy is: a manifest and the payload it names.
//!
//! A policy's digest is the SHA-256 of its canonical manifest, which carries the payload's digest: two
//! policies with one digest are the same policy. Knows nothing of how payloads are compiled or run.
//!
//! ```
//! use usher_engine::{Package, PolicyKind};
//! use usher_domain::policy::DecisionPoint;
//!
//! let manifest = br#"{ "name": "join-by-domain", "version": "1.0.0", "kind": "rhai",
//!                      "point": "approval", "contract": "1.0.0-rc.1", "facts": [] }"#;
//! let package = Package::new(manifest, b"fn decide(request) { review(\"ask\", \"ask\") }".to_vec())?;
//! assert_eq!(package.manifest().kind, PolicyKind::Rhai);
//! assert_eq!(package.manifest().point, DecisionPoint::Approval);
//! # Ok::<(), usher_engine::ManifestError>(())
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::facts::FactFamily;

/// The release of the contract that this host speaks.
pub const CONTRACT: &str = "1.0.0-rc.1";

/// The largest payload that is accepted, in bytes: room for a Python or JavaScript runtime.
pub const MAX_PAYLOAD_BYTES: usize = 32 << 20;

const MAX_MANIFEST_BYTES: usize = 16 << 10;
const MAX_NAME_BYTES: usize = 64;

/// A SHA-256, written `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest made elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 hexadecimal digits, for file names.
    #[must_use]
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ManifestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text
            .strip_prefix("sha256:")
            .and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok())
            .and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| ManifestError::Digest { text: text.chars().take(80).collect() })
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What the payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// A WebAssembly component of one of the contract's worlds.
    Wasm,
    /// A Rhai script.
    Rhai,
}

/// What a policy says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Lower-case letters, digits and hyphens, 1 to 64.
    pub name: String,
    /// The policy's own version (Semantic Versioning 2.0.0).
    pub version: semver::Version,
    /// What the payload is.
    pub kind: PolicyKind,
    /// The question it answers.
    pub point: DecisionPoint,
    /// The release of the contract it was written for; this host speaks [`CONTRACT`].
    pub contract: String,
    /// Facts it may ask for, if the organisation grants them.
    #[serde(default)]
    pub facts: BTreeSet<FactFamily>,
    /// Digest of the payload; filled in when a package is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Digest>,
}

/// A manifest with its payload, known to belong together.
#[derive(Clone, Debug)]
pub struct Package {
    manifest: Arc<Manifest>,
    digest: Digest,
    payload_digest: Digest,
    payload: Arc<[u8]>,
}

impl Package {
    /// Checks a manifest, as JSON, against its payload.
    ///
    /// # Errors
    /// [`ManifestError`] names what does not fit.
    pub fn new(manifest: &[u8], payload: Vec<u8>) -> Result<Self, ManifestError> {
        if manifest.len() > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge { part: "manifest", bytes: manifest.len(), limit: MAX_MANIFEST_BYTES });
        }
        let manifest: Manifest =
            serde_json::from_slice(manifest).map_err(|error| ManifestError::Json { text: error.to_string() })?;
        Self::from_manifest(manifest, payload)
    }

    /// As [`Package::new`], of a manifest already read.
    ///
    /// # Errors
    /// As [`Package::new`].
    pub fn from_manifest(mut manifest: Manifest, payload: Vec<u8>) -> Result<Self, ManifestError> {
        let well_named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if manifest.name.is_empty() || manifest.name.len() > MAX_NAME_BYTES || !manifest.name.chars().all(well_named) {
            return Err(ManifestError::Name { name: manifest.name.chars().take(80).collect() });
        }
        if manifest.contract != CONTRACT {
            return Err(ManifestError::Contract { contract: manifest.contract.chars().take(80).collect() });
        }
        if payload.is_empty() {
            return Err(ManifestError::Empty);
        }
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(ManifestError::TooLarge { part: "payload", bytes: payload.len(), limit: MAX_PAYLOAD_BYTES });
        }
        let payload_digest = Digest::of(&payload);
        if let Some(said) = manifest.payload.replace(payload_digest)
            && said != payload_digest
        {
            return Err(ManifestError::PayloadDigest { said, is: payload_digest });
        }
        let digest = Digest::of(&canonical(&manifest));
        Ok(Self { manifest: Arc::new(manifest), digest, payload_digest, payload: payload.into() })
    }

    /// What the policy says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// The policy's digest: of its canonical manifest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The payload's digest.
    #[must_use]
    pub fn payload_digest(&self) -> Digest {
        self.payload_digest
    }

    /// The component or the script.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

/// Canonical form: serde writes the fields in their declared order, sets sorted, without blanks.
fn canonical(manifest: &Manifest) -> Vec<u8> {
    serde_json::to_vec(manifest).expect("a manifest has string keys and no map that could fail")
}

/// Why a manifest and a payload are no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not the JSON that a manifest is.
    #[error("the manifest is not valid: {text}")]
    Json {
        /// What the parser says, with line and column.
        text: String,
    },
    /// The name breaks the rules of names.
    #[error("`name` must be 1 to {MAX_NAME_BYTES} lower-case letters, digits and hyphens, and is `{name}`")]
    Name {
        /// The beginning of the name.
        name: String,
    },
    /// Written for another release of the contract.
    #[error("`contract` is `{contract}`, and this host speaks {CONTRACT}: rebuild the policy for it")]
    Contract {
        /// What the manifest asks for.
        contract: String,
    },
    /// No payload.
    #[error("the payload is empty: send the component or the script")]
    Empty,
    /// Larger than allowed.
    #[error("the {part} has {bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// `manifest` or `payload`.
        part: &'static str,
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// The manifest names another payload.
    #[error("`payload` says {said}, but the payload is {is}: send the payload that the manifest was made for")]
    PayloadDigest {
        /// From the manifest.
        said: Digest,
        /// Of the payload.
        is: Digest,
    },
    /// Not the text form of a digest.
    #[error("`{text}` is no digest: write `sha256:` and 64 lower-case hexadecimal digits")]
    Digest {
        /// The beginning of the text.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manifest: &str, payload: &[u8], expected: Result<(), &str>) {
        let result = Package::new(manifest.as_bytes(), payload.to_vec());
        match (result, expected) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "`{error}` does not mention `{part}`");
            }
            (result, expected) => panic!("{manifest}: got {result:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_manifest_is_checked_field_by_field() {
        let of = |name: &str, contract: &str, more: &str| {
            format!(
                r#"{{"name":"{name}","version":"1.0.0","kind":"rhai","point":"approval","contract":"{contract}"{more}}}"#
            )
        };
        check(&of("ok-1", CONTRACT, ""), b"x", Ok(()));
        check(&of("Not Ok", CONTRACT, ""), b"x", Err("`name`"));
        check(&of("ok", "0.9.0", ""), b"x", Err("`contract`"));
        check(&of("ok", CONTRACT, ""), b"", Err("empty"));
        check(&of("ok", CONTRACT, r#","extra":1"#), b"x", Err("unknown field `extra`"));
        check(&of("ok", CONTRACT, r#","facts":["weather"]"#), b"x", Err("weather"));
        check(&of("ok", CONTRACT, r#","payload":"md5:1""#), b"x", Err("no digest"));
        let other = Digest::of(b"other");
        check(&of("ok", CONTRACT, &format!(r#","payload":"{other}""#)), b"x", Err("made for"));
        check("{", b"x", Err("not valid"));
    }

    #[test]
    fn the_digest_depends_on_every_part() {
        let of = |version: &str, payload: &[u8]| {
            let manifest = format!(
                r#"{{"contract":"{CONTRACT}", "name":"a","version":"{version}","kind":"rhai","point":"approval"}}"#
            );
            Package::new(manifest.as_bytes(), payload.to_vec()).unwrap().digest()
        };
        assert_eq!(of("1.0.0", b"x"), of("1.0.0", b"x"));
        assert_ne!(of("1.0.0", b"x"), of("1.0.1", b"x"));
        assert_ne!(of("1.0.0", b"x"), of("1.0.0", b"y"));
    }
}
