//! Who may invite without being an admin (R3), and how they do (R5).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may invite without being an admin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Inviters {
    /// Nobody, as at first.
    #[default]
    Nobody,
    /// Every member.
    Everyone,
    /// Some of them: at most 1,000 departments and 1,000 members.
    Chosen {
        /// `dep_…` whose direct members may.
        #[serde(default)]
        departments: Vec<String>,
        /// `mem_…`
        #[serde(default)]
        members: Vec<String>,
    },
}

/// Invites somebody, by name and an email or a phone; or, with neither, whoever has the link, code or QR.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInvites {
    /// Whom; 1 to 200 characters. Needed with an email or a phone (R5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The holder of this address alone can take it (R22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The holder of this phone (E.164) alone can take it (R22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}
