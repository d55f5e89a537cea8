//! Email addresses, raw and canonical, with what speaks for them (R41).
//!
//! Owns what counts as one address and its canonical form. Must not know strategies of comparing
//! addresses: those are policies.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::kebab::names;

/// Longest address, in bytes (RFC 5321, 4.5.3.1.3).
pub const MAX_ADDRESS_BYTES: usize = 254;
/// Longest local part, in bytes (RFC 5321, 4.5.3.1.1).
pub const MAX_LOCAL_BYTES: usize = 64;

names! {
    /// What speaks for an address (R40, R41).
    pub enum Evidence as "evidence" {
        /// Its holder typed a mailed code.
        OneTimeCode = "one-time-code",
        /// The identity provider says it verified it.
        IdpVerified = "idp-verified",
        /// This organisation proved the domain by DNS: ownership.
        DomainDns = "domain-dns",
        /// This organisation proved the domain by a mailed code: affiliation, not ownership.
        DomainMail = "domain-mail",
        /// The domain is bound to the connection of this login.
        DomainConnection = "domain-connection",
    }
}

/// Why a text is no email address or domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No `@`, or nothing before or after it.
    #[error("an email address needs something before and after one `@`")]
    Shape,
    /// Longer than RFC 5321 lets it be.
    #[error("an email address has at most {MAX_ADDRESS_BYTES} bytes")]
    TooLong,
    /// More before the `@` than RFC 5321 lets there be.
    #[error("an email address has at most {MAX_LOCAL_BYTES} bytes before the `@`")]
    LocalTooLong,
    /// A character that no mailbox has: space, control, quote, comma, bracket …
    #[error("an email address cannot contain {0:?} before the `@`")]
    Character(char),
    /// A dot at an end of the local part, or two in a row.
    #[error("before the `@` of an email address, dots stand between other characters")]
    Dots,
    /// No domain by UTS 46 with at least two labels.
    #[error("what follows the `@` must be a domain name, as `example.com`")]
    Domain,
}

/// One email address (R41).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Address {
    raw: String,
    canonical: String,
    domain: String,
    // INVARIANT: sorted, each at most once.
    evidence: Vec<Evidence>,
}

impl Address {
    /// Reads one address, with no evidence yet. Surrounding white space is not part of it.
    pub fn parse(raw: &str) -> Result<Self, AddressError> {
        let raw = raw.trim();
        let (local, domain) = raw.rsplit_once('@').ok_or(AddressError::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::Shape);
        }
        let mut local: String = local.nfc().collect();
        local.make_ascii_lowercase();
        if let Some(bad) = local.chars().find(|c| !may_stand_in_local_part(*c)) {
            return Err(if bad == '@' { AddressError::Shape } else { AddressError::Character(bad) });
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(AddressError::Dots);
        }
        let domain = canonical_domain(domain)?;
        let canonical = format!("{local}@{domain}");
        if raw.len().max(canonical.len()) > MAX_ADDRESS_BYTES {
            return Err(AddressError::TooLong);
        }
        if local.len() > MAX_LOCAL_BYTES {
            return Err(AddressError::LocalTooLong);
        }
        Ok(Self { raw: raw.to_owned(), canonical, domain, evidence: Vec::new() })
    }

    /// The same address with one more thing that speaks for it.
    #[must_use]
    pub fn with(mut self, evidence: Evidence) -> Self {
        if let Err(place) = self.evidence.binary_search(&evidence) {
            self.evidence.insert(place, evidence);
        }
        self
    }

    /// As it was typed or asserted.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Local part in NFC with ASCII letters in lower case, `@`, and [`Self::domain`].
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// UTS 46 ASCII form, in lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What speaks for it, each at most once, in order of declaration.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Whether `evidence` speaks for it.
    pub fn has(&self, evidence: Evidence) -> bool {
        self.evidence.contains(&evidence)
    }
}

/// A domain name in UTS 46 ASCII form, lower case, without the root's dot; at least two labels.
pub fn canonical_domain(text: &str) -> Result<String, AddressError> {
    let relative = text.strip_suffix('.').unwrap_or(text);
    let ascii = idna::domain_to_ascii_strict(relative).map_err(|_| AddressError::Domain)?;
    let top = ascii.rsplit('.').next().unwrap_or_default();
    let numeric = top.bytes().all(|byte| byte.is_ascii_digit());
    if !ascii.contains('.') || ascii.split('.').any(str::is_empty) || numeric {
        return Err(AddressError::Domain);
    }
    Ok(ascii)
}

/// `atext` and the dot of RFC 5322, and whatever is not ASCII (RFC 6531) but no control or white space.
fn may_stand_in_local_part(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
    } else {
        !c.is_control() && !c.is_whitespace()
    }
}

/// The serde form. A document that gives only `raw` is completed; what was stored is taken as stored, so
/// that old records stay readable when the tables of UTS 46 change.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    raw: String,
    canonical: Option<String>,
    domain: Option<String>,
    #[serde(default)]
    evidence: Vec<Evidence>,
}

