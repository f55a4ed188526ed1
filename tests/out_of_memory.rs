//! If memory runs out, `append` returns an error and changes nothing. A binary of its own, because
//! it replaces the allocator.

#![cfg(all(feature = "alloc", not(miri)))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use wsparse::{Encoder, KeySource, Message, SendError};

/// There is no block of this size or more.
const TOO_MUCH: usize = 1 << 20;

struct Limited;

#[global_allocator]
static LIMITED: Limited = Limited;

#[expect(unsafe_code, reason = "there is no other way to run out of memory")]
// SAFETY: each call is passed on to the system's allocator, or fails.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= TOO_MUCH {
            return ptr::null_mut();
        }
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, bytes: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(bytes, layout) }
    }
}

#[test]
fn append_returns_an_error() {
    let payload = vec![7; TOO_MUCH - 100];
    let message = Message::Binary(&payload);
    let before = [b'!'; 200];
    assert_refuses(Encoder::server(), message, &before);
    assert_refuses(Encoder::client(|| panic!("no key is drawn")), message, &before);
}

fn assert_refuses<K: KeySource>(mut encoder: Encoder<K>, message: Message<'_>, before: &[u8]) {
    let mut output = before.to_vec();
    let needed = encoder.encoded_len(message);
    assert_eq!(encoder.append(message, &mut output), Err(SendError::NoRoom { needed }));
    assert_eq!(output, before);
}
