//! Members log in (R9 to R11, R19, R30): by the address or phone their record says, with a password, a one-time
//! code, or both.
//!
//! What it takes is [`way_in`](usher_domain::login::way_in)'s to say; after too many wrong passwords for an account it
//! takes a code besides, which is [`super::throttle`]'s.
//!
//! INVARIANT: nothing tells a stranger whether an address is somebody's. Whoever has proved nothing gets the same
//! answer for the same work: reads, one hash for each password, one commit for each code asked for and each failure
//! that is told.
//!
//! Must not know how mail travels, nor SSO beyond whether it is on: that is [`super::sso`].

pub mod account;
pub mod attempt;
pub(crate) mod break_glass;
pub mod business;
pub mod codes;
pub(crate) mod failures;
mod find;
pub mod hashing;
pub mod passwords;
pub mod sessions;

use usher_domain::login::NoWay;
use usher_domain::member::NoLogin;
use usher_domain::password::Password;
use usher_domain::proof;
use usher_domain::time::Instant;
use usher_store::OrgScope;

use self::hashing::{Kept, Overloaded};
use super::App;
use super::refusal::Refusal;
use super::throttle::TooManyAttempts;
use super::throttle::logins::{Comparing, Held};

/// Why somebody is not logged in, or no code is sent.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody's address, a wrong password, a way that is not theirs: which one is not said.
    #[error("that is no login here: look at address and password, or ask for a code")]
    Failed,
    /// Right, and not enough for their login: a stranger is told no more than of a wrong password.
    #[error("{}", LoginError::Failed)]
    NotEnough,
    /// Neither password nor code.
    #[error("give a password, or a one-time code with its proof")]
    Nothing,
    /// The code will not do.
    #[error(transparent)]
    Code(#[from] proof::ProofError),
    /// Too many wrong ones came from there.
    #[error("too many wrong passwords or codes were tried: wait {} seconds", .0.seconds())]
    Throttled(TooManyAttempts),
    /// Too many codes were asked for.
    #[error("too many codes were asked for: use the newest one, or wait {} seconds", .0.seconds())]
    TooManyCodes(TooManyAttempts),
    /// Too many wrong passwords were tried for the account, by whomever.
    #[error(
        "too many wrong passwords were tried for this login: ask for a one-time code and send it with the password"
    )]
    CodeRequired,
    /// The password was right and holds for its own change alone (R10).
    #[error("the password must be changed at this login: send `new_password` too")]
    PasswordChangeRequired,
    /// The new password is the old one.
    #[error("the new password is the one before: choose another")]
    SamePassword,
    /// Phone logins have none.
    #[error("this login has no password: it is by one-time codes alone")]
    NoPassword,
    /// Right, and yet they may not (R19, R32).
    #[error("{0}: ask an administrator of your organisation")]
    MayNot(NoLogin),
    /// Logins go to the identity provider (R39).
    #[error(
        "logins of this organisation go through single sign-on; a primary admin has password and one-time code besides"
    )]
    SsoRequired,
    /// The host compares as many passwords as it can.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
}

impl From<NoWay> for LoginError {
    fn from(no_way: NoWay) -> LoginError {
        match no_way {
            NoWay::NotEnough => LoginError::NotEnough,
            NoWay::Sso => LoginError::SsoRequired,
        }
    }
}

impl From<Held> for LoginError {
    fn from(held: Held) -> LoginError {
        match held {
            Held::Wait(error) => LoginError::Throttled(error),
            Held::Busy => LoginError::Overloaded(Overloaded),
            Held::CodeRequired => LoginError::CodeRequired,
        }
    }
}

/// Whether a password is right, which the throttle knows before anybody else. If nobody `could_be` whose it is, it is
/// wrong after the same work.
async fn compare(
    app: &App,
    comparing: Comparing<'_>,
    kept: Option<&Kept>,
    typed: &Password,
    could_be: bool,
    now: Instant,
) -> Result<bool, LoginError> {
    let equal = match hashing::is_right(app, kept, typed).await {
        Ok(equal) => equal,
        Err(overloaded) => {
            comparing.give_back();
            return Err(overloaded.into());
        }
    };
    let right = equal && could_be;
    comparing.settle(right, now)?;
    Ok(right)
}

/// The organisation's data and name, if there is such an organisation: ids are no secret and cannot be guessed.
async fn organisation(
    app: &App,
    org: usher_domain::ids::OrgId,
) -> Result<(OrgScope, usher_domain::organisation::Organisation), Refusal> {
    let scope = app.org(org);
    let organisation = super::organisations::of(&scope).await?.record.0;
    Ok((scope, organisation))
}
