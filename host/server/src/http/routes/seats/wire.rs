//! Seats between wire and use cases.

use usher_api::Code;
use usher_api::import::RowNote;
use usher_api::seat::{
    GroupSwitched, SeatFile, SeatHolder, SeatKeeper, SeatKept, SeatRow, SeatSwitch, SeatVerdict, SeatsSwitched,
};
use usher_domain::ids::{MemberId, PlanId};
use usher_domain::member::SeatSource;

use crate::app::seats::file::{RowReport, Verdict};
use crate::app::seats::holders::Holder;
use crate::app::seats::switch::{Keeps, Switch, Switched, SwitchedGroup, Who};
use crate::http::body::{field, optional};
use crate::http::problem::Failure;

/// Somebody who holds a seat.
pub(in crate::http::routes) fn holder(holder: &Holder) -> SeatHolder {
    let source = match holder.source {
        SeatSource::Group => "group",
        SeatSource::Admin | SeatSource::Policy => "direct",
    };
    let groups = holder.groups.iter().map(ToString::to_string).collect();
    SeatHolder { member: holder.member.to_string(), source: source.to_owned(), groups }
}

/// What is asked for.
pub(super) fn order(from: PlanId, body: &SeatSwitch) -> Result<Switch, Failure> {
    let after = optional("/cursor", body.cursor.as_deref())?;
    let (members, groups) = (ids("/members", &body.members)?, ids("/groups", &body.groups)?);
    let who = match (members.is_empty() && groups.is_empty(), body.together) {
        (true, false) => Who::Everybody { after },
        (_, true) if groups.is_empty() => Who::Together { members },
        (_, true) => {
            let detail = "groups are not moved together with members: leave one of the two out";
            return Err(Failure::at(Code::InvalidField, "/together", detail));
        }
        (false, false) => Who::Chosen { members, groups },
    };
    Ok(Switch { from, to: field("/to", &body.to)?, who })
}

fn ids<T>(pointer: &str, texts: &[String]) -> Result<Vec<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    texts.iter().enumerate().map(|(index, id)| field(&format!("{pointer}/{index}"), id)).collect()
}

/// What was moved.
pub(super) fn switched(preview: bool, done: &Switched) -> SeatsSwitched {
    let keeper = |(member, why): &(MemberId, Keeps)| SeatKeeper { member: member.to_string(), reason: kept(*why) };
    let group = |group: &SwitchedGroup| GroupSwitched {
        group: group.group.to_string(),
        members: group.members,
        needed: group.needed,
        kept: group.keeps.map(kept),
    };
    SeatsSwitched {
        preview,
        moved: done.moved,
        kept: done.kept,
        keepers: done.keepers.iter().map(keeper).collect(),
        groups: done.groups.iter().map(group).collect(),
        taken_up: done.taken_up,
        next: done.next.map(|next| next.to_string()),
    }
}

fn kept(why: Keeps) -> SeatKept {
    match why {
        Keeps::Deleted => SeatKept::Deleted,
        Keeps::NoSeat => SeatKept::NoSeat,
        Keeps::OfGroup => SeatKept::OfGroup,
        Keeps::NoSeatFree => SeatKept::NoSeatFree,
        Keeps::PlanConflict => SeatKept::PlanConflict,
    }
}

/// What became of a file.
pub(super) fn file(applied: bool, reports: Vec<RowReport>) -> SeatFile {
    let count = |verdict: Verdict| reports.iter().filter(|row| row.verdict == verdict).count() as u64;
    SeatFile {
        applied,
        given: count(Verdict::Give),
        waiting: count(Verdict::Wait),
        existing: count(Verdict::Exists),
        failed: count(Verdict::Fail),
        rows: reports.into_iter().map(row).collect(),
    }
}

fn row(report: RowReport) -> SeatRow {
    SeatRow {
        row: report.row,
        verdict: match report.verdict {
            Verdict::Give => SeatVerdict::Give,
            Verdict::Wait => SeatVerdict::Wait,
            Verdict::Exists => SeatVerdict::Exists,
            Verdict::Fail => SeatVerdict::Fail,
        },
        plan: report.plan.map(|plan| plan.to_string()),
        member: report.member.map(|member| member.to_string()),
        reason: report.reason.map(|reason| reason.to_string()),
        note: report.note.map(|note| RowNote { code: note.code, text: note.text }),
    }
}
