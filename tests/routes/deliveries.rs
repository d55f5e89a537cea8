//! How mail and SMS went, and what could not be delivered.

use super::{Bad, Row};
use crate::world::Who;

const MEMBERS: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats];
const MANAGING: &[Who] = &[Who::PrimaryAdmin, Who::Members, Who::Seats, Who::DepartmentAdmin];
/// Who made the invitation, wherever they are.
const INVITER: &[Who] = &[Who::PrimaryAdmin, Who::AdminsApp];

pub fn rows() -> Vec<Row> {
    let dead_letter = "/v1/orgs/{org}/dead-letters/{dead_letter}";
    vec![
        Row::get("/v1/orgs/{org}/dead-letters", MEMBERS).bad(Bad::Query("?limit=0"), 400, "invalid_query").bad(
            Bad::Query("?cursor=AAAA"),
            400,
            "invalid_cursor",
        ),
        Row { method: "POST", ..Row::get("/v1/orgs/{org}/dead-letters/{dead_letter}/retry", MEMBERS) }.status(204).bad(
            Bad::Param("dead_letter", "{member}"),
            400,
            "invalid_id",
        ),
        Row { method: "DELETE", ..Row::get(dead_letter, MEMBERS) }.status(204).bad(
            Bad::Param("dead_letter", "ded_1"),
            400,
            "invalid_id",
        ),
        Row::get("/v1/orgs/{org}/members/{member}/deliveries", MANAGING).hidden().bad(
            Bad::Param("member", "{invitation}"),
            400,
            "invalid_id",
        ),
        Row::get("/v1/orgs/{org}/invitations/{invitation}/deliveries", MANAGING).hidden().bad(
            Bad::Query("?limit=many"),
            400,
            "invalid_query",
        ),
        Row::get("/v1/orgs/{org}/me/invitations/{invitation}/deliveries", INVITER).bad(
            Bad::Param("invitation", "{member}"),
            400,
            "invalid_id",
        ),
    ]
}
