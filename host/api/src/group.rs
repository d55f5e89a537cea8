//! User groups: who is in one, and the plan a seat of which each of its members gets (R35).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is in a dynamic group: one condition. Exactly one of the fields is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Every one of these conditions.
    #[schema(no_recursion)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Rule>>,
    /// One of these conditions.
    #[schema(no_recursion)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Rule>>,
    /// Not this condition.
    #[schema(no_recursion)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Rule>>,
    /// `dep_…`: members of this department, or of one below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The workforce type is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workforce_type: Option<Vec<String>>,
    /// The role is one of these: `primary-admin` | `admin` | `member`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Vec<String>>,
    /// The member's own language is one of these, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Vec<String>>,
    /// One of the organisation's own attributes is one of some texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeRule>,
}

/// A condition over one of the organisation's own attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeRule {
    /// The attribute.
    pub name: String,
    /// What it may be, byte for byte.
    pub one_of: Vec<String>,
}

/// Makes a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// 1 to 200 characters, unlike the other groups' that are no department's.
    pub name: String,
    /// Who is in it; left out, whom admins put there. At most 64 conditions, 8 deep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// `plan_…` a seat of which each of its members gets. Only by whoever may move seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// `grp_…`
    pub id: String,
    /// As admins see it.
    pub name: String,
    /// Who is in it; absent if admins put them there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// `plan_…` a seat of which each of its members gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// `dep_…` whose group it is (R28): what it is called and whom it takes follows from that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// How many are in it.
    pub members: u64,
}

/// Changes a group. What is left out stays; `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another rule, of a group that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// `plan_…`, or `null` for none.
    #[serde(default, deserialize_with = "crate::change::clearable", skip_serializing_if = "Option::is_none")]
    pub plan: Option<Option<String>>,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupMember {
    /// `mem_…`
    pub member: String,
}
