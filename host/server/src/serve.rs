//! The accept loop: connections in, requests to the router, a graceful end.
//!
//! Owns sockets and their limits. Must not know routes or use cases.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service;

use crate::app::App;
use crate::app::imports::{self, jobs};
use crate::connections::ByNetwork;
use crate::courier::Courier;
use crate::http::observe::Peer;
use crate::http::{self, Config};
use crate::patience::Patient;
use crate::worker;

/// How long the loop rests when the system refuses a connection, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the API on `listener` until `shutdown` is done, then finishes what is under way.
///
/// New connections are refused at once; requests under way have `drain_timeout` to end. The worker for
/// mail and other due work stops after that, between two batches.
pub async fn serve(
    config: Config,
    app: Arc<App>,
    courier: Courier,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) {
    let (stop, stopped) = watch::channel(false);
    imports::destroy_left_behind(&app).await;
    let importer = tokio::spawn(jobs::run(app.clone(), stopped.clone()));
    let worker = tokio::spawn(worker::run(app.clone(), courier, stopped));
    accept(config, app, &listener, shutdown).await;
    // Fails only if the worker has ended by itself, which is what is wanted.
    let _ = stop.send(true);
    if let Err(error) = worker.await {
        tracing::error!(%error, "the worker ended badly");
    }
    if let Err(error) = importer.await {
        tracing::error!(%error, "the jobs of imports ended badly");
    }
    tracing::info!("stopped");
}

async fn accept(config: Config, app: Arc<App>, listener: &TcpListener, shutdown: impl Future<Output = ()>) {
    let metrics = app.clone();
    let router = http::router(app, config.clone());
    let room = Arc::new(Semaphore::new(config.max_connections));
    let by_network = ByNetwork::new(config.max_connections_by_network);
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            () = &mut shutdown => break,
            permit = room.clone().acquire_owned() => permit,
        };
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        // Loopback is no network, nor is a proxy: behind either may be everybody.
        let is_shared = peer.ip().to_canonical().is_loopback() || config.proxies.trusts(peer.ip().to_canonical());
        let counted = if is_shared { None } else { by_network.count(peer.ip()) };
        if counted.is_none() && !is_shared {
            tracing::debug!("a network has as many connections as it may: another one is closed");
            continue;
        }
        let connected = metrics.metrics.connected();
        let connection = graceful.watch(connection(&config, stream, peer.ip(), router.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((permit, counted, connected));
        });
    }
    tracing::info!("draining");
    // Streams have no end of their own.
    metrics.followers.close();
    if tokio::time::timeout(config.drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
}

fn connection(
    config: &Config,
    stream: TcpStream,
    peer: IpAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + use<> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays without TCP_NODELAY");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        // A router is always ready: it is its routes that wait.
        router.clone().call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .serve_connection(TokioIo::new(Patient::new(stream, config.stall_timeout)), service)
}
