//! The kernels, and the choice between them.
//!
//! | module | contents |
//! |---|---|
//! | `bytes` | where a kernel reads, and where it writes |
//! | `xor` | the masking algorithm |
//! | `text` | masking and the check of text in one pass; `pairs`: its tables |
//! | `vectors` | the operations that these algorithms ask of an instruction set |
//! | `words` | the operations on 64-bit words, for every target |
//! | `arch` | the instruction sets of the target: their operations, detection and dispatch |
//! | `backend` | the choice of one of them |
//! | `small` | what replaces all of these on a target without vectors |
//!
//! Apart from one block in `assembly`, all `unsafe` code of the crate is here. It calls functions
//! that are compiled for a feature of the CPU, returns memory that has been initialised, and turns
//! bytes that have been checked into `str`.
#![allow(unsafe_code)]

use backend::Backend;
use bytes::Bytes;
use core::mem::MaybeUninit;
use xor::{FOUR_MAX, SHORT_MAX, TWO_MAX, Two, short};

// The only lines that name an architecture. An x86 target without SSE2, such as that of an operating
// system, must not use vector registers at all.
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
#[path = "aarch64/mod.rs"]
mod arch;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "wasm32/mod.rs"]
mod arch;
#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
#[path = "x86/mod.rs"]
mod arch;
#[cfg(all(target_arch = "x86", target_feature = "sse2"))]
use core::arch::x86 as intrinsics;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use core::arch::x86_64 as intrinsics;
#[cfg(not(any(
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_arch = "wasm32", target_feature = "simd128"),
    all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"),
)))]
#[path = "portable.rs"]
mod arch;

mod backend;
mod bytes;
#[allow(dead_code, reason = "not every architecture can look up 16 bytes at once")]
mod pairs;
mod small;
#[cfg(test)]
mod tests;
mod text;
mod vectors;
mod words;
mod xor;

pub(crate) use small::IS_SMALL;
pub(crate) use text::Text;
pub(crate) use xor::rotate;

/// Masks `payload` in place.
#[inline]
pub(crate) fn xor(payload: &mut [u8], key: u32) {
    if IS_SMALL {
        small::xor(payload, key);
    } else if payload.len() <= SHORT_MAX {
        short(payload, key);
    } else if payload.len() > TWO_MAX {
        wide(payload, key);
    } else if cfg!(wsparse_backend = "portable") {
        words::run::<Two, _>(payload, key);
    } else {
        arch::run_narrow::<Two, _>(payload, key);
    }
}

#[inline(never)]
fn wide(payload: &mut [u8], key: u32) {
    if let Err(payload) =
        Backend::with_known(payload, |payload, backend| backend.wide(payload, key))
    {
        first_wide(payload, key);
    }
}

/// The first call of [`wide`], which asks the CPU. A function of its own, so that [`wide`] never has
/// to save its arguments.
#[cold]
#[inline(never)]
fn first_wide(payload: &mut [u8], key: u32) {
    Backend::best().wide(payload, key);
}

/// Copies `source` to the start of `target`, masked, and returns the copy. Returns `None` if
/// `target` is shorter.
pub(crate) fn copy_xor<'a>(
    source: &[u8],
    key: u32,
    target: &'a mut [MaybeUninit<u8>],
) -> Option<&'a mut [u8]> {
    copy_xor_after(&[], source, Some(key), target)
}

/// Copies `start`, and after it `source`, masked if there is a key, to the start of `target`.
/// Returns both copies, or `None` if `target` is too short.
#[inline(always)]
pub(crate) fn copy_xor_after<'a>(
    start: &[u8],
    source: &[u8],
    key: Option<u32>,
    target: &'a mut [MaybeUninit<u8>],
) -> Option<&'a mut [u8]> {
    let (target, _) = target.split_at_mut_checked(start.len().checked_add(source.len())?)?;
    let (to_start, to_source) = target.split_at_mut_checked(start.len())?;
    if IS_SMALL {
        small::copy(start, 0, to_start);
        small::copy(source, key.unwrap_or(0), to_source);
    } else {
        to_start.write_copy_of_slice(start);
        match key {
            Some(key) if source.len() > FOUR_MAX => {
                known_or_best().long((source, to_source), key);
            }
            Some(key) => xor(to_source.write_copy_of_slice(source), key),
            None => _ = to_source.write_copy_of_slice(source),
        }
    }
    // SAFETY: all of `target` has been written: `to_start`, and `to_source`, which is as long as
    // `source`. Of the latter, `Vectors::long` writes the first 64 bytes, the last 64, and every
    // block of 64 between, from an offset of at most 64 to the last that fits. `small::copy` writes
    // all words of four bytes, and the bytes after the last of them.
    Some(unsafe { target.assume_init_mut() })
}

