//! Invitations by code, link and in person (R14, R15).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for an invitation. Bound to nothing, it invites whoever has its code or link.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// What it is for; 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Makes it personal: the holder of this address alone can take it, and it is mailed there (R22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Makes it personal: the holder of this phone (E.164) alone can take it (R22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `dep_…` that joins are placed in; the root if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// `member` | `admin` | `primary-admin`; `member` if left out. Beyond that only by a primary admin, and
    /// an admin who joins has no permission until given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Domain an applicant's address must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_domain: Option<String>,
    /// `plan_…` whose seat it offers. A personal invitation reserves one (R15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether joining needs approval; `true` if left out (R15). `false` is overruled while there are several paid
    /// plans, unless the invitation is personal (R16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_required: Option<bool>,
    /// Whether a policy may skip that approval for an address on a domain proved by DNS (R21).
    #[serde(default)]
    pub domain_skips_approval: bool,
    /// Most joins and requests by it, at least 1; a personal one is used once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max_uses: Option<u32>,
    /// RFC 3339; 14 days from now if left out, never if `null` (R15).
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<String>>,
}

/// An invitation, without its link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// `inv_…`
    pub id: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `open` | `revoked` | `expired` | `full`.
    pub state: String,
    /// Eight letters; absent for whoever may not give the role that it gives (R1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// RFC 3339: when the code ends, 30 days after it was made at the latest; it is good for 500 joins and requests.
    /// The link may hold longer and for more. Rotating makes a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_expires_at: Option<String>,
    /// Address of the invited person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone of the invited person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `dep_…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Role it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Domain an applicant's address must have, ASCII form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_domain: Option<String>,
    /// `plan_…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether a seat is reserved for it.
    pub seat_reserved: bool,
    /// Whether joining needs approval. With several paid plans it does whatever this says, unless an admin invited
    /// somebody in person (R16).
    pub approval_required: bool,
    /// R21.
    pub domain_skips_approval: bool,
    /// Joins and requests so far.
    pub uses: u64,
    /// Most joins and requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// `mem_…` of who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inviter: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// A new or rotated invitation. The link is shown this once; the host keeps its hash alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InvitationIssued {
    /// The invitation.
    pub invitation: Invitation,
    /// The link, which a QR code holds too; absent when an idempotent request is answered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Why no SMS was sent, where one should have been: `organisation_full` (R34).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<String>,
}

/// The link of an invitation, to be drawn as a QR code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationLink {
    /// What the QR code is to hold, at most 300 bytes: the link as it was given, or the address of a page of your
    /// own that ends in the link's secret (what stands behind its last `/`), behind `/`, `#` or `=`.
    pub link: String,
}
