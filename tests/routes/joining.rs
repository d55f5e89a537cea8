//! Invitations, what applicants do, requests.

use serde_json::{Value, json};

use super::{Bad, Beyond, Row};
use crate::world::Who;

const MEMBERS: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats];
const MANAGING: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin];
/// Answering works in the member app too (R17).
const ANSWERING: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin, Who::AdminsApp];
const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];
/// Members too, since the world's admins allow it (R3).
const INVITING: &[Who] =
    &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin, Who::AdminsApp, Who::Member, Who::MembersApp];
const ANYBODY: &[Who] = &[];

pub fn rows() -> Vec<Row> {
    [invitations(), applicants(), welcome(), requests(), escalation(), answers(), bots()]
        .into_iter()
        .flatten()
        .collect()
}

fn with(body: &Value, field: &str, value: Value) -> Bad {
    let mut body = body.clone();
    body[field] = value;
    Bad::Body(body)
}

fn with_receipt(receipt: &Value, secret: &str) -> Value {
    let mut receipt = receipt.clone();
    receipt["receipt"] = json!(secret);
    receipt
}

fn invitations() -> Vec<Row> {
    let new = json!({ "name": "Fair", "department": "{department}", "max_uses": 5 });
    let invitation = "/v1/orgs/{org}/invitations/{invitation}";
    let link = json!({ "link": "https://join.example/#{link}" });
    let picture = |path, who| {
        Row::create(path, who, link.clone())
            .status(200)
            .bad(with(&link, "link", json!("{personal link}")), 422, "invalid_field")
            .bad(with(&link, "link", json!(format!("https://{}/{{link}}", "x".repeat(300)))), 422, "invalid_field")
            .bad(with(&link, "size", json!(5)), 422, "unknown_field")
    };
    vec![
        picture("/v1/orgs/{org}/invitations/{invitation}/qr.svg", MANAGING).hidden(),
        picture("/v1/orgs/{org}/invitations/{invitation}/qr.png", MANAGING).hidden(),
        picture("/v1/orgs/{org}/me/invitations/{invitation}/qr.svg", INVITING).beyond(Beyond::Silent),
        picture("/v1/orgs/{org}/me/invitations/{invitation}/qr.png", INVITING).beyond(Beyond::Silent),
        Row::create("/v1/orgs/{org}/invitations", MANAGING, new.clone())
            .beyond(Beyond::Refused(422, "invalid_field"))
            .bad(with(&new, "name", json!(" ")), 422, "invalid_field")
            .bad(with(&new, "max_uses", json!(0)), 422, "invalid_field")
            .bad(with(&new, "department", json!("{plan}")), 422, "invalid_field")
            .bad(with(&new, "plan", json!("{department}")), 422, "invalid_field")
            .bad(with(&new, "email_domain", json!("no domain")), 422, "invalid_field")
            .bad(with(&new, "expires_at", json!("2020-01-01T00:00:00Z")), 422, "invalid_field")
            .bad(with(&new, "role", json!("king")), 422, "invalid_field")
            .bad(with(&new, "email", json!("nobody")), 422, "invalid_field")
            .bad(with(&new, "uses", json!(1)), 422, "unknown_field"),
        Row::get("/v1/orgs/{org}/invitations", MANAGING)
            .beyond(Beyond::Silent)
            .bad(Bad::Query("?cursor=x"), 400, "invalid_cursor")
            .bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        Row::get(invitation, MANAGING).hidden().bad(Bad::Param("invitation", "{plan}"), 400, "invalid_id"),
        Row::get("/v1/orgs/{org}/inviting", MEMBERS).bad(Bad::Param("org", "{plan}"), 400, "invalid_id"),
        Row::change("PUT", "/v1/orgs/{org}/inviting", MEMBERS, "/v1/orgs/{org}/inviting")
            .body(json!({ "kind": "chosen", "departments": ["{department}"] }))
            .bad(Bad::Body(json!({ "kind": "chosen", "members": ["{plan}"] })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "kind": "friends" })), 422, "invalid_field"),
        Row::create("/v1/orgs/{org}/me/invitations", INVITING, json!({ "name": "Bob", "email": "b@example.com" }))
            .beyond(Beyond::Silent)
            .bad(Bad::Body(json!({ "email": "nobody" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "department": "{department}" })), 422, "unknown_field"),
        Row::change("POST", "/v1/orgs/{org}/invitations/{invitation}/revoke", MANAGING, invitation).hidden(),
        Row::change("POST", "/v1/orgs/{org}/invitations/{invitation}/rotate", MANAGING, invitation).hidden(),
    ]
}

