//! What the organisation lets a policy ask. Each family is a capability: the policy's manifest declares
//! it and the organisation grants it, else asking is a fault. Every answer is kept in the decision record.
//!
//! In native tests the answers are what [`crate::testing::Facts`] was given.

#[cfg(target_arch = "wasm32")]
use crate::bindings::{departments, inviter_history, member_counts, verified_domains};
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::{departments, inviter_history, member_counts, verified_domains};

pub use crate::bindings::inviter_history::History;

/// Members in all states but deleted (R38). Fact `member-counts`.
#[must_use]
pub fn member_count() -> u64 {
    member_counts::members()
}

/// The most members there may be (R38); none without a plan. Fact `member-counts`.
#[must_use]
pub fn member_limit() -> Option<u64> {
    member_counts::limit()
}

/// Names from the root down to the department `dep_…`, itself included; none if there is no such. Fact
/// `departments`.
#[must_use]
pub fn department_path(department: &str) -> Option<Vec<String>> {
    departments::path(department)
}

/// Direct members of the department `dep_…`; none if there is no such. Fact `departments`.
#[must_use]
pub fn department_members(department: &str) -> Option<u64> {
    departments::members(department)
}

/// What came of the invitations of the member `mem_…` in the last 30 days; none if there is no such. Fact
/// `inviter-history`.
#[must_use]
pub fn inviter_history(member: &str) -> Option<History> {
    inviter_history::of(member)
}

/// How the organisation proved the domain (ASCII form): `domain-dns` or `domain-mail`; none if it has not.
/// Fact `verified-domains`.
#[must_use]
pub fn domain_proof(domain: &str) -> Option<String> {
    verified_domains::proof(domain)
}
