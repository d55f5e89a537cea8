//! The departments of one member: that they are there, and stay so until the commit.

use usher_domain::department::check_of_member;
use usher_domain::ids::DepartmentId;

use super::MemberError;
use crate::app::actor::By;
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::stored::Department;

/// Refuses departments that are too many or not there, and guards those that are.
pub(super) async fn guard_departments<R>(
    by: &By<R>,
    change: &mut Change<MemberError>,
    ids: &[DepartmentId],
) -> Result<(), MemberError> {
    check_of_member(ids)?;
    let found = by.scope.get_many::<Department>(ids).await.map_err(Refusal::from)?;
    for (id, found) in ids.iter().zip(found) {
        let found = found.ok_or(MemberError::NoSuchDepartment(*id))?;
        change.plan.guard_version::<Department>(id, found.version);
    }
    Ok(())
}
