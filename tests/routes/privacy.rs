//! What is held about a person, and how that goes.

use super::{Bad, Row};
use crate::world::Who;

const OPERATOR: &[Who] = &[Who::Operator];
const PRIMARY_ADMIN: &[Who] = &[Who::PrimaryAdmin];

pub fn rows() -> Vec<Row> {
    let post = |path: &'static str, who| Row { method: "POST", ..Row::get(path, who) };
    vec![
        Row::get("/v1/orgs/{org}/members/{member}/personal-data", PRIMARY_ADMIN).bad(
            Bad::Param("member", "{plan}"),
            400,
            "invalid_id",
        ),
        Row::get("/v1/orgs/{org}/requests/{request}/personal-data", PRIMARY_ADMIN).bad(
            Bad::Param("request", "{plan}"),
            400,
            "invalid_id",
        ),
        post("/v1/orgs/{org}/members/{member}/erase", PRIMARY_ADMIN)
            .at("member", "deleted")
            .status(202)
            .bad(Bad::Param("member", "{plan}"), 400, "invalid_id")
            .bad(Bad::Param("member", "{member}"), 409, "wrong_state"),
        post("/v1/orgs/{org}/requests/{request}/erase", PRIMARY_ADMIN)
            .at("request", "closed")
            .status(202)
            .bad(Bad::Param("request", "{plan}"), 400, "invalid_id")
            .bad(Bad::Param("request", "{request}"), 409, "wrong_state"),
        Row::get("/v1/orgs/{org}/invitations/{invitation}/personal-data", PRIMARY_ADMIN)
            .at("invitation", "personal invitation")
            .bad(Bad::Param("invitation", "{plan}"), 400, "invalid_id")
            .bad(Bad::Param("invitation", "{invitation}"), 409, "wrong_state"),
        post("/v1/orgs/{org}/invitations/{invitation}/erase", PRIMARY_ADMIN)
            .at("invitation", "revoked invitation")
            .status(202)
            .bad(Bad::Param("invitation", "{plan}"), 400, "invalid_id")
            .bad(Bad::Param("invitation", "{invitation}"), 409, "wrong_state")
            .bad(Bad::Param("invitation", "{personal invitation}"), 409, "wrong_state"),
        Row::get("/v1/orgs/{org}/erasures", PRIMARY_ADMIN).bad(Bad::Query("?limit=0"), 400, "invalid_query"),
        post("/v1/host/compact", OPERATOR),
    ]
}
