//! Logging in: what was given is compared, then the domain says whether it is enough, then a session begins.

use serde_json::json;
use usher_domain::ids::{MemberId, OrgId, TokenId};
use usher_domain::login::{Showed, Way, way_in};
use usher_domain::member::{Login, Member, NoLogin};
use usher_domain::password::Password;
use usher_domain::proof::Subject;
use usher_domain::session::{self, Client, Session};
use usher_store::{OrgScope, Stored};

use super::codes::{self, Right};
use super::find::{Found, find_login};
use super::hashing::{self, Kept};
use super::sessions::SessionSecret;
use super::{LoginError, account, failures};
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::proofs::Typed;
use crate::app::refusal::Refusal;
use crate::app::sso::connections;
use crate::app::stored;
use crate::app::throttle::logins::{Account, Beside, Try};
use crate::app::{App, plans};

/// What somebody gives to be logged in.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Which organisation they mean: a person may be a member of several.
    pub org: OrgId,
    /// Their address or phone.
    pub name: Subject,
    /// Their password; an inner nothing is one that is nobody's.
    pub password: Option<Option<Password>>,
    /// A one-time code.
    pub code: Option<Typed>,
    /// What the password is to be from now on: needed where it must be changed (R10).
    pub new_password: Option<Password>,
    /// What the session is for. It is made for that and stays so (R4).
    pub client: Client,
}

/// Somebody is logged in.
#[derive(Debug)]
pub struct LoggedIn {
    /// Who.
    pub member: MemberId,
    /// Their session.
    pub session: Session,
    /// Its token, which is shown this once.
    pub secret: SessionSecret,
}

/// Whose login it is, and what of what was given was right.
struct Proved {
    member: Stored<stored::Member>,
    password: Option<account::Password>,
    code: Option<Right>,
}

/// Logs somebody in.
pub async fn log_in(app: &App, call: &Call, attempt: &Attempt) -> Result<LoggedIn, LoginError> {
    let (scope, organisation) = super::organisation(app, attempt.org).await?;
    if attempt.password.is_none() && attempt.code.is_none() {
        return Err(LoginError::Nothing);
    }
    let (proved, way) = match pass(app, &scope, call, attempt).await {
        Ok(passed) => passed,
        Err(error) => {
            failures::tell(app, &scope, call, &attempt.name, &error).await?;
            return Err(error);
        }
    };
    let member = &proved.member.record.0;
    if proved.password.as_ref().is_some_and(|password| password.must_change) && attempt.new_password.is_none() {
        return Err(LoginError::PasswordChangeRequired);
    }
    if attempt.new_password.is_some() && attempt.password == Some(attempt.new_password.clone()) {
        return Err(LoginError::SamePassword);
    }
    if attempt.new_password.is_some() && member.login == Login::Phone {
        return Err(LoginError::NoPassword);
    }
    let plans = plans::current(&scope).await?.record.plans;
    if let Err(refusal) = member.check_login(&plans, organisation.today(call.at)) {
        refused(app, &scope, call, member.id, refusal).await?;
        return Err(LoginError::MayNot(refusal));
    }
    let new_password = match &attempt.new_password {
        Some(new) => Some(hashing::keep(app, new).await?),
        None => None,
    };
    Entry { app, scope: &scope, call, attempt, proved, way, new_password }.begin().await
}

/// Whose login it is, if what was given is right and enough.
async fn pass(app: &App, scope: &OrgScope, call: &Call, attempt: &Attempt) -> Result<(Proved, Way), LoginError> {
    let sso = connections::is_on(scope).await?;
    if sso && (attempt.password.is_none() || attempt.code.is_none()) {
        return Err(LoginError::SsoRequired);
    }
    let proved = prove(app, scope, call, attempt).await?;
    let member = &proved.member.record.0;
    let showed = Showed { password: attempt.password.is_some(), code: proved.code.is_some() };
    let way = way_in(member.login, member.authority.is_primary_admin(), sso, showed)?;
    Ok((proved, way))
}

/// Compares what was given with what is kept. INVARIANT: up to its end, nothing done here depends on whether the name
/// is somebody's.
async fn prove(app: &App, scope: &OrgScope, call: &Call, attempt: &Attempt) -> Result<Proved, LoginError> {
    let name = Account::new(attempt.org, attempt.name.canonical());
    let known = codes::is_known(scope, name, call).await?;
    let code = match &attempt.code {
        Some(typed) => Some(codes::compare(app, scope, call, &attempt.name, typed).await?),
        None => None,
    };
    let Found { member, account } = find_login(app, scope, &attempt.name).await?;
    if let Some(typed) = &attempt.password {
        let kept = account.password.as_ref().map(|password| &password.kept);
        // What nobody can have as a password is compared like any other.
        let nobodys = Password::generate([0; usher_domain::password::GENERATED_ENTROPY]);
        let beside = if code.is_some() { Beside::Code } else { Beside::Nothing };
        let guess = Try { account: name, origin: call.origin, beside, known };
        let comparing = app.throttle.take_in_hand(guess, call.at)?;
        let could_be = typed.is_some() && member.is_some();
        let right = super::compare(app, comparing, kept, typed.as_ref().unwrap_or(&nobodys), could_be, call.at).await?;
        if !right {
            if let Some(typed) = &attempt.code {
                codes::count_try(scope, typed.proof).await?;
            }
            return Err(LoginError::Failed);
        }
    }
    let member = member.ok_or(LoginError::Failed)?;
    let password = account.password.filter(|_| attempt.password.is_some());
    Ok(Proved { member, password, code })
}

