//! Accounts and first passwords of those whom an import made members by business mail, for whoever brought it (R29).
//!
//! There is no file of them: it is made whenever it is asked for, of the sealed file that holds the passwords given,
//! and of the key of those that were generated. So there is nothing to lose, and nothing to find.

use usher_domain::ids::ImportId;
use usher_domain::import::{State, StateError, Verdict};
use usher_domain::member::{Login, Member};
use usher_domain::password::Password;
use usher_sheets::{Format, Row, SheetError, Table};
use usher_store::{OrgScope, Page, Stored};

use super::brought::Brought;
use super::columns::Columns;
use super::file::Sheet;
use super::{ImportError, ImportedRow};
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::change::Change;
use crate::app::outgoing::{self, Blocks, Size};
use crate::app::refusal::Refusal;
use crate::app::{App, counters, stored};

/// Rows read at a time.
const STEP: usize = 1_000;
/// Titles of the columns.
const HEADER: [&str; 3] = ["Name", "Account", "Password"];

/// How many accounts an import made.
pub async fn count(scope: &OrgScope, id: ImportId) -> Result<u64, Refusal> {
    Ok(u64::try_from(scope.counter(&counters::imported_accounts(id)).await?).unwrap_or(0))
}

/// Accounts and passwords, as a sheet: once the job is done, and until the import is closed. That they were asked for
/// is in the audit trail.
pub async fn accounts(
    app: &App,
    by: &By<MembersAndDepartments>,
    id: ImportId,
    format: Format,
) -> Result<Blocks<ImportError>, ImportError> {
    let (brought, turn) = Brought::open(app, by, id).await?;
    if brought.import.state == State::Applying {
        return Err(StateError { state: State::Applying, wanted: "asked for its accounts" }.into());
    }
    let cells = usize::try_from(count(&by.scope, id).await?).unwrap_or(usize::MAX).saturating_mul(HEADER.len());
    Size::new(format).grow(cells, 0)?;
    app.change(|| async { Ok(((), app.draft::<ImportError, _>(by, "import.accounts_read", id))) }).await?;
    outgoing::send(turn, move |sink| {
        let taker = sink.taker();
        let mut given = Given::open(&brought)?;
        let mut table = Table::new(sink, format, "Accounts", &HEADER)?;
        let mut last = None;
        while let Some((accounts, behind)) = taker.wait_for(step(&brought, last))?? {
            last = Some(behind);
            for Account { row, name, address } in accounts {
                let password = given.of(row)?.unwrap_or_else(|| brought.keys.password(row));
                table.add([name, address, password.reveal()])?;
            }
        }
        Ok(table.finish()?)
    })
    .await
}

/// An account, with the number of its row.
struct Account {
    row: u64,
    name: String,
    address: String,
}

impl Account {
    /// Of a member who still logs in by business mail.
    fn of(row: u64, member: Member) -> Option<Account> {
        let by_business_mail = member.counts() && member.login == Login::BusinessEmail;
        let address = member.business_email.filter(|_| by_business_mail)?.raw().to_owned();
        Some(Account { row, name: member.name, address })
    }
}

/// The next accounts, and the row behind which there may be more; nothing at the end.
async fn step(
    brought: &Brought,
    last: Option<(ImportId, u64)>,
) -> Result<Option<(Vec<Account>, (ImportId, u64))>, ImportError> {
    let (scope, id) = (&brought.scope, &brought.import.id);
    let rows = scope.page_within::<ImportedRow>(id, Page::first(STEP).after(last)).await.map_err(Refusal::from)?;
    let behind = rows.last().map(|(behind, _)| *behind);
    let made = rows.into_iter().filter_map(|((_, row), Stored { record: ImportedRow(report), .. })| {
        let member = report.member.filter(|_| report.verdict == Verdict::Add)?;
        Some((row, member))
    });
    let (numbers, members): (Vec<u64>, Vec<_>) = made.unzip();
    let found = scope.get_many::<stored::Member>(&members).await.map_err(Refusal::from)?;
    brought.still().await?;
    let accounts = numbers.into_iter().zip(found);
    let accounts = accounts.filter_map(|(row, found)| Account::of(row, found?.record.0)).collect();
    Ok(behind.map(|behind| (accounts, behind)))
}

/// Passwords that rows of the sheet give, asked for in the order of rows.
struct Given {
    columns: Columns,
    sheet: Sheet,
    next: Option<Row>,
}

impl Given {
    fn open(brought: &Brought) -> Result<Given, ImportError> {
        let sheet = brought.sheet()?;
        Ok(Given { columns: Columns::of(sheet.header())?, sheet, next: None })
    }

    fn of(&mut self, number: u64) -> Result<Option<Password>, SheetError> {
        if self.columns.secret().is_empty() {
            return Ok(None);
        }
        while self.next.as_ref().is_none_or(|row| u64::from(row.number) < number) {
            match self.sheet.next() {
                Some(row) => self.next = Some(row?),
                None => return Ok(None),
            }
        }
        let row = self.next.as_ref().filter(|row| u64::from(row.number) == number);
        Ok(row.and_then(|row| self.columns.read(row).ok()?.password))
    }
}

/// Counts accounts that a commit makes.
pub(super) fn count_up<E>(change: &mut Change<E>, id: ImportId, made: usize) {
    if made > 0 {
        let made = i64::try_from(made).unwrap_or(i64::MAX);
        change.writes.add(&counters::imported_accounts(id), made, 0, i64::MAX);
    }
}
