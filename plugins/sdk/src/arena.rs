//! The allocator of a guest: a bump over a static arena, then over pages that the memory grows by.
//!
//! A host drops the whole memory after one decision, so nothing is worth giving back: only the newest
//! block can shrink, grow or go. What makes it quick is that a decision which fits the arena never calls
//! `memory.grow`: on Linux each growth of a fresh memory costs two `mprotect` calls, more than the
//! decision itself.

#![allow(unsafe_code, reason = "an allocator has no other way")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::ptr::null_mut;

/// Enough for the settings and the largest ordinary request; with a stack of 32 KiB and the program's own
/// data a policy stays within three WebAssembly pages.
const ARENA: usize = 96 * 1024;

const PAGE: usize = 65_536;

#[repr(align(16))]
struct Arena(UnsafeCell<[u8; ARENA]>);

/// Where the next block starts and where the ground ends; 0 before the first block.
struct Bump {
    next: Cell<usize>,
    end: Cell<usize>,
    arena: Arena,
}

// SAFETY: wasm32-unknown-unknown without the feature `atomics` has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static BUMP: Bump = Bump { next: Cell::new(0), end: Cell::new(0), arena: Arena(UnsafeCell::new([0; ARENA])) };

/// Makes sure that `bytes` can be had without growing the memory. A snapshot taken afterwards has the room.
pub(crate) fn reserve(bytes: usize) {
    if BUMP.end.get() - BUMP.next.get() < bytes {
        let block = BUMP.extend(bytes, 1);
        if !block.is_null() {
            BUMP.next.set(block as usize);
        }
    }
}

impl Bump {
    #[inline]
    fn take(&self, size: usize, align: usize) -> *mut u8 {
        let start = (self.next.get() + (align - 1)) & !(align - 1);
        let Some(next) = start.checked_add(size) else {
            return null_mut();
        };
        if next > self.end.get() {
            return self.extend(size, align);
        }
        self.next.set(next);
        start as *mut u8
    }

    /// Finds ground for a block that does not fit: the arena at first, then new pages.
    #[cold]
    #[inline(never)]
    fn extend(&self, size: usize, align: usize) -> *mut u8 {
        if self.end.get() == 0 {
            let arena = self.arena.0.get() as usize;
            self.next.set(arena);
            self.end.set(arena + ARENA);
            return self.take(size, align);
        }
        let Some(bytes) = size.checked_add(align) else {
            return null_mut();
        };
        let pages = bytes.div_ceil(PAGE);
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        if before == usize::MAX {
            return null_mut();
        }
        // Nothing else grows the memory, so new pages follow upon the last ones; only after the arena is
        // there a gap, what is left of the first pages.
        let start = before * PAGE;
        if self.end.get() != start {
            self.next.set(start);
        }
        self.end.set(start + pages * PAGE);
        self.take(size, align)
    }

    #[inline]
    fn is_newest(&self, block: *mut u8, size: usize) -> bool {
        block as usize + size == self.next.get()
    }
}

// SAFETY: blocks never overlap, since `next` only goes back to the start of the newest one, and each lies
// within the arena or within pages that belong to nobody else.
unsafe impl GlobalAlloc for Bump {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_newest(block, layout.size()) {
            self.next.set(block as usize);
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            if self.is_newest(block, layout.size()) {
                self.next.set(block as usize + size);
            }
            return block;
        }
        if self.is_newest(block, layout.size())
            && let Some(next) = (block as usize).checked_add(size)
            && next <= self.end.get()
        {
            self.next.set(next);
            return block;
        }
        let moved = self.take(size, layout.align());
        if !moved.is_null() {
            // SAFETY: both are at least `layout.size()` long and the new block is none that was there.
            unsafe { core::ptr::copy_nonoverlapping(block, moved, layout.size()) };
        }
        moved
    }
}
