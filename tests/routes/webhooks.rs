//! Webhooks.

use serde_json::json;

use super::{Bad, Row};
use crate::world::Who;

const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];

pub fn rows() -> Vec<Row> {
    let webhook = "/v1/orgs/{org}/webhooks/{webhook}";
    let post = |path| Row { method: "POST", ..Row::get(path, PRIMARY_ADMIN) };
    let new = json!({ "url": "http://127.0.0.1:9/hooks", "types": ["member.joined"] });
    let no_id = || Bad::Param("webhook", "{org}");
    vec![
        Row::create("/v1/orgs/{org}/webhooks", PRIMARY_ADMIN, new)
            .bad(Bad::Body(json!({ "url": "example.com" })), 422, "target_refused")
            .bad(Bad::Body(json!({ "url": format!("https://{}.example", "x".repeat(2_100)) })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "url": "https://example.com", "types": ["member.joned"] })), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/webhooks", PRIMARY_ADMIN).bad(Bad::Param("org", "x"), 400, "invalid_id"),
        Row::get(webhook, PRIMARY_ADMIN).bad(no_id(), 400, "invalid_id"),
        Row::change("PATCH", webhook, PRIMARY_ADMIN, webhook).body(json!({ "enabled": false })).bad(
            Bad::Body(json!({ "url": "ftp://example.com" })),
            422,
            "target_refused",
        ),
        Row { method: "DELETE", ..Row::get(webhook, PRIMARY_ADMIN) }.status(204).bad(no_id(), 400, "invalid_id"),
        post("/v1/orgs/{org}/webhooks/{webhook}/secret").bad(no_id(), 400, "invalid_id"),
        post("/v1/orgs/{org}/webhooks/{webhook}/redeliver").body(json!({ "from": 1 })).bad(
            Bad::Body(json!({ "from": 1_000_000 })),
            422,
            "invalid_field",
        ),
        post("/v1/orgs/{org}/webhooks/{webhook}/test").bad(no_id(), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/webhooks/{webhook}/attempts", PRIMARY_ADMIN).bad(no_id(), 400, "invalid_id"),
    ]
}
