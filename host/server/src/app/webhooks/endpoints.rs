//! What admins do with webhooks: make, change, remove, give a new secret, test, deliver again, read how it went.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use usher_domain::ids::{EventId, WebhookId};
use usher_domain::time::{DAY, Instant, MINUTE};
use usher_store::{OrgWrites, Page, Stored};

use super::signature::Secret;
use super::{ATTEMPTS_KEPT, Attempt, Cursor, MAX_WEBHOOKS, State, Webhook, Webhooks, all, keep};
use crate::app::App;
use crate::app::actor::{self, By};
use crate::app::change::{Change, Made};
use crate::app::events::{self, Event, KINDS};
use crate::app::refusal::Refusal;
use crate::ports::TargetError;

/// Longest URL, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;
/// Most types of events that one webhook names.
pub const MAX_TYPES: usize = 50;
/// How long a secret signs beside the one after it, in microseconds.
const FORMER_FOR: i64 = DAY;
/// After a webhook is switched on, commits that did not know of it are over by then, in microseconds.
const ALL_KNOW_AFTER: i64 = MINUTE;

/// Asks for a webhook.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Where to.
    pub url: String,
    /// Types of events that are sent; empty for all.
    pub types: Vec<String>,
}

/// What changes of a webhook. Nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// Where to.
    pub url: Option<String>,
    /// Types of events that are sent; empty for all.
    pub types: Option<Vec<String>>,
    /// Whether it is sent to.
    pub enabled: Option<bool>,
}

/// Why a webhook is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The URL is too long.
    #[error("a URL has at most {MAX_URL_BYTES} bytes")]
    LongUrl,
    /// Webhooks do not go there.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Too many types.
    #[error("a webhook names at most {MAX_TYPES} types of events: leave `types` empty for all")]
    TooManyTypes,
    /// A type that is none.
    #[error("events of this type never come; there are {}", KINDS.join(", "))]
    UnknownType {
        /// Its place among those given.
        index: usize,
    },
    /// There are too many.
    #[error("an organisation has at most {MAX_WEBHOOKS} webhooks: remove one first")]
    TooMany,
    /// There is no such event yet.
    #[error("there are {0} events: give the number of one of them, or of the next")]
    NoSuchEvent(u64),
    /// Tests wait for targets that may never answer.
    #[error("a test of one of the organisation's webhooks is under way, or many are on this host: wait for its end")]
    TestUnderWay,
}

/// A webhook and how far it has come, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its id.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// Types of events that are sent; empty for all.
    pub types: Vec<String>,
    /// Whether it is sent to.
    pub state: State,
    /// When it was made.
    pub created_at: Instant,
    /// Until when the secret before this one signs too.
    pub former_until: Option<Instant>,
    /// How far it has come.
    pub cursor: Cursor,
}

impl Shown {
    fn of(webhook: &Webhook, cursor: Cursor, now: Instant) -> Shown {
        let former_until = webhook.former.as_ref().map(|(_, end)| *end).filter(|end| now < *end);
        let Webhook { id, url, types, state, created_at, .. } = webhook.clone();
        Shown { id, url, types, state, created_at, former_until, cursor }
    }
}

/// Makes a webhook, which gets what happens from now on. Its secret is there once.
pub async fn create(
    app: &App,
    by: &By<actor::Webhooks>,
    new: &NewWebhook,
) -> Result<Made<Shown, Secret>, WebhookError> {
    check_url(app, &new.url)?;
    check_types(&new.types)?;
    app.make(by, || async {
        let found = all(&by.scope).await.map_err(Refusal::from)?;
        let mut webhooks = found.record;
        if webhooks.webhooks.len() >= MAX_WEBHOOKS {
            return Err(WebhookError::TooMany);
        }
        let secret = Secret::from_bytes(app.random());
        let id = app.new_id(WebhookId::from_parts);
        let webhook = Webhook {
            id,
            url: new.url.clone(),
            types: new.types.clone(),
            state: State::Enabled,
            secret: secret.seal(app, id),
            former: None,
            created_at: by.call.at,
        };
        let cursor = Cursor { after: events::newest(&by.scope).await.map_err(Refusal::from)?, ..Cursor::default() };
        let shown = Shown::of(&webhook, cursor.clone(), by.call.at);
        let mut change = app.draft(by, "webhook.created", webhook.id).after(&shown);
        change.writes.insert(&webhook.id, &cursor);
        serve(&mut change.writes, &webhook, by.call.at);
        webhooks.webhooks.push(webhook);
        keep(&mut change.writes, found.version, &webhooks);
        Ok((shown, secret, change))
    })
    .await
}

