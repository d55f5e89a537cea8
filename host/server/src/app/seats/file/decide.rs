//! What becomes of rows that name somebody: foretold, or committed in batches.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use usher_domain::ids::{MemberId, PlanId};
use usher_domain::import::Note;
use usher_domain::member::{self, SeatSource, SeatWish, WishReason};
use usher_domain::plan::Plan;
use usher_domain::seat::Move;
use usher_domain::time::Date;
use usher_store::Stored;

use super::people::Named;
use super::{FileError, RowReport, Verdict};
use crate::app::actor::{By, MovingSeats};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::refusal::Refusal;
use crate::app::seating::{obstacle, unwish, wish};
use crate::app::stored::{Member, Plans};
use crate::app::{App, organisations, plans};

/// Rows in one commit, each with some ten of its operations.
const BATCH: usize = 200;

/// What rows are decided against: the plans, and the seats that are left of them and awaited by nobody (R36).
struct Desk {
    plans: Stored<Plans>,
    today: Date,
    free: HashMap<PlanId, u32>,
}

impl Desk {
    async fn open(by: &By<MovingSeats>) -> Result<Desk, Refusal> {
        let today = organisations::current(by).await?.record.0.today(by.call.at);
        let plans = plans::current(&by.scope).await?;
        let mut free = HashMap::new();
        for plan in plans.record.plans.iter().filter(|plan| plan.is_paid(today)) {
            free.insert(plan.id, plans::ledger(&by.scope, plan).await?.unclaimed());
        }
        Ok(Desk { plans, today, free })
    }

    fn plan(&self, id: PlanId) -> Option<&Plan> {
        self.plans.record.plans.iter().find(|plan| plan.id == id)
    }

    /// What becomes of a row; takes the seat out of those that are left.
    fn decide(&mut self, named: &Named, member: Option<&member::Member>) -> RowReport {
        let report = |verdict, reason, note| {
            let (plan, member) = (Some(named.plan), Some(named.member));
            RowReport { row: named.row, verdict, plan, member, reason, note }
        };
        let waits = |reason| report(Verdict::Wait, Some(reason), None);
        let fails = |code: &str, text: &str| report(Verdict::Fail, None, Some(Note::new(code, text)));
        let Some(member) = member else { return fails("unknown_member", "there is no member of this id") };
        if !member.counts() {
            return fails("deleted", "the member is deleted: restore them first");
        }
        let waits_by_choice = |wish: &SeatWish| wish.source == SeatSource::Admin || named.waits;
        if member.seats.contains(&named.plan) || member.wish(named.plan).is_some_and(waits_by_choice) {
            return report(Verdict::Exists, None, None);
        }
        if let Some(reason) = obstacle(&self.plans.record.plans, member, named.plan, self.today) {
            return waits(reason);
        }
        match self.free.get_mut(&named.plan) {
            None => fails("unknown_plan", "the plan has ended"),
            Some(0) => waits(WishReason::NoSeatFree),
            Some(free) => {
                *free -= 1;
                report(Verdict::Give, None, None)
            }
        }
    }
}

/// What would become of rows at this moment. Changes nothing.
pub async fn foretell(by: &By<MovingSeats>, named: &[Named]) -> Result<Vec<RowReport>, FileError> {
    let mut desk = Desk::open(by).await?;
    let mut given: HashMap<MemberId, Vec<PlanId>> = HashMap::new();
    let mut reports = Vec::with_capacity(named.len());
    for some in named.chunks(BATCH) {
        let ids: Vec<_> = some.iter().map(|named| named.member).collect();
        let found = by.scope.get_many::<Member>(&ids).await.map_err(Refusal::from)?;
        for (named, found) in some.iter().zip(found) {
            let mut member = found.map(|found| found.record.0);
            for plan in given.get(&named.member).into_iter().flatten() {
                member = member.map(|mut member| {
                    member.seated(*plan, SeatSource::Admin);
                    member
                });
            }
            let report = desk.decide(named, member.as_ref());
            if report.verdict == Verdict::Give {
                given.entry(named.member).or_default().push(named.plan);
            }
            reports.push(report);
        }
    }
    Ok(reports)
}

/// Commits rows, a batch at a time.
pub async fn apply(app: &App, by: &By<MovingSeats>, named: &[Named]) -> Result<Vec<RowReport>, FileError> {
    let mut reports = Vec::with_capacity(named.len());
    for some in named.chunks(BATCH) {
        reports.extend(app.change_if_needed(|| giving(app, by, some)).await?);
    }
    Ok(reports)
}

type Halted = Halt<Vec<RowReport>>;

async fn giving(app: &App, by: &By<MovingSeats>, named: &[Named]) -> Result<(Vec<RowReport>, Change<Halted>), Halted> {
    let mut desk = Desk::open(by).await?;
    let ids: Vec<_> = named.iter().map(|named| named.member).collect();
    let found = by.scope.get_many::<Member>(&ids).await.map_err(Refusal::from)?;
    let mut members: BTreeMap<MemberId, Stored<Member>> =
        ids.iter().copied().zip(found).filter_map(|(id, found)| Some((id, found?))).collect();
    let held = |found: &Stored<Member>| (found.record.0.seats.clone(), found.record.0.wishes.clone());
    let before: BTreeMap<_, _> = members.iter().map(|(id, found)| (*id, held(found))).collect();
    let mut change: Change<Halted> = app.draft(by, "seats.imported", by.org());
    change.writes.guard_version::<Plans>(&(), desk.plans.version);
    let (mut reports, mut changed) = (Vec::with_capacity(named.len()), Vec::new());
    for named in named {
        let report = desk.decide(named, members.get(&named.member).map(|found| &found.record.0));
        let (plan, found) = (desk.plan(named.plan), members.get_mut(&named.member));
        if let (Some(plan), Some(Stored { record: Member(member), .. })) = (plan, found)
            && give(app, by, &mut change, &report, plan, member)
        {
            changed.push(named.member);
        }
        reports.push(report);
    }
    changed.sort_unstable();
    changed.dedup();
    if changed.is_empty() {
        return Err(Halt::AsBefore(reports));
    }
    for (id, found) in changed.iter().filter_map(|id| Some((id, members.get(id)?))) {
        change.also_changed("seat.assigned", id, &before.get(id), &held(found));
        change.writes.replace(id, found.version, &found.record);
    }
    Ok((reports, change.after(&json!({ "members": changed.len() }))))
}

/// Draws up what a row comes to; whether that changes the member.
fn give(
    app: &App,
    by: &By<MovingSeats>,
    change: &mut Change<Halted>,
    report: &RowReport,
    plan: &Plan,
    member: &mut member::Member,
) -> bool {
    match (report.verdict, report.reason) {
        (Verdict::Give, _) => {
            change.seat(plan, Move::Give, Halt::Raced);
            unwish(change, member, plan.id);
            member.seated(plan.id, SeatSource::Admin);
            change.event(app, "seat.given", json!({ "member": member.id, "plan": plan.id }));
            true
        }
        (Verdict::Wait, Some(reason)) => {
            let new = SeatWish { plan: plan.id, reason, since: by.call.at, source: SeatSource::Admin };
            wish(change, member, new);
            true
        }
        _ => false,
    }
}
