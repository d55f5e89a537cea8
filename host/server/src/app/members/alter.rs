//! Changing a member's data, departments and role.

use std::collections::BTreeMap;

use usher_domain::address::Address;
use usher_domain::authority::Authority;
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::login::{Filled, check_filled};
use usher_domain::member::{Member, check_employee_number, check_name};
use usher_domain::organisation::check_language;
use usher_domain::phone::Phone;
use usher_store::Stored;

use super::departments::{guard_departments, guard_reach};
use super::enrol::{claim, join_department, join_workforce_type, leave_department, leave_workforce_type, places};
use super::step::{self, Draft, Step, draft};
use super::{MemberError, add, last_primary_admin, workforce_type};
use crate::app::actor::{By, Managing};
use crate::app::change::Change;
use crate::app::groups::regroup;
use crate::app::sso::index;
use crate::app::stored::{self, MemberAt};
use crate::app::{App, approvers, attributes, counters};

/// What changes of a member. Nothing stays as it is; an inner nothing clears.
#[derive(Clone, Debug, Default)]
pub struct MemberChange {
    /// As their colleagues know them.
    pub name: Option<String>,
    /// The main one first.
    pub departments: Option<Vec<DepartmentId>>,
    /// What they may do.
    pub authority: Option<Authority>,
    /// Their own work address.
    pub work_email: Option<Option<Address>>,
    /// Mobile phone.
    pub phone: Option<Option<Phone>>,
    /// Workforce type.
    pub workforce_type: Option<Option<String>>,
    /// The organisation's number for them.
    pub employee_number: Option<Option<String>>,
    /// Language.
    pub language: Option<Option<String>>,
    /// All of the organisation's own attributes.
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Changes a member.
pub async fn alter(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    version: u64,
    new: &MemberChange,
) -> Result<Stored<Member>, MemberError> {
    step::take(app, by, || async { altering(app, by, altered(app, by, id, Some(version)).await?, new).await }).await
}

/// Has a member be in one department instead of another.
pub(in crate::app) async fn exchange(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    left: DepartmentId,
    joined: DepartmentId,
) -> Result<Stored<Member>, MemberError> {
    step::take(app, by, || async {
        let draft = altered(app, by, id, None).await?;
        let mut departments = draft.before.departments.clone();
        if departments.contains(&joined) {
            departments.retain(|department| *department != left);
        }
        for department in departments.iter_mut().filter(|department| **department == left) {
            *department = joined;
        }
        let new = MemberChange { departments: Some(departments), ..MemberChange::default() };
        altering(app, by, draft, &new).await
    })
    .await
}

/// Begins to change a member's data.
pub(super) async fn altered(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    version: Option<u64>,
) -> Result<Draft, MemberError> {
    draft(app, by, "member.changed", id, version).await
}

pub(super) async fn altering(
    app: &App,
    by: &By<Managing>,
    draft: Draft,
    new: &MemberChange,
) -> Result<Step, MemberError> {
    let Draft { version, before, change } = draft;
    let id = before.id;
    let name = new.name.as_deref().map(check_name).transpose()?;
    let number = new.employee_number.as_ref().map(|text| text.as_deref().map(check_employee_number).transpose());
    let employee_number = number.transpose()?;
    new.language.as_ref().and_then(Option::as_deref).map(check_language).transpose()?;
    new.attributes.as_ref().map(attributes::check_of_member).transpose()?;
    if !before.counts() {
        return Err(MemberError::Deleted);
    }
    let mut after = new.applied_to(&before, name, employee_number);
    check_login(&after)?;
    let mut change = change.before(&before);
    if after.workforce_type != before.workforce_type {
        after.workforce_type = workforce_type(by, &mut change, after.workforce_type.as_deref()).await?;
    }
    regroup(app, &by.scope, &by.call, &mut change, &before.groups, &mut after).await?;
    let mut change = change.after(&after);
    move_departments(by, &mut change, &before, &after).await?;
    move_workforce_type(&mut change, &before, &after);
    move_addresses(&mut change, &before, &after);
    move_authority(by, &mut change, &before, &after).await?;
    index::add(app, &by.scope, &mut change.writes, &after).await?;
    change.writes.replace(&id, version, &stored::Member(after.clone()));
    change.event(app, "member.changed", serde_json::json!({ "member": id }));
    Ok(Step::new(before, after, change))
}

impl MemberChange {
    /// With the texts as they are kept.
    fn applied_to(&self, before: &Member, name: Option<String>, employee_number: Option<Option<String>>) -> Member {
        Member {
            name: name.unwrap_or_else(|| before.name.clone()),
            departments: self.departments.clone().unwrap_or_else(|| before.departments.clone()),
            authority: self.authority.clone().unwrap_or_else(|| before.authority.clone()),
            work_email: self.work_email.clone().unwrap_or_else(|| before.work_email.clone()),
            phone: self.phone.clone().unwrap_or_else(|| before.phone.clone()),
            workforce_type: self.workforce_type.clone().unwrap_or_else(|| before.workforce_type.clone()),
            employee_number: employee_number.unwrap_or_else(|| before.employee_number.clone()),
            language: self.language.clone().unwrap_or_else(|| before.language.clone()),
            attributes: self.attributes.clone().unwrap_or_else(|| before.attributes.clone()),
            ..before.clone()
        }
    }
}

/// What they log in by cannot be cleared (R6).
fn check_login(member: &Member) -> Result<(), MemberError> {
    let filled = Filled {
        business_email: member.business_email.as_ref(),
        work_email: member.work_email.as_ref(),
        phone: member.phone.as_ref(),
    };
    check_filled(member.login, filled).map_err(MemberError::from)
}

async fn move_departments(
    by: &By<Managing>,
    change: &mut Change<MemberError>,
    before: &Member,
    after: &Member,
) -> Result<(), MemberError> {
    if before.departments == after.departments {
        return Ok(());
    }
    guard_departments(by, change, &after.departments).await?;
    for left in before.departments.iter().filter(|id| !after.departments.contains(id)) {
        leave_department(change, before, *left);
    }
    for joined in after.departments.iter().filter(|id| !before.departments.contains(id)) {
        join_department(change, after, *joined);
    }
    Ok(())
}

fn move_workforce_type(change: &mut Change<MemberError>, before: &Member, after: &Member) {
    if before.workforce_type == after.workforce_type {
        return;
    }
    if let Some(left) = &before.workforce_type {
        leave_workforce_type(change, left);
    }
    if let Some(joined) = &after.workforce_type {
        join_workforce_type(change, joined);
    }
}

fn move_addresses(change: &mut Change<MemberError>, before: &Member, after: &Member) {
    let (left, joined) = (places(before), places(after));
    for place in left.keys().filter(|place| !joined.contains_key(*place)) {
        change.writes.delete::<MemberAt>(place);
    }
    for (place, taken) in joined.into_iter().filter(|(place, _)| !left.contains_key(place)) {
        claim(change, after, &place, taken);
    }
}

async fn move_authority(
    by: &By<Managing>,
    change: &mut Change<MemberError>,
    before: &Member,
    after: &Member,
) -> Result<(), MemberError> {
    if before.authority == after.authority {
        return Ok(());
    }
    if !by.actor.authority().is_primary_admin() {
        return Err(MemberError::TooMuchAuthority);
    }
    add::check_authority(by, &after.authority)?;
    guard_reach(by, change, &after.authority).await?;
    approvers::list_anew(&mut change.writes, after);
    match (before.counts_as_primary_admin(), after.counts_as_primary_admin()) {
        (true, false) => last_primary_admin(change),
        (false, true) => drop(change.writes.add(&counters::primary_admins(), 1, 0, i64::MAX)),
        _ => {}
    }
    Ok(())
}
