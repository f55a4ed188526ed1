//! The backend `word`, for a target on which the size of the code matters more than its speed.
//!
//! Three loops replace the other kernels. One masks words in place, one masks words while it copies
//! them, and one checks UTF-8 with a state machine.

use super::bytes::{Bytes, Place};
use super::text::Text;
use super::xor::rotate;
use crate::payload::automaton::Automaton;
use bytemuck::try_cast_slice_mut;
use core::array;

/// Whether the target is small: without vectors, and neither WebAssembly nor a 64-bit server's CPU,
/// both of which are faster with 64-bit words.
///
/// If it is, no code is used that exists only to be fast. `--cfg wsparse_backend="word"` has the same
/// effect on any target.
pub(crate) const IS_SMALL: bool = cfg!(any(
    wsparse_backend = "word",
    all(
        not(wsparse_backend = "portable"),
        not(any(target_feature = "sse2", target_feature = "neon", target_family = "wasm")),
        any(
            not(target_pointer_width = "64"),
            // Kernels are compiled without vector registers.
            target_arch = "aarch64",
            target_arch = "x86_64",
        ),
    ),
));

/// Masks `payload` in place. From an aligned byte on, it takes whole words, because some small CPUs
/// cannot load others.
#[inline(never)]
pub(super) fn xor(mut payload: &mut [u8], mut key: u32) {
    loop {
        if payload.as_ptr().addr().is_multiple_of(align_of::<u32>()) {
            let (words, rest) = payload.as_chunks_mut::<4>();
            for word in try_cast_slice_mut::<_, u32>(words).unwrap_or_default() {
                *word ^= key;
            }
            payload = rest;
        }
        let Some((byte, rest)) = payload.split_first_mut() else { return };
        let [first, ..] = key.to_ne_bytes();
        *byte ^= first;
        key = rotate(key, 1);
        payload = rest;
    }
}

/// Copies `source` to `target`, which is as long, and masks the copy.
///
/// With a key of zeros it replaces `memcpy`, which takes ten times the code on an ARM Cortex-M.
#[inline(never)]
pub(super) fn copy<P: Place>(mut source: &[u8], mut key: u32, mut target: &mut [P]) {
    while let Some((word, rest)) = source.split_first_chunk()
        && let Some(to) = target.split_off_mut(..4).and_then(<[P]>::as_mut_array)
    {
        P::store(to, (u32::from_ne_bytes(*word) ^ key).to_ne_bytes());
        source = rest;
    }
    for (byte, to) in source.iter().zip(target) {
        let [first, ..] = key.to_ne_bytes();
        P::store(array::from_mut(to), [*byte ^ first]);
        key = rotate(key, 1);
    }
}

/// Unmasks and checks text.
#[inline(always)]
pub(super) fn check(mut bytes: impl Bytes<Place = u8>, key: u32) -> Text {
    let len = bytes.source().len();
    bytes.unmask(0..len, |payload| xor(payload, key));
    match validate(bytes.result()) {
        Ok(()) => Text::Complete,
        Err(offset) if offset == len => Text::Unfinished,
        Err(_) => Text::Wrong,
    }
}

/// Checks a whole text.
///
/// # Errors
///
/// Returns the offset of the first invalid byte; the length if the text ends inside a code point.
#[inline(always)]
pub(super) fn validate(text: &[u8]) -> Result<(), usize> {
    let mut automaton = Automaton::new();
    automaton.check_words(text)?;
    if automaton.missing() == 0 { Ok(()) } else { Err(text.len()) }
}
