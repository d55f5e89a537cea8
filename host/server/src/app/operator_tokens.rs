//! Tokens of whoever runs the host: listed, made, rotated, revoked by any of their holders.
//!
//! All are in one record, so that two changes at once cannot pass each other. Owns that rule and what a rotation
//! is; the form of a secret is [`super::tokens`]' own.
//!
//! INVARIANT: there is a token that is not revoked and has no end, so that nobody locks themselves out.

use serde::{Deserialize, Serialize};
use usher_domain::ids::TokenId;
use usher_domain::member::{NameError, check_name};
use usher_domain::time::{HOUR, Instant};
use usher_store::{CommitError, Stored};

use super::App;
use super::actor::{Actor, ByOperator};
use super::change::Made;
use super::change::rounds::rounds;
use super::refusal::Refusal;
use super::stored::{kind, records};
use super::tokens::Secret;

/// Most tokens that are good at the same time; ended ones make room for new ones.
pub const MAX_TOKENS: usize = 64;
/// How long a rotated token goes on, in microseconds: its programs need time to be given the new one, and an
/// answer that is lost on its way must lock nobody out.
pub const ROTATED_FOR: i64 = HOUR;

/// A token of whoever runs the host, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorToken {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of its text.
    hash: [u8; 32],
    /// When it was made.
    pub created_at: Instant,
    /// Until when it is good; none if open.
    pub expires_at: Option<Instant>,
    /// Since when it is not good any more.
    pub revoked_at: Option<Instant>,
}

impl OperatorToken {
    fn is_good(&self, at: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| at < end)
    }

    fn has_no_end(&self) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none()
    }
}

/// All tokens of whoever runs the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorTokens {
    /// Oldest first.
    tokens: Vec<OperatorToken>,
}

records!(OperatorTokens = kind::OPERATOR_TOKENS, version 1, by ());

impl OperatorTokens {
    /// The first token of a host, which has no end.
    pub(super) fn first(id: TokenId, secret: &Secret, at: Instant) -> OperatorTokens {
        OperatorTokens { tokens: vec![token(id, "first", secret, at, None)] }
    }

    fn add(&mut self, new: OperatorToken) -> Result<(), OperatorTokenError> {
        if self.tokens.len() >= MAX_TOKENS {
            let ended = self.tokens.iter().position(|token| !token.is_good(new.created_at));
            self.tokens.remove(ended.ok_or(OperatorTokenError::TooMany)?);
        }
        self.tokens.push(new);
        Ok(())
    }

    fn find(&mut self, id: TokenId) -> Result<&mut OperatorToken, OperatorTokenError> {
        let found = self.tokens.iter_mut().find(|token| token.id == id);
        Ok(found.ok_or_else(|| Refusal::not_found("token", &id))?)
    }
}

fn token(id: TokenId, name: &str, secret: &Secret, at: Instant, end: Option<Instant>) -> OperatorToken {
    let (name, hash) = (name.to_owned(), secret.hash());
    OperatorToken { id, name, hash, created_at: at, expires_at: end, revoked_at: None }
}

/// Why an operator's token is not made, rotated or revoked.
#[derive(Debug, thiserror::Error)]
pub enum OperatorTokenError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Over before it begins.
    #[error("the token would have expired already: give a later time")]
    Expired,
    /// There are too many.
    #[error("a host has at most {MAX_TOKENS} operator's tokens: revoke one first")]
    TooMany,
    /// What is not good any more has no successor.
    #[error("the token has ended: make a new one")]
    Ended,
    /// Nobody could run the host any more.
    #[error("it is the last operator's token without an end: make another one first")]
    Last,
}

/// Whoever holds the operator's token with this hash.
pub(super) async fn holder(app: &App, hash: &[u8; 32], at: Instant) -> Result<Actor, Refusal> {
    let found = app.host().get::<OperatorTokens>(&()).await?.ok_or(Refusal::Unauthenticated)?;
    let token = found.record.tokens.into_iter().find(|token| token.hash == *hash && token.is_good(at));
    token.map(|token| Actor::Operator { token: token.id }).ok_or(Refusal::Unauthenticated)
}

