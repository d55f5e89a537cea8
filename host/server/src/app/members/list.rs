//! Members listed: of the whole organisation in the order in which they came, of some departments one department
//! after the other.

use std::collections::BTreeSet;

use usher_domain::address::Address;
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::member::{self, State};
use usher_store::Page;

use super::sight::as_seen;
use crate::app::actor::{By, Managing};
use crate::app::page::{PageOf, Paging};
use crate::app::reach::Inside;
use crate::app::refusal::Refusal;
use crate::app::stored::{DepartmentMember, Member, MemberAt, Unique};

/// Rows looked through for one page, at most: a rare state must not read a million members at once.
const MAX_LOOKED_AT: usize = 2_000;
/// Rows read at a time.
const STEP: usize = 250;

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

/// Members in reach. A page may be short of its limit and yet not be the last: then `next` is there.
pub async fn list(by: &By<Managing>, filter: &Filter, paging: &Paging) -> Result<PageOf<member::Member>, Refusal> {
    let inside = Inside::of(&by.scope, &by.reach()).await?;
    if let Some(address) = &filter.work_email {
        return by_work_email(by, filter, address, &inside).await;
    }
    match (&inside, filter.department) {
        (_, Some(department)) => {
            let one = if inside.includes(department) { [department].into() } else { BTreeSet::new() };
            by_department(by, filter, paging, &inside, &one).await
        }
        (Inside::Only(departments), None) => by_department(by, filter, paging, &inside, departments).await,
        (Inside::All, None) => of_all(by, filter, paging).await,
    }
}

async fn of_all(by: &By<Managing>, filter: &Filter, paging: &Paging) -> Result<PageOf<member::Member>, Refusal> {
    let mut last = paging.after_id(MemberId::from_bytes)?;
    let (mut items, mut looked_at) = (Vec::new(), 0);
    loop {
        let rows = by.scope.page::<Member>(Page::first(STEP).after(last)).await?;
        let done = rows.is_empty();
        looked_at += rows.len();
        for (id, found) in rows {
            if items.len() == paging.limit {
                return Ok(PageOf { items, next: last.map(|last| last.as_bytes().to_vec()) });
            }
            last = Some(id);
            items.extend(Some(found.record.0).filter(|member| filter.takes(member)));
        }
        if done || looked_at >= MAX_LOOKED_AT {
            let next = last.filter(|_| !done).map(|last| last.as_bytes().to_vec());
            return Ok(PageOf { items, next });
        }
    }
}

/// Members of these departments, each with the first of them that they are in. Cursors name nobody else.
async fn by_department(
    by: &By<Managing>,
    filter: &Filter,
    paging: &Paging,
    inside: &Inside,
    departments: &BTreeSet<DepartmentId>,
) -> Result<PageOf<member::Member>, Refusal> {
    let (mut items, mut last, mut looked_at) = (Vec::new(), place(paging)?, 0);
    let first_of =
        |member: &member::Member| member.departments.iter().filter(|id| departments.contains(id)).min().copied();
    for department in departments.iter().copied() {
        if last.is_some_and(|(reached, _)| department < reached) {
            continue;
        }
        loop {
            let behind = last.filter(|(reached, _)| *reached == department);
            let rows = by.scope.page_within::<DepartmentMember>(&department, Page::first(STEP).after(behind)).await?;
            let ids: Vec<MemberId> = rows.into_iter().map(|((_, id), _)| id).collect();
            let members = by.scope.get_many::<Member>(&ids).await?;
            for (id, found) in ids.iter().zip(members) {
                if items.len() == paging.limit {
                    return Ok(PageOf { items, next: last.map(cursor) });
                }
                last = Some((department, *id));
                let member = found.map(|found| found.record.0).filter(|member| first_of(member) == Some(department));
                items.extend(member.filter(|member| filter.takes(member)).and_then(|member| as_seen(member, inside)));
            }
            looked_at += ids.len();
            if looked_at >= MAX_LOOKED_AT {
                return Ok(PageOf { items, next: last.map(cursor) });
            }
            if ids.len() < STEP {
                break;
            }
        }
    }
    Ok(PageOf { items, next: None })
}

/// Where the page before ended: in which department, with whom.
fn place(paging: &Paging) -> Result<Option<(DepartmentId, MemberId)>, Refusal> {
    let Some(bytes) = paging.after.as_deref() else { return Ok(None) };
    let (department, member) = bytes.split_first_chunk::<16>().ok_or(Refusal::Cursor)?;
    let member = member.try_into().map_err(|_| Refusal::Cursor)?;
    Ok(Some((DepartmentId::from_bytes(*department), MemberId::from_bytes(member))))
}

fn cursor((department, member): (DepartmentId, MemberId)) -> Vec<u8> {
    [department.as_bytes().as_slice(), member.as_bytes()].concat()
}

async fn by_work_email(
    by: &By<Managing>,
    filter: &Filter,
    address: &Address,
    inside: &Inside,
) -> Result<PageOf<member::Member>, Refusal> {
    let place = Unique::WorkEmail.place(address.canonical());
    let found = match by.scope.get::<MemberAt>(&place).await? {
        Some(at) => by.scope.get::<Member>(&at.record.member).await?,
        None => None,
    };
    let member = found.and_then(|found| as_seen(found.record.0, inside));
    Ok(PageOf { items: member.into_iter().filter(|member| filter.takes(member)).collect(), next: None })
}
