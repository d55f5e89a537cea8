//! Makes a component of the core module that a compiler writes for `wasm32-unknown-unknown`.
//!
//! Owns: nothing but the call of `wit-component`, so that policy authors need no tool beside `usher`. Must
//! not know: decision points; whether the component is a policy is found out when it is prepared.
//!
//! ```
//! let error = usher_engine::componentize(b"no module").unwrap_err();
//! assert!(error.to_string().starts_with("this is not a module to make a component of"));
//! ```

use wit_component::ComponentEncoder;

/// Why no component could be made.
#[derive(Debug, thiserror::Error)]
#[error(
    "this is not a module to make a component of ({0}): build the policy's crate, a `cdylib` that uses \
     `usher_policy::export!`, for wasm32-unknown-unknown"
)]
pub struct ComponentizeError(String);

/// The component of the core module `module`, validated. Its world is in a section which the bindings of
/// the module's language left there.
///
/// # Errors
/// The bytes are no module, have no such section, or import or export what the section does not name.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, ComponentizeError> {
    ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| ComponentizeError(format!("{error:#}")))
}
