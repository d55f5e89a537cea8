//! Email domains of an organisation: added, proved by DNS or by a mailed code, bound to a connection (R21,
//! R40).
//!
//! A proved domain is one organisation's on the host. A mailed code shows a mailbox, which any employee has; the DNS
//! is its owner's. So whoever proves a domain by DNS takes it from whoever proved no more than a mailbox.

use usher_domain::address::Address;
use usher_domain::ids::ConnectionId;
use usher_domain::policy::facts::DomainProof;
use usher_domain::proof::Subject;
use usher_domain::verified_domain::{DomainError, MAX_DOMAINS, VerifiedDomain, check_new};
use usher_store::{OrgScope, OrgWrites, Page, Stored, find};

use super::actor::{By, Call, Doer, PrimaryAdmin, Security};
use super::change::{Change, Made};
use super::handle::Handle;
use super::proofs::{self, ProofError, Sent, Typed};
use super::refusal::Refusal;
use super::stored::{Connection, Domain, DomainList, ProvedDomain};
use super::{App, counters};
use crate::ports::ResolveError;

/// Why a domain is not added, proved or bound.
#[derive(Debug, thiserror::Error)]
pub enum DomainsError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The domain will not do.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// Too many.
    #[error("an organisation has at most {MAX_DOMAINS} domains: remove one first")]
    TooMany,
    /// It was added before.
    #[error("the organisation has the domain already")]
    Present,
    /// Domains are unique on the host.
    #[error("another organisation has proved the domain")]
    Taken,
    /// The DNS says nothing of the kind.
    #[error(
        "there is no TXT record at {name} that says `{text}`: add it, wait until it is published, then check again"
    )]
    NotProved {
        /// Where it should stand.
        name: String,
        /// What it should say.
        text: String,
    },
    /// The DNS gave no answer.
    #[error(transparent)]
    Dns(#[from] ResolveError),
    /// The mailbox is elsewhere.
    #[error("the address is not on the domain {0}: give one that is")]
    Elsewhere(String),
    /// The mailed code will not do.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// There is no such connection.
    #[error("there is no connection {0}")]
    NoSuchConnection(ConnectionId),
}

/// Adds a domain; it says nothing until it is proved.
pub async fn add(app: &App, by: &By<Security>, text: &str) -> Result<Made<VerifiedDomain>, DomainsError> {
    app.make(by, || async {
        let domain = check_new(text)?;
        let challenge = Handle::new(app).reveal();
        let added =
            VerifiedDomain { domain: domain.clone(), challenge, proof: None, connection: None, added_at: by.call.at };
        let mut change = app.draft(by, "domain.added", &domain).after(&added);
        change.count_up(&counters::domains(), 1, MAX_DOMAINS as i64, DomainsError::TooMany);
        change.insert(&domain, &Domain(added.clone()), DomainsError::Present);
        Ok((added, (), change))
    })
    .await
}

/// All domains, in order of name.
pub async fn list(by: &By<Security>) -> Result<Vec<VerifiedDomain>, Refusal> {
    all(&by.scope).await
}

/// One domain.
pub async fn show(by: &By<Security>, name: &str) -> Result<Stored<Domain>, Refusal> {
    get(&by.scope, name).await
}

/// Looks for the TXT record, and notes the proof of ownership if it is there.
pub async fn check_dns(app: &App, by: &By<Security>, name: &str) -> Result<Stored<VerifiedDomain>, DomainsError> {
    let domain = get(&by.scope, name).await?.record.0;
    let records = app.dns.txt(&domain.challenge_name()).await?;
    if !domain.is_proved_by(&records) {
        return Err(DomainsError::NotProved { name: domain.challenge_name(), text: domain.challenge_text() });
    }
    match prove(app, by, name, DomainProof::Dns).await {
        Err(DomainsError::Taken) => {
            displace(app, &by.call, name).await?;
            prove(app, by, name, DomainProof::Dns).await
        }
        proved => proved,
    }
}

