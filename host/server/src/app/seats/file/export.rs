//! Who holds a seat and who waits for one, as a sheet; cells that a spreadsheet program would run are defused.

use std::collections::{BTreeMap, HashMap};

use usher_domain::ids::{GroupId, PlanId};
use usher_domain::member::Member;
use usher_domain::plan::Plan;
use usher_sheets::{Format, Table};
use usher_store::OrgScope;

use super::FileError;
use super::lines::{MEMBER, PLAN, SEAT, WAITING};
use crate::app::actor::{By, MovingSeats};
use crate::app::groups::Grouping;
use crate::app::outgoing::{self, Blocks, Size};
use crate::app::refusal::Refusal;
use crate::app::seats::holders::{Holder, step};
use crate::app::{App, plans};

/// Most bytes of the names of a member's groups: a cell of a workbook holds little more, and an import reads no more.
const MAX_GROUPS_BYTES: usize = 32_000;
/// Titles of the columns. An import reads the first two, and under `Seat` whether somebody waits.
const TITLES: [&str; 9] =
    [PLAN, MEMBER, "Name", "Work email", "Employee number", SEAT, "Groups", "Waits because", "Waits since"];

/// Writes the seats of one plan or of all.
pub async fn export(
    app: &App,
    by: &By<MovingSeats>,
    plan: Option<PlanId>,
    format: Format,
) -> Result<Blocks<FileError>, FileError> {
    let turn = app.sheets.take(by.org()).await?;
    let book = Book::open(&by.scope, plan).await?;
    outgoing::send(turn, move |sink| {
        let taker = sink.taker();
        let mut table = Table::new(sink, format, "Seats", &TITLES)?;
        let (mut size, mut last) = (Size::new(format), None);
        loop {
            let members = taker.wait_for(step(&book.scope, last))??;
            let Some(member) = members.last() else { return Ok(table.finish()?) };
            last = Some(member.id);
            for row in members.iter().flat_map(|member| book.rows(member)) {
                size.grow(row.len(), row.iter().map(String::len).sum())?;
                table.add(&row)?;
            }
        }
    })
    .await
}

/// What rows are written from.
struct Book {
    scope: OrgScope,
    only: Option<PlanId>,
    /// How an import finds each plan: by its name, or by its id where the name is not its own or no cell's value.
    plans: HashMap<PlanId, String>,
    grouping: Grouping,
    groups: BTreeMap<GroupId, String>,
}

impl Book {
    async fn open(scope: &OrgScope, only: Option<PlanId>) -> Result<Book, Refusal> {
        let plans = plans::current(scope).await?.record.plans;
        if let Some(id) = only.filter(|id| plans.iter().all(|plan| plan.id != *id)) {
            return Err(Refusal::not_found("plan", &id));
        }
        let same = |plan: &Plan| plans.iter().filter(|one| one.name.to_lowercase() == plan.name.to_lowercase()).count();
        let is_found = |plan: &Plan| same(plan) == 1 && usher_sheets::value(&plan.name).is_ok();
        let name = |plan: &Plan| if is_found(plan) { plan.name.clone() } else { plan.id.to_string() };
        let plans = plans.iter().map(|plan| (plan.id, name(plan))).collect();
        let grouping = Grouping::read(scope).await?;
        let groups = grouping.groups.iter().map(|group| (group.id, group.name.clone())).collect();
        Ok(Book { scope: scope.clone(), only, plans, grouping, groups })
    }

    fn rows(&self, member: &Member) -> Vec<[String; TITLES.len()]> {
        let wanted = |plan: &PlanId| self.only.is_none_or(|only| only == *plan);
        let held = member.seats.iter().copied().filter(wanted).map(|plan| {
            let holder = Holder::of(member, plan, &self.grouping.groups);
            let source = if member.group_seats.contains(&plan) { "group" } else { "direct" };
            let groups = holder.map(|holder| holder.groups).unwrap_or_default();
            self.row(member, plan, source, self.names(&groups), [String::new(), String::new()])
        });
        let waits = member.wishes.iter().filter(|wish| wanted(&wish.plan)).map(|wish| {
            self.row(member, wish.plan, WAITING, String::new(), [wish.reason.to_string(), wish.since.to_string()])
        });
        held.chain(waits).collect()
    }

    /// As many names as a cell holds: the groups of one member must not cost the whole sheet.
    fn names(&self, groups: &[GroupId]) -> String {
        let mut names = String::new();
        for name in groups.iter().filter_map(|group| self.groups.get(group)) {
            if !names.is_empty() {
                names.push_str("; ");
            }
            if names.len() + name.len() > MAX_GROUPS_BYTES {
                names.push('…');
                break;
            }
            names.push_str(name);
        }
        names
    }

    fn row(
        &self,
        member: &Member,
        plan: PlanId,
        seat: &str,
        groups: String,
        [reason, since]: [String; 2],
    ) -> [String; TITLES.len()] {
        [
            self.plans.get(&plan).cloned().unwrap_or_else(|| plan.to_string()),
            member.id.to_string(),
            member.name.clone(),
            member.work_email.as_ref().map(|address| address.raw().to_owned()).unwrap_or_default(),
            member.employee_number.clone().unwrap_or_default(),
            seat.to_owned(),
            groups,
            reason,
            since,
        ]
    }
}
