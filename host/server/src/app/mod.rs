//! Use cases: what the server can do, whoever asks and by whatever wire.
//!
//! A use case takes who asks (a [`actor::By`], which proves the right) and what is asked for in domain
//! types, reads, lets the domain decide, and commits once. This module must not know HTTP, sled or
//! wasmtime: they come in as ports.

pub mod actor;
pub mod answers;
mod applicants;
pub mod approvers;
pub mod attributes;
pub mod audit;
pub mod backups;
pub mod change;
pub mod counters;
pub mod dead_letters;
pub mod decisions;
pub mod deliveries;
pub mod departments;
pub mod domains;
pub mod escalation;
pub mod events;
pub mod followers;
pub mod groups;
pub mod handle;
pub mod imports;
pub mod init;
pub mod invitations;
pub mod inviting;
pub mod join;
pub mod login;
pub mod mail;
pub mod members;
pub mod once;
pub mod operator_tokens;
pub mod organisations;
pub mod outgoing;
pub mod page;
pub mod pdp;
pub mod plans;
pub mod policies;
pub mod post;
pub mod privacy;
pub mod proofs;
pub(crate) mod reach;
mod readers;
pub mod refusal;
pub mod requests;
pub mod seating;
pub mod seats;
pub mod sms;
pub mod sso;
pub mod standard_webhooks;
pub mod stored;
pub mod throttle;
pub mod tokens;
pub mod vault;
pub mod webhooks;
pub mod workforce_types;

use std::path::PathBuf;
use std::sync::Arc;

use usher_domain::ids::OrgId;
use usher_domain::time::Instant;
use usher_store::{Host, HostScope, Key, OrgScope, Store, StoreError};

use crate::background::Background;
use crate::metrics::Metrics;
use crate::ports::{Clock, Entropy, TxtResolver};
use crate::public_url::PublicUrl;
use crate::turns::Turns;
use pdp::Pdp;

/// What use cases work with.
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What the policies say.
    pub pdp: Arc<dyn Pdp>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids and secrets come from.
    pub entropy: Arc<dyn Entropy>,
    /// Proofs of domains.
    pub dns: Arc<dyn TxtResolver>,
    /// User groups as they were read last.
    pub groups: groups::Known,
    /// What is counted.
    pub metrics: Metrics,
    /// Which token is whose.
    pub tokens: tokens::Known,
    /// Room for comparing passwords.
    pub hasher: login::hashing::Hasher,
    /// What keeps codes from being guessed.
    pub throttle: throttle::Throttle,
    /// Who follows events at this moment.
    pub followers: followers::Followers,
    /// Webhooks on their way.
    pub webhooks: webhooks::pool::Pool,
    /// Folder that backups are made in, each in a folder of its own.
    pub backups: PathBuf,
    /// Folder of the sealed files of imports.
    pub imports: PathBuf,
    /// Jobs of imports that run here.
    pub jobs: imports::jobs::Jobs,
    /// Turns at uploading files, of people and of seats.
    pub uploads: Turns,
    /// Turns at looking at them.
    pub looks: Turns,
    /// Turns at writing sheets.
    pub sheets: Turns,
    /// Due work that is under way here.
    pub background: Background,
    /// What links in letters begin with.
    pub public_url: PublicUrl,
    /// What signs the ends of audit trails.
    pub audit_seal: audit::checkpoint::Seal,
    /// What seals secrets that are read again.
    pub vault: vault::Vault,
}

impl App {
    /// A new id of whatever kind: `app.new_id(PlanId::from_parts)`.
    pub fn new_id<T>(&self, kind: impl FnOnce(Instant, [u8; 10]) -> T) -> T {
        kind(self.clock.now(), self.random())
    }

    /// Random bytes, fit for secrets.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The host's own data.
    pub(crate) fn host(&self) -> HostScope {
        HostScope::new(self.store.clone(), Host)
    }

    /// The data of an organisation. Not for handlers: they get a scope with the right to it, in a
    /// [`actor::By`].
    pub(crate) fn org(&self, org: OrgId) -> OrgScope {
        OrgScope::new(self.store.clone(), org)
    }

    /// Whether requests can be taken: the store answers.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store.read(&[Key::host(0, &())]).await.map(drop)
    }
}
