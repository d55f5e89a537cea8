//! The data folder: what lies where in it.
//!
//! `seal.key`, `audit.key` and `secrets.key` (the host's own secrets), `store/` (the truth), `compiled/` (artefacts of
//! policies; may be emptied at any time), `mail/` (what would have been sent, while no mail server is configured),
//! `backups/` (copies of the store, unless they go elsewhere), `imports/` (sealed files of imports, each with its keys
//! beside it, as long as the import is open).

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use usher_server::ports::Entropy;
use usher_store::{JournalStore, Options};

use crate::failure::Failure;
use crate::seal;
use crate::surroundings::SystemEntropy;

/// Signs the ends of audit trails.
const AUDIT_KEY: &str = "audit.key";
/// Seals secrets in the store.
const SECRETS_KEY: &str = "secrets.key";

/// Where a host keeps everything.
#[derive(Clone, clap::Args)]
pub(crate) struct DataFolder {
    /// The folder with all of the host's data.
    #[arg(long = "data", env = "USHER_DATA", default_value = "data")]
    path: PathBuf,
}

impl DataFolder {
    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The store's own folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// Compiled policies.
    pub(crate) fn compiled(&self) -> PathBuf {
        self.path.join("compiled")
    }

    /// Mail that would have been sent.
    pub(crate) fn mail(&self) -> PathBuf {
        self.path.join("mail")
    }

    /// Copies of the store.
    pub(crate) fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }

    /// Sealed files of imports.
    pub(crate) fn imports(&self) -> PathBuf {
        self.path.join("imports")
    }

    /// The store's own folder, where it must be.
    pub(crate) fn existing_store(&self) -> Result<PathBuf, Failure> {
        let (store, data) = (self.store(), self.path.display());
        match store.is_dir() {
            true => Ok(store),
            false => {
                Err(Failure::Failed(format!("{data} holds no store: set a host up with `usher init --data {data}`")))
            }
        }
    }

    /// Opens the store, or makes it.
    pub(crate) fn open_store(&self) -> Result<JournalStore, Failure> {
        self.make()?;
        let mut id = [0; 16];
        SystemEntropy.fill(&mut id);
        Ok(JournalStore::open(&self.store(), Options::new(id))?)
    }

    /// Makes the folder, for this user's eyes alone.
    pub(crate) fn make(&self) -> Result<(), Failure> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.map_err(|error| Failure::of(format_args!("creating {}", self.path.display()), error))
    }

    /// Makes the host's keys, each unless there is one.
    pub(crate) fn make_keys(&self) -> Result<(), Failure> {
        seal::make(&self.seal_key_path())?;
        seal::make(&self.path.join(AUDIT_KEY))?;
        seal::make(&self.path.join(SECRETS_KEY))
    }

    /// Keys that no backup has and that are not in this folder: what else they were needed for is lost with them.
    pub(crate) fn missing_keys(&self) -> Vec<&'static str> {
        [AUDIT_KEY, SECRETS_KEY].into_iter().filter(|name| !self.path.join(name).exists()).collect()
    }

    /// What to do about keys that are missing beside a restored store; nothing if there are all.
    pub(crate) fn keys_to_copy(&self) -> Option<String> {
        let missing = self.missing_keys();
        (!missing.is_empty()).then(|| {
            format!(
                "Keys are not in a backup. Before the host starts, copy {} of the old data folder to {}: without them \
                 webhooks and bots must be given new secrets, and checkpoints of audit trails are signed by another key.",
                missing.join(" and "),
                self.path.display()
            )
        })
    }

    /// The seal key; made here for a store that was restored.
    pub(crate) fn seal_key(&self) -> Result<[u8; 32], Failure> {
        let path = self.seal_key_path();
        if !path.exists() && self.store().exists() {
            seal::make(&path)?;
        }
        seal::read(&path, &self.hint(), "policies are compiled anew")
    }

    /// The key that signs the ends of audit trails; made here for a host that has none.
    pub(crate) fn audit_key(&self) -> Result<[u8; 32], Failure> {
        self.later_key(AUDIT_KEY, "checkpoints of audit trails are signed by another key from now on")
    }

    /// The key that secrets in the store are sealed with; made here for a host that has none.
    pub(crate) fn secrets_key(&self) -> Result<[u8; 32], Failure> {
        self.later_key(SECRETS_KEY, "webhooks and bots must be given new secrets")
    }

    fn later_key(&self, name: &str, lost: &str) -> Result<[u8; 32], Failure> {
        let path = self.path.join(name);
        if !path.exists() {
            tracing::warn!(
                path = %path.display(),
                "there is no {name}: a new one is made. If this store was restored, stop the host and copy the {name} of \
                 the old data folder here; else {lost}"
            );
            seal::make(&path)?;
        }
        seal::read(&path, &self.hint(), lost)
    }

    fn hint(&self) -> String {
        format!("set the host up with `usher init --data {}`", self.path.display())
    }

    fn seal_key_path(&self) -> PathBuf {
        self.path.join("seal.key")
    }
}
