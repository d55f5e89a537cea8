//! `usher verify`, `usher restore`: open a store themselves, so no host may run on it. `usher backup` and
//! `usher compact` ask the running host.

use std::path::PathBuf;

use serde_json::{Value, json};
use usher_api::backup::{self, NewBackup};
use usher_api::privacy::Compacted;
use usher_store::{BackupReport, VerifyReport};

use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::output::{Output, count, table};
use crate::remote::Remote;

/// Reads everything that is stored and names what is damaged.
#[derive(clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    folder: DataFolder,
}

impl Verify {
    /// Fails with status 1 if there is damage.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let store = self.folder.existing_store()?;
        let report = usher_store::verify(&store)?;
        output.show(&verify_json(&report), |_| verify_text(&report))?;
        match report.damage.len() {
            0 => Ok(()),
            places => Err(Failure::Failed(format!(
                "{} is damaged in {}: restore a backup, or keep the folder and ask for help",
                store.display(),
                count(places, "place")
            ))),
        }
    }
}

fn verify_json(report: &VerifyReport) -> Value {
    let damage = report.damage.iter().map(|damage| {
        json!({ "file": damage.file, "offset": damage.offset, "after_commit": damage.seq, "what": damage.what })
    });
    json!({
        "seq": report.seq, "commits": report.commits, "keys": report.keys,
        "damage": damage.collect::<Vec<_>>(),
    })
}

fn verify_text(report: &VerifyReport) -> String {
    let keys = match report.keys {
        0 => "the index is built when the host starts".to_owned(),
        keys => count(keys, "key"),
    };
    let counts = format!("{} read, the last is {}; {keys}", count(report.commits, "commit"), report.seq);
    if report.damage.is_empty() {
        return format!("{counts}. No damage.");
    }
    let mut places = table(&["file", "byte", "after commit", "what"]).wrapping("what");
    for damage in &report.damage {
        places.add_row([&damage.file, &damage.offset.to_string(), &damage.seq.to_string(), &damage.what]);
    }
    format!("{counts}.\n{places}")
}

/// Makes the store of a data folder from a backup, which holds no keys.
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The folder that `usher backup` named.
    backup: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
}

impl Restore {
    /// The data folder must hold no store.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        if !self.backup.is_dir() {
            return Err(Failure::Failed(format!("{} is no folder, so no backup", self.backup.display())));
        }
        self.folder.make()?;
        let BackupReport { seq, files, bytes } = usher_store::restore(&self.backup, &self.folder.store())?;
        let missing = self.folder.missing_keys();
        output.show(&json!({ "seq": seq, "files": files, "bytes": bytes, "missing_keys": missing }), |_| {
            let store = self.folder.store();
            let held = format!(
                "{} holds the {files} files of the backup, {bytes} bytes, up to commit {seq}.",
                store.display()
            );
            match self.folder.keys_to_copy() {
                Some(warning) => format!("{held}\n\n{warning}"),
                None => held,
            }
        })
    }
}

/// Has the running host copy its store, as it stands at one commit, to a new folder below its `--backups`.
#[derive(clap::Args)]
pub(crate) struct Backup {
    /// Name of the new folder; the moment, if left out.
    name: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Backup {
    /// Asks as the operator.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let wanted = NewBackup { name: self.name.clone() };
        let report: backup::Backup = self.remote.post("/v1/host/backups", &wanted)?;
        output.show(&report, |report| {
            format!("{} holds the store up to commit {}, {} bytes.", report.folder, report.seq, report.bytes)
        })
    }
}

/// Has the running host drop from the files of its store, now, what was deleted or overwritten. Backups that were made
/// and mails that were delivered are none of these files.
#[derive(clap::Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    remote: Remote,
}

impl Compact {
    /// Asks as the operator.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let done: Compacted = self.remote.post("/v1/host/compact", &json!({}))?;
        output.show(&done, |done| format!("The store's files hold nothing that was erased up to commit {}.", done.seq))
    }
}
