//! The departments of one member: that they are there and in reach, and stay there until the commit.

use usher_domain::authority::{Authority, MAX_DEPARTMENTS_OF_ADMIN};
use usher_domain::department::check_of_member;
use usher_domain::ids::DepartmentId;

use super::MemberError;
use crate::app::actor::By;
use crate::app::change::Change;
use crate::app::reach;
use crate::app::refusal::Refusal;
use crate::app::stored::Department;

/// Refuses departments that are too many, not there or beyond reach, and guards that the others are neither.
pub(super) async fn guard_departments<R>(
    by: &By<R>,
    change: &mut Change<MemberError>,
    ids: &[DepartmentId],
) -> Result<(), MemberError> {
    check_of_member(ids)?;
    let inside = reach::guard_within(&by.scope, &by.reach(), ids, &mut change.writes).await?;
    if let Some(beyond) = ids.iter().find(|id| !inside.contains(id)) {
        return Err(MemberError::NoSuchDepartment(*beyond));
    }
    let found = by.scope.get_many::<Department>(ids).await.map_err(Refusal::from)?;
    for (id, found) in ids.iter().zip(found) {
        let found = found.ok_or(MemberError::NoSuchDepartment(*id))?;
        change.writes.guard_version::<Department>(id, found.version);
    }
    Ok(())
}

/// Refuses departments to be an admin of that are none, too many or not there, and guards the others.
pub(super) async fn guard_reach<R>(
    by: &By<R>,
    change: &mut Change<MemberError>,
    authority: &Authority,
) -> Result<(), MemberError> {
    let Authority::DepartmentAdmin(departments) = authority else { return Ok(()) };
    if departments.len() > MAX_DEPARTMENTS_OF_ADMIN {
        return Err(MemberError::AdminOfTooMany);
    }
    if departments.is_empty() {
        return Err(MemberError::AdminOfNothing);
    }
    let ids: Vec<_> = departments.iter().copied().collect();
    let found = by.scope.get_many::<Department>(&ids).await.map_err(Refusal::from)?;
    for (id, found) in ids.iter().zip(found) {
        let found = found.ok_or(MemberError::AdminOfNothing)?;
        change.writes.guard_version::<Department>(id, found.version);
    }
    Ok(())
}
