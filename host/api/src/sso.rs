//! Single sign-on: connections as data, and whose login it is (R39, R40).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// As admins know it; 1 to 200 characters.
    pub name: String,
    /// `oidc` | `saml`.
    pub protocol: String,
    /// The provider's own name: issuer (OIDC) or entity id (SAML); 1 to 1,024 bytes.
    pub issuer: String,
    /// Whether logins go through it; `true` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// `sso_…`
    pub id: String,
    /// As admins know it.
    pub name: String,
    /// `oidc` | `saml`.
    pub protocol: String,
    /// The provider's own name.
    pub issuer: String,
    /// Whether logins go through it.
    pub enabled: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// Changes a connection. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    /// As admins know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether logins go through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A verified assertion of an identity provider: whose login is it?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SsoLogin)]
pub struct Login {
    /// `sso_…`
    pub connection: String,
    /// The provider's identifier of the person, as sent; 1 to 1,024 bytes.
    pub subject: String,
    /// Identifiers asserted; at most 16.
    pub claims: Vec<Claim>,
}

/// One identifier of a login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// `work-email` | `employee-number`, or the organisation's own attribute's name.
    pub kind: String,
    /// As asserted; at most 1,024 bytes.
    pub value: String,
    /// Of an address: whether the provider says it verified it.
    #[serde(default)]
    pub verified: bool,
}

/// The login is a member's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Matched {
    /// `mem_…`
    pub member: String,
    /// `linked`: the subject was linked before and decides alone; `matched`: it is linked from now on.
    pub outcome: String,
    /// Whether they may log in: not suspended, and with a seat where seats were bought (R19).
    pub may_log_in: bool,
    /// Why they may not, for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// `dec_…` of the decision, if one was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}
