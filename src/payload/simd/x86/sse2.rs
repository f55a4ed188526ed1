//! SSE2, which the target guarantees.

use crate::payload::simd::intrinsics::*;
use crate::payload::simd::vectors::{Kernel, Vectors};

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn vectors() -> Vectors<16, __m128i> {
    Vectors {
        splat: |key| _mm_set1_epi32(key.cast_signed()),
        xor: |a, b| _mm_xor_si128(a, b),
        text: None,
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn entry<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(vectors(), vectors(), bytes, key)
}

/// Runs a kernel on vectors of 16 bytes.
#[inline(always)]
pub(in super::super) fn run<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    // SAFETY: this module is compiled only if the target has SSE2.
    unsafe { entry::<K, B>(bytes, key) }
}

/// Not inlined into the dispatch, which would need a stack frame.
#[inline(never)]
pub(super) fn run_apart<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    run::<K, B>(bytes, key)
}
