//! What every new member writes, however they came: their record, the ways to find them, the counters
//! they count in.

use std::collections::BTreeMap;

use usher_domain::address::Address;
use usher_domain::department::MAX_DIRECT_MEMBERS;
use usher_domain::ids::DepartmentId;
use usher_domain::member;
use usher_domain::phone::Phone;

use crate::app::change::Change;
use crate::app::stored::{DepartmentMember, Member, MemberAt, place};
use crate::app::{approvers, counters};

/// Why somebody cannot be a member, or not with these data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// Another member has the work email.
    #[error("another member has the work email {0}: one address, one member")]
    WorkEmailTaken(String),
    /// Another member has the phone number.
    #[error("another member has the phone number {0}: one number, one member")]
    PhoneTaken(String),
    /// The business address was given to somebody before (R10).
    #[error("the business address {0} was given to somebody before: an address is one member's, for ever")]
    BusinessEmailTaken(String),
    /// The business address lies in a domain that the organisation did not prove to be its own (R10).
    #[error("`{0}` is not proved by DNS to be your own domain: add it, prove it, then give addresses on it")]
    BusinessDomain(String),
    /// The organisation is full (R38).
    #[error("the organisation has as many members as its plans allow, {0}: buy more seats or delete members")]
    MembersFull(u64),
    /// The department is full (R37).
    #[error("the department {0} has as many direct members as one may have, {MAX_DIRECT_MEMBERS}")]
    DepartmentFull(DepartmentId),
}

/// Adds a member who did not count before: new, or restored. `limit` is the most members there may be
/// (R38). Seats are moved by [`Change::seat`].
pub fn enrol<E: From<EnrolError>>(change: &mut Change<E>, member: &member::Member, limit: Option<u64>) {
    let most = limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    change.count_up(&counters::members(), 1, most, EnrolError::MembersFull(limit.unwrap_or(0)).into());
    if member.counts_as_primary_admin() {
        change.writes.add(&counters::primary_admins(), 1, 0, i64::MAX);
    }
    for department in &member.departments {
        join_department(change, member, *department);
    }
    if let Some(name) = &member.workforce_type {
        join_workforce_type(change, name);
    }
    for (place, taken) in places(member) {
        claim(change, member, &place, taken);
    }
    approvers::list(&mut change.writes, member);
    change.writes.put(&member.id, &Member(member.clone()));
}

/// Puts a member into a department.
pub fn join_department<E: From<EnrolError>>(change: &mut Change<E>, member: &member::Member, id: DepartmentId) {
    let most = i64::try_from(MAX_DIRECT_MEMBERS).unwrap_or(i64::MAX);
    change.count_up(&counters::department_members(id), 1, most, EnrolError::DepartmentFull(id).into());
    change.writes.put(&(id, member.id), &DepartmentMember {});
}

/// Counts a member into a workforce type (R23).
pub fn join_workforce_type<E>(change: &mut Change<E>, name: &str) {
    change.writes.add(&counters::workforce_members(name), 1, i64::MIN, i64::MAX);
}

/// Counts a member out of a workforce type. Members made before types were counted take it below nought.
pub fn leave_workforce_type<E>(change: &mut Change<E>, name: &str) {
    change.writes.add(&counters::workforce_members(name), -1, i64::MIN, i64::MAX);
}

/// Takes a member out of a department.
pub fn leave_department<E>(change: &mut Change<E>, member: &member::Member, id: DepartmentId) {
    change.writes.add(&counters::department_members(id), -1, 0, i64::MAX);
    change.writes.delete::<DepartmentMember>(&(id, member.id));
}

/// Makes the member the one with an address or a number; `taken` says that somebody else is.
pub fn claim<E: From<EnrolError>>(change: &mut Change<E>, member: &member::Member, place: &String, taken: EnrolError) {
    change.insert(place, &MemberAt { member: member.id }, taken.into());
}

/// Where a member is found, and what it means if somebody else is found there. Within an organisation an address leads
/// to one member, whether it is their work or their business mail: else one would stand before the other's login.
pub fn places(member: &member::Member) -> BTreeMap<String, EnrolError> {
    let mail = |address: &Address, taken: fn(String) -> EnrolError| {
        (place::of_email(address), taken(address.raw().to_owned()))
    };
    let business = member.business_email.as_ref().map(|address| mail(address, EnrolError::BusinessEmailTaken));
    let work = member.work_email.as_ref().map(|address| mail(address, EnrolError::WorkEmailTaken));
    let phone = |phone: &Phone| (place::of_phone(phone.as_str()), EnrolError::PhoneTaken(phone.to_string()));
    business.into_iter().chain(work).chain(member.phone.as_ref().map(phone)).collect()
}
