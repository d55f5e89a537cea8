//! For native tests of policies: requests to start from, and answers to the facts that a policy asks for.
//!
//! ```
//! use usher_policy::testing::{Facts, address, approval_request};
//!
//! Facts { member_count: 9, ..Facts::default() }.install();
//! assert_eq!(usher_policy::facts::member_count(), 9);
//!
//! let mut request = approval_request();
//! request.applicant.work_email = Some(address("ada@example.org", &["one-time-code"]));
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::facts::History;
use crate::log::Level;
use crate::{Address, Organisation, approval, seat, sso};

/// 2026-03-02T09:00:00Z, in microseconds; the `today` of the requests below is the same day.
pub const NOW: i64 = 1_772_442_000_000_000;

/// What the facts answer on this thread.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Answer of [`crate::facts::member_count`].
    pub member_count: u64,
    /// Answer of [`crate::facts::member_limit`].
    pub member_limit: Option<u64>,
    /// Names from the root down, by department.
    pub department_paths: BTreeMap<String, Vec<String>>,
    /// Direct members, by department.
    pub department_members: BTreeMap<String, u64>,
    /// By member.
    pub inviter_histories: BTreeMap<String, History>,
    /// By domain.
    pub domain_proofs: BTreeMap<String, String>,
}

thread_local! {
    static FACTS: RefCell<Facts> = RefCell::default();
    static LINES: RefCell<Vec<(Level, String)>> = RefCell::default();
}

impl Facts {
    /// Makes these the answers on this thread.
    pub fn install(self) {
        FACTS.set(self);
    }
}

/// Lines logged on this thread since they were last taken.
#[must_use]
pub fn take_log() -> Vec<(Level, String)> {
    LINES.take()
}

pub(crate) fn write(level: Level, message: &str) {
    LINES.with_borrow_mut(|lines| lines.push((level, message.to_owned())));
}

pub(crate) mod member_counts {
    pub(crate) fn members() -> u64 {
        super::FACTS.with_borrow(|facts| facts.member_count)
    }

    pub(crate) fn limit() -> Option<u64> {
        super::FACTS.with_borrow(|facts| facts.member_limit)
    }
}

pub(crate) mod departments {
    pub(crate) fn path(department: &str) -> Option<Vec<String>> {
        super::FACTS.with_borrow(|facts| facts.department_paths.get(department).cloned())
    }

    pub(crate) fn members(department: &str) -> Option<u64> {
        super::FACTS.with_borrow(|facts| facts.department_members.get(department).copied())
    }
}

pub(crate) mod inviter_history {
    pub(crate) fn of(member: &str) -> Option<super::History> {
        super::FACTS.with_borrow(|facts| facts.inviter_histories.get(member).copied())
    }
}

pub(crate) mod verified_domains {
    pub(crate) fn proof(domain: &str) -> Option<String> {
        super::FACTS.with_borrow(|facts| facts.domain_proofs.get(domain).cloned())
    }
}

/// An address as the host would hand it over, if `raw` is plain ASCII.
#[must_use]
pub fn address(raw: &str, evidence: &[&str]) -> Address {
    let canonical = raw.to_ascii_lowercase();
    let domain = canonical.rsplit_once('@').map_or("", |(_, domain)| domain).to_owned();
    Address { raw: raw.to_owned(), canonical, domain, evidence: evidence.iter().map(|&kind| kind.to_owned()).collect() }
}

/// An organisation with one paid plan.
#[must_use]
pub fn organisation() -> Organisation {
    Organisation {
        id: "org_00000000000000000000000001".into(),
        region: "CH".into(),
        language: "de-CH".into(),
        paid_plans: 1,
    }
}

/// Somebody with a name and nothing else, by a link without restrictions.
#[must_use]
pub fn approval_request() -> approval::Request {
    approval::Request {
        organisation: organisation(),
        at: NOW,
        today: "2026-03-02".into(),
        channel: "link".into(),
        applicant: approval::Applicant {
            name: "Ada Lovelace".into(),
            work_email: None,
            phone: None,
            phone_proved: false,
            language: None,
            workforce_type: None,
            employee_number: None,
            attributes: Vec::new(),
        },
        invitation: Some(approval::Invitation {
            id: "inv_00000000000000000000000001".into(),
            department: None,
            role: None,
            email_domain: None,
            plan: None,
            approval_required: true,
            created_at: NOW - 86_400_000_000,
            expires_at: Some(NOW + 13 * 86_400_000_000),
            uses: 0,
            max_uses: None,
            inviter: Some("mem_00000000000000000000000001".into()),
            inviter_role: Some("admin".into()),
        }),
        row: None,
    }
}

/// A member who just joined, in an organisation without plans.
#[must_use]
pub fn seat_request() -> seat::Request {
    seat::Request {
        organisation: organisation(),
        at: NOW,
        today: "2026-03-02".into(),
        occasion: "join".into(),
        member: seat::Member {
            id: Some("mem_00000000000000000000000002".into()),
            name: "Ada Lovelace".into(),
            work_email: None,
            departments: Vec::new(),
            workforce_type: None,
            role: "member".into(),
            groups: Vec::new(),
            holds: Vec::new(),
            attributes: Vec::new(),
        },
        plans: Vec::new(),
        offered: None,
    }
}

/// A plan in effect with seats bought and used.
#[must_use]
pub fn plan(id: &str, name: &str, bought: u32, used: u32) -> seat::Plan {
    seat::Plan {
        id: id.into(),
        name: name.into(),
        starts_on: "2026-01-01".into(),
        ends_on: None,
        in_effect: true,
        bought,
        used,
        reserved: 0,
    }
}

/// A login without claims and without candidates.
#[must_use]
pub fn sso_request() -> sso::Request {
    sso::Request {
        organisation: organisation(),
        at: NOW,
        today: "2026-03-02".into(),
        login: sso::Login {
            connection: "sso_00000000000000000000000001".into(),
            protocol: "oidc".into(),
            subject: "248289761001".into(),
            claims: Vec::new(),
        },
        candidates: Vec::new(),
    }
}

/// A claim of the kind `work-email`.
#[must_use]
pub fn email_claim(raw: &str, evidence: &[&str]) -> sso::Claim {
    sso::Claim { kind: "work-email".into(), value: raw.into(), address: Some(address(raw, evidence)) }
}

/// An active member with claims.
#[must_use]
pub fn candidate(member: &str, claims: Vec<sso::Claim>) -> sso::Candidate {
    sso::Candidate { member: member.into(), state: "active".into(), created_at: NOW - 86_400_000_000, claims }
}
