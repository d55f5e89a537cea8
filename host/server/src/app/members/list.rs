//! Members listed: of the whole organisation, and whoever was deleted, in the order in which they came; of some
//! departments one department after the other.

use std::collections::BTreeSet;

use usher_domain::address::Address;
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::member::{self, State};
use usher_store::Page;

use super::sight::as_seen;
use crate::app::App;
use crate::app::actor::{By, Managing};
use crate::app::page::{MAX_LOOKED_AT, Order, PageOf, Paging, sift};
use crate::app::reach::{self, Inside};
use crate::app::refusal::Refusal;
use crate::app::stored::{DepartmentMember, Member, MemberAt, place};

/// Rows read at a time.
const STEP: usize = 250;
/// The place before the first member: nobody's id.
const BEFORE_ALL: MemberId = MemberId::from_bytes([0; 16]);

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
pub async fn list(
    app: &App,
    by: &By<Managing>,
    filter: &Filter,
    paging: &Paging,
) -> Result<PageOf<member::Member>, Refusal> {
    let inside = Inside::of(&by.scope, &by.reach()).await?;
    if let Some(address) = &filter.work_email {
        return by_work_email(by, filter, address, &inside).await;
    }
    match (&inside, filter.department) {
        // Departments list none who was deleted; these know still which ones they were in.
        _ if filter.state == Some(State::Deleted) => of_all(app, by, filter, paging, &inside).await,
        (_, Some(department)) => {
            let one = if inside.includes(department) { [department].into() } else { BTreeSet::new() };
            by_department(by, filter, paging, &inside, &one).await
        }
        (Inside::Only(departments), None) => by_department(by, filter, paging, &inside, departments).await,
        (Inside::All, None) => of_all(app, by, filter, paging, &inside).await,
    }
}

async fn of_all(
    app: &App,
    by: &By<Managing>,
    filter: &Filter,
    paging: &Paging,
    inside: &Inside,
) -> Result<PageOf<member::Member>, Refusal> {
    let take = |Member(member)| async move { Ok(as_seen(member, inside).filter(|member| filter.takes(member))) };
    let page = sift(&by.scope, Order::OldestFirst, &reach::unsealed(app, by, paging)?, take).await?;
    Ok(reach::sealed(app, by, page))
}

/// Members of these departments, each with the first of them that they are in. Cursors name nobody else.
async fn by_department(
    by: &By<Managing>,
    filter: &Filter,
    paging: &Paging,
    inside: &Inside,
    departments: &BTreeSet<DepartmentId>,
) -> Result<PageOf<member::Member>, Refusal> {
    let (mut items, mut looked_at) = (Vec::new(), 0);
    let (reached, mut last) = place(paging)?.unwrap_or((DepartmentId::from_bytes([0; 16]), BEFORE_ALL));
    let first_of =
        |member: &member::Member| member.departments.iter().filter(|id| departments.contains(id)).min().copied();
    for department in departments.range(reached..).copied() {
        last = if department == reached { last } else { BEFORE_ALL };
        loop {
            let page = Page::first(STEP).after(Some((department, last)));
            let rows = by.scope.page_within::<DepartmentMember>(&department, page).await?;
            let ids: Vec<MemberId> = rows.into_iter().map(|((_, id), _)| id).collect();
            let members = by.scope.get_many::<Member>(&ids).await?;
            for (id, found) in ids.iter().zip(members) {
                if items.len() == paging.limit {
                    return Ok(PageOf { items, next: Some(cursor(department, last)) });
                }
                last = *id;
                let member = found.map(|found| found.record.0).filter(|member| first_of(member) == Some(department));
                items.extend(member.filter(|member| filter.takes(member)).and_then(|member| as_seen(member, inside)));
            }
            // A department that nobody is in costs a look too.
            looked_at += ids.len().max(1);
            if looked_at >= MAX_LOOKED_AT {
                return Ok(PageOf { items, next: Some(cursor(department, last)) });
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

fn cursor(department: DepartmentId, member: MemberId) -> Vec<u8> {
    [department.as_bytes().as_slice(), member.as_bytes()].concat()
}

async fn by_work_email(
    by: &By<Managing>,
    filter: &Filter,
    address: &Address,
    inside: &Inside,
) -> Result<PageOf<member::Member>, Refusal> {
    let place = place::of_email(address);
    let found = match by.scope.get::<MemberAt>(&place).await? {
        Some(at) => by.scope.get::<Member>(&at.record.member).await?,
        None => None,
    };
    let member = found.and_then(|found| as_seen(found.record.0, inside));
    Ok(PageOf { items: member.into_iter().filter(|member| filter.takes(member)).collect(), next: None })
}
