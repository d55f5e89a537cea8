//! Errors about departments, members and their seats.

use usher_api::{Code, Problem};
use usher_domain::authority::MAX_DEPARTMENTS_OF_ADMIN;
use usher_domain::department::{DepartmentError, MAX_DIRECT_MEMBERS};
use usher_domain::group::{MAX_GROUPS, RuleError};
use usher_domain::login::LoginError;
use usher_domain::time::SECOND;

use super::Failure;
use crate::app::attributes::{AttributesError, MAX_BYTES, MAX_OF_APPLICANT, MAX_OF_MEMBER};
use crate::app::departments::{DepartmentsError, MAX_MOVED};
use crate::app::groups::GroupError;
use crate::app::members::MemberError;
use crate::app::members::bulk::{BulkError, MAX_MEMBERS};
use crate::app::members::enrol::EnrolError;
use crate::app::seats::SeatError;
use crate::app::seats::switch::{Keeps, MAX_NAMED, SwitchError};

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Failure {
        let detail = error.to_string();
        match error {
            EnrolError::WorkEmailTaken(_) => Failure::at(Code::AlreadyExists, "/work_email", detail),
            EnrolError::PhoneTaken(_) => Failure::at(Code::AlreadyExists, "/phone", detail),
            EnrolError::BusinessEmailTaken(_) => Failure::at(Code::AlreadyExists, "/business_email", detail),
            EnrolError::BusinessDomain(_) => Failure::at(Code::InvalidField, "/business_email", detail),
            EnrolError::MembersFull(most) => Failure::beyond(Code::LimitReached, "members", most, detail),
            EnrolError::DepartmentFull(_) => {
                Failure::beyond(Code::LimitReached, "direct_members", MAX_DIRECT_MEMBERS, detail).field("/departments")
            }
        }
    }
}

impl From<AttributesError> for Failure {
    fn from(error: AttributesError) -> Failure {
        let detail = error.to_string();
        let beyond = |bound, limit: usize, detail| Failure::beyond(Code::InvalidField, bound, limit, detail);
        let failure = match error {
            AttributesError::OfMember => beyond("attributes_of_member", MAX_OF_MEMBER, detail),
            AttributesError::OfApplicant => beyond("attributes_of_applicant", MAX_OF_APPLICANT, detail),
            AttributesError::Long => beyond("attribute_bytes", MAX_BYTES, detail),
            AttributesError::Unnamed => Failure::new(Code::InvalidField, detail),
        };
        failure.field("/attributes")
    }
}

impl From<DepartmentsError> for Failure {
    fn from(error: DepartmentsError) -> Failure {
        let detail = error.to_string();
        match error {
            DepartmentsError::Refused(refusal) => refusal.into(),
            DepartmentsError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            DepartmentsError::Tree(error) => tree(&error, "/parent"),
            DepartmentsError::TooManyMembers => Failure::beyond(Code::LimitReached, "moved_members", MAX_MOVED, detail),
            DepartmentsError::Member(_, error) => {
                let Failure(mut problem) = Failure::from(*error);
                problem.detail = detail;
                Failure(problem)
            }
            DepartmentsError::WorkforceType(_) => Failure::at(Code::InvalidField, "/group/workforce_types", detail),
            DepartmentsError::ParentRequired => Failure::at(Code::InvalidField, "/parent", detail),
            DepartmentsError::Topmost => Failure::new(Code::TooMuchAuthority, detail),
            DepartmentsError::HasMembers => Failure::new(Code::NotEmpty, detail),
        }
    }
}

/// What a tree of departments cannot take; `field` names the departments in the request.
fn tree(error: &DepartmentError, field: &str) -> Failure {
    let detail = error.to_string();
    match error {
        DepartmentError::Unknown(_) => Failure::at(Code::InvalidField, field, detail),
        DepartmentError::NameTaken(_) => Failure::at(Code::AlreadyExists, "/name", detail),
        DepartmentError::Limit { bound, limit, .. } => {
            Failure::beyond(Code::LimitReached, bound, *limit, detail).field(field)
        }
        DepartmentError::NoneOfMember | DepartmentError::TwiceOfMember(_) | DepartmentError::Cycle => {
            Failure::at(Code::InvalidField, field, detail)
        }
        DepartmentError::Root => Failure::new(Code::WrongState, detail),
        DepartmentError::HasChildren(_) => Failure::new(Code::NotEmpty, detail),
    }
}

