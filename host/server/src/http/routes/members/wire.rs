//! Members between the wire and the domain.

use usher_api::Code;
use usher_api::member::{CameIn, LoginType, Member, MemberChange, MemberQuery, NewMember, Role, SeatChoice, SeatWish};
use usher_domain::address::Address;
use usher_domain::authority::Authority;
use usher_domain::ids::DepartmentId;
use usher_domain::{login, member};

use crate::app::members::list::Filter;
use crate::app::members::{add, alter};
use crate::http::body::{field, optional};
use crate::http::problem::Failure;
use crate::http::routes::tokens::{permission, wire_permissions};

pub(super) fn new(body: NewMember) -> Result<add::NewMember, Failure> {
    Ok(add::NewMember {
        departments: departments(&body.departments)?,
        login: match body.login {
            LoginType::Business => login::LoginType::Business,
            LoginType::Work => login::LoginType::Work,
            LoginType::Skip => login::LoginType::Skip,
        },
        business_email: address("/business_email", body.business_email.as_deref())?,
        work_email: address("/work_email", body.work_email.as_deref())?,
        phone: optional("/phone", body.phone.as_deref())?,
        authority: authority(body.role)?,
        seat: body.seat.map(seat).transpose()?,
        name: body.name,
        workforce_type: body.workforce_type,
        employee_number: body.employee_number,
        language: body.language,
        attributes: body.attributes,
        invite: body.invite.unwrap_or(true),
    })
}

pub(super) fn change(body: MemberChange) -> Result<alter::MemberChange, Failure> {
    let work_email = body.work_email.map(|text| address("/work_email", text.as_deref()));
    let phone = body.phone.map(|text| optional("/phone", text.as_deref()));
    Ok(alter::MemberChange {
        departments: body.departments.as_deref().map(departments).transpose()?,
        authority: body.role.map(authority).transpose()?,
        work_email: work_email.transpose()?,
        phone: phone.transpose()?,
        name: body.name,
        workforce_type: body.workforce_type,
        employee_number: body.employee_number,
        language: body.language,
        attributes: body.attributes,
    })
}

pub(super) fn filter(query: &MemberQuery) -> Result<Filter, Failure> {
    let wrong = |field: &str, detail: String| Failure::at(Code::InvalidQuery, field, detail);
    let state = query.state.as_deref().map(str::parse).transpose();
    let department = query.department.as_deref().map(str::parse).transpose();
    let work_email = query.work_email.as_deref().map(Address::parse).transpose();
    Ok(Filter {
        state: state.map_err(|error: usher_domain::UnknownName| wrong("state", error.to_string()))?,
        department: department.map_err(|error: usher_domain::ids::IdError| wrong("department", error.to_string()))?,
        work_email: work_email.map_err(|error| wrong("work_email", error.to_string()))?,
    })
}

pub(super) fn member(member: member::Member) -> Member {
    Member {
        id: member.id.to_string(),
        state: member.state().as_str().to_owned(),
        role: match &member.authority {
            Authority::PrimaryAdmin => Role::PrimaryAdmin,
            Authority::Admin(permissions) => Role::Admin { permissions: wire_permissions(permissions) },
            Authority::DepartmentAdmin(departments) => {
                Role::DepartmentAdmin { departments: departments.iter().map(ToString::to_string).collect() }
            }
            Authority::Member => Role::Member,
        },
        groups: member.in_groups().iter().map(ToString::to_string).collect(),
        name: member.name,
        departments: member.departments.iter().map(ToString::to_string).collect(),
        seats: member.seats.iter().map(ToString::to_string).collect(),
        group_seats: member.group_seats.iter().map(ToString::to_string).collect(),
        wishes: member.wishes.iter().map(wish).collect(),
        login: member.login.as_str().to_owned(),
        business_email: member.business_email.map(|address| address.raw().to_owned()),
        work_email: member.work_email.map(|address| address.raw().to_owned()),
        phone: member.phone.map(String::from),
        workforce_type: member.workforce_type,
        employee_number: member.employee_number,
        language: member.language,
        attributes: member.attributes,
        came_in: came_in(&member.provenance),
        created_at: member.created_at.to_string(),
    }
}

fn came_in(provenance: &member::Provenance) -> CameIn {
    CameIn {
        channel: provenance.channel.to_string(),
        by: provenance.by.map(|id| id.to_string()),
        invitation: provenance.invitation.map(|id| id.to_string()),
        decision: provenance.decision.map(|id| id.to_string()),
        at: provenance.at.to_string(),
    }
}

fn wish(wish: &member::SeatWish) -> SeatWish {
    SeatWish {
        plan: wish.plan.to_string(),
        reason: wish.reason.as_str().to_owned(),
        since: wish.since.to_string(),
        source: wish.source.as_str().to_owned(),
    }
}

fn departments(ids: &[String]) -> Result<Vec<DepartmentId>, Failure> {
    ids.iter().enumerate().map(|(index, id)| field(&format!("/departments/{index}"), id)).collect()
}

fn address(pointer: &str, text: Option<&str>) -> Result<Option<Address>, Failure> {
    text.map(|text| Address::parse(text).map_err(|error| Failure::address(pointer, &error))).transpose()
}

fn authority(role: Role) -> Result<Authority, Failure> {
    Ok(match role {
        Role::PrimaryAdmin => Authority::PrimaryAdmin,
        Role::Admin { permissions } if permissions.is_empty() => {
            let detail = "an admin has at least one permission: name one, or make them a plain member";
            return Err(Failure::at(Code::InvalidField, "/role/permissions", detail));
        }
        Role::Admin { permissions } => Authority::Admin(permissions.into_iter().map(permission).collect()),
        Role::DepartmentAdmin { departments } => {
            let id = |(index, id): (usize, &String)| field(&format!("/role/departments/{index}"), id);
            Authority::DepartmentAdmin(departments.iter().enumerate().map(id).collect::<Result<_, _>>()?)
        }
        Role::Member => Authority::Member,
    })
}

fn seat(choice: SeatChoice) -> Result<add::SeatChoice, Failure> {
    Ok(match choice {
        SeatChoice::Plan { plan } => add::SeatChoice::Plan(field("/seat/plan", &plan)?),
        SeatChoice::None => add::SeatChoice::None,
        SeatChoice::Policy => add::SeatChoice::Policy,
    })
}
