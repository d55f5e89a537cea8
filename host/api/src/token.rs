//! Bearer tokens of the API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an admin may do (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Bring members in, suspend and delete them; departments.
    MemberAndDepartment,
    /// Plans and seats.
    Billing,
    /// Policies and policy sets.
    Policy,
    /// Single sign-on, domains, API tokens.
    Security,
    /// Read the audit trail.
    Audit,
}

/// Asks for a token. Exactly one holder: a member's token can do at any moment what its member can;
/// a service's has permissions of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, so that it is recognised when it must be revoked; 1 to 200 characters.
    pub name: String,
    /// Who holds it.
    pub holder: NewHolder,
    /// RFC 3339; open if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// Who is to hold a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewHolder {
    /// The console, or another client, of an admin.
    Member {
        /// `mem_…`
        member: String,
    },
    /// The member app of a member (R3 to R5).
    MemberApp {
        /// `mem_…`
        member: String,
    },
    /// A program of the organisation that is no member.
    Service {
        /// What it may do; no more than whoever creates it may.
        permissions: Vec<Permission>,
    },
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// `tok_…`
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub holder: NewHolder,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; absent if open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// RFC 3339; absent while it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// A new token. The secret is shown this once; the host keeps its hash alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TokenCreated {
    /// The token.
    pub token: Token,
    /// `ush_…`, for `Authorization: Bearer`; absent when an idempotent request is answered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Asks for a token of whoever runs the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperatorToken {
    /// What it is for, so that it is recognised when it must be revoked; 1 to 200 characters.
    pub name: String,
    /// RFC 3339; open if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A token of whoever runs the host, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OperatorToken {
    /// `tok_…`
    pub id: String,
    /// What it is for.
    pub name: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; absent if open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// RFC 3339; absent while it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// A new token of whoever runs the host. The secret is shown this once; the host keeps its hash alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OperatorTokenCreated {
    /// The token.
    pub token: OperatorToken,
    /// `ush_…`, for `Authorization: Bearer`.
    pub secret: String,
}
