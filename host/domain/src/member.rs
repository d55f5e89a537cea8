//! Members: who they are, in which state (R30), how they log in (R6, R9 to R12), what they count for (R19,
//! R32, R38).
//!
//! Owns one member's record and its changes of state. Must not know the seat ledger or the tree of
//! departments beyond ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::authority::Authority;
use crate::ids::{DecisionId, DepartmentId, GroupId, InvitationId, MemberId, PlanId};
use crate::kebab::names;
use crate::phone::Phone;
use crate::plan::{Phase, Plan};
use crate::policy::approval::Channel;
use crate::policy::{Pair, Role, seat, sso};
use crate::time::{DAY, Date, Instant};

/// How long a deleted member can be restored (R32), in microseconds.
pub const RESTORABLE_FOR: i64 = 30 * DAY;
/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 200;

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

/// A seat somebody should have (R36): taken up by itself when one frees, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatWish {
    /// Of which plan.
    pub plan: PlanId,
    /// Why there is none yet.
    pub reason: WishReason,
    /// Since when it is wished for.
    pub since: Instant,
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
    /// User groups.
    pub groups: Vec<GroupId>,
    /// Plans a seat of which they hold, in order of id.
    pub seats: Vec<PlanId>,
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
    /// a plan in effect. Primary admins need none (R8, R19).
    pub fn check_login(&self, plans: &[Plan], today: Date) -> Result<(), NoLogin> {
        let state = self.state();
        if matches!(state, State::Suspended | State::Deleted) {
            return Err(NoLogin::State(state));
        }
        let bought = plans.iter().any(|plan| plan.is_paid(today));
        let in_effect = |plan: &&Plan| plan.phase(today) == Phase::InEffect;
        let seated = plans.iter().filter(in_effect).any(|plan| self.seats.contains(&plan.id));
        if bought && !seated && !self.authority.is_primary_admin() {
            return Err(NoLogin::NoSeat);
        }
        Ok(())
    }

    /// As seat policies see them.
    pub fn for_seat_policies(&self) -> seat::Member {
        seat::Member {
            id: Some(self.id),
            name: self.name.clone(),
            work_email: self.work_email.clone(),
            departments: self.departments.clone(),
            workforce_type: self.workforce_type.clone(),
            role: self.authority.role(),
            groups: self.groups.clone(),
            holds: self.seats.clone(),
            attributes: pairs(&self.attributes),
        }
    }

    /// As matching policies see them; none if deleted.
    pub fn as_candidate(&self) -> Option<sso::Candidate> {
        let state = match self.state() {
            State::Added => sso::CandidateState::Added,
            State::Invited => sso::CandidateState::Invited,
            State::Inactive => sso::CandidateState::Inactive,
            State::Active => sso::CandidateState::Active,
            State::Suspended => sso::CandidateState::Suspended,
            State::Deleted => return None,
        };
        Some(sso::Candidate { member: self.id, state, created_at: self.created_at, claims: self.claims() })
    }

    /// Every identifier that a matching strategy may compare (R41).
    pub fn claims(&self) -> Vec<sso::Claim> {
        let mut claims = Vec::new();
        if let Some(address) = &self.work_email {
            let value = address.raw().to_owned();
            claims.push(sso::Claim { kind: "work-email".into(), value, address: Some(address.clone()) });
        }
        if let Some(number) = &self.employee_number {
            claims.push(sso::Claim { kind: "employee-number".into(), value: number.clone(), address: None });
        }
        claims.extend(self.attributes.iter().map(|(name, value)| sso::Claim {
            kind: name.clone(),
            value: value.clone(),
            address: None,
        }));
        claims
    }

    /// Their role, as policies see it.
    pub const fn role(&self) -> Role {
        self.authority.role()
    }
}

/// Attributes as policies see them, in order of name.
pub fn pairs(attributes: &BTreeMap<String, String>) -> Vec<Pair> {
    attributes.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
}

/// A name that is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {MAX_NAME_CHARS} characters and no control characters")]
pub struct NameError;

