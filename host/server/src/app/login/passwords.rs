//! Passwords being set: by an admin for a business login (R10), by whoever they are of for themselves.

use usher_domain::ids::MemberId;
use usher_domain::member::Login;
use usher_domain::password::Password;
use usher_domain::time::Instant;
use usher_store::{OrgWrites, Stored};

use super::break_glass::stays_possible;
use super::codes::{self, Right};
use super::find::name_of;
use super::hashing::{self, Kept};
use super::sessions::own;
use super::{LoginError, account};
use crate::app::App;
use crate::app::actor::{AnyMember, By, Managing};
use crate::app::change::Change;
use crate::app::members::MemberError;
use crate::app::members::sight::touched;
use crate::app::proofs::Typed;
use crate::app::refusal::Refusal;
use crate::app::stored::Member;
use crate::app::throttle::logins::{Account, Beside, Try};

/// A password to be handed over, and how it is kept until its first login.
#[derive(Clone, Debug)]
pub struct HandedOver {
    kept: Kept,
    /// Shown once: a generated one.
    pub generated: Option<Password>,
}

impl HandedOver {
    /// The admin's password, else a generated one.
    pub async fn of(app: &App, given: Option<&Password>) -> Result<HandedOver, hashing::Overloaded> {
        match given {
            Some(given) => Ok(HandedOver { kept: hashing::keep(app, given).await?, generated: None }),
            None => Ok(HandedOver::generate(app)),
        }
    }

    /// A generated one.
    pub fn generate(app: &App) -> HandedOver {
        HandedOver::generated(app, Password::generate(app.random()))
    }

    /// One that was generated elsewhere.
    pub fn generated(app: &App, password: Password) -> HandedOver {
        HandedOver { kept: hashing::keep_generated(app, &password), generated: Some(password) }
    }

    /// The admin's, one of many for which nobody waits.
    pub async fn in_bulk(app: &App, given: &Password) -> Result<HandedOver, hashing::Overloaded> {
        Ok(HandedOver { kept: hashing::keep_in_bulk(app, given).await?, generated: None })
    }

    /// Gives it to a new member, who must change it at their first login (R10).
    pub fn give(&self, writes: &mut OrgWrites, member: MemberId, at: Instant) {
        let password = Some(self.password(at));
        writes.insert(&member, &account::Account { password, sessions: Vec::new() });
    }

    fn password(&self, at: Instant) -> account::Password {
        account::Password { kept: self.kept.clone(), must_change: true, set_at: at }
    }
}

/// Sets a member's password anew, or generates one, which is shown this once. Their sessions end.
pub async fn hand_over(
    app: &App,
    by: &By<Managing>,
    id: MemberId,
    given: Option<&Password>,
) -> Result<Option<Password>, MemberError> {
    let draft = || async {
        let mut change = app.draft(by, "member.password_set", id);
        let Stored { version, record: Member(member) } = touched(by, id, &mut change.writes).await?;
        change.writes.guard_version::<Member>(&id, version);
        match () {
            () if !by.actor.authority().covers(&member.authority) => Err(MemberError::TooMuchAuthority),
            () if !member.counts() => Err(MemberError::Deleted),
            () if member.login != Login::BusinessEmail => Err(MemberError::OwnPassword),
            () if !stays_possible(&by.scope, &mut change.writes, (&member, None), &[]).await? => {
                Err(MemberError::LastWayIn)
            }
            () => Ok(change),
        }
    };
    // Before the work of hashing, and again with the commit.
    draft().await?;
    let new = HandedOver::of(app, given).await?;
    app.change(|| async {
        let mut change = draft().await?;
        let (mut account, version) = account::read(&by.scope, id).await?;
        account.password = Some(new.password(by.call.at));
        account.sessions.clear();
        account::write(&mut change.writes, id, version, &account);
        Ok::<_, MemberError>(((), change))
    })
    .await?;
    Ok(new.generated)
}

/// Changes one's own password.
#[derive(Clone, Debug)]
pub struct OwnPassword {
    /// The one so far; an inner nothing is one that is nobody's.
    pub current: Option<Option<Password>>,
    /// A one-time code for the login name instead, by whoever has none or forgot it; not with business mail, whose
    /// password an admin sets anew.
    pub code: Option<Typed>,
    /// The one from now on.
    pub new: Password,
}

/// Changes one's own password. All other sessions end.
pub async fn change_own(app: &App, by: &By<AnyMember>, asked: &OwnPassword) -> Result<(), LoginError> {
    let id = own(by)?;
    let Stored { record: Member(member), .. } =
        by.scope.get::<Member>(&id).await.map_err(Refusal::from)?.ok_or(Refusal::Unauthenticated)?;
    if member.login == Login::Phone {
        return Err(LoginError::NoPassword);
    }
    let name = name_of(&member).ok_or(LoginError::NoPassword)?;
    let code = match (&asked.current, &asked.code) {
        (Some(typed), _) => {
            let (account, _) = account::read(&by.scope, id).await?;
            let account_name = Account::new(by.org(), name.canonical());
            // Whoever asks holds a token already: nobody else's guesses are in their way.
            let guess = Try { account: account_name, origin: by.call.origin, beside: Beside::Session, known: true };
            let comparing = app.throttle.take_in_hand(guess, by.call.at)?;
            let typed = typed.as_ref().ok_or(LoginError::Failed)?;
            let kept = account.password.as_ref().map(|password| &password.kept);
            if !super::compare(app, comparing, kept, typed, true, by.call.at).await? {
                return Err(LoginError::Failed);
            }
            if *typed == asked.new {
                return Err(LoginError::SamePassword);
            }
            None
        }
        (None, Some(typed)) if member.login == Login::WorkEmail => {
            Some(codes::compare(app, &by.scope, &by.call, &name, typed).await?)
        }
        (None, _) => return Err(LoginError::Nothing),
    };
    let kept = hashing::keep(app, &asked.new).await?;
    replace(app, by, id, &kept, code.as_ref()).await
}

async fn replace(
    app: &App,
    by: &By<AnyMember>,
    id: MemberId,
    kept: &Kept,
    code: Option<&Right>,
) -> Result<(), LoginError> {
    app.change(|| async {
        let (mut account, version) = account::read(&by.scope, id).await?;
        account.password = Some(account::Password { kept: kept.clone(), must_change: false, set_at: by.call.at });
        account.sessions.retain(|session| session.id == by.actor.token());
        let mut change: Change<LoginError> = app.draft(by, "member.password_changed", id);
        account::write(&mut change.writes, id, version, &account);
        if let Some(code) = code {
            code.take(&mut change.writes);
        }
        Ok(((), change))
    })
    .await
    .map(drop)
}
