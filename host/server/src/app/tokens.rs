//! Bearer tokens: who holds one, what it allows at this moment, and its end.
//!
//! A token is `ush_` and 256 random bits. The host keeps its SHA-256 alone: with so much randomness a
//! slow hash would add nothing but load.
//!
//! INVARIANT: a member's token allows what they may do at this moment, and no more than they might when it was made:
//! whoever had it made for them gained no more by it than they could give then (R1). It ends when they are suspended
//! or deleted, and stays ended when they come back (R32). Sessions of members who logged in have tokens of their own
//! kind: [`super::login::sessions`].

use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use usher_domain::authority::{Authority, Permission};
use usher_domain::ids::{MemberId, OrgId, TokenId};
use usher_domain::member::{NameError, State, check_name};
use usher_domain::time::Instant;
use usher_store::{Cbor, OrgScope, OrgWrites, Page, Stored, find};

use super::actor::{Actor, By, Security};
use super::change::Made;
use super::page::{PageOf, Paging};
use super::refusal::Refusal;
use super::stored::{Member, TokenHash, kind, records};
use super::{App, login, operator_tokens, organisations, plans};

const PREFIX: &str = "ush_";
const SECRET_BYTES: usize = 32;
/// Tokens whose place is remembered; beyond that, remembering starts over.
const MAX_KNOWN: usize = 10_000;

/// The text of a new token: shown once, never kept. Its debug form hides it.
pub struct Secret(String);

impl Secret {
    pub(crate) fn new(app: &App) -> Secret {
        Secret(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&app.random::<SECRET_BYTES>())))
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The text, to be shown to whoever asked for the token.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who holds a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A member: it allows what the member may do at the moment it is used.
    Member(MemberId),
    /// A member, in the member app (R4).
    MemberApp(MemberId),
    /// A program that is no member.
    Service(BTreeSet<Permission>),
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub holder: Holder,
    /// The most it allows: what its holder might do when it was made.
    pub ceiling: Authority,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it is good; none if open.
    pub expires_at: Option<Instant>,
    /// Since when it is not good any more.
    pub revoked_at: Option<Instant>,
}

records! {
    Token = kind::TOKEN, version 2, by TokenId, lifted by lift;
    /// That all tokens of a member ended which had been made by then.
    TokensEnded {
        at: Instant,
    } = kind::TOKENS_ENDED, version 1, by MemberId;
}

/// Version 2 came with the ceiling: tokens made before go on allowing what their holder may do.
fn lift(from: u16, map: Cbor) -> Option<Cbor> {
    let (1, Cbor::Map(mut fields)) = (from, map) else { return None };
    fields.push(("ceiling".into(), Cbor::serialized(&Authority::PrimaryAdmin).ok()?));
    Some(Cbor::Map(fields))
}

/// Ends all of a member's tokens, with what else the plan does to them (R32). By the order of commits, not by the
/// clock.
pub(crate) fn end_all(writes: &mut OrgWrites, member: MemberId, at: Instant) {
    writes.put(&member, &TokensEnded { at });
}

impl Token {
    fn is_good(&self, at: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| at < end)
    }

    /// The member who holds it, if one does.
    pub fn member(&self) -> Option<MemberId> {
        match self.holder {
            Holder::Member(member) | Holder::MemberApp(member) => Some(member),
            Holder::Service(_) => None,
        }
    }

    /// As it is since its holder's tokens were ended, if they were after it was written.
    fn ended_by(mut self, version: u64, ended: Option<&Stored<TokensEnded>>) -> Token {
        if let Some(ended) = ended.filter(|ended| version < ended.version) {
            self.revoked_at.get_or_insert(ended.record.at);
        }
        self
    }
}

/// Where a token's record is. Never changes: what the token allows is read each time.
type Place = (OrgId, TokenId);

/// Places of organisations' tokens that were used, so that each use reads the token's own record alone.
#[derive(Debug, Default)]
pub struct Known(RwLock<HashMap<[u8; 32], Place>>);

impl Known {
    fn get(&self, hash: &[u8; 32]) -> Option<Place> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(hash).copied()
    }

    fn put(&self, hash: [u8; 32], place: Place) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(hash, place);
    }
}

/// Who holds the token `text`, and what they may do at this moment.
pub async fn authenticate(app: &App, text: &str, at: Instant) -> Result<Actor, Refusal> {
    if let Some(actor) = login::sessions::authenticate(app, text, at).await? {
        return Ok(actor);
    }
    let secret = text.strip_prefix(PREFIX).and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
    if secret.is_none_or(|secret| secret.len() != SECRET_BYTES) {
        return Err(Refusal::Unauthenticated);
    }
    let hash = Sha256::digest(text.as_bytes()).into();
    match place(app, hash).await? {
        Some((org, token)) => holder(&app.org(org), token, at).await,
        None => operator_tokens::holder(app, &hash, at).await,
    }
}

/// Where an organisation's token is; none if it is none.
async fn place(app: &App, hash: [u8; 32]) -> Result<Option<Place>, Refusal> {
    if let Some(place) = app.tokens.get(&hash) {
        return Ok(Some(place));
    }
    let found = find::<TokenHash>(app.store.as_ref(), &hash).await?;
    if let Some(place) = found {
        app.tokens.put(hash, place);
    }
    Ok(found)
}

