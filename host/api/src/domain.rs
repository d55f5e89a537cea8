//! Email domains of an organisation and how they are proved (R21).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::join::Proved;

/// Adds a domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    /// As `example.com`.
    pub domain: String,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Domain {
    /// ASCII form, lower case.
    pub domain: String,
    /// `domain-dns` | `domain-mail`; absent until proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^domain-(dns|mail)$")]
    pub proof: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proved_at: Option<String>,
    /// Where to put a TXT record to prove ownership.
    pub txt_name: String,
    /// What the TXT record must say.
    pub txt_value: String,
    /// `sso_…` whose logins may assert addresses on it (R40).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// RFC 3339.
    pub added_at: String,
}

/// Has a code mailed to a mailbox of the domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMailProof {
    /// An address on the domain.
    pub email: String,
}

/// Types the mailed code: proves affiliation.
pub type MailProof = Proved;

/// Binds a domain to a connection, or to none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// `sso_…`; `null` for none.
    pub connection: Option<String>,
}
