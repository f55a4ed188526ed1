//! WebAssembly with vectors of 128 bits, which the target guarantees.

use super::backend::Backend;
use super::bytes::Bytes;
use super::pairs::{self, Lookup, most_at_end};
use super::vectors::{Kernel, TextOperations, Vectors};
use super::words;
use bytemuck::must_cast;
use core::arch::wasm32::*;

/// The instruction sets, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa {
    Simd128,
    Portable,
}

impl Isa {
    pub(super) const ALL: &[Self] = &[Self::Simd128, Self::Portable];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Simd128 => "simd128",
            Self::Portable => "portable",
        }
    }

    /// The target guarantees all of them.
    pub(super) const fn is_present(self) -> bool {
        true
    }
}

/// Runs a kernel on the vectors of the backend's instruction set.
#[inline(always)]
pub(super) fn run<K: Kernel<B>, B: Bytes>(backend: Backend, bytes: B, key: u32) -> K::Output {
    match backend.isa() {
        Isa::Simd128 => run_narrow_apart::<K, B>(bytes, key),
        Isa::Portable => words::run_apart::<K, B>(bytes, key),
    }
}

/// Runs a kernel on vectors of 16 bytes.
#[inline(always)]
pub(super) fn run_narrow<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(vectors(), vectors(), bytes, key)
}

/// Not inlined into the dispatch, which would need a stack frame.
#[inline(never)]
fn run_narrow_apart<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    run_narrow::<K, B>(bytes, key)
}

#[inline]
fn vectors() -> Vectors<16, v128> {
    let text = TextOperations {
        or: |a, b| v128_or(a, b),
        errors: |bytes, before| errors(bytes, before),
        unfinished: |a| u8x16_sub_sat(a, must_cast(const { most_at_end::<16>() })),
        is_ascii: |a| u8x16_bitmask(a) == 0,
        is_zero: |a| !v128_any_true(a),
    };
    Vectors { splat: |key| u32x4_splat(key), xor: |a, b| v128_xor(a, b), text: Some(text) }
}

#[inline]
fn errors(bytes: v128, before: v128) -> v128 {
    pairs::errors(
        [
            bytes,
            u8x16_shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(
                before, bytes,
            ),
            u8x16_shuffle::<14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29>(
                before, bytes,
            ),
            u8x16_shuffle::<13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28>(
                before, bytes,
            ),
        ],
        Lookup {
            by_high: |table, a| u8x16_swizzle(must_cast(table), u8x16_shr(a, 4)),
            by_low: |table, a| u8x16_swizzle(must_cast(table), v128_and(a, u8x16_splat(15))),
            at_least: |a, least| v128_and(u8x16_ge(a, u8x16_splat(least)), u8x16_splat(0x80)),
            and: |a, b| v128_and(a, b),
            or: |a, b| v128_or(a, b),
            xor: |a, b| v128_xor(a, b),
        },
    )
}