/// All webhooks, oldest first; with the version of all of them together.
pub async fn list(by: &By<actor::Webhooks>) -> Result<Stored<Vec<Shown>>, Refusal> {
    let found = all(&by.scope).await?;
    let ids: Vec<WebhookId> = found.record.webhooks.iter().map(|webhook| webhook.id).collect();
    let cursors = by.scope.get_many::<Cursor>(&ids).await?;
    let cursors = cursors.into_iter().map(|cursor| cursor.map(|found| found.record).unwrap_or_default());
    let shown =
        found.record.webhooks.iter().zip(cursors).map(|(webhook, cursor)| Shown::of(webhook, cursor, by.call.at));
    Ok(Stored { version: found.version, record: shown.collect() })
}

/// One webhook; with the version of all of them together.
pub async fn show(by: &By<actor::Webhooks>, id: WebhookId) -> Result<Stored<Shown>, Refusal> {
    let all = list(by).await?;
    let found = all.record.into_iter().find(|shown| shown.id == id);
    let record = found.ok_or_else(|| Refusal::not_found("webhook", &id))?;
    Ok(Stored { version: all.version, record })
}

/// Changes a webhook. Switched on again, it goes on where it was.
pub async fn update(
    app: &App,
    by: &By<actor::Webhooks>,
    id: WebhookId,
    version: u64,
    new: &WebhookChange,
) -> Result<Stored<Shown>, WebhookError> {
    new.url.as_deref().map(|url| check_url(app, url)).transpose()?;
    new.types.as_deref().map(check_types).transpose()?;
    let change = |webhook: &mut Webhook, cursor: &mut Cursor| {
        webhook.url = new.url.clone().unwrap_or_else(|| webhook.url.clone());
        webhook.types = new.types.clone().unwrap_or_else(|| webhook.types.clone());
        match new.enabled {
            Some(true) => webhook.state = State::Enabled,
            Some(false) if webhook.state == State::Enabled => webhook.state = State::Disabled,
            Some(false) | None => {}
        }
        // What is tried now may go better than what failed.
        *cursor = Cursor { after: cursor.after, attempted: cursor.attempted, ..Cursor::default() };
    };
    alter(app, by, "webhook.changed", id, Some(version), change).await
}

/// Gives a webhook a new secret, which is there once; the old one signs too for a day.
pub async fn rotate(
    app: &App,
    by: &By<actor::Webhooks>,
    id: WebhookId,
) -> Result<(Stored<Shown>, Secret), WebhookError> {
    let secret = Secret::from_bytes(app.random());
    let change = |webhook: &mut Webhook, _: &mut Cursor| {
        let former = std::mem::replace(&mut webhook.secret, secret.seal(app, id));
        webhook.former = Some((former, by.call.at.plus(FORMER_FOR)));
    };
    let shown = alter(app, by, "webhook.secret_rotated", id, None, change).await?;
    Ok((shown, secret))
}

/// Delivers again from the event with the number `from` on.
pub async fn redeliver(
    app: &App,
    by: &By<actor::Webhooks>,
    id: WebhookId,
    from: u64,
) -> Result<Stored<Shown>, WebhookError> {
    let newest = events::newest(&by.scope).await.map_err(Refusal::from)?;
    if from == 0 || from > newest + 1 {
        return Err(WebhookError::NoSuchEvent(newest));
    }
    let change = |_: &mut Webhook, cursor: &mut Cursor| {
        *cursor = Cursor { after: from - 1, attempted: cursor.attempted, ..Cursor::default() };
    };
    alter(app, by, "webhook.redelivered", id, None, change).await
}

