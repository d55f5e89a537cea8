//! Batch imports: a sheet is uploaded, checked row by row, then applied as a job (R23 to R29).
//!
//! The file lies outside the store, sealed under a key of its own ([`sealed`]) that is never in the store either
//! ([`keys`]); the store keeps how far the import has come and what became of each row, by number: of the row's values
//! only what its notes name of them, such as an unknown department, and what policies quote. Keys and file go when the
//! import is closed, a day after its last step, or a day after it was first applied; what became of rows goes with
//! them.
//!
//! Accounts and passwords of business logins ([`accounts`]) are kept nowhere: they are read from the sealed file, or
//! made of the key, for whoever brought the import and as long as there is a key.
//!
//! INVARIANT: a row becomes a member in the commit that writes its [`ImportedRow`], which must not be there: however
//! often a row is tried, by whatever host, it makes one member.

pub mod accounts;
mod apply;
mod brought;
mod check;
mod close;
mod columns;
mod departments;
mod file;
mod frame;
mod instructions;
pub mod jobs;
mod judge;
pub mod keys;
mod passwords;
mod queue;
mod report;
pub mod sealed;
mod seen;
mod tally;
pub mod template;
mod unkept;
mod unknown;
mod upload;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use usher_domain::ids::{GroupId, ImportId, PlanId};
use usher_domain::import::{self, Choices, Counts, RowReport, Seats, State, StateError, Verdict};
use usher_domain::workforce::WorkforceError;
use usher_sheets::SheetError;
use usher_store::{Cbor, OrgScope, Page, Stored};

use super::actor::{Actor, By, Doer, MembersAndDepartments};
use super::change::Change;
use super::outgoing::WorkbookFull;
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::{Group, field, kind, records};
use super::{App, counters, organisations, plans, workforce_types};
use crate::turns::TooManyWaiting;

pub use close::{close, due};
pub use columns::HeaderError;
pub use file::destroy_left_behind;
pub use report::{error_sheet, rows};
pub(crate) use upload::next_block;
pub use upload::{MAX_ROWS, MAX_UPLOAD_BYTES, Upload, UploadBroken, look_turns, upload, upload_turns};

/// Most imports of an organisation whose files are kept at a time.
pub const MAX_OPEN: i64 = 20;

/// An import, and who brought it, as the records name them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// The import.
    pub import: import::Import,
    /// Who brought the file: they alone get its accounts and passwords (R29).
    pub brought_by: Doer,
    /// Who stands in the audit entries of its rows.
    pub doer: Doer,
    /// From where they had it done; forgotten when it is closed.
    pub origin: Option<IpAddr>,
    /// Whether who brought it was told that its passwords are about to go.
    pub warned: bool,
}

impl ImportRecord {
    /// Whether it is they who brought the file, by whatever token of theirs.
    fn is_brought_by(&self, actor: &Actor) -> bool {
        match (&self.brought_by, actor) {
            (Doer::Member { member, .. }, Actor::Member { member: asking, .. }) => member == asking,
            (Doer::Service { token }, Actor::Service { token: asking, .. }) => token == asking,
            _ => false,
        }
    }

    /// Refuses everybody else what is theirs alone (R29).
    fn check_brought_by(&self, actor: &Actor) -> Result<(), Refusal> {
        let is_theirs = self.is_brought_by(actor);
        if is_theirs { Ok(()) } else { Err(Refusal::Forbidden { needs: "whoever brought the import" }) }
    }
}

records! {
    ImportRecord = kind::IMPORT, version 4, by ImportId, lifted by lift;
    /// What would become of a row, by its number in the sheet.
    CheckedRow(RowReport) = kind::CHECKED_ROW, version 2, by (ImportId, u64), lifted by lift_row;
    /// What became of a row, by its number in the sheet.
    ImportedRow(RowReport) = kind::IMPORTED_ROW, version 2, by (ImportId, u64), lifted by lift_row;
}

/// Version 2 came with why there is no seat, and with the decision about the row: neither was kept before.
fn lift_row(from: u16, mut map: Cbor) -> Option<Cbor> {
    let fields = map.as_map_mut()?;
    fields.extend(["wish_reason", "decision"].map(|name| (Cbor::from(name), Cbor::Null)));
    (from == 1).then_some(map)
}

/// Version 2 came with the groups of departments, of which none was chosen before; version 3 with where an import is
/// had done from, which was not kept before; version 4 with whether a warning was sent.
fn lift(from: u16, mut map: Cbor) -> Option<Cbor> {
    match from {
        1 => {
            let choices = field(field(&mut map, "import")?, "choices")?.as_map_mut()?;
            choices.push((Cbor::from("group_workforce_types"), Cbor::Array(Vec::new())));
        }
        2 => map.as_map_mut()?.push((Cbor::from("origin"), Cbor::Null)),
        3 => map.as_map_mut()?.push((Cbor::from("warned"), Cbor::Bool(false))),
        _ => return None,
    }
    Some(map)
}