impl From<Address> for Parts {
    fn from(address: Address) -> Self {
        Self {
            raw: address.raw,
            canonical: Some(address.canonical),
            domain: Some(address.domain),
            evidence: address.evidence,
        }
    }
}

impl TryFrom<Parts> for Address {
    type Error = AddressError;

    fn try_from(parts: Parts) -> Result<Self, AddressError> {
        let plain = match (parts.canonical, parts.domain) {
            (Some(canonical), Some(domain)) => {
                let local = canonical.strip_suffix(&domain).and_then(|rest| rest.strip_suffix('@'));
                if local.is_none_or(str::is_empty) {
                    return Err(AddressError::Shape);
                }
                Self { raw: parts.raw, canonical, domain, evidence: Vec::new() }
            }
            _ => Self::parse(&parts.raw)?,
        };
        Ok(parts.evidence.into_iter().fold(plain, Self::with))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r41_canonical_forms() {
        let check = |raw: &str, canonical: &str| {
            let address = Address::parse(raw).unwrap();
            assert_eq!(address.canonical(), canonical, "{raw}");
            assert_eq!(address.raw(), raw.trim());
        };
        check("Ada.Lovelace@Example.COM", "ada.lovelace@example.com");
        check("  ada@example.com ", "ada@example.com");
        check("ada+news@example.com", "ada+news@example.com");
        check("o'neill@example.co.uk", "o'neill@example.co.uk");
        check("info@Bücher.example", "info@xn--bcher-kva.example");
        check("info@xn--bcher-kva.example", "info@xn--bcher-kva.example");
        // ASCII-only case fold: other letters keep their case; NFC joins the combining mark.
        check("Ju\u{308}rgen@example.com", "j\u{fc}rgen@example.com");
        check("Ä@example.com", "Ä@example.com");
        check("ada@example.com.", "ada@example.com");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let check = |raw: &str, expected: AddressError| {
            assert_eq!(Address::parse(raw), Err(expected), "{raw}");
        };
        check("", AddressError::Shape);
        check("ada", AddressError::Shape);
        check("@example.com", AddressError::Shape);
        check("ada@", AddressError::Shape);
        check("a@b@example.com", AddressError::Shape);
        check("ada lovelace@example.com", AddressError::Character(' '));
        check("\"ada\"@example.com", AddressError::Character('"'));
        check("ada,bob@example.com", AddressError::Character(','));
        check("ada\r\nBcc:x@example.com", AddressError::Character('\r'));
        check(".ada@example.com", AddressError::Dots);
        check("ada..l@example.com", AddressError::Dots);
        check("ada@localhost", AddressError::Domain);
        check("ada@127.0.0.1", AddressError::Domain);
        check("ada@exa mple.com", AddressError::Domain);
        check("ada@-example.com", AddressError::Domain);
        check("ada@example..com", AddressError::Domain);
        check(&format!("{}@example.com", "a".repeat(65)), AddressError::LocalTooLong);
    }

    #[test]
    fn evidence_is_kept_once_and_in_order() {
        let address = Address::parse("ada@example.com").unwrap();
        let address = address.with(Evidence::DomainDns).with(Evidence::OneTimeCode).with(Evidence::DomainDns);
        assert_eq!(address.evidence(), [Evidence::OneTimeCode, Evidence::DomainDns]);
    }

    #[test]
    fn serde_form_is_the_contracts_record_and_raw_alone_is_enough() {
        let address = Address::parse("Ada@Example.com").unwrap().with(Evidence::OneTimeCode);
        let json = serde_json::to_value(&address).unwrap();
        let expected = serde_json::json!({
            "raw": "Ada@Example.com", "canonical": "ada@example.com", "domain": "example.com",
            "evidence": ["one-time-code"],
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Address>(json).unwrap(), address);
        let short = serde_json::json!({ "raw": "Ada@Example.com", "evidence": ["one-time-code"] });
        assert_eq!(serde_json::from_value::<Address>(short).unwrap(), address);
        let torn = serde_json::json!({ "raw": "x", "canonical": "ada@example.com", "domain": "other.com" });
        assert!(serde_json::from_value::<Address>(torn).is_err());
    }

    proptest! {
        #[test]
        fn r41_canonicalising_twice_changes_nothing(local in "[a-zA-Z0-9äöÜéß+_-]{1,20}", domain in "[a-zA-Zü]{1,12}\\.[a-z]{2,6}") {
            if let Ok(once) = Address::parse(&format!("{local}@{domain}")) {
                let twice = Address::parse(once.canonical()).unwrap();
                prop_assert_eq!(once.canonical(), twice.canonical());
                prop_assert_eq!(once.domain(), twice.domain());
            }
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,80}") {
            let _ = Address::parse(&text);
        }
    }
}
