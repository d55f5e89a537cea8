//! Requests that nobody answers go on to others (R17).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When requests go on, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// After how many hours without an answer, 1 to 720; never if left out, as at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 720)]
    pub after_hours: Option<u32>,
    /// `mem_…` of at most 50 members who may answer requests; the primary admins if it is empty, or if none of these
    /// may answer by then.
    #[serde(default)]
    pub to: Vec<String>,
}
