//! Registers a policy: the glue between the generated bindings and the traits that authors implement.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use crate::{Failure, SettingsProblem};

/// Registers the policy of a crate: `approval`, `seat-assignment` or `sso-matching`, a colon, and a type
/// that implements the trait of that name. Once in a crate.
///
/// ```ignore
/// usher_policy::export!(approval: JoinByDomain);
/// ```
#[macro_export]
macro_rules! export {
    (approval: $policy:ty) => {
        const _: () = {
            use $crate::approval::Approval;
            use $crate::bindings::approval::exports::usher::policy::approval as contract;

            static POLICY: ::std::sync::OnceLock<$policy> = ::std::sync::OnceLock::new();

            #[allow(dead_code, reason = "only a WebAssembly module exports it")]
            struct Guest;

            impl contract::Guest for Guest {
                fn configure(settings: String) -> Result<(), Vec<$crate::SettingsProblem>> {
                    $crate::export::configure(&POLICY, &settings, <$policy as Approval>::configure)
                }

                fn decide(request: contract::Request) -> Result<contract::Decision, $crate::Failure> {
                    $crate::export::with(&POLICY, request, <$policy as Approval>::decide)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::approval::__export_approval!(
                Guest with_types_in $crate::bindings::approval
            );
        };
    };
    (seat-assignment: $policy:ty) => {
        const _: () = {
            use $crate::bindings::seat::exports::usher::policy::seat_assignment as contract;
            use $crate::seat::SeatAssignment;

            static POLICY: ::std::sync::OnceLock<$policy> = ::std::sync::OnceLock::new();

            #[allow(dead_code, reason = "only a WebAssembly module exports it")]
            struct Guest;

            impl contract::Guest for Guest {
                fn configure(settings: String) -> Result<(), Vec<$crate::SettingsProblem>> {
                    $crate::export::configure(&POLICY, &settings, <$policy as SeatAssignment>::configure)
                }

                fn decide(request: contract::Request) -> Result<contract::Decision, $crate::Failure> {
                    $crate::export::with(&POLICY, request, <$policy as SeatAssignment>::decide)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::seat::__export_seat_assignment!(
                Guest with_types_in $crate::bindings::seat
            );
        };
    };
    (sso-matching: $policy:ty) => {
        const _: () = {
            use $crate::bindings::sso::exports::usher::policy::sso_matching as contract;
            use $crate::sso::SsoMatching;

            static POLICY: ::std::sync::OnceLock<$policy> = ::std::sync::OnceLock::new();

            #[allow(dead_code, reason = "only a WebAssembly module exports it")]
            struct Guest;

            impl contract::Guest for Guest {
                fn configure(settings: String) -> Result<(), Vec<$crate::SettingsProblem>> {
                    $crate::export::configure(&POLICY, &settings, <$policy as SsoMatching>::configure)
                }

                fn match_keys(claim: contract::Claim) -> Vec<String> {
                    POLICY.get().map_or_else(Vec::new, |policy| policy.match_keys(&claim))
                }

                fn decide(request: contract::Request) -> Result<contract::Decision, $crate::Failure> {
                    $crate::export::with(&POLICY, request, <$policy as SsoMatching>::decide)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::sso::__export_sso_matching!(
                Guest with_types_in $crate::bindings::sso
            );
        };
    };
}

/// Bytes kept free for a decision when the settings are in: a large document must not leave so little that
/// each decision has to grow the memory.
const ROOM: usize = 48 * 1024;

/// Reads the settings and keeps the policy made of them. A second call replaces nothing: the contract has
/// one in the life of a memory.
///
/// # Errors
/// What is wrong with the settings.
#[doc(hidden)]
pub fn configure<P, S: DeserializeOwned>(
    policy: &OnceLock<P>,
    settings: &str,
    make: fn(S) -> Result<P, Vec<SettingsProblem>>,
) -> Result<(), Vec<SettingsProblem>> {
    let settings = crate::settings::parse(settings).map_err(|problem| vec![problem])?;
    let made = make(settings)?;
    policy.get_or_init(|| made);
    reserve(ROOM);
    Ok(())
}

/// Makes sure that `bytes` can be had without growing the memory, in a WebAssembly module.
#[doc(hidden)]
pub fn reserve(bytes: usize) {
    #[cfg(target_arch = "wasm32")]
    crate::arena::reserve(bytes);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = bytes;
}

/// Lets the configured policy decide. The request is not dropped: its memory goes with the sandbox.
///
/// # Errors
/// What the policy says, or that it was never configured.
#[doc(hidden)]
pub fn with<P, R, D>(policy: &OnceLock<P>, request: R, decide: fn(&P, &R) -> Result<D, Failure>) -> Result<D, Failure> {
    let Some(policy) = policy.get() else {
        return Err(Failure::new("not-configured", "configure was not called before decide"));
    };
    let request = std::mem::ManuallyDrop::new(request);
    decide(policy, &request)
}