/// Ends another organisation's proof of a mailbox on the domain. INVARIANT: only once the DNS has shown that whoever
/// asks owns it. The other organisation's trail says what happened, and not who asked from where.
async fn displace(app: &App, call: &Call, name: &str) -> Result<(), DomainsError> {
    let holder = find::<ProvedDomain>(app.store.as_ref(), name.as_bytes()).await.map_err(Refusal::from)?;
    let Some((org, ())) = holder else { return Ok(()) };
    let (scope, call) = (app.org(org), Call { origin: None, once: None, ..call.clone() });
    app.change(|| async {
        let claim = scope.claimed::<ProvedDomain>(name.as_bytes()).await.map_err(Refusal::from)?;
        let found = scope.get::<Domain>(&name.to_owned()).await.map_err(Refusal::from)?;
        let held = claim.zip(found.filter(|found| !found.record.0.is_owned()));
        let (claim, Stored { version, record: Domain(before) }) = held.ok_or(DomainsError::Taken)?;
        let after = VerifiedDomain { proof: None, ..before.clone() };
        let mut change: Change<DomainsError> =
            app.draft_as(&scope, &call, Doer::Host, "domain.displaced", name).before(&before).after(&after);
        change.writes.release(claim);
        change.writes.replace(&name.to_owned(), version, &Domain(after));
        change.writes.put(&(), &DomainList { changed_at: call.at });
        change.event(app, "domain.displaced", serde_json::json!({ "domain": name }));
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Mails a code to a mailbox of the domain.
pub async fn send_code(app: &App, by: &By<Security>, name: &str, address: Address) -> Result<Sent, DomainsError> {
    get(&by.scope, name).await?;
    if address.domain() != name {
        return Err(DomainsError::Elsewhere(name.to_owned()));
    }
    Ok(proofs::send(app, &by.scope, &by.call, None, &Subject::Email(address)).await?)
}

/// Takes the mailed code, and notes the proof of affiliation.
pub async fn check_mail(
    app: &App,
    by: &By<Security>,
    name: &str,
    typed: &Typed,
) -> Result<Stored<VerifiedDomain>, DomainsError> {
    get(&by.scope, name).await?;
    match proofs::verified(app, &by.scope, &by.call, typed).await? {
        Subject::Email(address) if address.domain() == name => prove(app, by, name, DomainProof::Mail).await,
        Subject::Email(_) | Subject::Phone(_) => Err(DomainsError::Elsewhere(name.to_owned())),
    }
}

async fn prove(
    app: &App,
    by: &By<Security>,
    name: &str,
    how: DomainProof,
) -> Result<Stored<VerifiedDomain>, DomainsError> {
    let (domain, committed) = app
        .change(|| async {
            let found = get(&by.scope, name).await?;
            let mut domain = found.record.0.clone();
            domain.prove(how, by.call.at);
            let mut change: Change<DomainsError> =
                app.draft(by, "domain.proved", name).before(&found.record.0).after(&domain);
            if by.scope.claimed::<ProvedDomain>(name.as_bytes()).await.map_err(Refusal::from)?.is_none() {
                change.claim::<ProvedDomain>(name.as_bytes(), &(), DomainsError::Taken);
            }
            change.writes.replace(&name.to_owned(), found.version, &Domain(domain.clone()));
            change.writes.put(&(), &DomainList { changed_at: by.call.at });
            Ok((domain, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: domain })
}

/// Binds a domain to a connection whose logins may assert addresses on it, or to none (R40).
pub async fn bind(
    app: &App,
    by: &By<PrimaryAdmin>,
    name: &str,
    connection: Option<ConnectionId>,
) -> Result<Stored<VerifiedDomain>, DomainsError> {
    let (domain, committed) = app
        .change(|| async {
            let found = get(&by.scope, name).await?;
            let domain = VerifiedDomain { connection, ..found.record.0.clone() };
            let mut change: Change<DomainsError> =
                app.draft(by, "domain.bound", name).before(&found.record.0).after(&domain);
            if let Some(id) = connection {
                let known = by.scope.get::<Connection>(&id).await.map_err(Refusal::from)?;
                let known = known.ok_or(DomainsError::NoSuchConnection(id))?;
                change.writes.guard_version::<Connection>(&id, known.version);
            }
            change.writes.replace(&name.to_owned(), found.version, &Domain(domain.clone()));
            change.writes.put(&(), &DomainList { changed_at: by.call.at });
            Ok((domain, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: domain })
}

/// Removes a domain; another organisation may prove it from then on.
pub async fn remove(app: &App, by: &By<Security>, name: &str) -> Result<(), DomainsError> {
    app.change(|| async {
        let found = get(&by.scope, name).await?;
        let mut change: Change<DomainsError> = app.draft(by, "domain.removed", name).before(&found.record.0);
        if let Some(claim) = by.scope.claimed::<ProvedDomain>(name.as_bytes()).await.map_err(Refusal::from)? {
            change.writes.release(claim);
        }
        change.writes.add(&counters::domains(), -1, 0, i64::MAX);
        change.writes.guard_version::<Domain>(&name.to_owned(), found.version);
        change.writes.delete::<Domain>(&name.to_owned());
        change.writes.put(&(), &DomainList { changed_at: by.call.at });
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// All domains of an organisation, as they stood at one moment.
pub(crate) struct Domains {
    /// In order of name.
    pub list: Vec<VerifiedDomain>,
    version: Option<u64>,
}

impl Domains {
    /// Reads them. Their version is read first: what comes in between makes it stale.
    pub(crate) async fn read(scope: &OrgScope) -> Result<Domains, Refusal> {
        let version = scope.get::<DomainList>(&()).await?.map(|found| found.version);
        Ok(Domains { list: all(scope).await?, version })
    }

    /// Refuses the commit if they say something else since.
    pub(crate) fn guard(&self, writes: &mut OrgWrites) {
        match self.version {
            Some(version) => writes.guard_version::<DomainList>(&(), version),
            None => writes.guard_absent::<DomainList>(&()),
        }
    }
}

/// There are few.
async fn all(scope: &OrgScope) -> Result<Vec<VerifiedDomain>, Refusal> {
    let rows = scope.page::<Domain>(Page::first(MAX_DOMAINS)).await?;
    Ok(rows.into_iter().map(|(_, found)| found.record.0).collect())
}

async fn get(scope: &OrgScope, name: &str) -> Result<Stored<Domain>, Refusal> {
    scope.get::<Domain>(&name.to_owned()).await?.ok_or_else(|| Refusal::not_found("domain", &name))
}
