//! Gives freed memory back to the system while a host runs.
//!
//! The allocator can keep freed pages for a while, which is quick under load, or give them back at once, which keeps
//! a host small that has just compiled a policy. Each costs what the other gains: a tenth of the joins, a third of
//! the memory. So it is told which, by what the host is busy with.

use std::ffi::c_long;
use std::io;
use std::thread;
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Requests in that time from which on the host is busy.
const BUSY: u64 = 500;
/// How often in a row it must be quiet before it counts as such: people who come in waves are served as quickly.
const QUIET_ROUNDS: u32 = 10;
/// For how long pages are kept then, in milliseconds: the allocator's own default.
const KEEP: c_long = 1_000;

/// `mi_option_purge_delay` of mimalloc 3, which the bindings do not name.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// From now on all that is freed goes back at once.
pub(crate) fn keep_nothing() {
    keep_for(0);
}

/// From now on freed pages are kept while the host is busy and shortly after, until the process ends. `served` is the
/// number of requests answered so far.
///
/// # Errors
/// If the thread can't be started.
pub(crate) fn keep_while_busy(served: impl Fn() -> u64 + Send + 'static) -> io::Result<()> {
    let rounds = move || {
        let (mut before, mut quiet_rounds) = (served(), QUIET_ROUNDS);
        loop {
            thread::sleep(EVERY);
            let now = served();
            let was_quiet = quiet_rounds >= QUIET_ROUNDS;
            quiet_rounds = if now - before >= BUSY { 0 } else { quiet_rounds.saturating_add(1) };
            match (was_quiet, quiet_rounds) {
                (true, 0) => keep_for(KEEP),
                (false, QUIET_ROUNDS) => keep_for(0),
                _ => {}
            }
            before = now;
        }
    };
    thread::Builder::new().name("usher-memory".into()).spawn(rounds).map(drop)
}

/// What is kept when nothing more shall be goes back at once.
#[expect(unsafe_code, reason = "the allocator is a library in C")]
fn keep_for(milliseconds: c_long) {
    // SAFETY: both may be called at any time, from any thread.
    unsafe {
        if milliseconds == 0 {
            libmimalloc_sys::mi_collect(true);
        }
        libmimalloc_sys::mi_option_set(PURGE_DELAY, milliseconds);
    }
}