/// Copies `source` to the start of `target`, masked if there is a key. Writes nothing if `target` is
/// shorter than `source`.
#[inline(always)]
pub(crate) fn copy_over(source: &[u8], key: Option<u32>, target: &mut [u8]) {
    let Some(target) = target.get_mut(..source.len()) else { return };
    if IS_SMALL {
        return small::copy(source, key.unwrap_or(0), target);
    }
    match key {
        Some(key) => copy_xor_over(source, key, target),
        None => target.copy_from_slice(source),
    }
}

#[inline(always)]
fn copy_xor_over(source: &[u8], key: u32, target: &mut [u8]) {
    if source.len() <= FOUR_MAX {
        target.copy_from_slice(source);
        xor(target, key);
    } else {
        known_or_best().long((source, target), key);
    }
}

#[inline(always)]
fn known_or_best() -> Backend {
    Backend::with_known((), |(), backend| backend).unwrap_or_else(|()| Backend::best())
}

/// Checks text.
#[inline]
pub(crate) fn text(text: &[u8]) -> Text {
    check(text, 0)
}

/// Masks all of `payload` in place, and checks the text that results.
#[inline]
pub(crate) fn xor_text(payload: &mut [u8], key: u32) -> Text {
    check(payload, key)
}

/// Does what [`xor_text`] does, but writes the text to `target`. Both slices are cut to the length of
/// the shorter.
#[inline]
pub(crate) fn copy_xor_text(source: &[u8], key: u32, target: &mut [u8]) -> Text {
    let len = source.len().min(target.len());
    match (source.get(..len), target.get_mut(..len)) {
        (Some(source), Some(target)) => check((source, target), key),
        _ => Text::Wrong,
    }
}

/// Returns the bytes as a string.
///
/// # Errors
///
/// Returns the offset of the first invalid byte, which `find` finds, if the bytes are not UTF-8.
#[inline]
pub(crate) fn str(bytes: &[u8], find: impl FnOnce(&[u8]) -> usize) -> Result<&str, usize> {
    if IS_SMALL {
        small::validate(bytes)?;
    } else if text(bytes) != Text::Complete {
        return Err(find(bytes));
    }
    // SAFETY: `Text::Complete` and `Ok` say that all of the bytes are UTF-8.
    Ok(unsafe { str::from_utf8_unchecked(bytes) })
}

/// Masks all of `payload` in place, and returns the result as a string.
///
/// # Errors
///
/// Those of [`str()`], for the masked bytes.
#[inline(always)]
pub(crate) fn xor_str(
    payload: &mut [u8],
    key: u32,
    find: impl FnOnce(&[u8]) -> usize,
) -> Result<&mut str, usize> {
    if IS_SMALL {
        small::xor(payload, key);
        small::validate(payload)?;
    } else if xor_text(payload, key) != Text::Complete {
        return Err(find(payload));
    }
    // SAFETY: `Text::Complete` and `Ok` say that all of the masked bytes are UTF-8.
    Ok(unsafe { str::from_utf8_unchecked_mut(payload) })
}

/// Unmasks and checks text. Short text that is ASCII needs no vectors.
#[inline(always)]
fn check<B: Bytes<Place = u8>>(mut bytes: B, key: u32) -> Text {
    if IS_SMALL {
        return small::check(bytes, key);
    }
    let len = bytes.source().len();
    if len > SHORT_MAX {
        return check_with_vectors(bytes, key);
    }
    // Not ASCII, for all that is known if there is nothing to unmask.
    let mut all = u64::MAX;
    bytes.unmask(0..len, |payload| all = short(payload, key));
    match all & 0x8080_8080_8080_8080 {
        0 => Text::Complete,
        _ => check_with_vectors(bytes.result(), 0),
    }
}

#[inline(never)]
fn check_with_vectors<B: Bytes<Place = u8>>(bytes: B, key: u32) -> Text {
    match Backend::with_known(bytes, |bytes, backend| backend.text(bytes, key)) {
        Ok(text) => text,
        Err(bytes) => first_check(bytes, key),
    }
}

/// The first call of [`check_with_vectors`].
#[cold]
#[inline(never)]
fn first_check(bytes: impl Bytes<Place = u8>, key: u32) -> Text {
    Backend::best().text(bytes, key)
}