fn applicants() -> Vec<Row> {
    let by = json!({ "kind": "link", "link": "{link}" });
    let unknown = json!({ "kind": "link", "link": "x" });
    let look = json!({ "by": by });
    let ask = json!({ "by": by, "email": "somebody@example.com" });
    let typed = json!({ "by": by, "code": "{code}" });
    let join = json!({ "by": by, "name": "Eve", "email": { "proof": "{proof}", "code": "{code}" } });
    let receipt = json!({ "organisation": "{org}", "request": "{request}", "receipt": "{receipt}" });
    vec![
        Row::create("/v1/join/invitation", ANYBODY, look.clone())
            .status(200)
            .bad(with(&look, "by", unknown.clone()), 404, "invitation_unknown")
            .bad(with(&look, "by", json!({ "kind": "code", "code": "short" })), 422, "invalid_field")
            .bad(with(&look, "by", json!({ "kind": "song" })), 422, "invalid_field"),
        Row::create("/v1/join/proofs", ANYBODY, ask.clone())
            .without_sso()
            .bad(with(&ask, "by", unknown.clone()), 404, "invitation_unknown")
            .bad(with(&ask, "email", json!("nobody")), 422, "invalid_field")
            .bad(with(&ask, "phone", json!("+4915112345678")), 422, "invalid_field"),
        Row::create("/v1/join/proofs/{proof}/check", ANYBODY, typed.clone())
            .status(200)
            .bad(with(&typed, "by", unknown.clone()), 404, "invitation_unknown")
            .bad(with(&typed, "code", json!("abcdef")), 422, "code_wrong")
            .bad(Bad::Param("proof", "{plan}"), 400, "invalid_id"),
        Row::create("/v1/join", ANYBODY, join.clone())
            .status(200)
            .without_sso()
            .bad(with(&join, "by", unknown), 404, "invitation_unknown")
            .bad(with(&join, "name", json!("")), 422, "invalid_field")
            .bad(with(&join, "language", json!("de_DE")), 422, "invalid_field")
            .bad(with(&join, "workforce_type", json!("")), 422, "invalid_field")
            .bad(with(&join, "employee_number", json!("4".repeat(101))), 422, "invalid_field")
            .bad(with(&join, "email", Value::Null), 403, "proof_required")
            .bad(with(&join, "phone", json!({ "proof": "{proof}", "code": "{code}" })), 422, "invalid_field")
            .bad(with(&join, "age", json!(42)), 422, "unknown_field"),
        Row::create("/v1/join/decline", ANYBODY, json!({ "by": { "kind": "link", "link": "{personal link}" } }))
            .status(204)
            .bad(Bad::Body(json!({ "by": by })), 409, "wrong_state")
            .bad(Bad::Body(json!({ "request": with_receipt(&receipt, "x") })), 404, "not_found")
            .bad(Bad::Body(json!({ "by": by, "request": receipt })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "by": by, "proof": { "proof": "{plan}", "code": "1" } })), 422, "invalid_field")
            .bad(Bad::Body(json!({})), 422, "invalid_field"),
        Row::create("/v1/join/standing", ANYBODY, receipt.clone())
            .status(200)
            .bad(with(&receipt, "receipt", json!("x")), 404, "not_found")
            .bad(with(&receipt, "organisation", json!("{plan}")), 422, "invalid_field"),
        Row::create("/v1/join/withdraw", ANYBODY, receipt.clone())
            .status(200)
            .bad(with(&receipt, "receipt", json!("x")), 404, "not_found")
            .bad(with(&receipt, "request", json!("{plan}")), 422, "invalid_field"),
    ]
}

fn welcome() -> Vec<Row> {
    let nonsense = |row: Row| row.bad(Bad::Param("welcome_link", "nonsense"), 404, "not_found");
    let answer = |path| Row { method: "POST", ..Row::get(path, ANYBODY) };
    vec![
        nonsense(Row::get("/v1/welcome/{welcome_link}", ANYBODY)),
        nonsense(answer("/v1/welcome/{welcome_link}/accept")),
        nonsense(answer("/v1/welcome/{welcome_link}/decline").status(204)),
    ]
}

fn requests() -> Vec<Row> {
    let approve = json!({ "seat": { "kind": "plan", "plan": "{plan}" }, "note": "known" });
    let too_long = json!({ "note": "x".repeat(1_001) });
    vec![
        Row::get("/v1/orgs/{org}/requests", ANSWERING)
            .beyond(Beyond::Silent)
            .bad(Bad::Query("?state=asleep"), 400, "invalid_query")
            .bad(Bad::Query("?channel=pigeon"), 400, "invalid_query")
            .bad(Bad::Query("?department=sales"), 400, "invalid_query")
            .bad(Bad::Query("?opened_before=yesterday"), 400, "invalid_query"),
        Row::get("/v1/orgs/{org}/requests/{request}", ANSWERING).hidden().bad(
            Bad::Param("request", "x"),
            400,
            "invalid_id",
        ),
        Row::create("/v1/orgs/{org}/requests/{request}/approve", ANSWERING, approve)
            .status(200)
            .hidden()
            .bad(Bad::Body(json!({ "seat": { "kind": "plan", "plan": "{member}" } })), 422, "invalid_field")
            .bad(Bad::Body(too_long.clone()), 422, "invalid_field"),
        Row::create("/v1/orgs/{org}/requests/{request}/reject", ANSWERING, json!({ "note": "unknown to us" }))
            .status(200)
            .hidden()
            .bad(Bad::Body(too_long), 422, "invalid_field")
            .bad(Bad::Body(json!({ "seat": null })), 422, "unknown_field"),
    ]
}

