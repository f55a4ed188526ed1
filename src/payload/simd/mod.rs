//! The kernels, and the choice between them.
//!
//! | module | what it is |
//! |---|---|
//! | `xor` | the masking algorithm, over any vector |
//! | `text` | the same and validation in one pass; `tables`: what is wrong in UTF-8 |
//! | `portable`, `x86`, `x86_text`, `neon`, `simd128` | their instances |
//!
//! This is the only module with `unsafe`: to call a function that was compiled for more than the
//! target guarantees, after the CPU was asked, and to call memory initialised that was written.
#![allow(unsafe_code)]

use backend::Backend;
use core::mem::MaybeUninit;
use core::ptr;
use xor::{FOUR_MAX, SHORT_MAX, TWO_MAX, short, two, with};

mod backend;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod tables;
#[cfg(test)]
mod tests;
mod text;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;
#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
mod x86_text;
mod xor;

pub(crate) use text::Text;
pub(crate) use xor::rotate;

// The vectors of 16 bytes that need no question to the CPU.
#[cfg(all(
    target_arch = "aarch64",
    target_feature = "neon",
    not(wsparse_backend = "portable")
))]
use neon as fixed;
#[cfg(any(
    wsparse_backend = "portable",
    not(any(
        all(target_arch = "aarch64", target_feature = "neon"),
        all(target_arch = "wasm32", target_feature = "simd128"),
        all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"),
    ))
))]
use portable as fixed;
#[cfg(all(
    target_arch = "wasm32",
    target_feature = "simd128",
    not(wsparse_backend = "portable")
))]
use simd128 as fixed;
#[cfg(all(
    any(target_arch = "x86", target_arch = "x86_64"),
    target_feature = "sse2",
    not(wsparse_backend = "portable")
))]
use x86::sse2 as fixed;

/// Masks `payload` in place.
#[inline]
pub(crate) fn xor(payload: &mut [u8], key: u32) {
    if payload.len() <= SHORT_MAX {
        short(payload, key);
    } else if payload.len() <= TWO_MAX {
        two::<16, _>(payload, key, |key| with(fixed::splat(key), fixed::xor));
    } else {
        wide(payload, key);
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

/// The first call of [`wide`]. Apart, so that the others need not keep their arguments for it.
#[cold]
#[inline(never)]
fn first_wide(payload: &mut [u8], key: u32) {
    Backend::best().wide(payload, key);
}

/// Copies `source` to the start of `target`, masked; gives what it wrote. `None` where `target` is
/// shorter.
pub(crate) fn copy_xor<'a>(
    source: &[u8],
    key: u32,
    target: &'a mut [MaybeUninit<u8>],
) -> Option<&'a mut [u8]> {
    let (target, _) = target.split_at_mut_checked(source.len())?;
    if source.len() > FOUR_MAX {
        let backend =
            Backend::with_known((), |(), backend| backend).unwrap_or_else(|()| Backend::best());
        backend.long((source, &mut *target), key);
        // SAFETY: `long` stores the first 64 bytes, the last 64, and all blocks of 64 that lie
        // between: from at most 64 behind the start to at most 63 before the end.
        return Some(unsafe { initialised(target) });
    }
    target.iter_mut().zip(source).for_each(|(to, from)| *to = MaybeUninit::new(*from));
    // SAFETY: the line above wrote each byte, as `target` was cut to the length of `source`.
    let target = unsafe { initialised(target) };
    xor(target, key);
    Some(target)
}

/// [`copy_xor`] over memory that is initialised, and as long as `source` or longer.
pub(crate) fn copy_xor_over(source: &[u8], key: u32, target: &mut [u8]) {
    // SAFETY: `MaybeUninit<u8>` is laid out as `u8`, and `copy_xor` writes bytes only.
    let target = unsafe { &mut *(ptr::from_mut(target) as *mut [MaybeUninit<u8>]) };
    copy_xor(source, key, target);
}

/// Judges text.
#[inline]
pub(crate) fn text(text: &[u8]) -> Text {
    judge(text, 0)
}

/// Masks `payload` in place, all of it, and judges the text that it is then.
#[inline]
pub(crate) fn xor_text(payload: &mut [u8], key: u32) -> Text {
    judge(payload, key)
}

/// The same, but the text goes to `target`; both are as long as the shorter.
#[inline]
pub(crate) fn copy_xor_text(source: &[u8], key: u32, target: &mut [u8]) -> Text {
    let len = source.len().min(target.len());
    match (source.get(..len), target.get_mut(..len)) {
        (Some(source), Some(target)) => judge((source, target), key),
        _ => Text::Wrong,
    }
}

/// Whole text as what it is; given back if it is none.
#[inline]
pub(crate) fn str(bytes: &[u8]) -> Result<&str, &[u8]> {
    match text(bytes) {
        // SAFETY: it was judged to be UTF-8, of which nothing lacks.
        Text::Complete => Ok(unsafe { str::from_utf8_unchecked(bytes) }),
        Text::Unfinished | Text::Wrong => Err(bytes),
    }
}

/// [`str()`] of what masking makes of `payload`.
#[inline]
pub(crate) fn xor_str(payload: &mut [u8], key: u32) -> Result<&mut str, &mut [u8]> {
    match xor_text(payload, key) {
        // SAFETY: it was judged to be UTF-8, of which nothing lacks.
        Text::Complete => Ok(unsafe { str::from_utf8_unchecked_mut(payload) }),
        Text::Unfinished | Text::Wrong => Err(payload),
    }
}

/// Unmasks and judges, with the backend if the text is longer than [`SHORT_MAX`], or not ASCII.
#[inline(always)]
fn judge<O: text::Bytes>(mut bytes: O, key: u32) -> Text {
    if bytes.from().len() > SHORT_MAX {
        return judge_by_vectors(bytes, key);
    }
    // Short text is unmasked first: if it is ASCII, that is known then.
    let mut all = u64::MAX;
    bytes.unmask(.., |payload| all = short(payload, key));
    match all & 0x8080_8080_8080_8080 {
        0 => Text::Complete,
        _ => judge_by_vectors(bytes.result(), 0),
    }
}

#[inline(never)]
fn judge_by_vectors<O: text::Bytes>(bytes: O, key: u32) -> Text {
    match Backend::with_known(bytes, |bytes, backend| backend.text(bytes, key)) {
        Ok(found) => found,
        Err(bytes) => first_judge(bytes, key),
    }
}

#[cold]
#[inline(never)]
fn first_judge(bytes: impl text::Bytes, key: u32) -> Text {
    Backend::best().text(bytes, key)
}

/// `<[MaybeUninit<u8>]>::assume_init_mut`, which came with Rust 1.93.
///
/// # Safety
///
/// Each byte must have been written.
unsafe fn initialised(bytes: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: `MaybeUninit<u8>` is laid out as `u8`, and the caller has written all.
    unsafe { &mut *(ptr::from_mut(bytes) as *mut [u8]) }
}
