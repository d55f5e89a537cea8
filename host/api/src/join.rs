//! Joining by an invitation: what somebody does who is no member yet, without a token (R14 to R22).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The invitation in somebody's hands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ticket {
    /// Followed a link.
    Link {
        /// The link, or its secret alone.
        link: String,
    },
    /// Scanned a QR code, which holds the link.
    Qr {
        /// The link, or its secret alone.
        link: String,
    },
    /// Typed a code.
    Code {
        /// Eight letters; case, spaces and dashes do not matter.
        code: String,
    },
}

/// Asks what an invitation is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The invitation.
    pub by: Ticket,
}

/// What somebody is invited to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Invited {
    /// Name of the organisation.
    #[schema(min_length = 1)]
    pub organisation: String,
    /// Its language, BCP 47.
    pub language: String,
    /// Domain the address must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_domain: Option<String>,
    /// Whether one person alone is invited.
    pub personal: bool,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// Asks for a one-time code to an address or a phone: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProof {
    /// The invitation.
    pub by: Ticket,
    /// Address to prove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone to prove, E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A code is on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Proof {
    /// `prf_…`
    pub proof: String,
    /// Until when the code can be typed, RFC 3339.
    pub expires_at: String,
}

/// Types a code, to know at once whether it is right. It can be used for an hour from then on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedCode {
    /// The invitation.
    pub by: Ticket,
    /// Eight digits.
    pub code: String,
}

/// A proof with its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// `prf_…`
    pub proof: String,
    /// Eight digits.
    pub code: String,
}

/// Asks to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The invitation.
    pub by: Ticket,
    /// 1 to 200 characters.
    pub name: String,
    /// Proof of the address that becomes the work email. At least one of the two proofs (R22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Proved>,
    /// Proof of the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Proved>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `regular` | `intern` | `outsourcing` | `contractor` | `consultant`, or the organisation's own; the member's if
    /// an admin or a policy approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workforce_type: Option<String>,
    /// The organisation's number for them, 1 to 100 characters; the member's if an admin approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub employee_number: Option<String>,
    /// The organisation's own attributes; the member's if an admin approves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Joined {
    /// `joined` | `pending` | `rejected`.
    pub outcome: String,
    /// `org_…`
    pub organisation: String,
    /// `req_…` by which admins know it; absent for who was a member before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// `mem_…`, if joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// `plan_…` of the seat given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<String>,
    /// Code of the first reason, for the organisation's own text to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With it the applicant sees what came of a pending request, or withdraws it. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// Names a request by what its applicant was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// `org_…`
    pub organisation: String,
    /// `req_…`
    pub request: String,
    /// As it was given.
    pub receipt: String,
}

/// Declines, by one of the two; what was entered about the person is deleted (R22).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// A personal invitation, whether they asked to join by it or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Ticket>,
    /// Proof of the address or phone invited: needed where `by` is a code, which does not suffice alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proved>,
    /// A pending request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Receipt>,
}

/// Where a request stands, for its applicant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// `pending` | `approved` | `rejected` | `declined` | `expired` | `withdrawn` (R30).
    pub state: String,
}
