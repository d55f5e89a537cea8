//! Whether a request's body has come: what tells a slow client from a slow host when the time is up.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, SizeHint};

/// A body that is on its way; none if there is nothing to come.
#[derive(Debug)]
pub struct Arrival(Option<Arc<AtomicBool>>);

impl Arrival {
    /// Watches the body of a request.
    pub fn watch(request: Request) -> (Request, Arrival) {
        if request.body().is_end_stream() {
            return (request, Arrival(None));
        }
        let awaited = Arc::new(AtomicBool::new(false));
        let watched = request.map(|body| Body::new(Watched { body, awaited: Arc::clone(&awaited) }));
        (watched, Arrival(Some(awaited)))
    }

    /// Whether the host was last waiting for more of it.
    pub fn is_awaited(&self) -> bool {
        self.0.as_ref().is_some_and(|awaited| awaited.load(Ordering::Relaxed))
    }
}

/// A body that tells whether it is waited for.
struct Watched {
    body: Body,
    awaited: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.awaited.store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures_util::{FutureExt as _, stream};

    use super::*;

    #[test]
    fn a_body_is_awaited_while_it_is_read_and_does_not_come() {
        let check = |body: Body, awaited: bool| {
            let (request, arrival) = Arrival::watch(Request::new(body));
            assert!(!arrival.is_awaited(), "nobody reads it yet");
            drop(to_bytes(request.into_body(), 64).now_or_never());
            assert_eq!(arrival.is_awaited(), awaited);
        };
        check(Body::empty(), false);
        check(Body::from("{}"), false);
        let broken = stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
        check(Body::from_stream(broken), false);
        check(Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()), true);
    }
}
