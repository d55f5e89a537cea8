//! Accepting or declining what an admin entered (R22).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody was added to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Welcome {
    /// Name of the organisation.
    pub organisation: String,
    /// Whom it added.
    pub name: String,
    /// The address or phone by which they log in.
    pub login: String,
    /// Whether they have accepted, or logged in.
    pub accepted: bool,
    /// Until when the link can be used, RFC 3339.
    pub ends_at: String,
}