/// Why an import is not taken, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not from the state it is in.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file is no sheet that is read.
    #[error("the file cannot be read: {0}")]
    Sheet(#[from] SheetError),
    /// Columns are missing or there twice.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The file is too large.
    #[error("the file has more than {MAX_UPLOAD_BYTES} bytes: split it")]
    TooLarge,
    /// The upload broke off.
    #[error("the file did not arrive whole: send it again")]
    Broken,
    /// Accounts would be lost that nobody may have saved.
    #[error(
        "closing destroys the accounts and passwords of {accounts} members for good: save them, then close with \
         `confirmed=true`"
    )]
    Unconfirmed {
        /// How many.
        accounts: u64,
    },
    /// There is no such plan, or it has ended.
    #[error("there is no plan {0} whose seats can be given")]
    NoSuchPlan(PlanId),
    /// There is no such user group, or a rule fills it.
    #[error("there is no user group {0} that admins fill")]
    NoSuchGroup(GroupId),
    /// There is no such workforce type.
    #[error(transparent)]
    WorkforceType(#[from] WorkforceError),
    /// Too many imports are kept.
    #[error("{MAX_OPEN} imports are kept at a time: close one")]
    TooMany,
    /// The host's disk failed.
    #[error("the host cannot keep the file: {0}")]
    File(#[source] std::io::Error),
    /// The sheet to send would be too large.
    #[error(transparent)]
    Workbook(#[from] WorkbookFull),
    /// Too many uploads of the organisation wait, or sheets that are to be written.
    #[error(transparent)]
    Waiting(#[from] TooManyWaiting),
    /// The sheet to send cannot be written.
    #[error("the sheet cannot be written: {0}")]
    Write(#[from] usher_sheets::WriteError),
}

/// An import with what has become of its rows so far.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportView {
    /// The import.
    pub import: import::Import,
    /// Rows dealt with: by the dry run while it is under way, by the job from then on.
    pub done: Counts,
    /// New members whose account and first password can be had (R29).
    pub accounts: u64,
}

/// All imports, newest first.
pub async fn list(app: &App, by: &By<MembersAndDepartments>, paging: &Paging) -> Result<PageOf<ImportView>, Refusal> {
    let after = paging.after_id(ImportId::from_bytes)?;
    let found = by.scope.page::<ImportRecord>(Page::last(paging.limit + 1).after(after)).await?;
    let mut views = Vec::with_capacity(found.len());
    for (_, stored) in found {
        views.push(view(app, &by.scope, stored.record.import).await?);
    }
    Ok(PageOf::of(views, paging, |view: &ImportView| view.import.id.as_bytes().to_vec()))
}

/// One import.
pub async fn show(app: &App, by: &By<MembersAndDepartments>, id: ImportId) -> Result<ImportView, Refusal> {
    let found = get(&by.scope, id).await?;
    view(app, &by.scope, found.record.import).await
}

/// Has an import checked again, with other choices.
pub async fn check(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: ImportId,
    choices: Choices,
) -> Result<ImportView, ImportError> {
    let choices = checked(by, choices).await?;
    step(app, by, id, "import.checked", |import| import.check(choices.clone(), by.call.at)).await
}

/// Applies an import, or goes on with one that was cancelled.
pub async fn apply(app: &App, by: &By<MembersAndDepartments>, id: ImportId) -> Result<ImportView, ImportError> {
    step(app, by, id, "import.applied", |import| import.apply(by.call.at)).await
}

/// Stops what runs of an import, between two commits; rows that succeeded stay.
pub async fn cancel(app: &App, by: &By<MembersAndDepartments>, id: ImportId) -> Result<ImportView, ImportError> {
    step(app, by, id, "import.cancelled", |import| {
        import.cancel(by.call.at);
        Ok(())
    })
    .await
}

/// Changes an import's state and has the job follow.
async fn step(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: ImportId,
    action: &str,
    change: impl Fn(&mut import::Import) -> Result<(), StateError>,
) -> Result<ImportView, ImportError> {
    let change = &change;
    let (import, _) = app
        .change(|| async {
            let Stored { version, record } = get(&by.scope, id).await?;
            let mut import = record.import.clone();
            change(&mut import)?;
            // Whoever goes on with an import answers for the rows from then on.
            let changed = ImportRecord {
                import: import.clone(),
                doer: Doer::from(&by.actor),
                origin: by.call.origin,
                ..record.clone()
            };
            let mut draft: Change<ImportError> = app.draft(by, action, id);
            draft = draft.before(&record.import.state).after(&(import.state, &import.choices));
            draft.writes.unschedule::<ImportRecord>(record.import.ends_at.as_micros(), &id);
            let due = if import.is_running() { by.call.at } else { import.ends_at };
            draft.writes.schedule::<ImportRecord>(due.as_micros(), &id);
            draft.writes.replace(&id, version, &changed);
            Ok((import, draft))
        })
        .await?;
    if import.is_running() {
        app.jobs.ask(by.org(), id);
    }
    Ok(view(app, &by.scope, import).await?)
}

/// The choices, with workforce types as they are written. The plan for all new members must be one whose seats can be
/// given, the user group one that admins fill. Who brings somebody in may give them a seat (R1), be it by a group.
async fn checked(by: &By<MembersAndDepartments>, choices: Choices) -> Result<Choices, ImportError> {
    check_seats(by, choices.seats).await?;
    let types = workforce_types::named::<ImportError>(&by.scope, &choices.group_workforce_types).await?;
    Ok(Choices { group_workforce_types: types, ..choices })
}

async fn check_seats(by: &By<MembersAndDepartments>, seats: Seats) -> Result<(), ImportError> {
    match seats {
        Seats::Plan { plan } => {
            let today = organisations::current(by).await?.record.0.today(by.call.at);
            let plans = plans::current(&by.scope).await?.record.plans;
            let known = plans.iter().any(|known| known.id == plan && known.is_paid(today));
            if known { Ok(()) } else { Err(ImportError::NoSuchPlan(plan)) }
        }
        Seats::Group { group } => {
            let found = by.scope.get::<Group>(&group).await.map_err(Refusal::from)?;
            let known = found.is_some_and(|found| found.record.0.rule.is_none());
            if known { Ok(()) } else { Err(ImportError::NoSuchGroup(group)) }
        }
        Seats::Policy | Seats::None => Ok(()),
    }
}

async fn get(scope: &OrgScope, id: ImportId) -> Result<Stored<ImportRecord>, Refusal> {
    scope.get::<ImportRecord>(&id).await?.ok_or_else(|| Refusal::not_found("import", &id))
}

async fn view(app: &App, scope: &OrgScope, import: import::Import) -> Result<ImportView, Refusal> {
    let done = if import.begun { applied(scope, import.id).await? } else { app.jobs.checked(import.id) };
    let accounts = if import.state == State::Closed { 0 } else { accounts::count(scope, import.id).await? };
    Ok(ImportView { import, done, accounts })
}

/// Rows dealt with by the job.
async fn applied(scope: &OrgScope, id: ImportId) -> Result<Counts, Refusal> {
    let mut counts = [0; 3];
    for (count, verdict) in counts.iter_mut().zip(Verdict::ALL) {
        *count = u64::try_from(scope.counter(&counters::imported_rows(id, *verdict)).await?).unwrap_or(0);
    }
    let [added, existing, failed] = counts;
    Ok(Counts { added, existing, failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_store::Record as _;

    #[test]
    fn r28_r29_r42_an_import_is_lifted_by_what_each_version_came_with() {
        let map = |name: &str, value: Cbor| Cbor::Map(vec![(Cbor::from(name), value)]);
        let import = |choices: Cbor| map("import", map("choices", choices));
        let with = |mut import: Cbor, name: &str, value: Cbor| {
            import.as_map_mut().unwrap().push((Cbor::from(name), value));
            import
        };
        let (old, chosen) = (Cbor::Map(Vec::new()), map("group_workforce_types", Cbor::Array(Vec::new())));
        assert_eq!(ImportRecord::upcast(1, import(old)), Some(import(chosen.clone())));
        let from_nowhere = with(import(chosen.clone()), "origin", Cbor::Null);
        assert_eq!(ImportRecord::upcast(2, import(chosen.clone())), Some(from_nowhere));
        let unwarned = with(import(chosen.clone()), "warned", Cbor::Bool(false));
        assert_eq!(ImportRecord::upcast(3, import(chosen.clone())), Some(unwarned));
        assert_eq!(ImportRecord::upcast(4, import(chosen)), None);
    }

    #[test]
    fn r25_a_row_of_version_1_told_neither_why_there_is_no_seat_nor_the_decision() {
        let row = || Cbor::Map(vec![(Cbor::from("wish"), Cbor::Null)]);
        let mut lifted = row();
        let added = ["wish_reason", "decision"].map(|name| (Cbor::from(name), Cbor::Null));
        lifted.as_map_mut().unwrap().extend(added);
        assert_eq!(ImportedRow::upcast(1, row()), Some(lifted));
        assert_eq!(CheckedRow::upcast(2, row()), None);
    }
}
