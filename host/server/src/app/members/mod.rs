//! Members: added by hand, listed, changed, suspended, deleted (R6 to R12, R30, R32).



pub mod enrol;


use std::str::FromStr;

use usher_domain::address::Address;
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::member::{self, State};
use usher_store::{Page, Stored};

use super::actor::{By, MembersAndDepartments};
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::{DepartmentMember, Member, MemberAt, Unique};

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
    }
}

/// One member.
pub async fn show(by: &By<MembersAndDepartments>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    by.scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", id))
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
async fn step(
    by: &By<MembersAndDepartments>,
    filter: &Filter,
    after: Option<MemberId>,
) -> Result<Vec<Row>, Refusal> {
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

/// Parses a state as it is written on the wire.
pub fn state(text: &str) -> Result<State, usher_domain::UnknownName> {
    State::from_str(text)
}
