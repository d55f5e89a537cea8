//! Members: added by hand, listed, changed, suspended, deleted, restored, reminded (R6 to R12, R30 to R32).
//!
//! What is done to one member is a `step::Step`, decided before it is committed, so that [`bulk`] can do it to many
//! and can tell beforehand what it would do.

pub mod add;
pub mod alter;
pub mod bulk;
mod departments;
pub mod enrol;
pub mod remind;
pub mod restore;
pub mod states;
mod step;
pub mod welcome;

use std::collections::BTreeMap;

use usher_domain::address::Address;
use usher_domain::department::DepartmentError;
use usher_domain::ids::{DepartmentId, MemberId, PlanId};
use usher_domain::login::LoginError;
use usher_domain::member::{self, NameError, State, StateError};
use usher_domain::organisation::LocaleError;
use usher_domain::time::Instant;
use usher_store::{Page, Stored};

use self::enrol::EnrolError;
use super::actor::{By, MembersAndDepartments};
use super::change::Change;
use super::counters;
use super::login::hashing::Overloaded;
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::{DepartmentMember, Member, MemberAt, Unique};

/// Most of the organisation's own attributes on one member.
pub const MAX_ATTRIBUTES: usize = 50;
/// Most bytes of an attribute's name or value.
pub const MAX_ATTRIBUTE_BYTES: usize = 1_024;

/// Why a member is not added, changed, suspended or deleted.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The language will not do.
    #[error(transparent)]
    Locale(#[from] LocaleError),
    /// There is no usable login.
    #[error(transparent)]
    Login(#[from] LoginError),
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
    /// Too many attributes, or too long.
    #[error(
        "a member has at most {MAX_ATTRIBUTES} attributes of at most {MAX_ATTRIBUTE_BYTES} bytes, none without a name"
    )]
    Attributes,
    /// They are no member any more.
    #[error("the member is deleted: restore them first")]
    Deleted,
    /// Whoever asks may do less than the member, or than the member would.
    #[error("that is more than you may do yourself: ask a primary admin")]
    TooMuchAuthority,
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
}

fn check_attributes(attributes: &BTreeMap<String, String>) -> Result<(), MemberError> {
    let fits = attributes.len() <= MAX_ATTRIBUTES
        && attributes.iter().all(|(name, value)| {
            !name.is_empty() && name.len() <= MAX_ATTRIBUTE_BYTES && value.len() <= MAX_ATTRIBUTE_BYTES
        });
    if fits { Ok(()) } else { Err(MemberError::Attributes) }
}

/// Takes one primary admin away, if another is left (R1, R32).
fn last_primary_admin(change: &mut Change<MemberError>) {
    change.count_down(&counters::primary_admins(), 1, 1, MemberError::LastPrimaryAdmin);
}

async fn get<R>(by: &By<R>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    by.scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", &id))
}

/// Rows looked through for one page, at most: a rare state must not read a million members at once.
const MAX_LOOKED_AT: usize = 2_000;

/// Which members.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this state; all but `deleted` without it.
    pub state: Option<State>,
    /// Only direct members of this department.
    pub department: Option<DepartmentId>,
    /// Only the one with this work email, in whatever spelling.
    pub work_email: Option<Address>,
}

impl Filter {
    fn takes(&self, member: &member::Member) -> bool {
        self.state.map_or(member.counts(), |state| member.state() == state)
            && self.department.is_none_or(|department| member.departments.contains(&department))
            && self.work_email.as_ref().is_none_or(|wanted| {
                member.work_email.as_ref().is_some_and(|own| own.canonical() == wanted.canonical())
            })
    }
}

/// One member.
pub async fn show(by: &By<MembersAndDepartments>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    get(by, id).await
}

/// Members in order of id, which is the order in which they came. A page may be short of its limit and
/// yet not be the last: then `next` is there.
pub async fn list(
    by: &By<MembersAndDepartments>,
    filter: &Filter,
    paging: &Paging,
) -> Result<PageOf<member::Member>, Refusal> {
    let after = paging.after_id(MemberId::from_bytes)?;
    if let Some(address) = &filter.work_email {
        return by_work_email(by, filter, address).await;
    }
    let mut items = Vec::new();
    let (mut last, mut looked_at) = (after, 0);
    loop {
        let rows = step(by, filter, last).await?;
        let done = rows.is_empty();
        looked_at += rows.len();
        for (id, member) in rows {
            if items.len() == paging.limit {
                return Ok(PageOf { items, next: last.map(|last| last.as_bytes().to_vec()) });
            }
            last = Some(id);
            items.extend(member.filter(|member| filter.takes(member)));
        }
        if done || looked_at >= MAX_LOOKED_AT {
            let next = last.filter(|_| !done).map(|last| last.as_bytes().to_vec());
            return Ok(PageOf { items, next });
        }
    }
}

type Row = (MemberId, Option<member::Member>);

/// The next few candidates: of the department if one is asked for, else of all.
async fn step(by: &By<MembersAndDepartments>, filter: &Filter, after: Option<MemberId>) -> Result<Vec<Row>, Refusal> {
    const STEP: usize = 250;
    let Some(department) = filter.department else {
        let rows = by.scope.page::<Member>(Page::first(STEP).after(after)).await?;
        return Ok(rows.into_iter().map(|(id, found)| (id, Some(found.record.0))).collect());
    };
    let page = Page::first(STEP).after(after.map(|after| (department, after)));
    let rows = by.scope.page_within::<DepartmentMember>(&department, page).await?;
    let ids: Vec<MemberId> = rows.into_iter().map(|((_, id), _)| id).collect();
    let members = by.scope.get_many::<Member>(&ids).await?;
    Ok(ids.into_iter().zip(members.into_iter().map(|found| found.map(|found| found.record.0))).collect())
}

async fn by_work_email(
    by: &By<MembersAndDepartments>,
    filter: &Filter,
    address: &Address,
) -> Result<PageOf<member::Member>, Refusal> {
    let place = Unique::WorkEmail.place(address.canonical());
    let found = match by.scope.get::<MemberAt>(&place).await? {
        Some(at) => by.scope.get::<Member>(&at.record.member).await?,
        None => None,
    };
    let items = found.map(|found| found.record.0).into_iter().filter(|member| filter.takes(member)).collect();
    Ok(PageOf { items, next: None })
}
