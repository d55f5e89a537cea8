//! Members logging in, their sessions and passwords.

use serde_json::{Value, json};

use super::{Bad, Beyond, Row};
use crate::world::Who;

const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];
const MANAGING: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin];
const ANY_MEMBER: &[Who] = &[Who::PrimaryAdmin, Who::DepartmentAdmin, Who::AdminsApp, Who::Member, Who::MembersApp];
const ANYBODY: &[Who] = &[];

pub fn rows() -> Vec<Row> {
    let ask = json!({ "organisation": "{org}", "login": "ada@example.com" });
    let login = json!({
        "organisation": "{org}", "login": "{cleo's address}", "password": "{cleo's password}",
        "code": { "proof": "{login proof}", "code": "{login code}" }, "new_password": "a password of my own",
    });
    let with = |body: &Value, field: &str, value: Value| {
        let mut body = body.clone();
        body[field] = value;
        Bad::Body(body)
    };
    vec![
        Row::change("POST", "/v1/orgs/{org}/business-mail/activate", PRIMARY_ADMIN, "/v1/orgs/{org}"),
        Row::create("/v1/login/codes", ANYBODY, ask.clone())
            .status(200)
            .bad(with(&ask, "login", json!("nobody")), 422, "invalid_field")
            .bad(with(&ask, "organisation", json!("{plan}")), 422, "invalid_field"),
        Row::create("/v1/login", ANYBODY, login.clone())
            .status(200)
            .bad(with(&login, "login", json!("ada@")), 422, "invalid_field")
            .bad(with(&login, "login", json!("root")), 422, "invalid_field")
            .bad(with(&login, "new_password", json!("short")), 422, "invalid_field")
            .bad(with(&login, "new_password", Value::Null), 403, "password_change_required")
            .bad(with(&login, "password", json!("somebody else's")), 403, "login_failed")
            .bad(with(&login, "password", Value::Null), 403, "sso_required")
            .bad(Bad::Body(json!({ "organisation": "{org}", "login": "ada@example.com" })), 422, "invalid_field")
            .bad(with(&login, "code", json!({ "proof": "{plan}", "code": "1" })), 422, "invalid_field")
            .bad(with(&login, "client", json!("toaster")), 422, "invalid_field"),
        Row::get("/v1/orgs/{org}/me/sessions", ANY_MEMBER).beyond(Beyond::Silent).bad(
            Bad::Param("org", "x"),
            400,
            "invalid_id",
        ),
        Row::create("/v1/orgs/{org}/me/sessions/end", ANY_MEMBER, json!({})).status(204).beyond(Beyond::Silent).bad(
            Bad::Body(json!({ "sessions": ["{plan}"] })),
            422,
            "invalid_field",
        ),
        // The route works: it says that the current password, which there is none of, is not this one.
        Row { method: "PUT", ..Row::get("/v1/orgs/{org}/me/password", ANY_MEMBER) }
            .body(json!({ "current": "not my password", "new_password": "a password of my own" }))
            .status(403)
            .beyond(Beyond::Silent)
            .bad(Bad::Body(json!({ "current": "not my password", "new_password": "short" })), 422, "invalid_field")
            .bad(Bad::Body(json!({ "new_password": "a password of my own" })), 422, "invalid_field"),
        Row { method: "PUT", ..Row::get("/v1/orgs/{org}/members/{member}/password", MANAGING) }
            .hidden()
            .at("member", "bea")
            .body(json!({}))
            .bad(Bad::Body(json!({ "password": "short" })), 422, "invalid_field")
            .bad(Bad::Param("member", "{member}"), 409, "wrong_state"),
    ]
}
