//! Neither an endpoint over arrays nor the server of `echo` allocates for a message; a compressed
//! connection does not either once its memory has grown.
//!
//! Their loops run in this process, on threads whose allocations are counted. So these tests have a
//! binary of their own.

// Neither Miri nor wasm has sockets.
#![cfg(not(any(miri, target_family = "wasm")))]

#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "deflate")]
mod deflate;
#[cfg(all(unix, feature = "handshake"))]
mod echo;
mod endpoint;

// Where the modules of `echo` look for each other.
#[cfg(all(unix, feature = "handshake"))]
use echo::{args, deflate, http, log, opening, output, peer, session, stop, storage};

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    /// Counts this thread's allocations, if there is one.
    static COUNTER: Cell<Option<&'static AtomicU64>> = const { Cell::new(None) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count() {
    if let Ok(Some(counter)) = COUNTER.try_with(Cell::get) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(unsafe_code, reason = "there is no other way to count allocations")]
// SAFETY: each call is passed on to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, bytes: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.realloc(bytes, layout, len) }
    }

    unsafe fn dealloc(&self, bytes: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(bytes, layout) }
    }
}
