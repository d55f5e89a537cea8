//! Write a policy for Usher in Rust: a type that holds the organisation's settings, one function that
//! decides, and one line that registers it.
//!
//! Owns: the guest side of the contract in `wit/v1` and what makes it pleasant (constructors for
//! decisions, facts and log as functions, settings from JSON with good error messages, an allocator
//! that suits a sandbox which lives for one decision). Knows nothing of how the host runs a policy.
//!
//! ```
//! use usher_policy::approval::{Approval, Decision, Request};
//! use usher_policy::{Failure, SettingsProblem};
//!
//! /// What the organisation writes as `{"region": "CH"}`.
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Settings {
//!     region: String,
//! }
//!
//! struct HomeOnly(Settings);
//!
//! impl Approval for HomeOnly {
//!     type Settings = Settings;
//!
//!     fn configure(settings: Settings) -> Result<Self, Vec<SettingsProblem>> {
//!         if settings.region.len() == 2 {
//!             Ok(Self(settings))
//!         } else {
//!             Err(vec![SettingsProblem::new("/region", "must be a country code of two letters")])
//!         }
//!     }
//!
//!     fn decide(&self, request: &Request) -> Result<Decision, Failure> {
//!         if request.organisation.region == self.0.region {
//!             Ok(Decision::approve("at-home", "The organisation is in the allowed region."))
//!         } else {
//!             Ok(Decision::review("abroad", "The organisation is in another region.")
//!                 .param("region", &request.organisation.region))
//!         }
//!     }
//! }
//!
//! usher_policy::export!(approval: HomeOnly);
//!
//! let policy = HomeOnly::configure(Settings { region: "CH".into() }).unwrap();
//! let decision = policy.decide(&usher_policy::testing::approval_request()).unwrap();
//! assert_eq!(decision.reasons[0].code, "at-home");
//! ```
//!
//! A crate of policies is a `cdylib`. In the checkout, `cargo xtask policies FOLDER` builds its component; elsewhere,
//! two commands do:
//!
//! ```sh
//! cargo build --release --target wasm32-unknown-unknown
//! usher policy build target/wasm32-unknown-unknown/release/NAME.wasm --output policy.wasm
//! ```
//!
//! See the folders beside this one for policies that organisations use.

// The generated bindings name this crate as their users do.
extern crate self as usher_policy;

pub mod approval;
#[cfg(target_arch = "wasm32")]
mod arena;
#[doc(hidden)]
pub mod bindings;
#[doc(hidden)]
pub mod export;
pub mod facts;
pub mod log;
mod parts;
pub mod seat;
pub mod settings;
pub mod sso;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use bindings::types::{Address, Failure, Obligation, Organisation, Pair, Reason, SettingsProblem};
