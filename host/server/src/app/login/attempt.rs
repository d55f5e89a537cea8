//! Logging in: what was given is compared, then the rules say whether it is enough, then a session begins.

use serde_json::json;
use usher_domain::ids::{MemberId, OrgId, TokenId};
use usher_domain::member::{Login, Member, NoLogin};
use usher_domain::password::Password;
use usher_domain::proof::Subject;
use usher_domain::session::{self, Client, Session};
use usher_store::{OrgScope, Stored};

use super::codes::{self, Right};
use super::find::{Found, find_login};
use super::hashing::{self, Kept};
use super::sessions::SessionSecret;
use super::{LoginError, account};
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::proofs::Typed;
use crate::app::refusal::Refusal;
use crate::app::sso::connections;
use crate::app::stored;
use crate::app::throttle::logins::{Account, Try};
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

/// What was proved.
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
    let sso = connections::is_on(&scope).await?;
    if sso && (attempt.password.is_none() || attempt.code.is_none()) {
        return Err(LoginError::SsoRequired);
    }
    let proved = prove(app, &scope, call, attempt).await?;
    if proved.password.as_ref().is_some_and(|password| password.must_change) && attempt.new_password.is_none() {
        return Err(LoginError::PasswordChangeRequired);
    }
    if attempt.new_password.is_some() && attempt.password == Some(attempt.new_password.clone()) {
        return Err(LoginError::SamePassword);
    }
    let member = &proved.member.record.0;
    if sso && !member.authority.is_primary_admin() {
        return Err(LoginError::SsoRequired);
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
    begin(app, &scope, call, attempt, &proved, new_password, sso).await
}

/// Compares what was given with what is kept. INVARIANT: up to its end, nothing done here depends on whether the name
/// is somebody's.
async fn prove(app: &App, scope: &OrgScope, call: &Call, attempt: &Attempt) -> Result<Proved, LoginError> {
    let account = Account::new(attempt.org, attempt.name.canonical());
    let guess = Try { account, origin: call.origin, with_code: attempt.code.is_some() };
    app.throttle.may_try(&guess, call.at)?;
    let code = match &attempt.code {
        Some(typed) => Some(codes::compare(app, scope, call, &attempt.name, typed).await?),
        None => None,
    };
    let Found { member, account } = find_login(app, scope, &attempt.name).await?;
    if let Some(typed) = &attempt.password {
        let kept = account.password.as_ref().map(|password| &password.kept);
        // What nobody can have as a password is compared like any other.
        let nobodys = Password::generate([0; usher_domain::password::GENERATED_ENTROPY]);
        let equal = hashing::is_right(app, kept, typed.as_ref().unwrap_or(&nobodys)).await?;
        let right = equal && typed.is_some() && member.is_some();
        app.throttle.settle_try(&guess, right, call.at)?;
        if !right {
            if let Some(typed) = &attempt.code {
                codes::count_try(app, scope, call, typed.proof).await?;
            }
            return Err(LoginError::Failed);
        }
    }
    let member = member.ok_or(LoginError::Failed)?;
    let enough = match member.record.0.login {
        Login::BusinessEmail => attempt.password.is_some(),
        Login::WorkEmail => true,
        Login::Phone => code.is_some(),
    };
    if !enough {
        return Err(LoginError::Failed);
    }
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

/// Begins a session: the first one makes the member active (R30).
async fn begin(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    attempt: &Attempt,
    proved: &Proved,
    new_password: Option<Kept>,
    sso: bool,
) -> Result<LoggedIn, LoginError> {
    let id = proved.member.record.0.id;
    let secret = SessionSecret::new(app, attempt.org, id);
    let session = Session {
        id: app.new_id(TokenId::from_parts),
        client: attempt.client,
        secret_hash: secret.hash(),
        created_at: call.at,
        used_at: call.at,
        origin: call.origin.map(|origin| origin.to_string()),
    };
    let (new_password, account_name) = (&new_password, Account::new(attempt.org, attempt.name.canonical()));
    app.change(|| async {
        let (mut account, version) = account::read(scope, id).await?;
        // Compared a moment ago, and not compared any more: whoever changed it meant to end just this.
        if proved.password.is_some() && account.password != proved.password {
            return Err(LoginError::Failed);
        }
        let found = scope.get::<stored::Member>(&id).await.map_err(Refusal::from)?.ok_or(LoginError::Failed)?;
        let mut member: Member = found.record.0.clone();
        let before = member.state();
        member.logged_in().map_err(|_| LoginError::MayNot(NoLogin::State(before)))?;
        if let Some(kept) = new_password {
            account.password = Some(account::Password { kept: kept.clone(), must_change: false, set_at: call.at });
            account.sessions.clear();
        }
        session::begin(&mut account.sessions, session.clone());

        let app_used = attempt.client == Client::MemberApp;
        let doer = Doer::Member { member: id, token: session.id, app: app_used };
        let action = if sso { "login.break_glass" } else { "login.accepted" };
        let after = json!({
            "state": member.state(), "client": attempt.client, "password_changed": new_password.is_some(),
            "by_password": attempt.password.is_some(), "by_code": proved.code.is_some(),
        });
        let mut change: Change<LoginError> =
            app.draft_as(scope, call, doer, action, id).before(&json!({ "state": before })).after(&after);
        if sso {
            change.event(app, action, json!({ "member": id }));
        }
        if member != found.record.0 {
            change.plan.replace(&id, found.version, &stored::Member(member));
            change.event(app, "member.activated", json!({ "member": id }));
        } else {
            change.plan.guard_version::<stored::Member>(&id, found.version);
        }
        account::write(&mut change.plan, id, version, &account);
        if let Some(code) = &proved.code {
            code.take(&mut change.plan);
        }
        codes::remember_network(&mut change.plan, account_name, call);
        Ok(((), change))
    })
    .await?;
    Ok(LoggedIn { member: id, session, secret })
}
