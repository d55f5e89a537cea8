//! `usher serve`: runs a host until it is told to stop. `usher init`: sets one up.

use std::io::{self, ErrorKind, IsTerminal as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use usher_server::app::init::{self, InitError};
use usher_server::app::throttle::Throttle;
use usher_server::app::throttle::joining::ASKED_PER_HOUR;
use usher_server::app::tokens::Secret;
use usher_server::outbox::HttpWebhooks;
use usher_server::public_url::PublicUrl;

use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::front::FrontOptions;
use crate::host::{self, EngineOptions};
use crate::memory;
use crate::outbox::OutboxOptions;
use crate::output::Output;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Runs a host.
#[derive(clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    folder: DataFolder,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "USHER_LISTEN", default_value = "127.0.0.1:7480")]
    listen: SocketAddr,
    /// Where people reach this host, as `https://usher.acme.example`: what links in letters begin with. Without it,
    /// where the host listens, which is of use on this machine alone.
    #[arg(long, env = "USHER_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,
    #[command(flatten)]
    engine: EngineOptions,
    /// Policies that run at the same moment, over all organisations.
    #[arg(long, env = "USHER_RUNS", default_value_t = 64)]
    runs: u32,
    /// Codes by mail that people of one network may ask for in an hour to join, and joins that they may ask for. All
    /// who hold one invitation may ask for three times as much, all of one organisation ten times; SMS are a tenth.
    #[arg(long, env = "USHER_ASKED_PER_HOUR", value_name = "NUMBER", default_value_t = ASKED_PER_HOUR)]
    asked_per_hour: u32,
    #[command(flatten)]
    outbox: OutboxOptions,
    #[command(flatten)]
    front: FrontOptions,
    /// Folder that `usher backup` makes its folders in; `backups` in the data folder if left out. Better on another
    /// disk.
    #[arg(long, env = "USHER_BACKUPS", value_name = "FOLDER")]
    backups: Option<PathBuf>,
    /// Lets webhooks go to inner networks and over plain http. Whoever may make a webhook then reaches what this
    /// machine reaches.
    #[arg(long, env = "USHER_WEBHOOKS_TO_PRIVATE")]
    webhooks_to_private: bool,
    /// What is logged, as `info` or `usher_server=debug,info`.
    #[arg(long, env = "USHER_LOG", default_value = "info")]
    log: String,
    /// The log's form; with --json it is `json`.
    #[arg(long, env = "USHER_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// The log's form.
#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON document a line.
    Json,
}

impl Serve {
    /// Serves until SIGINT or SIGTERM, then finishes what is under way.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        memory::keep_nothing();
        self.start_log(if output.json { LogFormat::Json } else { self.log_format })?;
        let seal_key = self.folder.seal_key()?;
        let rhai_runtime = self.engine.rhai_runtime()?;
        if rhai_runtime.is_none() {
            tracing::warn!(
                "there is no Rhai runtime beside this program, so scripts are refused: name one by --rhai-runtime"
            );
        }
        let engine = self.engine.engine(self.folder.compiled(), seal_key, self.runs, rhai_runtime)?;
        let backups = self.backups.clone().unwrap_or_else(|| self.folder.backups());
        let absolute = std::path::absolute(&backups);
        let backups = absolute.map_err(|error| Failure::of(format_args!("--backups {}", backups.display()), error))?;
        runtime()?.block_on(async move {
            let failed = |error| not_listening(self.listen, &error);
            let socket = bind(self.listen).map_err(failed)?;
            let address = socket.local_addr().map_err(|error| Failure::of("listening", error))?;
            let public_url = self.public_url.clone().unwrap_or_else(|| PublicUrl::listening(address));
            let webhooks = HttpWebhooks::new(self.webhooks_to_private);
            let throttle = Throttle::with_asked_per_hour(self.asked_per_hour);
            let app = host::app(&self.folder, backups, engine, webhooks, throttle, public_url.clone())?;
            let metrics = app.metrics.clone();
            let watch = memory::keep_while_busy(move || metrics.served());
            watch.map_err(|error| Failure::of("starting a thread", error))?;
            let courier = self.outbox.courier(self.folder.mail())?;
            let listener = socket.listen(BACKLOG).map_err(failed)?;
            let stop = stop_signal().map_err(|error| Failure::of("waiting for signals", error))?;
            tracing::info!(%address, %public_url, data = %self.folder.path().display(), "listening");
            usher_server::serve(self.front.config(), app, courier, listener, stop).await;
            Ok(())
        })
    }

    fn start_log(&self, format: LogFormat) -> Result<(), Failure> {
        let filter = EnvFilter::try_new(&self.log).map_err(|error| Failure::of("--log", error))?;
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
        match format {
            LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
            LogFormat::Json => log.json().flatten_event(true).init(),
        }
        Ok(())
    }
}

