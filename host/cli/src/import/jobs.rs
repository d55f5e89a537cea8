//! `usher import list`, `show`, `cancel`, `errors`, `accounts`, `close` and `template`: imports that were begun, and
//! what one begins with.

use clap::Subcommand;
use usher_api::import::Import;
use usher_domain::ids::ImportId;

use super::text::{counts, failed, import_text};
use super::{path, save};
use crate::failure::Failure;
use crate::output::{Output, given, number, table};
use crate::remote::OrgRemote;
use crate::sheet::SheetPath;

/// What else is done about imports.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Lists the imports that are not forgotten yet, newest first.
    List(OrgRemote),
    /// Shows how far an import has come, and which rows failed.
    Show {
        /// `imp_…`
        import: ImportId,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Stops an import. Who came in stays.
    Cancel {
        /// `imp_…`
        import: ImportId,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Saves the rows that failed, each with its reason, to be corrected and imported again.
    Errors {
        /// `imp_…`
        import: ImportId,
        /// Where to: `.csv` or `.xlsx`.
        file: SheetPath,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Saves accounts and first passwords of the new business logins, readable by you alone. Only who began the import
    /// may, until it is closed.
    Accounts {
        /// `imp_…`
        import: ImportId,
        /// Where to: `.csv` or `.xlsx`.
        file: SheetPath,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Closes an import: the host forgets file and passwords at once instead of after a day.
    Close {
        /// `imp_…`
        import: ImportId,
        /// The accounts are saved: nobody can have them again. Needed if there are any.
        #[arg(long)]
        saved: bool,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Saves a blank sheet with every column, and how it is filled in.
    Template {
        /// Where to: `.csv` or `.xlsx`.
        file: SheetPath,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them.
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => remote.show_list("imports", &[], output, imports_table),
            Self::Show { import, remote } => {
                let import: Import = remote.host().get(&path(&remote, &import, "")?)?;
                let rows = failed(&remote, &import)?;
                output.show(&import, |import| import_text(import, &rows))
            }
            Self::Cancel { import, remote } => {
                let import: Import = remote.host().post(&path(&remote, &import, "/cancel")?, &())?;
                output.show(&import, |import| import_text(import, &[]))
            }
            Self::Errors { import, file, remote } => {
                output.written(file.path(), save(&remote, &import, "errors", &file)?)
            }
            Self::Accounts { import, file, remote } => {
                output.written(file.path(), save(&remote, &import, "accounts", &file)?)
            }
            Self::Close { import, saved, remote } => {
                let path = path(&remote, &import, &format!("/close?confirmed={saved}"))?;
                let import: Import = remote.host().post(&path, &())?;
                output.show(&import, |import| format!("{} is closed: its file and passwords are gone.", import.id))
            }
            Self::Template { file, remote } => {
                let path = remote.path(&format!("import-template?format={}", file.format()))?;
                output.written(file.path(), remote.host().save(&path, &file)?)
            }
        }
    }
}

fn imports_table(imports: &[Import]) -> String {
    let mut rows =
        table(&["import", "state", "file", "added", "existing", "failed", "begun"]).or("There is no import.");
    for import in imports {
        let counts = counts(import);
        rows.add_row(vec![
            import.id.clone().into(),
            import.state.clone().into(),
            given(import.file_name.as_ref()),
            number(counts.added),
            number(counts.existing),
            number(counts.failed),
            import.created_at.clone().into(),
        ]);
    }
    rows.to_string()
}