fn escalation() -> Vec<Row> {
    let path = "/v1/orgs/{org}/escalation";
    let on = json!({ "after_hours": 48, "to": ["{primary admin}"] });
    vec![
        Row::get(path, PRIMARY_ADMIN).bad(Bad::Param("org", "{plan}"), 400, "invalid_id"),
        Row::change("PUT", path, PRIMARY_ADMIN, path)
            .body(on.clone())
            .bad(with(&on, "after_hours", json!(0)), 422, "invalid_field")
            .bad(with(&on, "after_hours", json!(721)), 422, "invalid_field")
            .bad(with(&on, "to", json!(["{member}"])), 422, "invalid_field")
            .bad(with(&on, "to", json!(["{plan}"])), 422, "invalid_field")
            .bad(with(&on, "to", json!(vec!["{primary admin}"; 51])), 422, "invalid_field")
            .bad(with(&on, "twice", json!(true)), 422, "unknown_field"),
    ]
}

fn answers() -> Vec<Row> {
    let many = json!({ "requests": ["{request}"], "verdict": "approve", "seat": { "kind": "plan", "plan": "{plan}" } });
    let reply = json!({ "verdict": "approve", "note": "known" });
    let link = "/v1/answers/{answer_link}";
    vec![
        Row::create("/v1/orgs/{org}/requests/answers", ANSWERING, many.clone())
            .status(200)
            .beyond(Beyond::Silent)
            .bad(with(&many, "requests", json!([])), 422, "invalid_field")
            .bad(with(&many, "requests", json!(vec!["{request}"; 101])), 422, "invalid_field")
            .bad(with(&many, "requests", json!(["{plan}"])), 422, "invalid_field")
            .bad(with(&many, "verdict", json!("reject")), 422, "invalid_field")
            .bad(with(&many, "verdict", json!("maybe")), 422, "invalid_field"),
        Row::get(link, ANYBODY).bad(Bad::Param("answer_link", "nonsense"), 404, "not_found"),
        Row::create(link, ANYBODY, reply.clone())
            .status(200)
            .bad(Bad::Param("answer_link", "nonsense"), 404, "not_found")
            .bad(with(&reply, "verdict", json!("withdraw")), 422, "invalid_field")
            .bad(with(&reply, "note", json!("x".repeat(1_001))), 422, "invalid_field")
            .bad(with(&reply, "seat", json!({ "kind": "policy" })), 422, "unknown_field"),
    ]
}

fn bots() -> Vec<Row> {
    let bot = "/v1/orgs/{org}/bots/{bot}";
    let new = json!({ "name": "Chat", "approvers": { "U1": "{member}" } });
    let approvers = json!({ "approvers": { "U2": "{primary admin}" } });
    let reply = json!({ "user": "U1", "request": "{request}", "verdict": "reject" });
    let answer = Row::create("/v1/orgs/{org}/bots/{bot}/answer", ANYBODY, reply.clone()).status(200);
    vec![
        Row::create("/v1/orgs/{org}/bots", PRIMARY_ADMIN, new.clone())
            .bad(with(&new, "name", json!("")), 422, "invalid_field")
            .bad(with(&new, "approvers", json!({ "": "{member}" })), 422, "invalid_field")
            .bad(with(&new, "approvers", json!({ "U1": "{plan}" })), 422, "invalid_field")
            .bad(with(&new, "secret", json!("mine")), 422, "unknown_field"),
        Row::get("/v1/orgs/{org}/bots", PRIMARY_ADMIN).bad(Bad::Param("org", "x"), 400, "invalid_id"),
        Row::get(bot, PRIMARY_ADMIN).bad(Bad::Param("bot", "{plan}"), 400, "invalid_id"),
        Row { method: "DELETE", ..Row::get(bot, PRIMARY_ADMIN) }.status(204).bad(
            Bad::Param("bot", "{plan}"),
            400,
            "invalid_id",
        ),
        Row::change("PUT", "/v1/orgs/{org}/bots/{bot}/approvers", PRIMARY_ADMIN, bot).body(approvers).bad(
            Bad::Body(json!({ "approvers": { "U1": "mem_nobody" } })),
            422,
            "invalid_field",
        ),
        Row { signed: true, ..answer }
            .bad(with(&reply, "user", json!("U2")), 403, "forbidden")
            .bad(with(&reply, "request", json!("{plan}")), 422, "invalid_field")
            .bad(with(&reply, "seat", json!({ "kind": "none" })), 422, "unknown_field")
            .bad(Bad::Param("bot", "{plan}"), 400, "invalid_id"),
    ]
}
