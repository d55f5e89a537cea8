//! The one layer around every route: request id, time limit, panics, problem bodies, metrics, log.
//!
//! One layer on purpose: each costs an allocation for every request. Secrets are never logged, so
//! headers, query strings and bodies are not: a line has the route's template, not the path.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use usher_api::{Code, problem};
use usher_domain::ids::CallId;

use super::Host;
use super::arrival::Arrival;
use super::large_bodies::LargeBody;
use super::openapi::Pace;
use super::problem::Failure;
use crate::app::throttle::requests::TooManyRequests;
use crate::metrics::panic_text;

/// Most bytes of a body that is read before it is known who sends it, or without anybody's being known. A larger one
/// waits for its token and takes room ([`super::large_bodies`]): strangers' bodies take no more memory than this for
/// each connection.
pub const READ_AHEAD: usize = 16 * 1024;

/// Network address at the other end of the connection, as the accept loop saw it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Runs one request.
pub async fn observe(State(host): State<Arc<Host>>, mut request: Request, next: Next) -> Response {
    let id = host.app.new_id(CallId::from_parts);
    let started = started();
    let method = method_name(request.method());
    let template = request.extensions().get::<MatchedPath>().and_then(|matched| host.template(matched.as_str()));
    request.extensions_mut().insert(id);
    let admitted = admit(&host, &mut request);

    let described = template.and_then(|template| template.method(method));
    let small = is_small(&request);
    let (mut request, arrival) = Arrival::watch(request);
    let for_anybody = described.is_none_or(|method| method.body_of_anybody);
    // Whoever reads it takes room, which is held here until it is answered.
    let large = (!small && !for_anybody).then(|| Arc::new(LargeBody::new(&host.large_bodies)));
    if let Some(large) = &large {
        request.extensions_mut().insert(Arc::clone(large));
    }
    let answered = async {
        let request = match if large.is_none() { read_ahead(request).await } else { Ok(request) } {
            Ok(request) => request,
            Err(failure) => return failure.into_response(),
        };
        if let Err(error) = admitted {
            return Failure::from(error).into_response();
        }
        next.run(request).await
    };
    // INVARIANT: nothing that outlives the request is left half-changed by a panic: what is kept changes by
    // commits, and what is remembered in memory is put under its lock in one step.
    let answered = AssertUnwindSafe(answered).catch_unwind();
    let limit = host.config.time_limit(described.map_or(Pace::Ordinary, |method| method.pace));
    let mut response = match tokio::time::timeout(limit, answered).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            host.app.metrics.panicked();
            tracing::error!(%id, method, panic = panic_text(panic.as_ref()), "a handler panicked");
            Failure::new(Code::Internal, "the host made a mistake: its log has it under the request id").into_response()
        }
        Err(_) => given_up(&arrival).into_response(),
    };

    let call = id.to_string();
    let failure = response.extensions_mut().remove::<Failure>();
    let code = failure.as_ref().map(|Failure(problem)| problem.code.as_str());
    if let Some(failure) = failure {
        response = render(failure, &call, &response);
        if !small || arrival.is_awaited() {
            // What is left of the body stands between this request and the next.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&call) {
        response.headers_mut().insert("x-request-id", value);
    }

    let took = started.elapsed();
    let status = response.status().as_u16();
    let route = template.map_or_else(|| host.unrouted.clone(), |template| template.label.clone());
    // INVARIANT: a route answers with no status that its description lacks. Every test that asks a route checks it.
    debug_assert!(
        described.is_none_or(|described| described.statuses.contains(&status)),
        "{method} {route} answered {status}: declare it in the handler's `responses`"
    );
    host.app.metrics.answered(method, &route, status, took);
    let micros = took.as_micros();
    if status >= 500 {
        tracing::error!(%id, method, %route, status, code, micros, "answered");
    } else {
        tracing::info!(%id, method, %route, status, code, micros, "answered");
    }
    response
}

/// Notes whose request it is, by their address, and counts it.
fn admit(host: &Host, request: &mut Request) -> Result<(), TooManyRequests> {
    let Some(Peer(peer)) = request.extensions_mut().remove() else { return Ok(()) };
    let client = host.config.proxies.client(peer, request.headers());
    request.extensions_mut().insert(client);
    host.requests.of_network(client.0, host.app.clock.now())
}

/// Whether the whole body is there to be read at once: none, or one of a known, small length.
fn is_small(request: &Request) -> bool {
    let length = request.body().size_hint().exact();
    length.is_some_and(|length| length <= READ_AHEAD as u64)
}

/// Takes a small body off the connection before anybody decides about the request. A request refused for
/// its head alone would else leave its body in the way of the next one, and the connection be cut.
async fn read_ahead(request: Request) -> Result<Request, Failure> {
    let small = is_small(&request);
    let (parts, body) = request.into_parts();
    match to_bytes(body, READ_AHEAD).await {
        Ok(bytes) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Err(_) if !small => {
            let detail = format!("without a token a body has at most {READ_AHEAD} bytes: send less");
            Err(Failure::beyond(Code::BodyTooLarge, "body_bytes_without_token", READ_AHEAD, detail))
        }
        Err(_) => Err(Failure::new(Code::MalformedBody, "the body broke off: send it whole")),
    }
}

fn given_up(arrival: &Arrival) -> Failure {
    if arrival.is_awaited() {
        return Failure::new(Code::BodyTooSlow, "the body did not come in time: send it whole, over a faster line");
    }
    Failure::new(
        Code::TimedOut,
        "the request was given up; what it asked for may have happened: look, or send it again with the same \
         Idempotency-Key",
    )
}

/// A duration is measured, no decision depends on it: the injected clock may stand still in tests.
#[expect(clippy::disallowed_methods, reason = "latency is measured on the monotonic clock, never stored or decided on")]
fn started() -> Instant {
    Instant::now()
}

fn render(Failure(mut problem): Failure, call: &str, failed: &Response) -> Response {
    problem.request_id = call.to_owned();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, problem::MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")];
    let mut response = (status, headers, body).into_response();
    // 405 names the methods that there are; RFC 9110 wants it.
    if let Some(allow) = failed.headers().get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    if problem.code == Code::Unauthenticated {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = problem.more.get("retry_after").and_then(serde_json::Value::as_u64) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A label for the metrics: what a client makes up is not one.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
