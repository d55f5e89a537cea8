//! Whom and what the rows name: plans by name or id, members by id, work email or employee number.

use std::collections::{BTreeMap, HashMap, HashSet};

use usher_domain::address::Address;
use usher_domain::ids::{MemberId, PlanId};
use usher_domain::import::Note;
use usher_domain::plan::Plan;
use usher_store::OrgScope;

use super::lines::{Line, Unread};
use super::{RowReport, Verdict};
use crate::app::actor::{By, MovingSeats};
use crate::app::refusal::Refusal;
use crate::app::seats::holders::step;
use crate::app::stored::{MemberAt, place};
use crate::app::{organisations, plans};

/// Addresses looked up at a time.
const STEP: usize = 1_000;

/// A row that names a plan and a member. Whether there is such a member is seen when it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its number in the sheet.
    pub row: u32,
    /// Of which plan.
    pub plan: PlanId,
    /// Who.
    pub member: MemberId,
    /// Whether it tells of somebody who waits, as an exported row.
    pub waits: bool,
}

/// The rows that name somebody, and reports of those that do not.
pub async fn named(
    by: &By<MovingSeats>,
    lines: Vec<Result<Line, Unread>>,
) -> Result<(Vec<Named>, Vec<RowReport>), Refusal> {
    let today = organisations::current(by).await?.record.0.today(by.call.at);
    let plans = plans::current(&by.scope).await?.record.plans;
    let paid: Vec<_> = plans.into_iter().filter(|plan| plan.is_paid(today)).collect();
    let members = Members::read(&by.scope, lines.iter().flatten().map(|line| line.member.as_str())).await?;
    let (mut named, mut failed, mut seen) = (Vec::with_capacity(lines.len()), Vec::new(), HashMap::new());
    for line in lines {
        let found = line.and_then(|line| {
            let (row, waits) = (line.row, line.waits);
            let at = |note| (row, note);
            let plan = plan(&paid, &line.plan).map_err(at)?;
            let member = members.find(&line.member).map_err(at)?;
            match seen.insert((plan, member), row) {
                Some(before) => Err(at(Note::new("twice_in_file", format!("row {before} says the same already")))),
                None => Ok(Named { row, plan, member, waits }),
            }
        });
        match found {
            Ok(one) => named.push(one),
            Err((row, note)) => failed.push(fail(row, note)),
        }
    }
    Ok((named, failed))
}

fn fail(row: u32, note: Note) -> RowReport {
    RowReport { row, verdict: Verdict::Fail, plan: None, member: None, reason: None, note: Some(note) }
}

fn plan(paid: &[Plan], text: &str) -> Result<PlanId, Note> {
    let by_name = |plan: &&Plan| plan.name.to_lowercase() == text.to_lowercase();
    let mut found = match text.parse::<PlanId>() {
        Ok(id) => paid.iter().filter(|plan| plan.id == id).collect::<Vec<_>>(),
        Err(_) => paid.iter().filter(by_name).collect(),
    };
    match (found.pop(), found.pop()) {
        (Some(only), None) => Ok(only.id),
        (None, _) => Err(Note::new("unknown_plan", "there is no plan of this name or id whose seats can be given")),
        (Some(_), Some(_)) => Err(Note::new("ambiguous_plan", "several plans have this name: give the plan's id")),
    }
}

/// The members that a file names.
struct Members {
    by_place: HashMap<String, MemberId>,
    /// Nobody where several members have the number.
    by_number: BTreeMap<String, Option<MemberId>>,
}

impl Members {
    async fn read<'a>(scope: &OrgScope, texts: impl Iterator<Item = &'a str>) -> Result<Members, Refusal> {
        let (mut places, mut numbers) = (HashSet::new(), HashSet::new());
        for text in texts {
            match Name::of(text) {
                Ok(Name::Address(place)) => drop(places.insert(place)),
                Ok(Name::Number(number)) => drop(numbers.insert(number)),
                Ok(Name::Id(_)) | Err(_) => {}
            }
        }
        let places: Vec<_> = places.into_iter().collect();
        let mut by_place = HashMap::new();
        for some in places.chunks(STEP) {
            let found = scope.get_many::<MemberAt>(some).await?;
            let pairs = some.iter().cloned().zip(found);
            by_place.extend(pairs.filter_map(|(place, found)| Some((place, found?.record.member))));
        }
        Ok(Members { by_place, by_number: numbered(scope, &numbers).await? })
    }

    fn find(&self, text: &str) -> Result<MemberId, Note> {
        let unknown = || Note::new("unknown_member", "there is no member of this id, work email or employee number");
        match Name::of(text)? {
            Name::Id(id) => Ok(id),
            Name::Address(place) => self.by_place.get(&place).copied().ok_or_else(unknown),
            Name::Number(number) => match self.by_number.get(&number) {
                Some(Some(member)) => Ok(*member),
                Some(None) => {
                    Err(Note::new("ambiguous_member", "several members have this employee number: give the work email"))
                }
                None => Err(unknown()),
            },
        }
    }
}

/// There is no index of employee numbers: all members are gone through, if a row names one.
async fn numbered(scope: &OrgScope, wanted: &HashSet<String>) -> Result<BTreeMap<String, Option<MemberId>>, Refusal> {
    let (mut found, mut last) = (BTreeMap::new(), None);
    while !wanted.is_empty() {
        let members = step(scope, last).await?;
        let Some(member) = members.last() else { break };
        last = Some(member.id);
        for member in members.into_iter().filter(|member| member.counts()) {
            if let Some(number) = member.employee_number.filter(|number| wanted.contains(number)) {
                found.entry(number).and_modify(|several| *several = None).or_insert(Some(member.id));
            }
        }
    }
    Ok(found)
}

/// How a cell names a member.
enum Name {
    Id(MemberId),
    /// A work email, as [`place::of_email`].
    Address(String),
    /// An employee number.
    Number(String),
}

impl Name {
    fn of(text: &str) -> Result<Name, Note> {
        if let Ok(id) = text.parse() {
            return Ok(Name::Id(id));
        }
        if !text.contains('@') {
            return Ok(Name::Number(text.to_owned()));
        }
        let address = Address::parse(text).map_err(|error| Note::new("invalid_work_email", error.to_string()))?;
        Ok(Name::Address(place::of_email(&address)))
    }
}
