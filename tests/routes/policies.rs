//! Policies, policy sets, decisions.

use serde_json::json;

use super::{Bad, Row};
use crate::world::Who;

const POLICY: &[Who] = &[Who::PrimaryAdmin, Who::Policy];
const SET: &str = "/v1/orgs/{org}/policy-sets/{point}";

pub fn rows() -> Vec<Row> {
    let manifest = json!({
        "name": "another", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1",
    });
    let with = |field: &str, value: &str| {
        let mut changed = manifest.clone();
        changed[field] = value.into();
        json!({ "manifest": changed, "payload": "eA==" })
    };
    let entry = json!({ "policy": "{policy}" });
    let absent = format!("sha256:{}", "0".repeat(64));
    let question = json!({ "point": "approval", "requests": [question()] });
    vec![
        Row::get("/v1/orgs/{org}/policies", POLICY).bad(Bad::Query("?cursor=!"), 400, "invalid_cursor"),
        Row::create("/v1/orgs/{org}/policies", POLICY, json!({ "manifest": manifest, "payload": "eA==" }))
            .bad(Bad::Body(json!({ "manifest": manifest, "payload": "no base64" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "manifest": manifest, "payload": "" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "manifest": { "name": "x", "size": 1 }, "payload": "eA==" })), 422, "unknown_field")
            .bad(Bad::Body(with("name", "Not A Name")), 422, "invalid_field")
            .bad(Bad::Body(with("version", "one")), 422, "invalid_field")
            .bad(Bad::Body(with("kind", "cobol")), 422, "invalid_field")
            .bad(Bad::Body(with("point", "lunch")), 422, "invalid_field")
            .bad(Bad::Body(with("contract", "0.1.0")), 422, "invalid_field")
            .bad(Bad::Body(with("payload", &absent)), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/policies/{policy}", POLICY).bad(Bad::Param("policy", "sha256:1"), 400, "invalid_id"),
        Row { method: "DELETE", ..Row::get("/v1/orgs/{org}/policies/{policy}", POLICY) }
            .at("policy", "unused policy")
            .status(204)
            .bad(Bad::Param("policy", "sha256:1"), 400, "invalid_id")
            .bad(Bad::Param("policy", "{policy}"), 409, "policy_in_use"),
        Row::get(SET, POLICY).bad(Bad::Param("point", "lunch"), 400, "invalid_id"),
        Row::change("PUT", SET, POLICY, SET)
            .body(json!({ "entries": [entry] }))
            .bad(Bad::Body(json!({ "entries": [{ "policy": absent }] })), 422, "invalid_field")
            .bad(
                Bad::Body(json!({ "entries": [{ "policy": "{policy}", "grants": ["weather"] }] })),
                422,
                "invalid_field",
            )
            .bad(
                Bad::Body(json!({ "entries": [{ "policy": "{policy}", "grants": ["departments"] }] })),
                422,
                "invalid_field",
            )
            .bad(
                Bad::Body(json!({ "entries": [{ "policy": "{policy}", "on_fault": "approve" }] })),
                422,
                "invalid_field",
            )
            .bad(Bad::Body(json!({ "entries": vec![entry; 17] })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "entries": [], "combine": "majority" })), 422, "invalid_field")
            .bad(Bad::Param("point", "sso-matching"), 422, "invalid_field"),
        Row::change("POST", "/v1/orgs/{org}/policy-sets/{point}/roll-back", POLICY, SET)
            .status(200)
            .body(json!({ "generation": 1 }))
            .bad(Bad::Body(json!({ "generation": 9 })), 404, "not_found")
            .bad(Bad::Body(json!({ "generation": "1" })), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/decisions", POLICY).bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        Row::get("/v1/orgs/{org}/decisions/{decision}", POLICY).bad(
            Bad::Param("decision", "{member}"),
            400,
            "invalid_id",
        ),
        Row::create("/v1/orgs/{org}/decisions/ask", POLICY, question)
            .status(200)
            .bad(Bad::Body(json!({ "point": "lunch", "requests": [{}] })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "point": "approval", "requests": [] })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "point": "approval", "requests": [{ "channel": "link" }] })), 422, "invalid_field"),
    ]
}

fn question() -> serde_json::Value {
    let applicant = json!({
        "name": "Ada", "work_email": null, "phone": null, "language": null,
        "workforce_type": null, "employee_number": null,
    });
    json!({
        "organisation": { "id": "{org}", "region": "DE", "language": "de", "paid_plans": 1 },
        "at": "2026-03-02T09:00:00Z", "today": "2026-03-02", "channel": "link",
        "applicant": applicant, "invitation": null,
    })
}
