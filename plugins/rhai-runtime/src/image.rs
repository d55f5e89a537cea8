//! The memory of a loaded script, as the host takes it.

#![allow(unsafe_code, reason = "memory is looked at as a whole")]

/// Bytes kept free for decisions, so that none of them has to grow the memory.
#[cfg(target_arch = "wasm32")]
const ROOM: usize = 128 * 1024;

/// Everything from the end of the stack to the end of the memory.
///
/// INVARIANT: the vector lies over memory that others own. That holds because nothing happens after it but
/// the bindings' copying it out and freeing it: the allocator gives nothing back but its newest block,
/// which this never ends at, and the host drops the memory.
#[cfg(target_arch = "wasm32")]
pub(crate) fn take() -> Vec<u8> {
    unsafe extern "C" {
        /// First address of the data, which the linker puts behind the stack (`--stack-first`).
        static __global_base: u8;
    }
    usher_policy::export::reserve(ROOM);
    let end = core::arch::wasm32::memory_size::<0>() * 65_536;
    let start = (&raw const __global_base) as usize;
    // SAFETY: the range lies within the memory, and is initialised as all of a memory is; for the rest see
    // the invariant.
    unsafe { Vec::from_raw_parts(start as *mut u8, end - start, end - start) }
}

/// Only a WebAssembly memory can be taken.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn take() -> Vec<u8> {
    Vec::new()
}
