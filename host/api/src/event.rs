//! What happened in an organisation, in order (R43).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// `evt_…`
    pub id: String,
    /// Place in the organisation's order: 1, 2, 3 … without a gap.
    pub seq: u64,
    /// What, as `member.joined`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of the shape of `data`.
    pub version: u32,
    /// RFC 3339.
    pub at: String,
    /// By `type` and `version`.
    pub data: Value,
}

/// From where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Events after this sequence number; from the first one if left out.
    pub after: Option<u64>,
    /// Events from this sequence number on; instead of `after`.
    pub from: Option<u64>,
    /// Most items wanted: 1 to 200, 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
