//! Typed ids: a prefix that names the kind and a UUIDv7, written as the `TypeID` specification writes them
//! (`mem_01jq8r…`: 26 characters of lower-case Crockford base32).
//!
//! Owns the text form and its parsing; must not know what an id points at.

use uuid::Uuid;

use crate::time::Instant;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits in groups of five, the first group holding three.
const SUFFIX_LEN: usize = 26;

/// A text that is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It has another kind's prefix, or none.
    #[error("expected the id of {kind}, `{prefix}_` and 26 characters, but got `{given}`")]
    Prefix {
        /// What was expected, in words.
        kind: &'static str,
        /// Its prefix.
        prefix: &'static str,
        /// What was given, cut to 64 characters.
        given: String,
    },
    /// What follows the prefix is no UUID in base32.
    #[error(
        "the id of {kind} `{given}` is malformed: `{prefix}_` must be followed by 26 characters of 0-9 and a-z \
         without i, l, o and u, the first at most 7"
    )]
    Suffix {
        /// What was expected, in words.
        kind: &'static str,
        /// Its prefix.
        prefix: &'static str,
        /// What was given, cut to 64 characters.
        given: String,
    },
}

/// The value of each byte as a digit; [`NO_DIGIT`] for all that are none.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        digits[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    digits
};
const NO_DIGIT: u8 = u8::MAX;

fn encode(uuid: Uuid) -> [u8; SUFFIX_LEN] {
    let mut bits = uuid.as_u128();
    let mut text = [0; SUFFIX_LEN];
    for byte in text.iter_mut().rev() {
        *byte = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    text
}

fn decode(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    // A first character above 7 would need a 129th bit.
    if bytes.len() != SUFFIX_LEN || bytes[0] > b'7' {
        return None;
    }
    let mut bits = 0u128;
    for byte in bytes {
        let digit = DIGITS[usize::from(*byte)];
        if digit == NO_DIGIT {
            return None;
        }
        bits = bits << 5 | u128::from(digit);
    }
    Some(Uuid::from_u128(bits))
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal, $kind:literal;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(Uuid);

            impl $name {
                /// Prefix of the text form, without the underscore.
                pub const PREFIX: &'static str = $prefix;

                /// A new id (UUIDv7, RFC 9562): ids made later sort later, to the millisecond.
                pub fn from_parts(at: Instant, entropy: [u8; 10]) -> Self {
                    let millis = u64::try_from(at.as_micros() / 1000).unwrap_or(0);
                    Self(uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
                }

                /// From the 16 bytes of [`Self::as_bytes`].
                pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                    Self(Uuid::from_bytes(bytes))
                }

                /// The UUID's bytes, whose order is the ids' order.
                pub const fn as_bytes(&self) -> &[u8; 16] {
                    self.0.as_bytes()
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!($prefix, "_"))?;
                    let text = encode(self.0);
                    f.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
                }
            }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    std::fmt::Display::fmt(self, f)
                }
            }

            impl std::str::FromStr for $name {
                type Err = IdError;

                fn from_str(text: &str) -> Result<Self, IdError> {
                    let suffix = text.strip_prefix(concat!($prefix, "_")).ok_or_else(|| IdError::Prefix {
                        kind: $kind,
                        prefix: $prefix,
                        given: shown(text),
                    })?;
                    decode(suffix).map(Self).ok_or_else(|| IdError::Suffix {
                        kind: $kind,
                        prefix: $prefix,
                        given: shown(text),
                    })
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

ids! {
    /// An organisation.
    OrgId = "org", "an organisation";
    /// A member; a person in two organisations is two members.
    MemberId = "mem", "a member";
    /// A department.
    DepartmentId = "dep", "a department";
    /// A paid plan.
    PlanId = "plan", "a plan";
    /// An invitation.
    InvitationId = "inv", "an invitation";
    /// A join request.
    RequestId = "req", "a join request";
    /// A single sign-on connection.
    ConnectionId = "sso", "a single sign-on connection";
    /// A decision record.
    DecisionId = "dec", "a decision";
    /// An API token.
    TokenId = "tok", "a token";
    /// An audit entry.
    AuditId = "aud", "an audit entry";
    /// An event.
    EventId = "evt", "an event";
    /// A user group.
    GroupId = "grp", "a user group";
    /// A proof of an email address or a phone number by a one-time code.
    ProofId = "prf", "a proof";
    /// An outgoing mail.
    MailId = "mail", "a mail";
    /// An outgoing SMS.
    SmsId = "sms", "an SMS";
    /// A message that could not be delivered.
    DeadLetterId = "ded", "a dead letter";
    /// A chat bot that answers requests.
    BotId = "bot", "a bot";
    /// A batch import.
    ImportId = "imp", "a batch import";
    /// A webhook of an organisation.
    WebhookId = "whk", "a webhook";
    /// One HTTP request, for logs and problem reports.
    CallId = "call", "a call";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_goes_there_and_back_through_text_and_json(bytes: [u8; 16]) {
            let id = MemberId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<MemberId>(), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<MemberId>(&json).unwrap(), id);
        }

        #[test]
        fn text_sorts_as_bytes_do(a: [u8; 16], b: [u8; 16]) {
            let (x, y) = (OrgId::from_bytes(a), OrgId::from_bytes(b));
            prop_assert_eq!(x.cmp(&y), x.to_string().cmp(&y.to_string()));
        }
    }

    #[test]
    fn agrees_with_the_type_id_specification() {
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let id = MemberId::from_bytes(*uuid.as_bytes());
        assert_eq!(id.to_string(), "mem_01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn new_ids_are_uuid_v7_of_their_moment() {
        let id = OrgId::from_parts(Instant::from_micros(1_700_000_000_123_456), [0xff; 10]);
        let uuid = Uuid::from_bytes(*id.as_bytes());
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.as_u128() >> 80, 1_700_000_000_123);
    }

    #[test]
    fn what_is_no_id_of_the_kind_is_refused_by_name() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<OrgId>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("", "expected the id of an organisation");
        check("mem_01h455vb4pex5vsknk084sn02q", "`org_` and 26 characters");
        check("01h455vb4pex5vsknk084sn02q", "expected the id of an organisation");
        check("org_01h455vb4pex5vsknk084sn02", "malformed");
        check("org_01h455vb4pex5vsknk084sn02qq", "malformed");
        check("org_01H455VB4PEX5VSKNK084SN02Q", "malformed");
        check("org_81h455vb4pex5vsknk084sn02q", "malformed");
        check("org_01h455vb4pex5vsknk084sn02u", "malformed");
        check("org_ä1h455vb4pex5vsknk084sn02", "malformed");
    }

    #[test]
    fn prefixes_are_distinct() {
        let distinct: std::collections::BTreeSet<_> = PREFIXES.iter().collect();
        assert_eq!(distinct.len(), PREFIXES.len());
    }
}
