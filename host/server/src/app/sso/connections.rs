//! Connections to identity providers, kept by primary admins (R1).

use usher_domain::ids::ConnectionId;
use usher_domain::member::{NameError, check_name};
use usher_domain::policy::sso::Protocol;
use usher_domain::sso::{self, MAX_CONNECTIONS};
use usher_store::{OrgScope, Page, Stored};

use crate::app::actor::{By, PrimaryAdmin};
use crate::app::change::{Change, Made};
use crate::app::domains::Domains;
use crate::app::login::break_glass;
use crate::app::refusal::{Refusal, based_on};
use crate::app::stored::Connection;
use crate::app::{App, counters};

/// Longest issuer, in bytes.
pub const MAX_ISSUER_BYTES: usize = 1_024;

/// Asks for a connection.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// As admins know it.
    pub name: String,
    /// How the provider speaks.
    pub protocol: Protocol,
    /// The provider's own name.
    pub issuer: String,
    /// Whether logins go through it.
    pub enabled: bool,
}

/// What changes of a connection. Nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ConnectionChange {
    /// As admins know it.
    pub name: Option<String>,
    /// Whether logins go through it.
    pub enabled: Option<bool>,
}

/// Why a connection is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The issuer will not do.
    #[error("an issuer has 1 to {MAX_ISSUER_BYTES} bytes and no spaces")]
    Issuer,
    /// The issuer is too long.
    #[error("an issuer has at most {MAX_ISSUER_BYTES} bytes")]
    LongIssuer,
    /// There are too many.
    #[error("an organisation has at most {MAX_CONNECTIONS} connections: remove one first")]
    TooMany,
    /// Domains are bound to it.
    #[error("the domain {0} is bound to the connection: bind it to another one first")]
    Bound(String),
    /// Nobody would come in if the provider failed (R19).
    #[error(
        "if the identity provider failed, no primary admin could log in: have one set a password of their own, with a \
         work email or a phone besides business mail, then switch it on"
    )]
    NoWayBack,
}

/// Makes a connection.
pub async fn create(
    app: &App,
    by: &By<PrimaryAdmin>,
    new: &NewConnection,
) -> Result<Made<sso::Connection>, ConnectionError> {
    let name = check_name(&new.name)?;
    if new.issuer.len() > MAX_ISSUER_BYTES {
        return Err(ConnectionError::LongIssuer);
    }
    if new.issuer.is_empty() || new.issuer.contains(char::is_whitespace) {
        return Err(ConnectionError::Issuer);
    }
    app.make(by, || async {
        let connection = sso::Connection {
            id: app.new_id(ConnectionId::from_parts),
            name: name.clone(),
            protocol: new.protocol,
            issuer: new.issuer.clone(),
            enabled: new.enabled,
            created_at: by.call.at,
        };
        let mut change = app.draft(by, "connection.created", connection.id).after(&connection);
        keep_way_back(by, &mut change, new.enabled).await?;
        change.count_up(&counters::connections(), 1, MAX_CONNECTIONS as i64, ConnectionError::TooMany);
        change.writes.insert(&connection.id, &Connection(connection.clone()));
        Ok((connection, (), change))
    })
    .await
}

/// Refuses to switch single sign-on on where nobody could break the glass.
async fn keep_way_back(
    by: &By<PrimaryAdmin>,
    change: &mut Change<ConnectionError>,
    switched_on: bool,
) -> Result<(), ConnectionError> {
    if switched_on && !break_glass::rely_on_one(&by.scope, &mut change.writes, &[]).await? {
        return Err(ConnectionError::NoWayBack);
    }
    Ok(())
}

/// Whether logins and joins go to an identity provider (R39).
pub(crate) async fn is_on(scope: &OrgScope) -> Result<bool, Refusal> {
    let rows = scope.page::<Connection>(Page::first(MAX_CONNECTIONS)).await?;
    Ok(rows.iter().any(|(_, found)| found.record.0.enabled))
}

/// All connections, oldest first: there are few.
pub async fn list(by: &By<PrimaryAdmin>) -> Result<Vec<sso::Connection>, Refusal> {
    let rows = by.scope.page::<Connection>(Page::first(MAX_CONNECTIONS)).await?;
    Ok(rows.into_iter().map(|(_, found)| found.record.0).collect())
}

/// One connection.
pub async fn show(by: &By<PrimaryAdmin>, id: ConnectionId) -> Result<Stored<Connection>, Refusal> {
    get(&by.scope, id).await
}

/// Renames, enables or disables a connection.
pub async fn update(
    app: &App,
    by: &By<PrimaryAdmin>,
    id: ConnectionId,
    version: u64,
    new: &ConnectionChange,
) -> Result<Stored<sso::Connection>, ConnectionError> {
    let name = new.name.as_deref().map(check_name).transpose()?;
    let (connection, committed) = app
        .change(|| async {
            let before = based_on(get(&by.scope, id).await?, version)?.record.0;
            let after = sso::Connection {
                name: name.clone().unwrap_or_else(|| before.name.clone()),
                enabled: new.enabled.unwrap_or(before.enabled),
                ..before.clone()
            };
            let mut change: Change<ConnectionError> =
                app.draft(by, "connection.changed", id).before(&before).after(&after);
            keep_way_back(by, &mut change, after.enabled && !before.enabled).await?;
            change.writes.replace(&id, version, &Connection(after.clone()));
            Ok((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: connection })
}

/// Removes a connection that no domain is bound to. Its links lead nowhere from then on.
pub async fn remove(app: &App, by: &By<PrimaryAdmin>, id: ConnectionId) -> Result<(), ConnectionError> {
    app.change(|| async {
        let found = get(&by.scope, id).await?;
        let domains = Domains::read(&by.scope).await?;
        if let Some(domain) = domains.list.iter().find(|domain| domain.connection == Some(id)) {
            return Err(ConnectionError::Bound(domain.domain.clone()));
        }
        let mut change: Change<ConnectionError> = app.draft(by, "connection.removed", id).before(&found.record.0);
        change.writes.add(&counters::connections(), -1, 0, i64::MAX);
        domains.guard(&mut change.writes);
        change.writes.guard_version::<Connection>(&id, found.version);
        change.writes.delete::<Connection>(&id);
        Ok(((), change))
    })
    .await
    .map(drop)
}

pub(super) async fn get(scope: &OrgScope, id: ConnectionId) -> Result<Stored<Connection>, Refusal> {
    scope.get::<Connection>(&id).await?.ok_or_else(|| Refusal::not_found("connection", &id))
}