/// All tokens, oldest first; of the ended ones those that no new one took the place of.
pub async fn list(app: &App, _: &ByOperator) -> Result<Vec<OperatorToken>, Refusal> {
    Ok(stored(app).await?.record.tokens)
}

/// Makes a token. Its secret is there once.
pub async fn create(
    app: &App,
    by: &ByOperator,
    name: &str,
    expires_at: Option<Instant>,
) -> Result<Made<OperatorToken, Secret>, OperatorTokenError> {
    let name = check_name(name)?;
    if expires_at.is_some_and(|end| end <= by.call.at) {
        return Err(OperatorTokenError::Expired);
    }
    let secret = Secret::new(app);
    let new = token(app.new_id(TokenId::from_parts), &name, &secret, by.call.at, expires_at);
    let ((), version) = change(app, |tokens| tokens.add(new.clone())).await?;
    tracing::info!(by = %by.token, token = %new.id, "an operator's token was made");
    Ok(Made { made: new, version, secret: Some(secret) })
}

/// Makes a token that takes the place of another, whose name and end it has; that one goes on for
/// [`ROTATED_FOR`] at most.
pub async fn rotate(
    app: &App,
    by: &ByOperator,
    id: TokenId,
) -> Result<Made<OperatorToken, Secret>, OperatorTokenError> {
    let (secret, successor, at) = (Secret::new(app), app.new_id(TokenId::from_parts), by.call.at);
    let (made, version) = change(app, |tokens| {
        let old = tokens.find(id)?;
        if !old.is_good(at) {
            return Err(OperatorTokenError::Ended);
        }
        let new = token(successor, &old.name, &secret, at, old.expires_at);
        let end = at.plus(ROTATED_FOR);
        old.expires_at = Some(old.expires_at.map_or(end, |earlier| earlier.min(end)));
        tokens.add(new.clone())?;
        Ok(new)
    })
    .await?;
    tracing::info!(by = %by.token, token = %id, %successor, "an operator's token was rotated");
    Ok(Made { made, version, secret: Some(secret) })
}

/// Ends a token at once; one that was revoked stays as it is.
pub async fn revoke(app: &App, by: &ByOperator, id: TokenId) -> Result<(), OperatorTokenError> {
    change(app, |tokens| {
        let found = tokens.find(id)?;
        found.revoked_at.get_or_insert(by.call.at);
        if tokens.tokens.iter().any(OperatorToken::has_no_end) { Ok(()) } else { Err(OperatorTokenError::Last) }
    })
    .await?;
    tracing::info!(by = %by.token, token = %id, "an operator's token was revoked");
    Ok(())
}

/// Makes a token without an end, for whoever has the host's data and no token. Its secret is there once.
pub(super) async fn regain(app: &App) -> Result<Secret, OperatorTokenError> {
    let secret = Secret::new(app);
    let new = token(app.new_id(TokenId::from_parts), "regained", &secret, app.clock.now(), None);
    change(app, |tokens| tokens.add(new.clone())).await?;
    tracing::info!(token = %new.id, "an operator's token was made beside the data");
    Ok(secret)
}

async fn stored(app: &App) -> Result<Stored<OperatorTokens>, Refusal> {
    let found = app.host().get::<OperatorTokens>(&()).await?;
    found.ok_or_else(|| Refusal::not_found("record", &"of the operator's tokens"))
}

/// Decides and commits, and decides again if others got in between. Returns what was decided and the new version.
async fn change<T>(
    app: &App,
    decide: impl Fn(&mut OperatorTokens) -> Result<T, OperatorTokenError>,
) -> Result<(T, u64), OperatorTokenError> {
    rounds(|| async {
        let Stored { version, record: mut tokens } = stored(app).await?;
        let decided = decide(&mut tokens)?;
        let mut writes = app.host().writes();
        writes.replace(&(), version, &tokens);
        match writes.commit().await {
            Ok(committed) => Ok(Some((decided, committed.seq))),
            Err(CommitError::Conflict { .. }) => Ok(None),
            Err(error) => Err(Refusal::Commit(error).into()),
        }
    })
    .await
}
