//! `/v1/login`: members log in. No token: what they prove stands in the body.

use std::sync::Arc;

use axum::extract::State;
use usher_api::Code;
use usher_api::login::{Client, LoggedIn, Login, LoginCode, NewLoginCode, Session, TypedLoginCode};
use usher_domain::address::Address;
use usher_domain::password::Password;
use usher_domain::phone::Phone;
use usher_domain::proof::Subject;
use usher_domain::session;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::Call;
use crate::app::login::{attempt, codes};
use crate::app::proofs::Typed;
use crate::http::Host;
use crate::http::body::{Body, field};
use crate::http::problem::{Answer, Failure};
use crate::http::reply::Shown;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new().routes(routes!(ask_for_login_code)).routes(routes!(log_in))
}

/// Asks for a one-time code, by mail or SMS. The answer is the same whether the login is somebody's or not.
#[utoipa::path(
    post, path = "/v1/login/codes", tag = "login", request_body = NewLoginCode,
    responses((status = 200, body = LoginCode)), security(())
)]
async fn ask_for_login_code(
    State(host): State<Arc<Host>>,
    call: Call,
    Body(body): Body<NewLoginCode>,
) -> Answer<Shown<LoginCode>> {
    let (org, name) = (field("/organisation", &body.organisation)?, name(&body.login)?);
    let sent = codes::ask(&host.app, &call, org, &name).await?;
    Ok(Shown(LoginCode { proof: sent.proof.to_string(), expires_at: sent.expires_at.to_string() }))
}

/// Logs in (R9 to R11, R19). Whoever proves nothing learns nothing, not even whether the login is somebody's.
#[utoipa::path(
    post, path = "/v1/login", tag = "login", request_body = Login, responses((status = 200, body = LoggedIn)),
    security(())
)]
async fn log_in(State(host): State<Arc<Host>>, call: Call, Body(body): Body<Login>) -> Answer<Shown<LoggedIn>> {
    let logged_in = attempt::log_in(&host.app, &call, &asked(body)?).await?;
    Ok(Shown(LoggedIn {
        member: logged_in.member.to_string(),
        token: logged_in.secret.reveal(),
        session: wire(&logged_in.session),
    }))
}

fn asked(body: Login) -> Result<attempt::Attempt, Failure> {
    Ok(attempt::Attempt {
        org: field("/organisation", &body.organisation)?,
        name: name(&body.login)?,
        password: body.password.as_deref().map(Password::typed),
        code: body.code.map(typed).transpose()?,
        new_password: body.new_password.as_deref().map(|text| chosen("/new_password", text)).transpose()?,
        client: match body.client {
            Client::Console => session::Client::Console,
            Client::MemberApp => session::Client::MemberApp,
        },
    })
}

fn name(text: &str) -> Result<Subject, Failure> {
    if text.contains('@') {
        let address = Address::parse(text).map_err(|error| Failure::address("/login", &error))?;
        return Ok(Subject::Email(address));
    }
    // As numbers are stored: whoever has one that is taken no more logs in by it still.
    Phone::try_from(text.to_owned()).map(Subject::Phone).map_err(|_| {
        let detail = "that is neither an email address, as `ada@example.com`, nor a phone number, as `+4915112345678`";
        Failure::at(Code::InvalidField, "/login", detail)
    })
}

/// A code with its proof.
pub fn typed(code: TypedLoginCode) -> Result<Typed, Failure> {
    Ok(Typed { proof: field("/code/proof", &code.proof)?, code: code.code })
}

/// A password that somebody chose.
pub fn chosen(pointer: &str, text: &str) -> Result<Password, Failure> {
    Password::chosen(text).map_err(|error| Failure::at(Code::InvalidField, pointer, error.to_string()))
}

/// A session as it goes over the wire.
pub fn wire(session: &session::Session) -> Session {
    Session {
        id: session.id.to_string(),
        client: match session.client {
            session::Client::Console => Client::Console,
            session::Client::MemberApp => Client::MemberApp,
        },
        created_at: session.created_at.to_string(),
        used_at: session.used_at.to_string(),
        ends_at: session.ends_at().to_string(),
        origin: session.origin.clone(),
    }
}