async fn holder(scope: &OrgScope, token: TokenId, at: Instant) -> Result<Actor, Refusal> {
    let found = scope.get::<Token>(&token).await?.filter(|found| found.record.is_good(at));
    let Stored { version, record } = found.ok_or(Refusal::Unauthenticated)?;
    let org = *scope.owner();
    let (member, app) = match record.holder {
        Holder::Member(member) => (member, false),
        Holder::MemberApp(member) => (member, true),
        Holder::Service(permissions) => {
            return Ok(Actor::Service { token, org, authority: Authority::Admin(permissions) });
        }
    };
    let ended = scope.get::<TokensEnded>(&member).await?;
    let found = scope.get::<Member>(&member).await?.ok_or(Refusal::Unauthenticated)?.record.0;
    let gone = matches!(found.state(), State::Suspended | State::Deleted);
    if gone || ended.is_some_and(|ended| version < ended.version) {
        return Err(Refusal::Unauthenticated);
    }
    if app {
        // The member app is a login: it takes a seat like any other (R19).
        let today = organisations::of(scope).await?.record.0.today(at);
        let plans = plans::current(scope).await?.record.plans;
        found.check_login(&plans, today).map_err(|_| Refusal::Unauthenticated)?;
    }
    Ok(Actor::Member { token, org, member, authority: found.authority.common(&record.ceiling), app })
}

/// Asks for a token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Who is to hold it.
    pub holder: Holder,
    /// Until when it is good.
    pub expires_at: Option<Instant>,
}

/// Why a token is not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is no such member.
    #[error("there is no member {0}")]
    NoSuchMember(MemberId),
    /// The holder could do more than whoever asks.
    #[error("the token would allow more than you may do yourself: ask a primary admin")]
    TooMuchAuthority,
    /// A service without permissions.
    #[error("a service needs at least one permission: name them")]
    NoPermissions,
    /// Over before it begins.
    #[error("the token would have expired already: give a later time")]
    Expired,
}

/// Makes a token. Its secret is there once: not when an idempotent request comes again.
pub async fn create(app: &App, by: &By<Security>, new: &NewToken) -> Result<Made<Token, Secret>, TokenError> {
    let name = check_name(&new.name)?;
    if new.expires_at.is_some_and(|end| end <= by.call.at) {
        return Err(TokenError::Expired);
    }
    app.make(by, || async {
        let id = app.new_id(TokenId::from_parts);
        let mut change = app.draft(by, "token.created", id);
        let ceiling = authority(by, &new.holder, &mut change.writes).await?;
        let secret = Secret::new(app);
        let token = Token {
            id,
            name: name.clone(),
            holder: new.holder.clone(),
            ceiling,
            created_at: by.call.at,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        issue(&mut change.writes, &token, &secret);
        let change = change.after(&token);
        Ok((token, secret, change))
    })
    .await
}

/// Writes a new token: its record, and the way to it from its hash.
pub(crate) fn issue(writes: &mut OrgWrites, token: &Token, secret: &Secret) {
    writes.claim::<TokenHash>(&secret.hash(), &token.id);
    writes.insert(&token.id, token);
}

/// What the holder may do. Nobody gives what they do not have. Guards a member who holds it: whoever is suspended at
/// this moment loses it with their others.
async fn authority(by: &By<Security>, holder: &Holder, writes: &mut OrgWrites) -> Result<Authority, TokenError> {
    let authority = match holder {
        Holder::Service(permissions) if permissions.is_empty() => return Err(TokenError::NoPermissions),
        Holder::Service(permissions) => Authority::Admin(permissions.clone()),
        Holder::Member(id) | Holder::MemberApp(id) => {
            let member = by.scope.get::<Member>(id).await.map_err(Refusal::from)?;
            let member = member.filter(|found| found.record.0.counts()).ok_or(TokenError::NoSuchMember(*id))?;
            writes.guard_version::<Member>(id, member.version);
            member.record.0.authority
        }
    };
    if by.actor.authority().covers(&authority) { Ok(authority) } else { Err(TokenError::TooMuchAuthority) }
}

/// The organisation's tokens, oldest first, revoked ones among them.
pub async fn list(by: &By<Security>, paging: &Paging) -> Result<PageOf<Token>, Refusal> {
    let after = paging.after_id(TokenId::from_bytes)?;
    let rows = by.scope.page::<Token>(Page::first(paging.limit + 1).after(after)).await?;
    let mut tokens = Vec::with_capacity(rows.len());
    for (_, Stored { version, record }) in rows {
        let ended = match record.member() {
            Some(member) => by.scope.get::<TokensEnded>(&member).await?,
            None => None,
        };
        tokens.push(record.ended_by(version, ended.as_ref()));
    }
    Ok(PageOf::of(tokens, paging, |token: &Token| token.id.as_bytes().to_vec()))
}

/// Ends a token at once; one that has ended stays as it is.
pub async fn revoke(app: &App, by: &By<Security>, id: TokenId) -> Result<(), TokenError> {
    let found = by.scope.get::<Token>(&id).await.map_err(Refusal::from)?;
    let found = found.ok_or_else(|| Refusal::not_found("token", &id))?;
    if found.record.revoked_at.is_some() {
        return Ok(());
    }
    app.change(|| async {
        let ended = Token { revoked_at: Some(by.call.at), ..found.record.clone() };
        let mut change = app.draft(by, "token.revoked", id).before(&found.record).after(&ended);
        change.writes.put(&id, &ended);
        Ok(((), change))
    })
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_a_token_of_version_1_allows_what_its_holder_may_do() {
        let token = Token {
            id: TokenId::from_bytes([1; 16]),
            name: "t".into(),
            holder: Holder::Member(MemberId::from_bytes([2; 16])),
            ceiling: Authority::PrimaryAdmin,
            created_at: Instant::from_micros(0),
            expires_at: None,
            revoked_at: None,
        };
        let mut old = Cbor::serialized(&token).unwrap();
        old.as_map_mut().unwrap().retain(|(name, _)| *name != "ceiling".into());
        let lifted = lift(1, old.clone()).unwrap();
        assert_eq!(lifted.deserialized::<Token>().unwrap(), token);
        assert_eq!(lift(2, old), None);
    }
}
