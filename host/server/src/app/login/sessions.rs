//! Sessions: whose a session's token is, one's own sessions, and their end.
//!
//! A token is `uss_` and, in base64url, the organisation, the member and 256 random bits. The host keeps the SHA-256 of
//! those bits with the member's account, so that all of somebody's sessions end in one write and nothing of them stays.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use usher_domain::ids::{MemberId, OrgId, TokenId};
use usher_domain::session::{Client, Session};
use usher_domain::time::Instant;
use usher_store::{CommitError, OrgScope, OrgWrites};

use super::account::{self, Account};
use crate::app::actor::{Actor, AnyMember, By};
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::stored::Member;
use crate::app::{App, organisations, plans};

const PREFIX: &str = "uss_";
const SECRET_BYTES: usize = 32;
const ID_BYTES: usize = 16;

/// The text of a new session's token: shown once, never kept. Its debug form hides it.
pub struct SessionSecret {
    org: OrgId,
    member: MemberId,
    secret: [u8; SECRET_BYTES],
}

impl SessionSecret {
    pub(super) fn new(app: &App, org: OrgId, member: MemberId) -> SessionSecret {
        SessionSecret { org, member, secret: app.random() }
    }

    fn parse(text: &str) -> Option<SessionSecret> {
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (org, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (member, secret) = rest.split_first_chunk::<ID_BYTES>()?;
        let (org, member) = (OrgId::from_bytes(*org), MemberId::from_bytes(*member));
        Some(SessionSecret { org, member, secret: secret.try_into().ok()? })
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// The text, to be shown to whoever logged in.
    pub fn reveal(self) -> String {
        let bytes = [self.org.as_bytes().as_slice(), self.member.as_bytes(), &self.secret].concat();
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
    }
}

impl std::fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

/// Whose session the token is, and what they may do at this moment; nothing if it is no session's token.
pub async fn authenticate(app: &App, text: &str, at: Instant) -> Result<Option<Actor>, Refusal> {
    match SessionSecret::parse(text) {
        Some(secret) => holder(app, &secret, at).await.map(Some),
        None => Ok(None),
    }
}

async fn holder(app: &App, secret: &SessionSecret, at: Instant) -> Result<Actor, Refusal> {
    let (scope, hash) = (app.org(secret.org), secret.hash());
    let (account, version) = account::read(&scope, secret.member).await?;
    let of_token = |session: &&Session| session.secret_hash == hash && session.is_good(at);
    let session = account.sessions.iter().find(of_token).cloned().ok_or(Refusal::Unauthenticated)?;
    let member = scope.get::<Member>(&secret.member).await?.ok_or(Refusal::Unauthenticated)?.record.0;
    // R19 holds in a session too: whoever lost their seat is out at once.
    let today = organisations::of(&scope).await?.record.0.today(at);
    let plans = plans::current(&scope).await?.record.plans;
    member.check_login(&plans, today).map_err(|_| Refusal::Unauthenticated)?;
    if session.is_to_be_noted(at) {
        note(&scope, secret.member, version, account, session.id, at).await?;
    }
    Ok(Actor::Member {
        token: session.id,
        org: secret.org,
        member: member.id,
        authority: member.authority,
        app: session.client == Client::MemberApp,
    })
}

/// Writes down that a session is in use. No change of the organisation's, so without an audit entry; if somebody else
/// writes at the same moment, the next use does it.
async fn note(
    scope: &OrgScope,
    member: MemberId,
    version: Option<u64>,
    mut account: Account,
    session: TokenId,
    at: Instant,
) -> Result<(), Refusal> {
    for used in account.sessions.iter_mut().filter(|used| used.id == session) {
        used.used_at = at;
    }
    let mut writes = scope.writes();
    account::write(&mut writes, member, version, &account);
    match writes.commit().await {
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(Refusal::Commit(error)),
    }
}

/// One's own sessions, oldest first.
pub async fn list(by: &By<AnyMember>) -> Result<Vec<Session>, Refusal> {
    let member = own(by)?;
    let (account, _) = account::read(&by.scope, member).await?;
    Ok(account.sessions.into_iter().filter(|session| session.is_good(by.call.at)).collect())
}

/// Ends sessions of one's own: these, or all. One that has ended already stays so.
pub async fn end(app: &App, by: &By<AnyMember>, sessions: Option<&[TokenId]>) -> Result<(), Refusal> {
    let member = own(by)?;
    app.change(|| async {
        let (mut account, version) = account::read(&by.scope, member).await?;
        let ids = |sessions: &[Session]| sessions.iter().map(|session| session.id).collect::<Vec<_>>();
        let before = ids(&account.sessions);
        account.sessions.retain(|session| sessions.is_some_and(|ended| !ended.contains(&session.id)));
        let mut change: Change<Refusal> =
            app.draft(by, "sessions.ended", member).before(&before).after(&ids(&account.sessions));
        account::write(&mut change.writes, member, version, &account);
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Ends all of a member's sessions, with what else the plan does to them (R32).
pub(crate) async fn end_all(scope: &OrgScope, writes: &mut OrgWrites, member: MemberId) -> Result<(), Refusal> {
    let (mut account, version) = account::read(scope, member).await?;
    if version.is_some() {
        account.sessions.clear();
        account::write(writes, member, version, &account);
    }
    Ok(())
}

/// Who asks: whoever holds the right is a member.
pub(super) fn own(by: &By<AnyMember>) -> Result<MemberId, Refusal> {
    by.actor.member().ok_or(Refusal::Unauthenticated)
}
