//! Server-sent events (WHATWG HTML, 9.2): an organisation's events from a number on, without a gap (R43).
//!
//! INVARIANT: whoever follows is asked for their token and their right before every page that they get, and after
//! every heartbeat; the stream ends when either is gone. Must not know how events are made or kept.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{self, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use usher_api::Code;
use usher_api::event::Event;

use super::Host;
use super::auth::Standing;
use super::problem::{Answer, Failure};
use crate::app::actor::Audit;
use crate::app::events;
use crate::app::followers::Follower;
use crate::app::refusal::Refusal;

/// Media type of a stream.
const EVENT_STREAM: &str = "text/event-stream";
/// What a client that comes back says that it saw last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Events read at a time.
const PAGE: usize = 100;
/// How long a client waits before it comes back.
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

/// Whether a stream is asked for, not a page.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(EVENT_STREAM))
}

/// The sequence number that a client saw last, if it comes back.
pub fn seen(headers: &HeaderMap) -> Answer<Option<u64>> {
    let wrong = || Failure::at(Code::InvalidHeader, "last-event-id", "Last-Event-ID must be the `id` of an event");
    let parse = |value: &HeaderValue| value.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or_else(wrong);
    headers.get(LAST_EVENT_ID).map(parse).transpose()
}

/// All events after `after`, and those to come, each as `wire` shows it.
pub fn open(
    host: &Arc<Host>,
    standing: Standing<Audit>,
    after: u64,
    wire: fn((u64, events::Event)) -> Event,
) -> Answer<Response> {
    let follower = host.app.followers.follow(standing.by.org(), standing.by.actor.token())?;
    let ready = VecDeque::from([sse::Event::default().retry(COME_BACK_AFTER)]);
    let stream = Stream { host: host.clone(), standing, follower, after, ready, wire };
    let events = stream::unfold(stream, |mut stream| async {
        let next = stream.next().await?;
        Some((Ok::<_, Infallible>(next), stream))
    });
    let mut response = Sse::new(events).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that collects answers would hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// One client's stream.
struct Stream {
    host: Arc<Host>,
    standing: Standing<Audit>,
    follower: Follower,
    /// The number of the last event that was made ready.
    after: u64,
    ready: VecDeque<sse::Event>,
    wire: fn((u64, events::Event)) -> Event,
}

impl Stream {
    /// What is sent next; nothing when the stream ends.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            // Before reading: an event committed after that rings the bell.
            self.follower.listen();
            match self.read().await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    rung = self.follower.rung() => if !rung { return None },
                    () = tokio::time::sleep(self.host.config.heartbeat) => {
                        return Some(sse::Event::default().comment("still here"));
                    }
                },
                Err(refusal) => {
                    tracing::info!(org = %self.standing.by.org(), %refusal, "a stream of events ends");
                    return None;
                }
            }
        }
    }

    /// Makes the next page ready; false if there is nothing new.
    async fn read(&mut self) -> Result<bool, Refusal> {
        let by = self.standing.again(&self.host).await?;
        let page = events::list(&by, self.after, PAGE).await?;
        for event in page {
            self.after = event.0;
            self.ready.push_back(sent(&(self.wire)(event)));
        }
        Ok(!self.ready.is_empty())
    }
}

fn sent(event: &Event) -> sse::Event {
    let data = serde_json::to_string(event).unwrap_or_default();
    sse::Event::default().id(event.seq.to_string()).event(&event.kind).data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_given_to_whoever_accepts_one() {
        let check = |accept: &'static str, wanted: bool| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(is_wanted(&headers), wanted, "{accept}");
        };
        check("text/event-stream", true);
        check("application/json;q=0.5, Text/Event-Stream;q=1", true);
        check("application/json", false);
        check("*/*", false);
        check("text/event-streams", false);
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
