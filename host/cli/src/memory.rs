//! Gives freed memory back to the system while a host runs.
//!
//! The allocator keeps freed pages until somebody asks it for more: quick under load, but a host that has just
//! compiled a policy would be idle at twice its size. Giving them back at each free instead costs a tenth of
//! the joins.

use std::io;
use std::thread;
use std::time::Duration;

/// How often.
const EVERY: Duration = Duration::from_secs(1);

/// Starts doing so, until the process ends.
///
/// # Errors
/// If the thread can't be started.
pub(crate) fn give_back() -> io::Result<()> {
    let rounds = || {
        loop {
            thread::sleep(EVERY);
            collect();
        }
    };
    thread::Builder::new().name("usher-memory".into()).spawn(rounds).map(drop)
}

#[expect(unsafe_code, reason = "the allocator is a library in C")]
fn collect() {
    // SAFETY: may be called at any time, from any thread.
    unsafe { libmimalloc_sys::mi_collect(true) };
}
