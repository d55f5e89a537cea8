//! Batch imports, and workforce types (R23 to R29).

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What happens to a department that a row names and that there is not (R28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownDepartments {
    /// The member goes to the root department, with a warning.
    #[default]
    Ignore,
    /// It is made, with its group: a user group that takes its members.
    Create,
}

/// Which seats the new members get (R27); a plan that a row names comes before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportSeats {
    /// What the seat policies say; without one, the only plan there is.
    #[default]
    Policy,
    /// The plan that `plan` names, for all.
    Plan,
    /// All are put into the user group that `group` names, which gives the seats (R35).
    Group,
    /// None.
    None,
}

/// What the admin chooses for an import.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportChoices {
    /// R28.
    #[serde(default)]
    pub unknown_departments: UnknownDepartments,
    /// With `unknown_departments` = `create`: the groups of the departments that are made take members of these
    /// workforce types, or of any if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_workforce_types: Vec<String>,
    /// R27.
    #[serde(default)]
    pub seats: ImportSeats,
    /// `plan_…`, with `seats` = `plan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// `grp_…`, with `seats` = `group`: a group that admins fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether invitations go out as rows succeed (R26).
    #[serde(default)]
    pub invite: bool,
}

/// An upload's choices and name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// R28; `ignore` if left out.
    #[serde(default)]
    #[param(inline)]
    pub unknown_departments: UnknownDepartments,
    /// With `unknown_departments` = `create`: the groups of the departments that are made take members of these
    /// workforce types, or of any if none is named. One with a comma in its name is chosen by a check.
    #[serde(default, deserialize_with = "separated", skip_serializing_if = "Vec::is_empty")]
    #[param(style = Form, explode = false)]
    pub group_workforce_types: Vec<String>,
    /// R27; `policy` if left out.
    #[serde(default)]
    #[param(inline)]
    pub seats: ImportSeats,
    /// `plan_…`, with `seats` = `plan`.
    pub plan: Option<String>,
    /// `grp_…`, with `seats` = `group`: a group that admins fill.
    pub group: Option<String>,
    /// Whether invitations go out as rows succeed (R26); `false` if left out.
    #[serde(default)]
    pub invite: bool,
    /// The file's name, for people.
    pub file_name: Option<String>,
}

/// A list in one parameter of a query.
fn separated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect())
}

/// Rows by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportCounts {
    /// New members.
    pub added: u64,
    /// Members already.
    pub existing: u64,
    /// Refused.
    pub failed: u64,
}

impl ImportCounts {
    /// All rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.added + self.existing + self.failed
    }
}

/// Seats of one plan: needed against free (R25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatsNeeded {
    /// `plan_…`
    pub plan: String,
    /// Rows that should have a seat of it.
    pub needed: u64,
    /// Seats free before.
    pub free: u64,
}

/// What the dry run found (R25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportSummary {
    /// Rows by what would become of them.
    pub counts: ImportCounts,
    /// In order of plan.
    pub seats: Vec<SeatsNeeded>,
    /// Paths of departments that rows name and that there are not, as `Sales / North`; 1,000 at most, in 64 KiB.
    pub unknown_departments: Vec<String>,
    /// Whether there are more.
    pub more_unknown_departments: bool,
}

/// A batch import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Import {
    /// `imp_…`
    pub id: String,
    /// `checking` | `checked` | `applying` | `cancelled` | `finished` | `unreadable` | `closed`.
    pub state: String,
    /// What the admin chose.
    pub choices: ImportChoices,
    /// The file's name as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Columns that nothing is read from.
    pub ignored_columns: Vec<String>,
    /// What the dry run found, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<ImportSummary>,
    /// Rows dealt with so far: by the dry run while it is under way, by the job from then on.
    pub done: ImportCounts,
    /// New members whose account and first password can be had until it is closed (R29).
    pub accounts: u64,
    /// Why the file can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// When file and key are destroyed, unless it is closed before (R29). RFC 3339.
    pub ends_at: String,
}

impl Import {
    /// Whether something works on it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "checking" | "applying")
    }
}

/// Why a row failed, or a warning on one that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowNote {
    /// Stable; a policy's reasons keep their own codes.
    pub code: String,
    /// For the admin.
    pub text: String,
}

/// A row of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportRow {
    /// The number that a spreadsheet program shows beside it.
    pub row: u64,
    /// `add` | `exists` | `fail`.
    pub verdict: String,
    /// What the approval and the seat policies said of it, the reasons of a yes too; reasons of a failure, warnings
    /// otherwise. Where nobody gets a seat that could be given: `seat_declined` | `seat_policy_fault` |
    /// `seat_not_offered`.
    pub notes: Vec<RowNote>,
    /// `mem_…`: who it made, or who was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// `plan_…` of the seat it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<String>,
    /// `plan_…` of the seat it should have and does not get: the wish for it is kept (R36).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<String>,
    /// Why it does not get that seat: `no_seat_free` | `policy_declined` (R36).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish_reason: Option<String>,
    /// `dec_…`: what the approval policies decided, of a row that was applied. A dry run keeps no decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}

/// Which rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RowQuery {
    /// Only these: `add` | `exists` | `fail`.
    #[param(pattern = "^(add|exists|fail)$")]
    pub verdict: Option<String>,
    /// Most items wanted: 1 to 200, 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// The format of a sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SheetFormat {
    /// An Office Open XML workbook.
    #[default]
    Xlsx,
    /// Text in UTF-8, with commas.
    Csv,
}

/// In which format.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SheetQuery {
    /// `xlsx` if left out.
    #[serde(default)]
    #[param(inline)]
    pub format: SheetFormat,
}

/// Whether what is lost by closing is saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CloseQuery {
    /// Needed if there are accounts (R29): their passwords cannot be had again.
    #[serde(default)]
    pub confirmed: bool,
}

/// A workforce type (R23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkforceType {
    /// Its name.
    pub name: String,
    /// Whether every organisation has it.
    pub built_in: bool,
    /// Members who are of it; absent for admins of departments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u64>,
}

/// Adds a workforce type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkforceType {
    /// 1 to 64 characters.
    pub name: String,
}
