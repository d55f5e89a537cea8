//! Join requests and their answers (R17, R18, R33).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::member::SeatChoice;

/// Which requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RequestQuery {
    /// Most items wanted: 1 to 200, 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Only in this state.
    #[param(pattern = "^(pending|approved|rejected|declined|expired|withdrawn)$")]
    pub state: Option<String>,
    /// Only through this channel.
    #[param(pattern = "^(code|link|qr|member-app|personal|import|console|sso)$")]
    pub channel: Option<String>,
    /// Only those that an approval places in this department, `dep_…`.
    pub department: Option<String>,
    /// Only those opened before this moment, RFC 3339: with `state=pending`, those that have waited since.
    pub opened_before: Option<String>,
}

/// A request to join; also what is left of a join that needed no approval (R33).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JoinRequest {
    /// `req_…`
    pub id: String,
    /// `pending` | `approved` | `rejected` | `declined` | `expired` | `withdrawn` (R30).
    pub state: String,
    /// Who wants in. Without a name once they declined: then nothing is kept of them (R22).
    pub applicant: Applicant,
    /// `code` | `link` | `qr` | `member-app` | `personal` | `sso`.
    pub channel: String,
    /// `inv_…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// `mem_…` of who invited them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inviter: Option<String>,
    /// `dec_…` of the decision about it; absent if they declined before there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Codes and texts, most important first.
    pub reasons: Vec<Reason>,
    /// Digests of the policies that decided.
    pub policies: Vec<String>,
    /// `dep_…` an approval places them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// `plan_…` offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether a seat is reserved for it (R15).
    pub seat_reserved: bool,
    /// RFC 3339.
    pub opened_at: String,
    /// RFC 3339.
    pub expires_at: String,
    /// The answer that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Who wants in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Applicant {
    /// As given.
    pub name: String,
    /// The address that becomes the work email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
    /// What speaks for it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workforce_type: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_number: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub attributes: BTreeMap<String, String>,
}

/// Why it was decided so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// Stable.
    pub code: String,
    /// For admins.
    pub text: String,
}

/// The first answer to a request; it stands (R17).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// `approved` | `rejected` | `withdrawn` | `declined`.
    pub verdict: String,
    /// `mem_…` of the admin; absent if a policy, the applicant or a service answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// RFC 3339.
    pub at: String,
    /// `mem_…` of the new member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// For admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Lets the applicant in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Which seat; the organisation's seat policies choose if left out (R18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatChoice>,
    /// For admins; at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Refuses the applicant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// For admins; at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Let in.
    Approve,
    /// Refused.
    Reject,
}

/// The same answer to many requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerMany {
    /// `req_…`, 1 to 100 of them; seats go in this order.
    pub requests: Vec<String>,
    /// The answer.
    pub verdict: Verdict,
    /// With `approve`, which seat; the organisation's seat policies choose if left out (R18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatChoice>,
    /// For admins; at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What came of each request, in the order in which they were named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnsweredMany {
    /// One for each.
    pub items: Vec<AnsweredOne>,
}

/// What came of one request: it is answered, or there is a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnsweredOne {
    /// `req_…`
    pub request: String,
    /// The answer that was given by this call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Why it was not answered by this call: `already_processed` holds the first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What a link mailed to an approver would answer. Looking at it answers nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LinkedRequest {
    /// Name of the organisation.
    #[schema(min_length = 1)]
    pub organisation: String,
    /// `mem_…` in whose name it is answered.
    pub approver: String,
    /// The request.
    pub request: JoinRequest,
    /// RFC 3339: until when the link can be used.
    pub ends_at: String,
}

/// Answers by a link. It chooses no seat (R18): who gets none by a user group waits for one of the plan that they were
/// invited to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerByLink {
    /// The answer.
    pub verdict: Verdict,
    /// For admins; at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
