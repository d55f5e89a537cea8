//! The server: use cases (`app`) behind an HTTP API (`http`), served until told to stop (`serve`).
//!
//! `http` parses and renders, `app` decides and commits, `ports` is what both need of the world outside.
//! Dependencies point one way: `http → app → ports`. What is true is the domain's, what policies say the
//! engine's, what is kept the store's.

pub mod app;
pub mod background;
mod connections;
pub mod courier;
mod hands;
pub mod http;
pub mod letters;
pub mod metrics;
pub mod outbox;
mod patience;
pub mod pdp;
pub mod ports;
pub mod public_url;
pub mod serve;
mod shares;
#[cfg(feature = "testing")]
pub mod testing;
pub mod turns;
pub mod worker;

pub use app::App;
pub use http::Config;
pub use serve::serve;