/// Writes down that somebody proved who they are and may not log in all the same (R43).
async fn refused(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    member: MemberId,
    refusal: NoLogin,
) -> Result<(), LoginError> {
    app.change(|| async {
        let reason = match refusal {
            NoLogin::State(state) => state.as_str(),
            NoLogin::NoSeat => "no_seat",
        };
        let mut change: Change<LoginError> =
            app.draft_as(scope, call, Doer::Stranger, "login.refused", member).after(&json!({ "outcome": reason }));
        change.event(app, "login.refused", json!({ "member": member, "outcome": reason }));
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Somebody who may come in.
struct Entry<'a> {
    app: &'a App,
    scope: &'a OrgScope,
    call: &'a Call,
    attempt: &'a Attempt,
    proved: Proved,
    way: Way,
    new_password: Option<Kept>,
}

impl Entry<'_> {
    /// Begins a session: the first one makes the member active (R30).
    async fn begin(self) -> Result<LoggedIn, LoginError> {
        let id = self.proved.member.record.0.id;
        let secret = SessionSecret::new(self.app, self.attempt.org, id);
        let session = self.session(&secret);
        let known_as = Account::new(self.attempt.org, self.attempt.name.canonical());
        let enter = || async {
            let (account, version) = account::read(self.scope, id).await?;
            let account = self.admitted(account, &session)?;
            let found = self.scope.get::<stored::Member>(&id).await.map_err(Refusal::from)?;
            let Stored { version: seen, record: stored::Member(before) } = found.ok_or(LoginError::Failed)?;
            let mut after = before.clone();
            after.logged_in().map_err(|_| LoginError::MayNot(NoLogin::State(before.state())))?;

            let mut change = self.change(&before, &after, &session);
            if after != before {
                change.writes.replace(&id, seen, &stored::Member(after));
                change.event(self.app, "member.activated", json!({ "member": id }));
            } else {
                change.writes.guard_version::<stored::Member>(&id, seen);
            }
            account::write(&mut change.writes, id, version, &account);
            if let Some(code) = &self.proved.code {
                code.take(&mut change.writes);
            }
            codes::remember_network(self.scope, &mut change.writes, known_as, id, self.call).await?;
            Ok::<_, LoginError>(((), change))
        };
        self.app.change(enter).await?;
        Ok(LoggedIn { member: id, session, secret })
    }

    fn session(&self, secret: &SessionSecret) -> Session {
        Session {
            id: self.app.new_id(TokenId::from_parts),
            client: self.attempt.client,
            secret_hash: secret.hash(),
            created_at: self.call.at,
            used_at: self.call.at,
            origin: self.call.origin.map(|origin| origin.to_string()),
        }
    }

    /// The account with the session in it, and the new password.
    fn admitted(&self, mut account: account::Account, session: &Session) -> Result<account::Account, LoginError> {
        // Compared a moment ago, and not compared any more: whoever changed it meant to end just this.
        if self.proved.password.is_some() && account.password != self.proved.password {
            return Err(LoginError::Failed);
        }
        if let Some(kept) = &self.new_password {
            let set_at = self.call.at;
            account.password = Some(account::Password { kept: kept.clone(), must_change: false, set_at });
            account.sessions.clear();
        }
        session::begin(&mut account.sessions, session.clone());
        Ok(account)
    }

    /// What the trail says; who came in past single sign-on is told to whoever follows the organisation too (R19).
    fn change(&self, before: &Member, after: &Member, session: &Session) -> Change<LoginError> {
        let app_used = self.attempt.client == Client::MemberApp;
        let doer = Doer::Member { member: before.id, token: session.id, app: app_used };
        let action = match self.way {
            Way::Ordinary => "login.accepted",
            Way::BreakGlass => "login.break_glass",
        };
        let told = json!({
            "state": after.state(), "client": self.attempt.client, "password_changed": self.new_password.is_some(),
            "by_password": self.attempt.password.is_some(), "by_code": self.proved.code.is_some(),
        });
        let change = self.app.draft_as(self.scope, self.call, doer, action, before.id);
        let mut change = change.before(&json!({ "state": before.state() })).after(&told);
        if self.way == Way::BreakGlass {
            change.event(self.app, action, json!({ "member": before.id }));
        }
        change
    }
}