/// Removes a webhook with its cursor and its attempts.
pub async fn remove(app: &App, by: &By<actor::Webhooks>, id: WebhookId) -> Result<(), WebhookError> {
    app.change(|| async {
        let shown = show(by, id).await?;
        // Read first: whoever keeps an attempt moves it.
        let cursor = by.scope.get::<Cursor>(&id).await.map_err(Refusal::from)?;
        let cursor = cursor.ok_or_else(|| Refusal::not_found("webhook", &id))?;
        let attempts = by.scope.page_within::<Attempt>(&id, Page::first(2 * ATTEMPTS_KEPT as usize)).await;
        let mut webhooks = all(&by.scope).await.map_err(Refusal::from)?.record;
        webhooks.webhooks.retain(|webhook| webhook.id != id);
        let mut change: Change<WebhookError> = app.draft(by, "webhook.removed", id).before(&shown.record);
        keep(&mut change.writes, shown.version, &webhooks);
        change.writes.guard_version::<Cursor>(&id, cursor.version);
        change.writes.delete::<Cursor>(&id);
        for (attempt, _) in attempts.map_err(Refusal::from)? {
            change.writes.delete::<Attempt>(&attempt);
        }
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Sends a `ping` now, whatever the webhook's state, and tells how that went. It is not among the attempts. INVARIANT:
/// a test is under way until its target has answered or was given up, even if nobody waits for it any more.
pub async fn test(app: &Arc<App>, by: &By<actor::Webhooks>, id: WebhookId) -> Result<Attempt, WebhookError> {
    let webhooks = all(&by.scope).await.map_err(Refusal::from)?.record.webhooks;
    let webhook = webhooks.into_iter().find(|webhook| webhook.id == id);
    let webhook = webhook.ok_or_else(|| Refusal::not_found("webhook", &id))?;
    let under_way = app.webhooks.begin_test(by.org()).ok_or(WebhookError::TestUnderWay)?;
    let id = app.new_id(EventId::from_parts);
    let ping =
        Event { id, at: by.call.at, kind: "ping".to_owned(), version: 1, data: json!({ "webhook": webhook.id }) };
    let (app, org) = (app.clone(), by.org());
    let sent = tokio::spawn(async move {
        let attempt = app.webhooks.send(&app, org, &webhook, None, &ping).await;
        drop(under_way);
        attempt
    });
    sent.await.map_err(|_| Refusal::Busy.into())
}

/// How the last attempts went, newest first.
pub async fn attempts(by: &By<actor::Webhooks>, id: WebhookId) -> Result<Vec<Attempt>, Refusal> {
    show(by, id).await?;
    let rows = by.scope.page_within::<Attempt>(&id, Page::last(ATTEMPTS_KEPT as usize)).await?;
    Ok(rows.into_iter().map(|(_, found)| found.record).collect())
}

/// Changes a webhook and its cursor, and has it served.
async fn alter(
    app: &App,
    by: &By<actor::Webhooks>,
    action: &str,
    id: WebhookId,
    version: Option<u64>,
    alter: impl Fn(&mut Webhook, &mut Cursor),
) -> Result<Stored<Shown>, WebhookError> {
    let (shown, committed) = app
        .change(|| async {
            let found = all(&by.scope).await.map_err(Refusal::from)?;
            let no_such = || Refusal::not_found("webhook", &id);
            let mut webhooks: Webhooks = found.record;
            let webhook = webhooks.webhooks.iter_mut().find(|webhook| webhook.id == id).ok_or_else(no_such)?;
            // After it is known that there is one: a version tells nothing of what is another's.
            if let Some(based_on) = version.filter(|version| *version != found.version) {
                return Err(Refusal::Stale { based_on }.into());
            }
            let cursor = by.scope.get::<Cursor>(&id).await.map_err(Refusal::from)?.ok_or_else(no_such)?;
            let (read_at, mut cursor) = (cursor.version, cursor.record);
            let before = Shown::of(webhook, cursor.clone(), by.call.at);
            alter(webhook, &mut cursor);
            let after = Shown::of(webhook, cursor.clone(), by.call.at);
            let mut change: Change<WebhookError> = app.draft(by, action, id).before(&before).after(&after);
            change.writes.replace(&id, read_at, &cursor);
            serve(&mut change.writes, webhook, by.call.at);
            keep(&mut change.writes, found.version, &webhooks);
            Ok((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: shown })
}

/// Has a webhook served, and once more when no commit of an event is under way that does not know it yet.
fn serve(writes: &mut OrgWrites, webhook: &Webhook, now: Instant) {
    if webhook.state == State::Enabled {
        writes.schedule::<Cursor>(now.as_micros(), &webhook.id);
        writes.schedule::<Cursor>(now.plus(ALL_KNOW_AFTER).as_micros(), &webhook.id);
    }
}

fn check_url(app: &App, url: &str) -> Result<(), WebhookError> {
    if url.len() > MAX_URL_BYTES {
        return Err(WebhookError::LongUrl);
    }
    Ok(app.webhooks.check(url)?)
}

fn check_types(types: &[String]) -> Result<(), WebhookError> {
    if types.len() > MAX_TYPES {
        return Err(WebhookError::TooManyTypes);
    }
    match types.iter().position(|kind| !KINDS.contains(&kind.as_str())) {
        Some(index) => Err(WebhookError::UnknownType { index }),
        None => Ok(()),
    }
}
