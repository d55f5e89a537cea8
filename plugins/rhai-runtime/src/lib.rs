//! Runs policies written in Rhai: an interpreter as a guest, so that a script has exactly the limits that
//! any policy has and nothing it does can reach the host.
//!
//! Owns: what a script sees (types, functions) and how it is called. Knows nothing of how the host makes
//! one memory image for each script of it.
//!
//! A script defines functions:
//!
//! ```rhai
//! // Optional. What it returns is `this` in the others; without it, `this` is the settings document.
//! fn configure(settings) {
//!     allow_fields(settings, ["domains"]);
//!     if settings.domains.is_empty() { throw problem("/domains", "names no domain"); }
//!     settings
//! }
//!
//! fn decide(request) {
//!     let email = request.applicant.work_email;
//!     if email == () { return review("no-work-email", "The applicant gave no work email."); }
//!     if email.domain in this.domains {
//!         approve("listed-domain", "The domain is listed.").param("domain", email.domain)
//!     } else {
//!         reject("other-domain", "The domain is not listed.")
//!     }
//! }
//! ```
//!
//! A script for SSO matching also defines `match_keys(claim)`, which returns a list of strings. Records have
//! the fields of the contract in `snake_case`; what is not given is `()`.

mod approval;
mod facts;
mod fields;
mod image;
mod problems;
mod script;
mod seat;
mod sso;

#[allow(missing_docs, unsafe_code, unused_qualifications, clippy::all, reason = "generated code")]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "runtime" });

    #[cfg(target_arch = "wasm32")]
    export!(Runtime with_types_in self);
    #[cfg(target_arch = "wasm32")]
    use super::Runtime;
}

use bindings::exports::usher::rhai::loader;
pub use script::{Point, Script, ScriptError};
use usher_policy::{Failure, SettingsProblem};

/// What the component exports: the three decision points and the loader, over the one script of this
/// memory.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a module exports it"))]
struct Runtime;

#[cfg(target_arch = "wasm32")]
const _: () = {
    use usher_policy::bindings as contract;
    contract::approval::__export_approval!(Runtime with_types_in contract::approval);
    contract::seat::__export_seat_assignment!(Runtime with_types_in contract::seat);
    contract::sso::__export_sso_matching!(Runtime with_types_in contract::sso);
};

impl loader::Guest for Runtime {
    fn load(script: String, point: String) -> Result<(), loader::ScriptError> {
        Point::named(&point)
            .ok_or_else(|| ScriptError::whole(format!("there is no decision point `{point}`")))
            .and_then(|point| Script::parse(&script, point))
            .map(script::install)
            .map_err(|ScriptError { line, column, text }| loader::ScriptError { line, column, text })
    }

    fn image() -> Vec<u8> {
        image::take()
    }
}

fn configure(settings: &str) -> Result<(), Vec<SettingsProblem>> {
    script::installed(|script| script.configure(settings))
        .unwrap_or_else(|| Err(vec![SettingsProblem::new("", "no script was loaded")]))
}

fn decide<R: Clone + 'static, D: Clone + 'static>(request: R) -> Result<D, Failure> {
    // Its parts are lent to the script for as long as it likes: the memory goes with the decision.
    let request: &'static R = Box::leak(Box::new(request));
    script::installed(|script| script.decide(request))
        .unwrap_or_else(|| Err(Failure::new("not-configured", "no script was loaded")))
}

mod contract {
    pub(crate) use usher_policy::bindings::approval::exports::usher::policy::approval;
    pub(crate) use usher_policy::bindings::seat::exports::usher::policy::seat_assignment;
    pub(crate) use usher_policy::bindings::sso::exports::usher::policy::sso_matching;
}

impl contract::approval::Guest for Runtime {
    fn configure(settings: String) -> Result<(), Vec<SettingsProblem>> {
        configure(&settings)
    }

    fn decide(request: contract::approval::Request) -> Result<contract::approval::Decision, Failure> {
        decide(request)
    }
}

impl contract::seat_assignment::Guest for Runtime {
    fn configure(settings: String) -> Result<(), Vec<SettingsProblem>> {
        configure(&settings)
    }

    fn decide(request: contract::seat_assignment::Request) -> Result<contract::seat_assignment::Decision, Failure> {
        decide(request)
    }
}

impl contract::sso_matching::Guest for Runtime {
    fn configure(settings: String) -> Result<(), Vec<SettingsProblem>> {
        configure(&settings)
    }

    fn match_keys(claim: contract::sso_matching::Claim) -> Vec<String> {
        let claim = Box::leak(Box::new(claim));
        match script::installed(|script| script.match_keys(claim)) {
            Some(Ok(keys)) => keys,
            // The contract has no failure here, so the trap that this becomes must say why.
            Some(Err(failure)) => {
                usher_policy::log::error(&failure.text);
                panic!("{}", failure.text)
            }
            None => panic!("no script was loaded"),
        }
    }

    fn decide(request: contract::sso_matching::Request) -> Result<contract::sso_matching::Decision, Failure> {
        decide(request)
    }
}
