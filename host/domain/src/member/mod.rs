//! Members: who they are, in which state (R30), how they log in (R6, R9 to R12), what they count for (R19,
//! R32, R38).
//!
//! Owns one member's record and its changes of state. Must not know the seat ledger or the tree of
//! departments beyond ids.

mod seats;
mod views;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::authority::Authority;
use crate::ids::{DecisionId, DepartmentId, GroupId, InvitationId, MemberId, PlanId};
use crate::kebab::names;
use crate::phone::Phone;
use crate::plan::{Phase, Plan};
use crate::policy::Role;
use crate::policy::approval::Channel;
use crate::time::{DAY, Date, Instant};
use crate::visible::is_plain;

pub use seats::GroupSteps;
pub use views::pairs;

/// How long a deleted member can be restored (R32), in microseconds.
pub const RESTORABLE_FOR: i64 = 30 * DAY;
/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// Longest employee number, in characters.
pub const MAX_EMPLOYEE_NUMBER_CHARS: usize = 100;

names! {
    /// State of a member (R30).
    pub enum State as "state of a member" {
        /// No invitation sent.
        Added = "added",
        /// Invitation sent, not taken.
        Invited = "invited",
        /// Joined, never logged in.
        Inactive = "inactive",
        /// Has logged in.
        Active = "active",
        /// No login; still counts (R32).
        Suspended = "suspended",
        /// Can be restored for 30 days.
        Deleted = "deleted",
    }
}

names! {
    /// How far a member has come: the state of whoever is neither suspended nor deleted.
    pub enum Progress as "progress of a member" {
        /// No invitation sent.
        Added = "added",
        /// Invitation sent, not taken.
        Invited = "invited",
        /// Joined, never logged in.
        Inactive = "inactive",
        /// Has logged in.
        Active = "active",
    }
}

names! {
    /// By what a member logs in.
    pub enum Login as "login" {
        /// The organisation's own mail address (R10).
        BusinessEmail = "business_email",
        /// The work email.
        WorkEmail = "work_email",
        /// The mobile phone.
        Phone = "phone",
    }
}

names! {
    /// Why a wished-for seat was not given (R36).
    pub enum WishReason as "reason of a wish" {
        /// All bought seats are used or reserved.
        NoSeatFree = "no_seat_free",
        /// Another plan's seat stands in the way.
        PlanConflict = "plan_conflict",
        /// The member is suspended.
        Suspended = "suspended",
        /// A policy said no.
        PolicyDeclined = "policy_declined",
    }
}

names! {
    /// From whom somebody has a seat, or the wish for one (R35, R36).
    pub enum SeatSource as "source of a seat" {
        /// An admin chose it for this member: no policy is asked any more.
        Admin = "admin",
        /// A policy, or the rules where there is none, as they came in.
        Policy = "policy",
        /// A user group, and nothing else: it goes with the last such group.
        Group = "group",
    }
}

/// A seat somebody should have (R36): taken up by itself when one frees, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatWish {
    /// Of which plan.
    pub plan: PlanId,
    /// Why there is none yet.
    pub reason: WishReason,
    /// Since when it is wished for.
    pub since: Instant,
    /// From whom.
    pub source: SeatSource,
}

