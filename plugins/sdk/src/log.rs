//! Lines for the author and the admin, kept in the decision record: at most 64 of at most 1,024 bytes.

pub use crate::bindings::log::Level;
#[cfg(target_arch = "wasm32")]
use crate::bindings::log::write;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::write;

/// For the author alone.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Worth knowing.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Somebody should look at it.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Something is wrong.
pub fn error(message: &str) {
    write(Level::Error, message);
}