/// A name as it is kept: without surrounding white space.
pub fn check_name(text: &str) -> Result<String, NameError> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(NameError) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn member(progress: Progress, authority: Authority) -> Member {
        let at = Instant::from_micros(0);
        Member {
            id: MemberId::from_bytes([2; 16]),
            name: "Ada".into(),
            progress,
            suspended: false,
            deleted_at: None,
            authority,
            departments: vec![DepartmentId::from_bytes([3; 16])],
            login: Login::WorkEmail,
            business_email: None,
            work_email: Address::parse("ada@example.com").ok(),
            phone: None,
            language: None,
            workforce_type: None,
            employee_number: Some("0042".into()),
            attributes: BTreeMap::new(),
            groups: Vec::new(),
            seats: vec![PlanId::from_bytes([4; 16])],
            wishes: Vec::new(),
            provenance: Provenance { channel: Channel::Console, by: None, invitation: None, decision: None, at },
            created_at: at,
        }
    }

    proptest! {
        #[test]
        fn r32_suspending_and_resuming_changes_nothing_else(progress in prop::sample::select(Progress::ALL)) {
            let before = member(progress, Authority::Member);
            let mut after = before.clone();
            after.suspend().unwrap();
            prop_assert!(after.counts(), "suspended members count (R38)");
            prop_assert!(after.logged_in().is_err());
            after.resume().unwrap();
            prop_assert_eq!(after, before);
        }

        #[test]
        fn r32_a_deleted_member_comes_back_as_they_were_but_for_seats(
            progress in prop::sample::select(Progress::ALL),
            suspended: bool,
            days in 0i64..60,
        ) {
            let before = Member { suspended, ..member(progress, Authority::Member) };
            let mut after = before.clone();
            let freed = after.delete(before.created_at).unwrap();
            prop_assert_eq!(&freed, &before.seats);
            prop_assert!(!after.counts());
            let restored = after.restore(before.created_at.plus(days * DAY));
            prop_assert_eq!(restored.is_ok(), days <= 30);
            let expected = if days <= 30 { before.state() } else { State::Deleted };
            prop_assert_eq!(after.state(), expected);
            prop_assert!(after.seats.is_empty());
        }
    }

    #[test]
    fn r30_from_added_to_active() {
        let mut ada = member(Progress::Added, Authority::Member);
        ada.invitation_sent();
        assert_eq!(ada.state(), State::Invited);
        ada.join().unwrap();
        assert_eq!(ada.state(), State::Inactive);
        assert!(ada.join().is_err());
        ada.logged_in().unwrap();
        assert_eq!(ada.state(), State::Active);
    }

    #[test]
    fn r19_r32_only_a_primary_admin_who_can_act_counts_as_one() {
        let mut ada = member(Progress::Active, Authority::PrimaryAdmin);
        assert!(ada.counts_as_primary_admin());
        ada.suspend().unwrap();
        assert!(!ada.counts_as_primary_admin());
        ada.delete(ada.created_at).unwrap();
        assert!(!ada.counts_as_primary_admin());
        assert!(!member(Progress::Active, Authority::Member).counts_as_primary_admin());
    }

    #[test]
    fn r8_r19_where_seats_were_bought_login_takes_one_in_effect() {
        let plan = |starts_on: &str, ends_on: Option<&str>| Plan {
            id: PlanId::from_bytes([4; 16]),
            name: "Team".into(),
            size: 1,
            starts_on: starts_on.parse().unwrap(),
            ends_on: ends_on.map(|date| date.parse().unwrap()),
            created_at: Instant::from_micros(0),
        };
        let check = |authority: Authority, seated: bool, plans: &[Plan], expected: Result<(), NoLogin>| {
            let mut ada = member(Progress::Active, authority);
            if !seated {
                ada.seats.clear();
            }
            assert_eq!(ada.check_login(plans, "2026-03-01".parse().unwrap()), expected, "{seated} {plans:?}");
        };
        let current = [plan("2026-01-01", None)];
        let future = [plan("2026-03-02", None)];
        let ended = [plan("2026-01-01", Some("2026-02-28"))];
        check(Authority::Member, true, &current, Ok(()));
        check(Authority::Member, false, &current, Err(NoLogin::NoSeat));
        check(Authority::Member, true, &future, Err(NoLogin::NoSeat));
        check(Authority::Member, false, &ended, Ok(()));
        check(Authority::Member, false, &[], Ok(()));
        check(Authority::PrimaryAdmin, false, &current, Ok(()));
    }

    #[test]
    fn r41_every_identifier_is_a_claim() {
        let claims = member(Progress::Active, Authority::Member).claims();
        let kinds: Vec<_> = claims.iter().map(|claim| (claim.kind.as_str(), claim.address.is_some())).collect();
        assert_eq!(kinds, [("work-email", true), ("employee-number", false)]);
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(check_name("  Ada Lovelace "), Ok("Ada Lovelace".to_owned()));
        for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert_eq!(check_name(bad), Err(NameError), "{bad:?}");
        }
    }
}
