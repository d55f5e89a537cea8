//! Members: added by hand, listed, changed, suspended, deleted, restored, reminded (R6 to R12, R30 to R32).
//!
//! What is done to one member is a `step::Step`, decided before it is committed, so that [`bulk`] can do it to many
//! and can tell beforehand what it would do.

pub mod add;
pub mod alter;
pub mod bulk;
mod departments;
pub mod edit;
pub mod enrol;
pub mod list;
pub mod remind;
pub mod restore;
pub(super) mod sight;
pub mod states;
mod step;
pub mod welcome;

use usher_domain::authority::MAX_DEPARTMENTS_OF_ADMIN;
use usher_domain::department::DepartmentError;
use usher_domain::ids::{DepartmentId, MemberId, PlanId};
use usher_domain::login::LoginError;
use usher_domain::member::{EmployeeNumberError, NameError, StateError};
use usher_domain::organisation::LocaleError;
use usher_domain::time::Instant;
use usher_domain::workforce::WorkforceError;
use usher_store::Stored;

use self::enrol::EnrolError;
use super::actor::{By, Managing};
use super::attributes::AttributesError;
use super::change::Change;
use super::counters;
use super::login::hashing::Overloaded;
use super::refusal::Refusal;
use super::stored::Member;
use super::workforce_types;

/// Why a member is not added, changed, suspended or deleted.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The employee number will not do.
    #[error(transparent)]
    EmployeeNumber(#[from] EmployeeNumberError),
    /// The language will not do.
    #[error(transparent)]
    Locale(#[from] LocaleError),
    /// There is no usable login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// There is no such workforce type (R23).
    #[error(transparent)]
    WorkforceType(#[from] WorkforceError),
    /// The departments will not do.
    #[error(transparent)]
    Departments(#[from] DepartmentError),
    /// They cannot be a member, or not with these data.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// Not from the state they are in.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no such department.
    #[error("there is no department {0}")]
    NoSuchDepartment(DepartmentId),
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// The chosen plan is full.
    #[error("no seat of the plan is free: choose another, or none")]
    NoSeatFree,
    /// The attributes will not do.
    #[error(transparent)]
    Attributes(#[from] AttributesError),
    /// They are no member any more.
    #[error("the member is deleted: restore them first")]
    Deleted,
    /// Whoever asks may do less than the member, or than the member would.
    #[error("that is more than you may do yourself: ask a primary admin")]
    TooMuchAuthority,
    /// Whoever asks is an admin of some of their departments, not of all.
    #[error("the member is in other departments than yours too: ask an admin of the whole organisation")]
    BeyondReach,
    /// An admin of departments has none, or one that is not there.
    #[error("an admin of departments has 1 to {MAX_DEPARTMENTS_OF_ADMIN} of them, each of which there is")]
    AdminOfNothing,
    /// An admin of departments has too many.
    #[error("an admin of departments has at most {MAX_DEPARTMENTS_OF_ADMIN}: name one above several of them")]
    AdminOfTooMany,
    /// A password is set by an admin for a business login alone (R10).
    #[error("an admin sets the password of a business login only: this member sets their own")]
    OwnPassword,
    /// The host compares as many passwords as it can.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// They were reminded less than a day ago (R31).
    #[error("they were reminded less than 24 hours ago: remind them again from {next} on")]
    RemindedLately {
        /// From when on they can be reminded.
        next: Instant,
        /// How long that is from now, in microseconds.
        wait: i64,
    },
    /// Nothing reaches them.
    #[error("the member has neither a work email nor a phone: fill in one of them")]
    Unreachable,
    /// One of several plans must be chosen.
    #[error("the organisation has several plans: name the one whose seat the member gets")]
    PlanRequired,
    /// They have come already, so there is nothing left to decline (R22).
    #[error("you are a member already: whoever wants to leave asks an admin")]
    HasCome,
    /// There would be no primary admin left.
    #[error("they are the last primary admin: make somebody else one first")]
    LastPrimaryAdmin,
    /// With single sign-on, nobody would come in if the provider failed (R19).
    #[error(
        "they are the last primary admin who could log in if the identity provider failed: have another one set a \
         password of their own first, or switch single sign-on off"
    )]
    LastWayIn,
}

/// The workforce type that an admin means, as it is written and still there at the commit (R23).
async fn workforce_type(
    by: &By<Managing>,
    change: &mut Change<MemberError>,
    text: Option<&str>,
) -> Result<Option<String>, MemberError> {
    let Some(text) = text else { return Ok(None) };
    let found = workforce_types::find(&by.scope, &mut change.writes, text).await?;
    found.map(Some).ok_or_else(|| WorkforceError::unknown(text).into())
}

/// Takes one primary admin away, if another is left (R1, R32).
fn last_primary_admin(change: &mut Change<MemberError>) {
    change.count_down(&counters::primary_admins(), 1, 1, MemberError::LastPrimaryAdmin);
}

/// One member.
pub async fn show(by: &By<Managing>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    sight::seen(by, id).await
}
