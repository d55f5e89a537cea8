//! Which counters an organisation has. They move only by `add`, so that many joins at once do not
//! conflict.
//!
//! INVARIANT: a counter's number is never given to anything else.

use usher_domain::ids::{DepartmentId, GroupId, ImportId, InvitationId, PlanId};
use usher_domain::import::Verdict;
use usher_store::Counter;

/// Members who count (R38).
pub fn members() -> Counter {
    Counter::new(1, &())
}

/// Primary admins who can act: at least one (R1).
pub fn primary_admins() -> Counter {
    Counter::new(2, &())
}

/// Seats of a plan that are used or reserved: bounded by its size (R36).
pub fn seats_committed(plan: PlanId) -> Counter {
    Counter::new(3, &plan)
}

/// Seats of a plan that are reserved; part of those committed (R15).
pub fn seats_reserved(plan: PlanId) -> Counter {
    Counter::new(4, &plan)
}

/// Direct members of a department (R37).
pub fn department_members(department: DepartmentId) -> Counter {
    Counter::new(5, &department)
}

/// Joins and requests by an invitation (R14).
pub fn invitation_uses(invitation: InvitationId) -> Counter {
    Counter::new(6, &invitation)
}

/// Joins and requests by the codes of an invitation; part of its uses (R14).
pub fn invitation_code_uses(invitation: InvitationId) -> Counter {
    Counter::new(9, &invitation)
}

/// Email domains of the organisation, proved or not (R21).
pub fn domains() -> Counter {
    Counter::new(7, &())
}

/// Single sign-on connections of the organisation.
pub fn connections() -> Counter {
    Counter::new(8, &())
}

/// Chat bots of the organisation (R17).
pub fn bots() -> Counter {
    Counter::new(10, &())
}

/// Bytes of the policies that were uploaded.
pub fn policy_bytes() -> Counter {
    Counter::new(32, &())
}

/// Members of a user group.
pub fn group_members(group: GroupId) -> Counter {
    Counter::new(90, &group)
}

/// Members who wait for nothing but a free seat of a plan (R36).
pub fn seats_awaited(plan: PlanId) -> Counter {
    Counter::new(91, &plan)
}

/// Imports whose files are kept (R29).
pub fn open_imports() -> Counter {
    Counter::new(130, &())
}

/// Rows of an import that were dealt with, by what became of them (R25).
pub fn imported_rows(import: ImportId, verdict: Verdict) -> Counter {
    let verdict = match verdict {
        Verdict::Add => 0_u8,
        Verdict::Exists => 1,
        Verdict::Fail => 2,
    };
    Counter::new(131, &(import, verdict))
}

/// New members of an import who log in by business mail (R29).
pub fn imported_accounts(import: ImportId) -> Counter {
    Counter::new(133, &import)
}

/// Members of a workforce type (R23).
pub fn workforce_members(name: &str) -> Counter {
    Counter::new(132, &name.to_owned())
}
