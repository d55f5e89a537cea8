//! Audit trail and events.

use super::{Bad, Row};
use crate::world::Who;

const AUDIT: &[Who] = &[Who::PrimaryAdmin, Who::Audit];

pub fn rows() -> Vec<Row> {
    vec![
        Row::get("/v1/orgs/{org}/audit", AUDIT)
            .bad(Bad::Query("?limit=1000"), 400, "invalid_query")
            .bad(Bad::Query("?who=nobody"), 400, "invalid_query")
            .bad(Bad::Query("?from=yesterday"), 400, "invalid_query"),
        Row::get("/v1/orgs/{org}/audit/export", AUDIT).bad(Bad::Param("org", "{plan}"), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/audit/checkpoint", AUDIT).bad(Bad::Param("org", "{plan}"), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/audit/checkpoints", AUDIT).bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        Row::get("/v1/audit/key", &[]),
        Row::get("/v1/orgs/{org}/audit/verify", AUDIT).bad(Bad::Query("?cursor=AAAA"), 400, "invalid_cursor"),
        Row::get("/v1/orgs/{org}/audit/{position}", AUDIT).bad(Bad::Param("position", "0"), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/events", AUDIT).bad(Bad::Query("?after=yesterday"), 400, "invalid_query").bad(
            Bad::Query("?after=1&from=2"),
            400,
            "invalid_query",
        ),
    ]
}
