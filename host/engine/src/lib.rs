//! The policy engine: runs policies, WebAssembly components and Rhai scripts, each decision in a fresh
//! sandbox with every limit on.
//!
//! A policy becomes an artefact once ([`prepare`], in a child process), is loaded from the cache
//! afterwards, and decides in microseconds ([`Policy::decide`]). The engine is synchronous: it never
//! waits for I/O while a policy runs. It must not know organisations, HTTP or the store; facts reach it by
//! [`FactSource`].

pub mod artefact;
mod bindings;
mod cache;
mod componentize;
mod engine;
mod fault;
mod limits;
mod manifest;
mod pipeline;
mod point;
mod policy;
pub mod prepare;
mod rhai;
pub mod runtime;
mod sandbox;
mod snapshot;
pub mod worker;
mod world;

pub use componentize::{ComponentizeError, componentize};
pub use engine::{Activation, AnyPolicy, Engine, EngineConfig, EngineError, canonical_settings};
pub use fault::Fault;
pub use limits::Limits;
pub use manifest::{CONTRACT, Digest, MAX_PAYLOAD_BYTES, Manifest, ManifestError, Package, PolicyKind};
pub use pipeline::{Combine, Entry, EntryRun, OnFault, Pipeline, PipelineRun};
pub use point::{Answer, Approval, MAX_MATCH_KEY_BYTES, MAX_MATCH_KEYS, Point, SeatAssignment, SsoMatching};
pub use policy::{Ended, KeptInstance, Policy, Run, Terms};
pub use prepare::PrepareError;
pub use runtime::{EPOCH_TICK_MS, PoolSize};
pub use sandbox::{FactSource, LogLevel, LogLine, NoFacts};
