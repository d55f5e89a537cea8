//! Imports between wire and use cases.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use usher_api::Code;
use usher_api::import::{
    Import, ImportChoices, ImportCounts, ImportRow, ImportSeats, ImportSummary, RowNote, SeatsNeeded, SheetFormat,
    UnknownDepartments, UploadQuery,
};
use usher_domain::ids::{GroupId, PlanId};
use usher_domain::import::{self, Choices, Counts, RowReport, Seats};
use usher_sheets::{Format, Separator};

use crate::app::imports::ImportView;
use crate::http::body::optional;
use crate::http::problem::{Answer, Failure};
use crate::http::query::parameter;

/// 202: the file is here, its rows are being checked.
pub(super) struct Taken(pub(super) Import);

impl IntoResponse for Taken {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, axum::Json(self.0)).into_response()
    }
}

/// The format that is written.
pub(in crate::http::routes) fn format(format: SheetFormat) -> Format {
    match format {
        SheetFormat::Xlsx => Format::Xlsx,
        SheetFormat::Csv => Format::Csv(Separator::Comma),
    }
}

pub(super) fn choices(body: &ImportChoices) -> Answer<Choices> {
    let seats = seats(body.seats, optional("/plan", body.plan.as_deref())?, optional("/group", body.group.as_deref())?);
    let seats = seats.map_err(|name| Failure::at(Code::InvalidField, format!("/{name}"), NAMED))?;
    let (unknown_departments, types) = (body.unknown_departments, body.group_workforce_types.clone());
    let types = group_types(unknown_departments, types)
        .ok_or_else(|| Failure::at(Code::InvalidField, format!("/{TYPES}"), CREATED))?;
    Ok(Choices {
        unknown_departments: unknown(unknown_departments),
        group_workforce_types: types,
        seats,
        invite: body.invite,
    })
}

pub(super) fn query_choices(query: &UploadQuery) -> Answer<Choices> {
    let seats =
        seats(query.seats, parameter("plan", query.plan.as_deref())?, parameter("group", query.group.as_deref())?);
    let seats = seats.map_err(|name| Failure::at(Code::InvalidQuery, name, NAMED))?;
    let (unknown_departments, types) = (query.unknown_departments, query.group_workforce_types.clone());
    let types =
        group_types(unknown_departments, types).ok_or_else(|| Failure::at(Code::InvalidQuery, TYPES, CREATED))?;
    Ok(Choices {
        unknown_departments: unknown(unknown_departments),
        group_workforce_types: types,
        seats,
        invite: query.invite,
    })
}

const NAMED: &str = "a plan goes with `seats` = `plan`, a group with `seats` = `group`, and neither with anything else";

const TYPES: &str = "group_workforce_types";
const CREATED: &str = "only departments that are made have groups: choose `unknown_departments` = `create`";

/// Whom the groups take of departments that are made; nothing if none is made to have one.
fn group_types(departments: UnknownDepartments, types: Vec<String>) -> Option<Vec<String>> {
    (departments == UnknownDepartments::Create || types.is_empty()).then_some(types)
}

fn unknown(departments: UnknownDepartments) -> import::UnknownDepartments {
    match departments {
        UnknownDepartments::Ignore => import::UnknownDepartments::Ignore,
        UnknownDepartments::Create => import::UnknownDepartments::Create,
    }
}

/// The choice, else the name of what is missing or does not go with it.
fn seats(seats: ImportSeats, plan: Option<PlanId>, group: Option<GroupId>) -> Result<Seats, &'static str> {
    match (seats, plan, group) {
        (ImportSeats::Plan, Some(plan), None) => Ok(Seats::Plan { plan }),
        (ImportSeats::Group, None, Some(group)) => Ok(Seats::Group { group }),
        (ImportSeats::Policy, None, None) => Ok(Seats::Policy),
        (ImportSeats::None, None, None) => Ok(Seats::None),
        (ImportSeats::Plan, None, _) | (_, Some(_), _) => Err("plan"),
        (_, None, _) => Err("group"),
    }
}

pub(super) fn import(ImportView { import, done, accounts }: ImportView) -> Import {
    Import {
        id: import.id.to_string(),
        state: import.state.to_string(),
        choices: shown_choices(import.choices),
        file_name: import.file_name,
        bytes: import.bytes,
        ignored_columns: import.ignored_columns,
        summary: import.summary.map(summary),
        done: counts(done),
        accounts,
        fault: import.fault,
        created_at: import.created_at.to_string(),
        ends_at: import.ends_at.to_string(),
    }
}

fn shown_choices(choices: Choices) -> ImportChoices {
    let (seats, plan, group) = match choices.seats {
        Seats::Policy => (ImportSeats::Policy, None, None),
        Seats::Plan { plan } => (ImportSeats::Plan, Some(plan.to_string()), None),
        Seats::Group { group } => (ImportSeats::Group, None, Some(group.to_string())),
        Seats::None => (ImportSeats::None, None, None),
    };
    let unknown_departments = match choices.unknown_departments {
        import::UnknownDepartments::Ignore => UnknownDepartments::Ignore,
        import::UnknownDepartments::Create => UnknownDepartments::Create,
    };
    let (group_workforce_types, invite) = (choices.group_workforce_types, choices.invite);
    ImportChoices { unknown_departments, group_workforce_types, seats, plan, group, invite }
}

fn summary(summary: import::Summary) -> ImportSummary {
    let seats = summary.seats.into_iter();
    ImportSummary {
        counts: counts(summary.counts),
        seats: seats
            .map(|one| SeatsNeeded { plan: one.plan.to_string(), needed: one.needed, free: one.free })
            .collect(),
        unknown_departments: summary.unknown_departments.iter().map(|path| path.join(" / ")).collect(),
        more_unknown_departments: summary.more_unknown_departments,
    }
}

fn counts(counts: Counts) -> ImportCounts {
    ImportCounts { added: counts.added, existing: counts.existing, failed: counts.failed }
}

pub(super) fn row((row, report): (u64, RowReport)) -> ImportRow {
    ImportRow {
        row,
        verdict: report.verdict.to_string(),
        notes: report.notes.into_iter().map(|note| RowNote { code: note.code, text: note.text }).collect(),
        member: report.member.map(|member| member.to_string()),
        seat: report.seat.map(|plan| plan.to_string()),
        wish: report.wish.map(|plan| plan.to_string()),
        wish_reason: report.wish_reason.map(|reason| reason.to_string()),
        decision: report.decision.map(|decision| decision.to_string()),
    }
}