/// Takes the address, which letters may name; nobody is heard before the data are open.
fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A host that is started again need not wait for its last connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Why nobody is heard there, and what to do about it.
fn not_listening(address: SocketAddr, error: &io::Error) -> Failure {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => "; is another host there?",
        ErrorKind::AddrNotAvailable => "; take an address of this machine: 0.0.0.0 is all that it has",
        ErrorKind::PermissionDenied => "; take a port from 1024 on, or give the program CAP_NET_BIND_SERVICE",
        _ => "",
    };
    Failure::of(format_args!("listening on {address}"), format_args!("{error}{advice}"))
}

/// Done at the first SIGINT or SIGTERM.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Sets a host up.
#[derive(clap::Args)]
pub(crate) struct Init {
    #[command(flatten)]
    folder: DataFolder,
    /// Makes one more operator's token, for whoever has none any more; those that there are stay good. The host must be
    /// set up, and stopped.
    #[arg(long)]
    new_token: bool,
}

impl Init {
    /// Makes store, keys and the operator's token, or one more of these; it is shown this once.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        if self.new_token {
            self.folder.existing_store()?;
        }
        self.folder.make()?;
        if self.folder.store().exists()
            && let Some(advice) = self.folder.keys_to_copy()
        {
            return Err(Failure::Failed(format!("{} holds a store already. {advice}", self.folder.path().display())));
        }
        self.folder.make_keys()?;
        // No policy runs here: the smallest engine there is.
        let engine = EngineOptions::default().engine(self.folder.compiled(), self.folder.seal_key()?, 1, None)?;
        let token = runtime()?.block_on(async {
            let (webhooks, throttle) = (HttpWebhooks::new(false), Throttle::default());
            // Nobody is written to here.
            let nowhere = PublicUrl::listening((Ipv4Addr::LOCALHOST, 0).into());
            let app = host::app(&self.folder, self.folder.backups(), engine, webhooks, throttle, nowhere)?;
            let made = if self.new_token { init::another(&app).await } else { init::init(&app).await };
            made.map(Secret::reveal).map_err(|error| {
                let hint =
                    if matches!(error, InitError::Done) { "; `usher init --new-token` makes another" } else { "" };
                Failure::of(self.folder.path().display(), format_args!("{error}{hint}"))
            })
        })?;
        let told = json!({ "data": self.folder.path(), "operator_token": token });
        let data = self.folder.path().display();
        let human = |_: &_| {
            if self.new_token {
                return format!(
                    "{data} has one more operator's token, shown this once:\n\n  {token}\n\nThose that there were stay \
                     good: `GET /v1/host/tokens` lists them, and `DELETE /v1/host/tokens/ID` ends one."
                );
            }
            format!(
                "{data} is ready. The operator's token, shown this once:\n\n  {token}\n\nNext: usher serve --data {data}"
            )
        };
        let lost = "nobody read the operator's token, which is made: `usher init --new-token` makes another";
        output.show_once(&told, human, lost)
    }
}

/// The threads that requests are served on.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::of("starting threads", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_listen_is_told_what_to_do() {
        let check = |kind: ErrorKind, expected: &str| {
            let told = not_listening((Ipv4Addr::LOCALHOST, 80).into(), &kind.into()).to_string();
            assert!(told.starts_with("listening on 127.0.0.1:80: ") && told.ends_with(expected), "{told}");
        };
        check(ErrorKind::AddrInUse, "is another host there?");
        check(ErrorKind::AddrNotAvailable, "0.0.0.0 is all that it has");
        check(ErrorKind::PermissionDenied, "CAP_NET_BIND_SERVICE");
        check(ErrorKind::OutOfMemory, "out of memory");
    }
}