/// How somebody came in (R33).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Through which channel.
    pub channel: Channel,
    /// Who invited or added them; none if a token of no member did.
    pub by: Option<MemberId>,
    /// By which invitation.
    pub invitation: Option<InvitationId>,
    /// The decision that let them in.
    pub decision: Option<DecisionId>,
    /// When.
    pub at: Instant,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// 1 to 200 characters.
    pub name: String,
    /// How far they have come.
    pub progress: Progress,
    /// Whether login is taken away (R32).
    pub suspended: bool,
    /// Since when they are deleted.
    pub deleted_at: Option<Instant>,
    /// What they may do.
    pub authority: Authority,
    /// The main one first; 1 to 50.
    pub departments: Vec<DepartmentId>,
    /// By what they log in.
    pub login: Login,
    /// The organisation's own address for them (R10).
    pub business_email: Option<Address>,
    /// Their work email.
    pub work_email: Option<Address>,
    /// Mobile phone.
    pub phone: Option<Phone>,
    /// BCP 47; none for the organisation's.
    pub language: Option<String>,
    /// `regular`, … or the organisation's own (R23).
    pub workforce_type: Option<String>,
    /// The organisation's number for them.
    pub employee_number: Option<String>,
    /// The organisation's own attributes.
    pub attributes: BTreeMap<String, String>,
    /// User groups; once they are deleted, those they were in.
    pub groups: Vec<GroupId>,
    /// Plans a seat of which they hold, in order of id.
    pub seats: Vec<PlanId>,
    /// Those of `seats` that rest on user groups alone (R35).
    pub group_seats: Vec<PlanId>,
    /// Seats they should have, oldest first.
    pub wishes: Vec<SeatWish>,
    /// How they came in.
    pub provenance: Provenance,
    /// When the record was made.
    pub created_at: Instant,
}

/// Why a member may not log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLogin {
    /// Suspended or deleted (R32).
    #[error("the member is {0}")]
    State(State),
    /// Seats were bought, and they hold none of a plan in effect (R8, R19).
    #[error("the member holds no seat of a plan that is in effect")]
    NoSeat,
}

/// A change of state that R30 and R32 do not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not from this state.
    #[error("the member is {from}, so they cannot be {wanted}")]
    NotFrom {
        /// The state they are in.
        from: State,
        /// What was asked for, in words.
        wanted: &'static str,
    },
    /// Deleted for more than 30 days.
    #[error("the member was deleted more than 30 days ago and cannot be restored")]
    Gone,
}

impl Member {
    /// Their state (R30).
    pub const fn state(&self) -> State {
        match (self.deleted_at, self.suspended, self.progress) {
            (Some(_), _, _) => State::Deleted,
            (None, true, _) => State::Suspended,
            (None, false, Progress::Added) => State::Added,
            (None, false, Progress::Invited) => State::Invited,
            (None, false, Progress::Inactive) => State::Inactive,
            (None, false, Progress::Active) => State::Active,
        }
    }

