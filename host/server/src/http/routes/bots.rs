//! `/v1/orgs/{org}/bots`: chat bots that answer requests, made by primary admins, and what they send (R17).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use usher_api::Page;
use usher_api::bot::{Bot, BotAnswer, BotApprovers, BotCreated, NewBot};
use usher_api::request::JoinRequest;
use usher_domain::ids::{BotId, MemberId, OrgId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::without_choice;
use super::requests;
use crate::app::actor::{By, Call, PrimaryAdmin};
use crate::app::answers::{bots, give};
use crate::http::Host;
use crate::http::body::{Body, New, field, parse};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::reply::{Created, Done, IfMatch, Shown, Versioned};
use crate::http::signed::Signed;

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .routes(routes!(create_bot, list_bots))
        .routes(routes!(show_bot, delete_bot))
        .routes(routes!(set_bot_approvers))
        .routes(routes!(answer_by_bot))
}

/// Makes a chat bot. The answer holds its secret, this once.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/bots", tag = "joining", params(IdempotencyKey), request_body = NewBot,
    responses((status = 201, body = BotCreated))
)]
async fn create_bot(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    New { body, once }: New<NewBot>,
) -> Answer<Created<BotCreated>> {
    let by = by.once(once);
    let made = bots::create(&host.app, &by, &body.name, &approvers(&body.approvers)?).await?;
    let location = format!("/v1/orgs/{}/bots/{}", by.org(), made.made.id);
    let body = BotCreated { bot: wire(made.made), secret: made.secret.map(bots::Secret::reveal) };
    Ok(Created { body, location, version: made.version })
}

/// The organisation's bots, oldest first, without their secrets, on one page.
#[utoipa::path(get, path = "/v1/orgs/{org}/bots", tag = "joining", responses((status = 200, body = Page<Bot>)))]
async fn list_bots(by: By<PrimaryAdmin>) -> Answer<Shown<Page<Bot>>> {
    Ok(Shown(Page { items: bots::list(&by).await?.into_iter().map(wire).collect(), next: None }))
}

/// One bot, without its secret.
#[utoipa::path(get, path = "/v1/orgs/{org}/bots/{bot}", tag = "joining", responses((status = 200, body = Bot)))]
async fn show_bot(by: By<PrimaryAdmin>, Named(bot): Named<BotId>) -> Answer<Versioned<Bot>> {
    let found = bots::show(&by, bot).await?;
    Ok(Versioned { body: wire(found.record), version: found.version })
}

/// Takes a bot away at once.
#[utoipa::path(delete, path = "/v1/orgs/{org}/bots/{bot}", tag = "joining", responses((status = 204)))]
async fn delete_bot(State(host): State<Arc<Host>>, by: By<PrimaryAdmin>, Named(bot): Named<BotId>) -> Answer<Done> {
    bots::delete(&host.app, &by, bot).await?;
    Ok(Done)
}

/// Says anew which user of the chat is which approver.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/bots/{bot}/approvers", tag = "joining", params(VersionMatch),
    request_body = BotApprovers, responses((status = 200, body = Bot))
)]
async fn set_bot_approvers(
    State(host): State<Arc<Host>>,
    by: By<PrimaryAdmin>,
    Named(bot): Named<BotId>,
    IfMatch(version): IfMatch,
    Body(body): Body<BotApprovers>,
) -> Answer<Versioned<Bot>> {
    let changed = bots::set_approvers(&host.app, &by, bot, version, &approvers(&body.approvers)?).await?;
    Ok(Versioned { body: wire(changed.record), version: changed.version })
}

/// An answer through a chat bot, signed with its secret by Standard Webhooks (`webhook-id`, `webhook-timestamp`
/// within five minutes of now, `webhook-signature`). A message that comes again, or comes second, is refused with
/// `already_processed` and is told the first answer.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/bots/{bot}/answer", tag = "joining", request_body = BotAnswer,
    responses((status = 200, body = JoinRequest)), security(())
)]
async fn answer_by_bot(
    State(host): State<Arc<Host>>,
    call: Call,
    Named(org): Named<OrgId>,
    Named(bot): Named<BotId>,
    signed: Signed,
) -> Answer<Versioned<JoinRequest>> {
    let at = call.at;
    let bot = bots::verify(&host.app, org, bot, at, &signed.message()).await?;
    let body: BotAnswer = parse(&signed.body)?;
    let request = field("/request", &body.request)?;
    let by = bots::answerer(&host.app, org, call, &bot, &body.user).await?;
    let answered = give(&host.app, &by, request, &without_choice(body.verdict), body.note.as_deref()).await?;
    Ok(Versioned { body: requests::wire(answered.record, at), version: answered.version })
}

fn approvers(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, MemberId>, Failure> {
    let approver = |(user, member): (&String, &String)| Ok((user.clone(), field("/approvers", member)?));
    given.iter().map(approver).collect()
}

fn wire(bot: bots::Bot) -> Bot {
    Bot {
        id: bot.id.to_string(),
        name: bot.name,
        approvers: bot.approvers.into_iter().map(|(user, member)| (user, member.to_string())).collect(),
        created_at: bot.created_at.to_string(),
    }
}
