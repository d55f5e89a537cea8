//! Who holds a seat and who waits for one, as a sheet; cells that a spreadsheet program would run are defused.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _, TryStreamExt as _, try_unfold};
use usher_domain::ids::{GroupId, MemberId, PlanId};
use usher_domain::member::Member;
use usher_domain::plan::Plan;
use usher_sheets::{Format, Table};
use usher_store::OrgScope;

use super::FileError;
use super::lines::{MEMBER, PLAN, SEAT, WAITING};
use crate::app::actor::{By, MovingSeats};
use crate::app::groups::Grouping;
use crate::app::plans;
use crate::app::refusal::Refusal;
use crate::app::seats::holders::{Holder, step};

/// Most rows of a workbook, which is made in memory.
pub const MAX_WORKBOOK_ROWS: usize = 20_000;
/// Most bytes of the names of a member's groups: a cell of a workbook holds little more, and an import reads no more.
const MAX_GROUPS_BYTES: usize = 32_000;
/// Titles of the columns. An import reads the first two, and under `Seat` whether somebody waits.
const TITLES: [&str; 9] =
    [PLAN, MEMBER, "Name", "Work email", "Employee number", SEAT, "Groups", "Waits because", "Waits since"];

/// Writes the seats of one plan or of all: CSV block by block as members are read, a workbook in one.
pub async fn export(
    by: &By<MovingSeats>,
    plan: Option<PlanId>,
    format: Format,
) -> Result<BoxStream<'static, Result<Vec<u8>, FileError>>, FileError> {
    let most = if format == Format::Xlsx { MAX_WORKBOOK_ROWS } else { usize::MAX };
    let begun = Writing { book: Book::open(&by.scope, plan).await?, sheet: Sheet::begin(format)?, last: None, rows: 0 };
    let blocks = try_unfold(Some(begun), move |writing| async move {
        match writing {
            Some(writing) => writing.on(most).await.map(Some),
            None => Ok(None),
        }
    });
    begin(format, blocks).await
}

/// Whether a workbook can be written is known at its end: it is refused before anything of it is sent. CSV goes as it
/// comes, and the log says why it ended early.
async fn begin(
    format: Format,
    blocks: impl Stream<Item = Result<Vec<u8>, FileError>> + Send + 'static,
) -> Result<BoxStream<'static, Result<Vec<u8>, FileError>>, FileError> {
    let logged = |error: &FileError| tracing::error!(%error, "a sheet of seats broke off");
    match format {
        Format::Csv(_) => Ok(blocks.inspect_err(logged).boxed()),
        Format::Xlsx => {
            let workbook = blocks.try_concat().await?;
            Ok(stream::once(ready(Ok(workbook))).boxed())
        }
    }
}

/// A sheet on its way, and how far it has come.
struct Writing {
    book: Book,
    sheet: Sheet,
    last: Option<MemberId>,
    rows: usize,
}

impl Writing {
    /// The next block, and what comes behind it.
    async fn on(mut self, most: usize) -> Result<(Vec<u8>, Option<Writing>), FileError> {
        loop {
            let members = step(&self.book.scope, self.last).await?;
            let Some(member) = members.last() else { return Ok((self.sheet.finish()?, None)) };
            self.last = Some(member.id);
            for row in members.iter().flat_map(|member| self.book.rows(member)) {
                self.sheet.table.add(&row)?;
                self.rows += 1;
            }
            if self.rows > most {
                return Err(FileError::Workbook);
            }
            let block = self.sheet.written();
            if !block.is_empty() {
                return Ok((block, Some(self)));
            }
        }
    }
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

/// A sheet whose bytes are taken away as they are written.
struct Sheet {
    table: Table<Pipe>,
    pipe: Pipe,
}

impl Sheet {
    fn begin(format: Format) -> Result<Sheet, FileError> {
        let pipe = Pipe::default();
        Ok(Sheet { table: Table::new(pipe.clone(), format, "Seats", &TITLES)?, pipe })
    }

    fn written(&self) -> Vec<u8> {
        std::mem::take(&mut *self.pipe.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn finish(self) -> Result<Vec<u8>, FileError> {
        self.table.finish()?;
        Ok(std::mem::take(&mut *self.pipe.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Bytes that one side writes and the other takes.
#[derive(Clone, Debug, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use usher_sheets::Separator;

    use super::*;

    #[test]
    fn r35_a_workbook_that_cannot_be_written_is_refused_before_it_is_begun() {
        let broken = || stream::iter([Ok(b"Plan".to_vec()), Err(FileError::Workbook)]);
        let begun = |format| begin(format, broken()).now_or_never().expect("nothing is waited for");
        assert!(matches!(begun(Format::Xlsx).err(), Some(FileError::Workbook)));
        let csv = begun(Format::Csv(Separator::Comma)).map(|sent| sent.collect::<Vec<_>>());
        let csv = csv.ok().and_then(FutureExt::now_or_never).expect("it is begun");
        assert!(matches!(&csv[..], [Ok(_), Err(FileError::Workbook)]));
    }
}
