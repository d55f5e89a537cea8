//! Departments: a tree below one root (R37).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Asks for a new department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDepartment {
    /// 1 to 200 characters, without `/` and `;`, unlike its siblings' in whatever case.
    pub name: String,
    /// `dep_…` above it; the root if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its group (R28); it has none if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<DepartmentGroup>,
}

/// The group of a department: a user group with its name that takes its members and those of all below it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentGroup {
    /// Only members of these workforce types; of any if none is named.
    #[serde(default)]
    pub workforce_types: Vec<String>,
}

/// A department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Department {
    /// `dep_…`
    pub id: String,
    /// As its people know it.
    pub name: String,
    /// `dep_…` above it; absent for the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Direct members.
    pub members: u64,
}

/// Renames or moves a department. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentChange {
    /// The new name, as of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `dep_…` it moves below, with everything in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// How a department is removed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemovalQuery {
    /// `dep_…` that its members, at most 1,000, and the departments below it move to first.
    pub into: Option<String>,
}
