//! 64-bit ARM with NEON, which the target guarantees.

use super::backend::Backend;
use super::bytes::Bytes;
use super::pairs::{self, Lookup, most_at_end};
use super::vectors::{Kernel, TextOperations, Vectors};
use super::words;
use bytemuck::must_cast;
use core::arch::aarch64::*;

/// The instruction sets, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa {
    Neon,
    Portable,
}

impl Isa {
    pub(super) const ALL: &[Self] = &[Self::Neon, Self::Portable];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Neon => "neon",
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
        Isa::Neon => run_narrow_apart::<K, B>(bytes, key),
        Isa::Portable => words::run_apart::<K, B>(bytes, key),
    }
}

/// Runs a kernel on vectors of 16 bytes.
#[inline(always)]
pub(super) fn run_narrow<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    // SAFETY: this module is compiled only if the target has NEON.
    unsafe { entry::<K, B>(bytes, key) }
}

/// Not inlined into the dispatch, which would need a stack frame.
#[inline(never)]
fn run_narrow_apart<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    run_narrow::<K, B>(bytes, key)
}

#[inline]
#[target_feature(enable = "neon")]
fn entry<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(vectors(), vectors(), bytes, key)
}

#[inline]
#[target_feature(enable = "neon")]
fn vectors() -> Vectors<16, uint8x16_t> {
    let text = TextOperations {
        or: |a, b| vorrq_u8(a, b),
        errors: |bytes, before| errors(bytes, before),
        unfinished: |a| vqsubq_u8(a, must_cast(const { most_at_end::<16>() })),
        is_ascii: |a| vmaxvq_u8(a) < 0x80,
        is_zero: |a| vmaxvq_u8(a) == 0,
    };
    Vectors {
        splat: |key| vreinterpretq_u8_u32(vdupq_n_u32(key)),
        xor: |a, b| veorq_u8(a, b),
        text: Some(text),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn errors(bytes: uint8x16_t, before: uint8x16_t) -> uint8x16_t {
    pairs::errors(
        [
            bytes,
            vextq_u8::<15>(before, bytes),
            vextq_u8::<14>(before, bytes),
            vextq_u8::<13>(before, bytes),
        ],
        Lookup {
            by_high: |table, a| vqtbl1q_u8(must_cast(table), vshrq_n_u8::<4>(a)),
            by_low: |table, a| vqtbl1q_u8(must_cast(table), vandq_u8(a, vdupq_n_u8(15))),
            at_least: |a, least| vandq_u8(vcgeq_u8(a, vdupq_n_u8(least)), vdupq_n_u8(0x80)),
            and: |a, b| vandq_u8(a, b),
            or: |a, b| vorrq_u8(a, b),
            xor: |a, b| veorq_u8(a, b),
        },
    )
}
