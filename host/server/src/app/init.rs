//! Tokens for whoever runs a host, made beside its data: the first one, and one more if all were lost.

use usher_domain::ids::TokenId;
use usher_store::CommitError;

use super::App;
use super::operator_tokens::{self, OperatorTokenError, OperatorTokens};
use super::refusal::Refusal;
use super::tokens::Secret;

/// Why there is no first token.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is one.
    #[error("the host has an operator's token already: it was shown when the host was set up, and is not kept")]
    Done,
    /// There is no room for another.
    #[error(transparent)]
    Token(#[from] OperatorTokenError),
}

/// Makes the operator's token, once in the life of a host.
pub async fn init(app: &App) -> Result<Secret, InitError> {
    let host = app.host();
    if host.get::<OperatorTokens>(&()).await.map_err(Refusal::from)?.is_some() {
        return Err(InitError::Done);
    }
    let secret = Secret::new(app);
    let first = OperatorTokens::first(app.new_id(TokenId::from_parts), &secret, app.clock.now());
    let mut writes = host.writes();
    writes.insert(&(), &first);
    match writes.commit().await {
        Ok(_) => Ok(secret),
        Err(CommitError::Conflict { .. }) => Err(Refusal::Busy.into()),
        Err(error) => Err(Refusal::Commit(error).into()),
    }
}

/// Makes one more operator's token, for whoever has the host's data and lost theirs; it has no end.
pub async fn another(app: &App) -> Result<Secret, InitError> {
    Ok(operator_tokens::regain(app).await?)
}
