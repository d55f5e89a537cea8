//! Facts: what a policy may ask for beyond its request, by grant.
//!
//! Owns the names of facts and the shape of answers. Must not know where answers come from.

use serde::{Deserialize, Serialize};

use crate::address::Evidence;
use crate::ids::{DepartmentId, MemberId};
use crate::kebab::names;

names! {
    /// A group of facts that is declared in a manifest and granted as one: a WIT import.
    pub enum FactFamily as "fact" {
        /// Members and their limit (R38).
        MemberCounts = "member-counts",
        /// Paths and sizes of departments.
        Departments = "departments",
        /// What came of somebody's invitations.
        InviterHistory = "inviter-history",
        /// How domains were proved (R21).
        VerifiedDomains = "verified-domains",
    }
}

names! {
    /// How an organisation proved a domain (R21).
    pub enum DomainProof as "domain proof" {
        /// By a DNS TXT record: ownership.
        Dns = "domain-dns",
        /// By a mailed code: affiliation.
        Mail = "domain-mail",
    }
}

impl DomainProof {
    /// What it says for an address on the domain.
    pub const fn evidence(self) -> Evidence {
        match self {
            Self::Dns => Evidence::DomainDns,
            Self::Mail => Evidence::DomainMail,
        }
    }
}

/// One question of a policy to the host; the key under which the answer is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Members in all states but deleted.
    Members,
    /// Sum of the plans' sizes.
    Limit,
    /// Names from the root down.
    DepartmentPath(DepartmentId),
    /// Direct members.
    DepartmentMembers(DepartmentId),
    /// What came of a member's invitations in the last 30 days.
    InviterHistory(MemberId),
    /// How a domain (ASCII form) was proved.
    DomainProof(String),
}

impl Fact {
    /// The grant it needs.
    pub const fn family(&self) -> FactFamily {
        match self {
            Self::Members | Self::Limit => FactFamily::MemberCounts,
            Self::DepartmentPath(_) | Self::DepartmentMembers(_) => FactFamily::Departments,
            Self::InviterHistory(_) => FactFamily::InviterHistory,
            Self::DomainProof(_) => FactFamily::VerifiedDomains,
        }
    }
}

/// An answer: the variant of the same name as the [`Fact`]'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactValue {
    /// Members in all states but deleted.
    Members(u64),
    /// The most members there may be; none without a plan.
    Limit(Option<u64>),
    /// Names from the root down, itself included; none if there is no such department.
    DepartmentPath(Option<Vec<String>>),
    /// Direct members; none if there is no such department.
    DepartmentMembers(Option<u64>),
    /// None if there is no such member.
    InviterHistory(Option<History>),
    /// None if the organisation has not proved it.
    DomainProof(Option<DomainProof>),
}

/// What came of somebody's invitations in the last 30 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Requests and joins.
    pub requests: u64,
    /// Of these, approved.
    pub approved: u64,
    /// Of these, rejected.
    pub rejected: u64,
}
