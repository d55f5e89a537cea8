//! Bodies of the operations that are asked most, as somebody would send them.
//!
//! A body is written beside its wire type, and a test reads it as one: an example that the API would refuse to read is
//! none.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use usher_api::bulk::BulkChange;
use usher_api::department::NewDepartment;
use usher_api::invitation::NewInvitation;
use usher_api::join::{Join, NewProof};
use usher_api::login::Login;
use usher_api::member::NewMember;
use usher_api::organisation::NewOrganisation;
use usher_api::plan::NewPlan;
use usher_api::request::Approve;

/// An operation, a body of it, and what reads one.
type Example = (&'static str, Value, fn(Value) -> serde_json::Result<()>);

fn read<T: DeserializeOwned>(body: Value) -> serde_json::Result<()> {
    serde_json::from_value::<T>(body).map(drop)
}

macro_rules! examples {
    ($($operation:literal, $body:ty, $json:tt;)+) => {
        fn examples() -> Vec<Example> {
            vec![$(($operation, json!($json), read::<$body> as fn(Value) -> _)),+]
        }
    };
}

examples! {
    "create_organisation", NewOrganisation, {
        "name": "Acme", "region": "DE", "language": "de", "time_zone": "Europe/Berlin",
        "primary_admin": { "name": "Grace Hopper", "work_email": "grace@acme.example" },
    };
    "create_plan", NewPlan, { "name": "Team", "size": 50, "starts_on": "2026-01-01", "ends_on": "2026-12-31" };
    "create_department", NewDepartment, { "name": "Sales" };
    "add_member", NewMember, {
        "name": "Ada Lovelace", "departments": ["dep_01kbxw3c0fe8r9t6v2m5n7q4hz"], "work_email": "ada@acme.example",
        "phone": "+4915112345678", "workforce_type": "regular",
    };
    "change_members", BulkChange, {
        "members": ["mem_01kbxw3c0gf2s8n4j6y0d1a7ke", "mem_01kbxw3c0h9m3t5r7z2c4x6vbp"],
        "action": { "kind": "suspend" }, "preview": true,
    };
    "create_invitation", NewInvitation, {
        "name": "Spring fair", "department": "dep_01kbxw3c0fe8r9t6v2m5n7q4hz", "approval_required": true, "max_uses": 20,
    };
    "send_code", NewProof, { "by": { "kind": "code", "code": "KDMW-RTYP" }, "email": "ada@acme.example" };
    "ask_to_join", Join, {
        "by": { "kind": "code", "code": "KDMW-RTYP" }, "name": "Ada Lovelace",
        "email": { "proof": "prf_01kbxw3c0j4q6w8e1r3t5y7n9m", "code": "40316855" },
    };
    "approve_request", Approve, {
        "seat": { "kind": "plan", "plan": "plan_01kbxw3c0kz5x3c1v9b7n2m4sd" }, "note": "Starts on Monday",
    };
    "log_in", Login, {
        "organisation": "org_01kbxw3c0e1r2t3y4s5d6f7g8h", "login": "ada@acme.example",
        "code": { "proof": "prf_01kbxw3c0j4q6w8e1r3t5y7n9m", "code": "40316855" }, "client": "console",
    };
}

/// Adds to an operation the example of its body, if there is one.
pub fn show(operation: &mut Value) {
    let body = |name: &Value| examples().into_iter().find(|(known, ..)| name == known).map(|(_, body, _)| body);
    if let Some(body) = body(&operation["operationId"]) {
        operation["requestBody"]["content"]["application/json"]["example"] = body;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{openapi, routes};

    #[test]
    fn every_example_is_a_body_of_an_operation_that_there_is() {
        let (_, document) = openapi::with_document(routes::all());
        let operations =
            document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
        let described: Vec<_> = operations.collect();
        for (name, body, read) in examples() {
            let operation = described.iter().find(|operation| operation["operationId"] == name);
            let operation = operation.unwrap_or_else(|| panic!("there is no operation {name}"));
            let content = &operation["requestBody"]["content"]["application/json"];
            assert!(content["schema"].is_object(), "{name} takes no such body");
            assert_eq!(content["example"], body, "{name}");
            read(body).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