    /// Whether they count against the plans' sizes (R38).
    pub const fn counts(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether they count as a primary admin who can act (R1, R32): the organisation needs one.
    pub const fn counts_as_primary_admin(&self) -> bool {
        self.authority.is_primary_admin() && self.deleted_at.is_none() && !self.suspended
    }

    /// Whether they may let somebody in with `given` at this moment (R1).
    pub fn may_let_in_with(&self, given: &Authority) -> bool {
        self.authority.may_let_in_with(given) && self.deleted_at.is_none() && !self.suspended
    }

    /// Whether they may answer requests to join, as far as they reach (R1, R17).
    pub fn may_answer_requests(&self) -> bool {
        self.authority.manages_members() && self.deleted_at.is_none() && !self.suspended
    }

    /// Whether they have accepted or logged in: nobody can decline what they have taken (R22).
    pub const fn has_come(&self) -> bool {
        matches!(self.progress, Progress::Inactive | Progress::Active)
    }

    /// The user groups they are in: none once they are deleted, though the record keeps those that they come back to
    /// (R32).
    pub fn in_groups(&self) -> &[GroupId] {
        if self.counts() { &self.groups } else { &[] }
    }

    /// Takes login away; everything else stays (R32).
    pub fn suspend(&mut self) -> Result<(), StateError> {
        if matches!(self.state(), State::Suspended | State::Deleted) {
            return self.not("suspended");
        }
        self.suspended = true;
        Ok(())
    }

    /// Gives login back (R32).
    pub fn resume(&mut self) -> Result<(), StateError> {
        if self.state() != State::Suspended {
            return self.not("resumed");
        }
        self.suspended = false;
        self.no_more(WishReason::Suspended);
        Ok(())
    }

    /// Deletes them, to be restored within 30 days; their seats and wishes go (R32). Returns the plans
    /// whose seats are free now.
    pub fn delete(&mut self, at: Instant) -> Result<Vec<PlanId>, StateError> {
        if self.state() == State::Deleted {
            return self.not("deleted").map(|()| Vec::new());
        }
        self.deleted_at = Some(at);
        self.wishes.clear();
        self.group_seats.clear();
        Ok(std::mem::take(&mut self.seats))
    }

    /// Brings a deleted member back as they were, without seats (R32). Duplicates and seats are the
    /// caller's to check.
    pub fn restore(&mut self, at: Instant) -> Result<(), StateError> {
        let Some(deleted_at) = self.deleted_at else {
            return self.not("restored");
        };
        if at > deleted_at.plus(RESTORABLE_FOR) {
            return Err(StateError::Gone);
        }
        self.deleted_at = None;
        Ok(())
    }

    /// Their invitation went out (R30).
    pub fn invitation_sent(&mut self) {
        if self.progress == Progress::Added {
            self.progress = Progress::Invited;
        }
    }

    /// They took their invitation (R22).
    pub fn join(&mut self) -> Result<(), StateError> {
        if !matches!(self.state(), State::Added | State::Invited) {
            return self.not("joined");
        }
        self.progress = Progress::Inactive;
        Ok(())
    }

    /// They logged in (R30).
    pub fn logged_in(&mut self) -> Result<(), StateError> {
        if matches!(self.state(), State::Suspended | State::Deleted) {
            return self.not("logged in");
        }
        self.progress = Progress::Active;
        Ok(())
    }

    fn not(&self, wanted: &'static str) -> Result<(), StateError> {
        Err(StateError::NotFrom { from: self.state(), wanted })
    }

    /// Whether they may log in: neither suspended nor deleted, and, where seats were bought, with a seat of
    /// a plan in effect. Primary admins need none (R8, R19). Seats of a plan that has ended were bought too: the end
    /// of the last plan is the end of its logins.
    pub fn check_login(&self, plans: &[Plan], today: Date) -> Result<(), NoLogin> {
        let state = self.state();
        if matches!(state, State::Suspended | State::Deleted) {
            return Err(NoLogin::State(state));
        }
        let in_effect = |plan: &&Plan| plan.phase(today) == Phase::InEffect;
        let seated = plans.iter().filter(in_effect).any(|plan| self.seats.contains(&plan.id));
        if !plans.is_empty() && !seated && !self.authority.is_primary_admin() {
            return Err(NoLogin::NoSeat);
        }
        Ok(())
    }

    /// Their role, as policies see it.
    pub const fn role(&self) -> Role {
        self.authority.role()
    }
}

/// A name that is empty or too long, or holds what nobody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 1 to {MAX_NAME_CHARS} characters, something to be seen among them, and none that is invisible, breaks the line or turns its direction"
)]
pub struct NameError;

/// A name as it is kept: without surrounding white space.
pub fn check_name(text: &str) -> Result<String, NameError> {
    bounded(text, MAX_NAME_CHARS).ok_or(NameError)
}

/// An employee number that is empty or too long, or holds what nobody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an employee number has 1 to {MAX_EMPLOYEE_NUMBER_CHARS} characters, and none that is invisible or breaks the line"
)]
pub struct EmployeeNumberError;

/// An organisation's number for somebody as it is kept, wherever it comes from: without surrounding white space.
pub fn check_employee_number(text: &str) -> Result<String, EmployeeNumberError> {
    bounded(text, MAX_EMPLOYEE_NUMBER_CHARS).ok_or(EmployeeNumberError)
}

fn bounded(text: &str, most_chars: usize) -> Option<String> {
    let text = text.trim();
    let fits = text.chars().count() <= most_chars && is_plain(text);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
pub(crate) mod tests;
