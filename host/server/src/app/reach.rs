//! How much of an organisation somebody sees and touches (R1): what lies beyond is as if it were not there.
//!
//! INVARIANT: of all rights, only [`SeeingDepartments`](super::actor::SeeingDepartments),
//! [`Managing`](super::actor::Managing) and [`Answering`](super::actor::Answering) are ever an admin's of departments
//! by that role. A use case that asks for one of these comes to members, departments, invitations and requests by the
//! functions of their modules that ask here; every other right refuses such an admin.

use std::collections::BTreeSet;

use usher_domain::authority::Reach;
use usher_domain::department::MAX_LEVELS;
use usher_domain::ids::DepartmentId;
use usher_store::OrgScope;

use super::departments;
use super::refusal::Refusal;
use super::stored::Department;

/// Those of the departments that are in reach. Ones that are not there any more are in nobody's but who reaches all.
pub(crate) async fn within(
    scope: &OrgScope,
    reach: &Reach,
    ids: &[DepartmentId],
) -> Result<Vec<DepartmentId>, Refusal> {
    if *reach == Reach::Whole {
        return Ok(ids.to_vec());
    }
    let mut inside = Vec::new();
    for id in ids {
        if reach.includes(&path(scope, *id).await?) {
            inside.push(*id);
        }
    }
    Ok(inside)
}

/// Whether a department is in reach.
pub(crate) async fn includes(scope: &OrgScope, reach: &Reach, id: DepartmentId) -> Result<bool, Refusal> {
    Ok(!within(scope, reach, &[id]).await?.is_empty())
}

/// A department and all above it; none if it is not there.
pub(crate) async fn path(scope: &OrgScope, id: DepartmentId) -> Result<Vec<DepartmentId>, Refusal> {
    let (mut path, mut next) = (Vec::new(), Some(id));
    while let Some(id) = next.filter(|_| path.len() < MAX_LEVELS) {
        let Some(found) = scope.get::<Department>(&id).await? else { break };
        path.push(id);
        next = found.record.0.parent;
    }
    Ok(path)
}

/// The departments in reach, looked up once for a whole list.
pub(crate) enum Inside {
    /// Every one.
    All,
    /// These.
    Only(BTreeSet<DepartmentId>),
}

impl Inside {
    /// As the tree stands.
    pub(crate) async fn of(scope: &OrgScope, reach: &Reach) -> Result<Inside, Refusal> {
        Ok(match reach {
            Reach::Whole => Inside::All,
            Reach::Below(tops) => Inside::Only(departments::tree(scope).await?.1.all_below(tops)),
        })
    }

    /// Whether a department is among them.
    pub(crate) fn includes(&self, id: DepartmentId) -> bool {
        match self {
            Inside::All => true,
            Inside::Only(departments) => departments.contains(&id),
        }
    }
}
