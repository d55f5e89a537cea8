//! Members, and adding one by hand (R6 to R13).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::token::Permission;

/// By which address a member logs in (R9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginType {
    /// The organisation's own mail address (R10).
    Business,
    /// The work email.
    Work,
    /// Whichever is filled in: business email, work email, phone (R11).
    #[default]
    Skip,
}

/// What a member may do beyond being one (R1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Role {
    /// Everything.
    PrimaryAdmin,
    /// What the permissions say.
    Admin {
        /// At least one.
        #[schema(min_items = 1)]
        permissions: Vec<Permission>,
    },
    /// Members, departments, invitations and requests of these departments and all below them, and nothing else.
    DepartmentAdmin {
        /// `dep_…`, 1 to 50.
        departments: Vec<String>,
    },
    /// Nothing more.
    #[default]
    Member,
}

/// Which seat a member gets while being added (R7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SeatChoice {
    /// A seat of this plan, now.
    Plan {
        /// `plan_…`
        plan: String,
    },
    /// None now; a user group may give one later.
    None,
    /// The organisation's seat policies choose.
    Policy,
}

/// Adds a member by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// 1 to 200 characters (R6).
    pub name: String,
    /// `dep_…`, the main one first; at least one, at most 50 (R6, R37).
    pub departments: Vec<String>,
    /// How they log in.
    #[serde(default)]
    pub login: LoginType,
    /// The organisation's own address for them (R10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_email: Option<String>,
    /// Their own work address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
    /// Mobile phone, E.164, as `+4915112345678`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `regular` | `intern` | `outsourcing` | `contractor` | `consultant`, or the organisation's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workforce_type: Option<String>,
    /// The organisation's number for them, 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub employee_number: Option<String>,
    /// BCP 47; the organisation's if left out (R13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The organisation's own attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Beyond `member` only by a primary admin.
    #[serde(default)]
    pub role: Role,
    /// Left out: with one plan, a seat of that one if the seat policies agree; with several, none for now (R7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatChoice>,
    /// First password of a business login, 12 to 128 characters; one is generated if left out (R10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Whether the invitation goes out (R13); `true` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<bool>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// `mem_…`
    pub id: String,
    /// As their colleagues know them.
    pub name: String,
    /// `added` | `invited` | `inactive` | `active` | `suspended` | `deleted` (R30).
    pub state: String,
    /// What they may do.
    pub role: Role,
    /// `dep_…`, the main one first.
    pub departments: Vec<String>,
    /// `grp_…` they are in (R35).
    #[serde(default)]
    pub groups: Vec<String>,
    /// `plan_…` a seat of which they hold.
    pub seats: Vec<String>,
    /// Those of `seats` that come from user groups alone, and go with the last of them (R35).
    #[serde(default)]
    pub group_seats: Vec<String>,
    /// Plans they would get a seat of if one were free (R36).
    pub wishes: Vec<SeatWish>,
    /// `business_email` | `work_email` | `phone`.
    pub login: String,
    /// The organisation's own address for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_email: Option<String>,
    /// Their own work address, as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Workforce type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workforce_type: Option<String>,
    /// The organisation's number for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_number: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The organisation's own attributes.
    pub attributes: BTreeMap<String, String>,
    /// How they came in (R33).
    pub came_in: CameIn,
    /// RFC 3339.
    pub created_at: String,
}

/// How somebody came in (R33).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CameIn {
    /// `code` | `link` | `qr` | `member-app` | `personal` | `import` | `console` | `sso`.
    pub channel: String,
    /// `mem_…` of who invited or added them; absent if a token of no member did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `inv_…` by which they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// `dec_…` that let them in: it names the policies that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// A seat somebody should have had (R36).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatWish {
    /// `plan_…`
    pub plan: String,
    /// `no_seat_free` | `plan_conflict` | `suspended` | `policy_declined`.
    pub reason: String,
    /// RFC 3339.
    pub since: String,
    /// `admin` | `policy` | `group`: from whom.
    #[serde(default)]
    pub source: String,
}

/// A new member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemberCreated {
    /// The member.
    pub member: Member,
    /// What would be better filled in (R11): `work_email`, `phone`. Never an error.
    pub recommended: Vec<String>,
    /// The generated password of a business login, shown this once: hand it over; it must be changed at the first
    /// login (R10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Changes a member. What is left out stays; `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `dep_…`, the main one first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departments: Option<Vec<String>>,
    /// By a primary admin only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their own work address.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub work_email: Option<Option<String>>,
    /// E.164.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub phone: Option<Option<String>>,
    /// Workforce type.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub workforce_type: Option<Option<String>>,
    /// The organisation's number for them, 1 to 100 characters.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub employee_number: Option<Option<String>>,
    /// BCP 47.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub language: Option<Option<String>>,
    /// All of the organisation's own attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Brings a deleted member back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRestore {
    /// `plan_…` whose seat they get. Left out: what their user groups give; else, with one plan, a seat of that one if
    /// the seat policies agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// A member who was reminded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemberReminded {
    /// RFC 3339; from when on they can be reminded again (R31).
    pub next_at: String,
    /// Why no SMS was sent, where one should have been: `organisation_full` (R34).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<String>,
}

/// Which members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MemberQuery {
    /// Most items wanted: 1 to 200, 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Only in this state; all but `deleted` if left out.
    #[param(pattern = "^(added|invited|inactive|active|suspended|deleted)$")]
    pub state: Option<String>,
    /// Only direct members of this department, `dep_…`.
    pub department: Option<String>,
    /// Only the member with this work email, in whatever spelling.
    pub work_email: Option<String>,
}
