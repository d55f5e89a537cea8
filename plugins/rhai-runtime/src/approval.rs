//! What a script for the decision point `approval` sees.

use rhai::{Dynamic, Engine};
use usher_policy::approval::{Applicant, Decision, Invitation, Placement, Request, Row};

use crate::fields::{self, explained, fields};

/// Registers the request's fields and `approve`, `review`, `reject` with `place_in(department)` and
/// `place_in(department, workforce_type)`.
pub(crate) fn register(engine: &mut Engine) {
    fields::register(engine);
    fields!(engine, Request as "Request" {
        organisation: record, at: instant, today: text, channel: text, applicant: record,
        invitation: optional_record, row: optional_record,
    });
    fields!(engine, Applicant as "Applicant" {
        name: text, work_email: optional_record, phone: optional_text, phone_proved: flag,
        language: optional_text, workforce_type: optional_text, employee_number: optional_text,
        attributes: pairs,
    });
    fields!(engine, Invitation as "Invitation" {
        id: text, department: optional_text, role: optional_text, email_domain: optional_text,
        plan: optional_text, approval_required: flag, created_at: instant,
        expires_at: optional_instant, uses: number, max_uses: optional_number,
        inviter: optional_text, inviter_role: optional_text,
    });
    fields!(engine, Row as "Row" {
        departments: texts, importer: optional_text, importer_role: optional_text,
    });
    explained!(engine, Decision)
        .register_fn("approve", |code: &str, text: &str| Decision::approve(code, text))
        .register_fn("review", |code: &str, text: &str| Decision::review(code, text))
        .register_fn("reject", |code: &str, text: &str| Decision::reject(code, text))
        .register_fn("place_in", |decision: Decision, department: Dynamic| place(decision, department, Dynamic::UNIT))
        .register_fn("place_in", place);
}

/// `()` leaves a part of the placement open.
fn place(decision: Decision, department: Dynamic, workforce_type: Dynamic) -> Decision {
    let placement =
        Placement { department: department.into_string().ok(), workforce_type: workforce_type.into_string().ok() };
    match placement {
        Placement { department: None, workforce_type: None } => decision,
        some => decision.place(some),
    }
}
