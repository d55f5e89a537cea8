//! How much of an organisation somebody sees and touches (R1): what lies beyond is as if it were not there.
//!
//! INVARIANT: of all rights, only [`SeeingDepartments`](super::actor::SeeingDepartments),
//! [`Managing`](super::actor::Managing) and [`Answering`](super::actor::Answering) are ever an admin's of departments
//! by that role. A use case that asks for one of these comes to members, departments, invitations and requests by the
//! functions of their modules that ask here; every other right refuses such an admin. Those for whoever writes take the
//! plan and guard the reach in it ([`guard_within`]), so that nothing slips through that leaves it before the commit.

use std::collections::BTreeSet;

use usher_domain::authority::Reach;
use usher_domain::department::MAX_LEVELS;
use usher_domain::ids::DepartmentId;
use usher_store::{OrgScope, OrgWrites};

use super::actor::By;
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::Department;
use super::vault::{NONCE, Sealed};
use super::{App, departments};

/// Whether a department is in reach, for whoever reads, or guards the whole tree. One that is not there any more is in
/// nobody's but who reaches all.
pub(crate) async fn includes(scope: &OrgScope, reach: &Reach, id: DepartmentId) -> Result<bool, Refusal> {
    Ok(*reach == Reach::Whole || reach.includes(&path(scope, id).await?))
}

/// Those of the departments that are in reach, and so until the commit: guards the way from each of them up to one that
/// reaches it, on which a move of any department writes anew.
pub(crate) async fn guard_within(
    scope: &OrgScope,
    reach: &Reach,
    ids: &[DepartmentId],
    writes: &mut OrgWrites,
) -> Result<Vec<DepartmentId>, Refusal> {
    let Reach::Below(tops) = reach else { return Ok(ids.to_vec()) };
    let mut inside = Vec::new();
    for id in ids {
        let way = way_up(scope, *id).await?;
        let Some(top) = way.iter().position(|(above, _)| tops.contains(above)) else { continue };
        for (department, version) in &way[..=top] {
            writes.guard_version::<Department>(department, *version);
        }
        inside.push(*id);
    }
    Ok(inside)
}

/// A department and all above it; none if it is not there.
pub(crate) async fn path(scope: &OrgScope, id: DepartmentId) -> Result<Vec<DepartmentId>, Refusal> {
    Ok(way_up(scope, id).await?.into_iter().map(|(id, _)| id).collect())
}

/// A department and all above it, each with its version.
async fn way_up(scope: &OrgScope, id: DepartmentId) -> Result<Vec<(DepartmentId, u64)>, Refusal> {
    let (mut way, mut next) = (Vec::new(), Some(id));
    while let Some(id) = next.filter(|_| way.len() < MAX_LEVELS) {
        let Some(found) = scope.get::<Department>(&id).await? else { break };
        way.push((id, found.version));
        next = found.record.0.parent;
    }
    Ok(way)
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

/// Where the page before ended, for a list that leaves out what is beyond reach.
pub(crate) fn unsealed<R>(app: &App, by: &By<R>, paging: &Paging) -> Result<Paging, Refusal> {
    let open = |sealed: &Vec<u8>| app.vault.open(&Sealed::from(sealed.clone()), by.org().as_bytes());
    let after = match by.reach() {
        Reach::Whole => paging.after.clone(),
        Reach::Below(_) => paging.after.as_ref().map(open).transpose().map_err(|_| Refusal::Cursor)?,
    };
    Ok(Paging { limit: paging.limit, after })
}

/// A page of such a list. Its end may be the place of something beyond reach, which nobody else is to read.
pub(crate) fn sealed<R, T>(app: &App, by: &By<R>, page: PageOf<T>) -> PageOf<T> {
    let seal = |place: Vec<u8>| match by.reach() {
        Reach::Whole => place,
        Reach::Below(_) => app.vault.seal(&place, by.org().as_bytes(), app.random::<NONCE>()).into(),
    };
    PageOf { items: page.items, next: page.next.map(seal) }
}