impl From<MemberError> for Failure {
    fn from(error: MemberError) -> Failure {
        let detail = error.to_string();
        match error {
            MemberError::Refused(refusal) => refusal.into(),
            MemberError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            MemberError::EmployeeNumber(_) => Failure::at(Code::InvalidField, "/employee_number", detail),
            MemberError::Locale(_) => Failure::at(Code::InvalidField, "/language", detail),
            MemberError::Login(error) => login(&error, detail),
            MemberError::WorkforceType(_) => Failure::at(Code::InvalidField, "/workforce_type", detail),
            MemberError::Departments(error) => tree(&error, "/departments"),
            MemberError::NoSuchDepartment(_) => Failure::at(Code::InvalidField, "/departments", detail),
            MemberError::AdminOfTooMany => {
                Failure::beyond(Code::InvalidField, "departments_of_admin", MAX_DEPARTMENTS_OF_ADMIN, detail)
                    .field("/role/departments")
            }
            MemberError::AdminOfNothing => Failure::at(Code::InvalidField, "/role/departments", detail),
            MemberError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/seat/plan", detail),
            MemberError::Attributes(error) => error.into(),
            MemberError::Enrol(error) => error.into(),
            MemberError::State(_) | MemberError::Deleted | MemberError::HasCome => {
                Failure::new(Code::WrongState, detail)
            }
            MemberError::NoSeatFree => Failure::at(Code::NoSeatFree, "/seat/plan", detail),
            MemberError::TooMuchAuthority | MemberError::BeyondReach => Failure::new(Code::TooMuchAuthority, detail),
            MemberError::OwnPassword => Failure::at(Code::WrongState, "/password", detail),
            MemberError::Overloaded(_) => Failure::new(Code::Overloaded, detail),
            MemberError::RemindedLately { next, wait } => {
                // Rounded up: whoever waits that long is not refused once more.
                let seconds = (wait + SECOND - 1) / SECOND;
                let problem = Problem::new(Code::RemindedLately, detail);
                problem
                    .with("limit", "reminders_by_member")
                    .with("next_at", next.to_string())
                    .with("retry_after", seconds)
                    .into()
            }
            MemberError::Unreachable => Failure::new(Code::WrongState, detail),
            MemberError::PlanRequired => Failure::at(Code::PlanRequired, "/plan", detail),
            MemberError::LastPrimaryAdmin => Failure::new(Code::LastPrimaryAdmin, detail),
            MemberError::LastWayIn => Failure::new(Code::LastWayIn, detail),
        }
    }
}

impl From<BulkError> for Failure {
    fn from(error: BulkError) -> Failure {
        let detail = error.to_string();
        match error {
            BulkError::Refused(refusal) => refusal.into(),
            BulkError::EmptyEdit => Failure::at(Code::InvalidField, "/action", detail),
            BulkError::Edit(error) => Failure::from(error).below("/action"),
            BulkError::Count => {
                Failure::beyond(Code::InvalidField, "members_at_once", MAX_MEMBERS, detail).field("/members")
            }
            BulkError::Repeated { index, .. } => Failure::at(Code::InvalidField, format!("/members/{index}"), detail),
        }
    }
}

fn login(error: &LoginError, detail: String) -> Failure {
    match error {
        LoginError::BusinessMailInactive => Failure::at(Code::BusinessMailInactive, "/login", detail),
        LoginError::Missing(field) => Failure::at(Code::InvalidField, format!("/{field}"), detail),
        LoginError::NoLogin => Failure::at(Code::InvalidField, "/login", detail),
        LoginError::TypeRequired(_) => Failure::at(Code::LoginTypeRequired, "/login", detail),
    }
}

impl From<GroupError> for Failure {
    fn from(error: GroupError) -> Failure {
        let detail = error.to_string();
        match error {
            GroupError::Refused(refusal) => refusal.into(),
            GroupError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            GroupError::NameTaken(_) => Failure::at(Code::AlreadyExists, "/name", detail),
            GroupError::Rule(RuleError { pointer, what, beyond: Some((bound, limit)) }) => {
                Failure::beyond(Code::InvalidField, bound, limit, what).field(pointer)
            }
            GroupError::Rule(RuleError { pointer, what, beyond: None }) => {
                Failure::at(Code::InvalidField, pointer, what)
            }
            GroupError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/plan", detail),
            GroupError::NoSuchDepartment(_) => Failure::at(Code::InvalidField, "/rule", detail),
            GroupError::TooMany => Failure::beyond(Code::LimitReached, "groups", MAX_GROUPS, detail),
            GroupError::ByHand => Failure::at(Code::WrongState, "/rule", detail),
            GroupError::WorkforceType(_) => Failure::at(Code::InvalidField, "/workforce_types", detail),
            GroupError::ByRule | GroupError::OfDepartment | GroupError::Deleted => {
                Failure::new(Code::WrongState, detail)
            }
            GroupError::NotIn(_) => Failure::new(Code::NotFound, detail),
        }
    }
}

impl From<SeatError> for Failure {
    fn from(error: SeatError) -> Failure {
        let detail = error.to_string();
        match error {
            SeatError::Refused(refusal) => refusal.into(),
            SeatError::NoSuchPlan(_) | SeatError::NoSeat => Failure::new(Code::NotFound, detail),
            SeatError::Deleted | SeatError::OfGroup => Failure::new(Code::WrongState, detail),
            SeatError::NoneFree => Failure::new(Code::NoSeatFree, detail),
        }
    }
}

impl From<SwitchError> for Failure {
    fn from(error: SwitchError) -> Failure {
        let detail = error.to_string();
        match error {
            SwitchError::Refused(refusal) => refusal.into(),
            SwitchError::SamePlan | SwitchError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/to", detail),
            SwitchError::TooManyMembers => {
                Failure::beyond(Code::InvalidField, "members_of_switch", MAX_NAMED, detail).field("/members")
            }
            SwitchError::TooManyGroups => {
                Failure::beyond(Code::InvalidField, "groups_of_switch", MAX_NAMED, detail).field("/groups")
            }
            SwitchError::Names => Failure::at(Code::InvalidField, "/members", detail),
            SwitchError::Unfit(member, why) => {
                let code = if why == Keeps::NoSeatFree { Code::NoSeatFree } else { Code::WrongState };
                Problem::new(code, detail).with("member", member.to_string()).into()
            }
        }
    }
}
