//! How far an import has come, as server-sent events: one whenever that changes, until it has come to an end.
//!
//! INVARIANT: whoever follows has a place among those who follow their organisation, and is asked for their token and
//! their right before every look; the stream ends when either is gone, or when the host stops.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use usher_api::import::Import;
use usher_domain::ids::ImportId;

use super::wire;
use crate::app::actor::MembersAndDepartments;
use crate::app::followers;
use crate::app::imports;
use crate::http::Host;
use crate::http::auth::Standing;
use crate::http::path::Named;
use crate::http::problem::Answer;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Follows an import: an event `progress` with the import whenever it has come further, and an end once nothing works
/// on it any more.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/imports/{import}/events", tag = "imports",
    responses((status = 200, body = String, content_type = "text/event-stream"))
)]
pub(super) async fn follow_import(
    State(host): State<Arc<Host>>,
    standing: Standing<MembersAndDepartments>,
    Named(id): Named<ImportId>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let by = &standing.by;
    let first = wire::import(imports::show(&host.app, by, id).await?);
    let place = host.app.followers.follow(by.org(), by.actor.token())?;
    let follower = Follower { host, standing, place, id, shown: None, next: Some(first) };
    Ok(Sse::new(unfold(follower, Follower::step)).keep_alive(KeepAlive::default()))
}

struct Follower {
    host: Arc<Host>,
    standing: Standing<MembersAndDepartments>,
    place: followers::Follower,
    id: ImportId,
    shown: Option<Import>,
    next: Option<Import>,
}

impl Follower {
    /// The next event, with whoever follows on; nothing once the end was shown, or when it can't be looked at.
    async fn step(mut self) -> Option<(Result<Event, Infallible>, Follower)> {
        if self.shown.as_ref().is_some_and(|shown| !shown.is_running()) {
            return None;
        }
        loop {
            let now = match self.next.take() {
                Some(first) => first,
                None => {
                    tokio::time::sleep(LOOK).await;
                    self.look().await?
                }
            };
            if self.shown.as_ref() != Some(&now) {
                let event = Event::default().event("progress").json_data(&now).ok()?;
                self.shown = Some(now);
                return Some((Ok(event), self));
            }
        }
    }

    /// The import as it is now, if it may still be looked at.
    async fn look(&self) -> Option<Import> {
        if self.place.is_over() {
            return None;
        }
        let by = self.standing.again(&self.host).await.ok()?;
        Some(wire::import(imports::show(&self.host.app, &by, self.id).await.ok()?))
    }
}
