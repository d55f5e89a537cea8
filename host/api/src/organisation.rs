//! Organisations, as the operator and their own admins see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a new organisation with its first primary admin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// 1 to 200 characters.
    pub name: String,
    /// Home region, ISO 3166-1 alpha-2, as `DE`.
    pub region: String,
    /// Default language, BCP 47, as `de` or `pt-BR`.
    pub language: String,
    /// IANA time zone, as `Europe/Berlin`.
    pub time_zone: String,
    /// Whoever runs the organisation at first (R1).
    pub primary_admin: FirstAdmin,
    /// What the operator allows; without it, only the plans limit.
    #[serde(default)]
    pub limits: Limits,
}

/// The first primary admin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAdmin {
    /// 1 to 200 characters.
    pub name: String,
    /// Their work email, by which they log in.
    pub work_email: String,
}

/// What the operator allows an organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most members whatever the plans say; without it, the sum of the plans' sizes limits them (R38).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Organisation {
    /// `org_…`
    pub id: String,
    /// As its people know it.
    pub name: String,
    /// Home region, ISO 3166-1 alpha-2.
    pub region: String,
    /// Default language, BCP 47.
    pub language: String,
    /// IANA time zone: dates of the organisation are in it.
    pub time_zone: String,
    /// `dep_…` of the root department, which everybody belongs to who has no other.
    pub root_department: String,
    /// What the operator allows.
    pub limits: Limits,
    /// Whether business mail is activated (R10).
    pub business_mail: bool,
    /// Regions, by what their phone numbers begin with (`+91`), for which the login type `skip` is refused
    /// (R12).
    pub skip_refused_for: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// A new organisation. The token is shown this once; the host keeps its hash alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrganisationCreated {
    /// The organisation.
    pub organisation: Organisation,
    /// `mem_…` of the first primary admin.
    pub primary_admin: String,
    /// Token of the first primary admin; absent when an idempotent request is answered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Changes an organisation. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationChange {
    /// 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// IANA time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// All regions for whose phone numbers the login type `skip` is refused (R12), each by what its numbers
    /// begin with: `+91`, or `+1204` where countries share a code. At most 250.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_refused_for: Option<Vec<String>>,
}
