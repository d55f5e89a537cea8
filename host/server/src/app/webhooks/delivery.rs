//! Delivering: what a webhook gets next, and what follows from how that went.
//!
//! INVARIANT: the cursor moves behind an event after it was taken, never before, and one event at a time: so events
//! arrive in order, and each at least once.

use serde_json::json;
use usher_domain::ids::{CallId, OrgId, WebhookId};
use usher_domain::time::{DAY, Instant};
use usher_store::{CommitError, OrgScope, OrgWrites, Page, StoreError, decode};

use super::signature::sign;
use super::{ATTEMPTS_KEPT, Attempt, Cursor, State, Webhook, all, keep};
use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::events::Event;
use crate::app::post::retry_after;
use crate::app::refusal::Refusal;
use crate::app::vault::{Lost, Vault};
use crate::ports::Outbound;

/// Events read at a time.
const PAGE: usize = 32;
/// How long a webhook may fail before it is switched off, in microseconds.
const GIVEN_UP_AFTER: i64 = 5 * DAY;

/// What a webhook gets next, in order, and as what it was read.
pub(super) struct Batch {
    pub(super) webhook: Webhook,
    /// Events that it wants.
    pub(super) events: Vec<(u64, Event)>,
    cursor: Cursor,
    /// The number of the last event that was looked at.
    upto: u64,
    /// Version of the cursor.
    version: u64,
}

/// Whether there is more to deliver now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    /// Go on with the next event.
    On,
    /// Somebody changed something: read again.
    Changed,
    /// Not now: it failed, and is tried again when its time comes, if ever.
    Failed,
}

/// What the webhook gets next; nothing if that is nothing, for now or for ever.
pub(super) async fn next(scope: &OrgScope, id: WebhookId, now: Instant) -> Result<Option<Batch>, Refusal> {
    let webhooks = all(scope).await?.record.webhooks;
    let webhook = webhooks.into_iter().find(|webhook| webhook.id == id && webhook.state == State::Enabled);
    let (Some(webhook), Some(cursor)) = (webhook, scope.get::<Cursor>(&id).await?) else { return Ok(None) };
    let (version, cursor) = (cursor.version, cursor.record);
    if cursor.retry_at.is_some_and(|at| now < at) {
        return Ok(None);
    }
    let rows = scope.events(Page::first(PAGE).after(Some(cursor.after))).await?;
    let Some(upto) = rows.last().map(|(seq, _)| *seq) else { return Ok(None) };
    let mut events = Vec::new();
    for (seq, bytes) in rows {
        let event: Event = decode(&bytes).map_err(|_| StoreError::Value { what: "an event" })?;
        if webhook.wants(&event.kind) {
            events.push((seq, event));
        }
    }
    Ok(Some(Batch { webhook, events, cursor, upto, version }))
}

/// An event as it is sent. Its `id` is `webhook-id`: whoever gets it twice knows it by that.
pub(super) fn outbound(
    vault: &Vault,
    org: OrgId,
    webhook: &Webhook,
    seq: Option<u64>,
    event: &Event,
    now: Instant,
) -> Result<Outbound, Lost> {
    let id = event.id.to_string();
    let body = json!({
        "type": event.kind, "timestamp": event.at.to_string(), "organisation": org.to_string(),
        "id": id, "seq": seq, "version": event.version, "data": event.data,
    });
    let body = body.to_string().into_bytes();
    let timestamp = now.as_micros().div_euclid(1_000_000);
    let signature = sign(&webhook.secrets(vault, now)?, &id, timestamp, &body);
    Ok(Outbound { url: webhook.url.clone(), id, timestamp, signature, body })
}

impl Batch {
    /// Keeps how an attempt went, and has the webhook served again later if it did not go well. `lease` is when it
    /// falls due again if this host ends, and `renewed` when from now on.
    pub(super) async fn keep(
        &mut self,
        app: &App,
        scope: &OrgScope,
        attempt: &Attempt,
        lease: i64,
        renewed: i64,
    ) -> Result<Went, Refusal> {
        let (id, now) = (self.webhook.id, attempt.at);
        let mut writes = scope.writes();
        let mut cursor = Cursor { attempted: self.cursor.attempted + 1, ..self.cursor.clone() };
        writes.put(&(id, cursor.attempted), attempt);
        if let Some(old) = cursor.attempted.checked_sub(ATTEMPTS_KEPT) {
            writes.delete::<Attempt>(&(id, old));
        }
        writes.unschedule::<Cursor>(lease, &id);
        if attempt.is_taken() {
            cursor =
                Cursor { after: attempt.seq.unwrap_or(cursor.after), attempted: cursor.attempted, ..Cursor::default() };
            writes.schedule::<Cursor>(renewed, &id);
            return self.commit(writes, cursor, Went::On).await;
        }
        let since = cursor.failing_since.unwrap_or(now);
        let given_up = attempt.is_gone() || since.plus(GIVEN_UP_AFTER) <= now;
        cursor.attempts += 1;
        let retry_at = now.plus(retry_after(cursor.attempts, app.random()));
        (cursor.failing_since, cursor.retry_at) = (Some(since), Some(retry_at));
        writes.schedule::<Cursor>(retry_at.as_micros(), &id);
        let went = self.commit(writes, cursor, Went::Failed).await?;
        if went == Went::Failed && given_up {
            let state = if attempt.is_gone() { State::Gone } else { State::Failing };
            switch_off(app, scope, id, state, now).await?;
        }
        Ok(went)
    }

    /// Moves the cursor behind events at the end of the batch that are of no wanted type.
    pub(super) async fn skip(mut self, scope: &OrgScope) -> Result<Went, Refusal> {
        if self.cursor.after >= self.upto {
            return Ok(Went::On);
        }
        let cursor = Cursor { after: self.upto, ..self.cursor.clone() };
        self.commit(scope.writes(), cursor, Went::On).await
    }

    async fn commit(&mut self, mut writes: OrgWrites, cursor: Cursor, went: Went) -> Result<Went, Refusal> {
        writes.replace(&self.webhook.id, self.version, &cursor);
        match writes.commit().await {
            Ok(committed) => {
                (self.version, self.cursor) = (committed.seq, cursor);
                Ok(went)
            }
            // An admin moved the cursor, or removed the webhook: it is read again, and nothing was kept.
            Err(CommitError::Conflict { .. }) => Ok(Went::Changed),
            Err(error) => Err(Refusal::Commit(error)),
        }
    }
}

/// Switches a webhook off, and says so to the organisation: in its trail and to whoever follows its events.
async fn switch_off(app: &App, scope: &OrgScope, id: WebhookId, state: State, now: Instant) -> Result<(), Refusal> {
    let call = Call { id: app.new_id(CallId::from_parts), at: now, origin: None, once: None };
    let switched = app.change(|| async {
        let found = all(scope).await?;
        let mut webhooks = found.record;
        let webhook = webhooks.webhooks.iter_mut().find(|webhook| webhook.id == id);
        webhook.ok_or_else(|| Refusal::not_found("webhook", &id))?.state = state;
        let mut change: Change<Refusal> = app.draft_as(scope, &call, Doer::Host, "webhook.switched_off", id);
        keep(&mut change.writes, found.version, &webhooks);
        change.event(app, "webhook.switched_off", json!({ "webhook": id, "because": state }));
        Ok(((), change.after(&json!({ "state": state }))))
    });
    match switched.await {
        // An admin removed it meanwhile.
        Ok(_) | Err(Refusal::NotFound { .. }) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}
