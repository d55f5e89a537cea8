//! Decision point `approval`: may this person join?
//!
//! Owns the request and decision of the question; must not know the rules the host puts over the verdict.

use serde::{Deserialize, Serialize};

use super::{Obligation, Organisation, Pair, Reason, Role};
use crate::address::Address;
use crate::ids::{DepartmentId, InvitationId, MemberId, PlanId};
use crate::kebab::names;
use crate::time::{Date, Instant};

names! {
    /// The way somebody came in.
    pub enum Channel as "channel" {
        /// Typed an 8-letter code.
        Code = "code",
        /// Followed a link.
        Link = "link",
        /// Scanned a QR code.
        Qr = "qr",
        /// Invited in person by a member, in the member app.
        MemberApp = "member-app",
        /// Invited in person by an admin, by email or SMS.
        Personal = "personal",
        /// A row of a batch import.
        Import = "import",
        /// Entered by an admin.
        Console = "console",
        /// Came by a single sign-on login.
        Sso = "sso",
    }
}

names! {
    /// What the policy says.
    pub enum Verdict as "approval verdict" {
        /// Let in, if the host rules allow it.
        Approve = "approve",
        /// An admin decides.
        Review = "review",
        /// Refused.
        Reject = "reject",
    }
}

/// Who wants in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// As given.
    pub name: String,
    /// The address that would become the work email.
    pub work_email: Option<Address>,
    /// E.164, as `+4915112345678`.
    pub phone: Option<String>,
    /// Whether the phone's holder typed a code sent to it.
    #[serde(default)]
    pub phone_proved: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// `regular`, `intern`, … or the organisation's own (R23).
    pub workforce_type: Option<String>,
    /// As given.
    pub employee_number: Option<String>,
    /// The organisation's own attributes, in order of name.
    #[serde(default)]
    pub attributes: Vec<Pair>,
}

impl Applicant {
    /// What is kept of who declined: nothing (R22).
    pub const fn forgotten() -> Self {
        Self {
            name: String::new(),
            work_email: None,
            phone: None,
            phone_proved: false,
            language: None,
            workforce_type: None,
            employee_number: None,
            attributes: Vec::new(),
        }
    }
}

/// What the applicant came by (R14, R15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Department it is bound to.
    pub department: Option<DepartmentId>,
    /// Role it is bound to.
    pub role: Option<Role>,
    /// Domain (ASCII form) an applicant's address must have; already checked.
    pub email_domain: Option<String>,
    /// Plan whose seat it offers.
    pub plan: Option<PlanId>,
    /// What the admin set (R15).
    pub approval_required: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// Joins and requests made by it so far.
    pub uses: u32,
    /// Most joins and requests.
    pub max_uses: Option<u32>,
    /// Who made it; none if made with a token of no member.
    pub inviter: Option<MemberId>,
    /// Their role at this moment.
    pub inviter_role: Option<Role>,
}

/// The row of an import that is to make somebody a member (R25, R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Departments it puts them into, the main one first.
    pub departments: Vec<DepartmentId>,
    /// Who imports; none if done with a token of no member.
    pub importer: Option<MemberId>,
    /// Their role at this moment.
    pub importer_role: Option<Role>,
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who asks.
    pub organisation: Organisation,
    /// When the host received it.
    pub at: Instant,
    /// The same moment's date in the organisation's time zone.
    pub today: Date,
    /// The way they came.
    pub channel: Channel,
    /// Who wants in.
    pub applicant: Applicant,
    /// What they came by.
    pub invitation: Option<Invitation>,
    /// Where they stand in an import.
    pub row: Option<Row>,
}

/// Where someone who is let in is placed. Empty options leave it to the invitation, then the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The department.
    pub department: Option<DepartmentId>,
    /// The workforce type.
    pub workforce_type: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What the policy says.
    pub verdict: Verdict,
    /// At least one, most important first, at most 8.
    pub reasons: Vec<Reason>,
    /// At most 8.
    #[serde(default)]
    pub obligations: Vec<Obligation>,
    /// Only with `approve` and `review`.
    pub placement: Option<Placement>,
}
