//! The HTTP API: routes, and what all of them share.
//!
//! Owns parsing requests and rendering answers. Must not know how things are decided or kept: a handler
//! parses, calls one use case of `app`, renders.
//!
//! To add a route: write the wire types in `usher-api`, the use case in `app`, a handler in `http/routes`
//! with `#[utoipa::path]`, and name it in that module's `routes()`; map the use case's error in
//! `http/problem/`; give it a row in `tests/routes/`, which fails until there is one.

mod arrival;
pub mod auth;
pub mod body;
pub mod client_address;
pub mod detached;
pub mod health;
pub mod large_bodies;
pub mod observe;
pub mod openapi;
mod pages;
pub mod path;
pub mod problem;
pub mod query;
pub mod reply;
pub mod routes;
pub mod sheet;
pub mod signed;
pub mod stream;
mod wanted;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use usher_api::Code;

use crate::app::App;
use crate::app::throttle::requests::{Rates, Requests};
use client_address::Proxies;
use large_bodies::LargeBodies;
use openapi::{Described, Pace};
use problem::Failure;

/// Bounds of the HTTP side.
#[derive(Clone, Debug)]
pub struct Config {
    /// Longest a request may take, reading its body included.
    pub request_timeout: Duration,
    /// Longest for a request that may compile policies.
    pub compile_timeout: Duration,
    /// Longest for a request whose body is a file.
    pub upload_timeout: Duration,
    /// Longest a client may take to send a request's head.
    pub header_timeout: Duration,
    /// Longest that requests under way are waited for at shutdown.
    pub drain_timeout: Duration,
    /// Most connections at once; further ones wait to be accepted.
    pub max_connections: usize,
    /// Most connections of one network at once; further ones are closed. 0 for any number. Loopback and named proxies
    /// are not counted.
    pub max_connections_by_network: usize,
    /// Longest that a client may take nothing of an answer.
    pub stall_timeout: Duration,
    /// How often a stream of events shows that it is alive, and its reader's token and right are looked at again.
    pub heartbeat: Duration,
    /// Most bytes of a body, where a route does not say otherwise. Without a token it is [`observe::READ_AHEAD`].
    pub max_body: usize,
    /// Most bytes of bodies that are larger than [`observe::READ_AHEAD`], or of unknown length, of all requests at
    /// once. An organisation's take half of what others' leave; more are refused.
    pub max_large_bodies: usize,
    /// Proxies that are believed about their clients' addresses.
    pub proxies: Proxies,
    /// Requests that one network and one token may send.
    pub rates: Rates,
}

/// Longest that a client waits for policies to be compiled, its turn included.
/// The work goes on behind it ([`detached`]), so that asking again later finds it done.
const COMPILE_TIMEOUT: Duration = Duration::from_secs(120);
/// Longest that a file may take to come, its turn included: the largest that is taken comes over a line of 3 Mbit/s.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);

impl Config {
    fn time_limit(&self, pace: Pace) -> Duration {
        match pace {
            Pace::Ordinary => self.request_timeout,
            Pace::Compiles => self.compile_timeout,
            Pace::Uploads => self.upload_timeout,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            request_timeout: Duration::from_secs(30),
            compile_timeout: COMPILE_TIMEOUT,
            upload_timeout: UPLOAD_TIMEOUT,
            header_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(20),
            max_connections: 4096,
            max_connections_by_network: 256,
            stall_timeout: Duration::from_secs(30),
            heartbeat: Duration::from_secs(10),
            max_body: 256 * 1024,
            max_large_bodies: 256 << 20,
            proxies: Proxies::default(),
            rates: Rates::default(),
        }
    }
}

/// What handlers get: the use cases' surroundings and the HTTP side's own.
pub struct Host {
    /// The use cases' surroundings.
    pub app: Arc<App>,
    /// Bounds.
    pub config: Config,
    detached: detached::Room,
    large_bodies: Arc<LargeBodies>,
    requests: Requests,
    templates: HashMap<String, Template>,
    unrouted: Arc<str>,
}

/// A route's template, as the API's description has it, or a page's.
struct Template {
    /// For the metrics; one allocation for all requests.
    label: Arc<str>,
    methods: Vec<Described>,
}

impl Template {
    fn method(&self, name: &str) -> Option<&Described> {
        self.methods.iter().find(|described| described.method == name)
    }
}

impl Host {
    fn template(&self, matched: &str) -> Option<&Template> {
        self.templates.get(matched)
    }
}

/// The whole API as a service.
pub fn router(app: Arc<App>, config: Config) -> Router {
    let (routes, document) = openapi::with_document(routes::all());
    let template = |(path, methods)| (str::to_owned(path), Template { label: Arc::from(path), methods });
    let page = |path: String| (path.clone(), Template { label: Arc::from(path), methods: Vec::new() });
    let templates = openapi::described(&document).map(template).chain(pages::templates().map(page)).collect();
    let (detached, requests) = (detached::Room::default(), Requests::new(config.rates));
    let large_bodies = Arc::new(LargeBodies::new(config.max_large_bodies));
    let host = Arc::new(Host { app, config, detached, large_bodies, requests, templates, unrouted: Arc::from("-") });
    routes
        .merge(openapi::pages(&document))
        .merge(pages::routes())
        .fallback(no_such_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(host.clone(), observe::observe))
        .with_state(host)
}

async fn no_such_route(uri: Uri) -> Failure {
    let path: String = uri.path().chars().take(200).collect();
    Failure::new(Code::NoSuchRoute, format!("there is nothing at {path}: see /docs for what there is"))
}

async fn method_not_allowed(method: Method) -> Failure {
    Failure::new(
        Code::MethodNotAllowed,
        format!("this path does not take {method}: the Allow header names what it takes"),
    )
}
