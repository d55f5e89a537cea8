//! Members logging in, their sessions, their passwords.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a one-time code. Whether anybody is sent one is not said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLoginCode {
    /// `org_…`
    pub organisation: String,
    /// Email address, or phone in E.164.
    pub login: String,
}

/// A code is on its way, if the login is somebody's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoginCode {
    /// `prf_…`, to be sent with the code.
    pub proof: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// What a session is made for, for as long as it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// The admin console: admins can do there what is theirs. 12 hours at most, 30 minutes idle.
    Console,
    /// The member app: what is for admins is refused, whoever it is (R4). 30 days at most, 7 days idle.
    #[default]
    MemberApp,
}

/// Logs in: with a password, a one-time code, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// `org_…`
    pub organisation: String,
    /// Email address, or phone in E.164.
    pub login: String,
    /// The password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A one-time code with its proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TypedLoginCode>,
    /// What the password is to be from now on, 12 to 128 characters: needed at the first login with a password that an
    /// admin handed over (R10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_password: Option<String>,
    /// What the session is made for.
    #[serde(default)]
    pub client: Client,
}

/// A one-time code as its holder sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedLoginCode {
    /// `prf_…`
    pub proof: String,
    /// Eight digits.
    pub code: String,
}

/// Somebody is logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoggedIn {
    /// `mem_…`
    pub member: String,
    /// The session's token, `uss_…`, to be sent as `Authorization: Bearer`; shown this once.
    pub token: String,
    /// The session.
    pub session: Session,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// `tok_…`
    pub id: String,
    /// What it was made for.
    pub client: Client,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; not every use is written down.
    pub used_at: String,
    /// When it ends if it is not used again; RFC 3339.
    pub ends_at: String,
    /// Network address it began from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// One's own sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sessions {
    /// Oldest first; at most 20.
    pub items: Vec<Session>,
}

/// Ends sessions of one's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSessions {
    /// `tok_…`; all if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<String>>,
}

/// Changes one's own password. Give the current one, or, with a work email, a one-time code for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPassword {
    /// The password so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// A one-time code with its proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TypedLoginCode>,
    /// The password from now on, 12 to 128 characters.
    pub new_password: String,
}

/// Sets the password of a business login anew (R10).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// 12 to 128 characters; one is generated if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A password was set; it must be changed at the next login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PasswordSet {
    /// The generated password, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}
