//! SSE2, AVX2 and AVX-512.

use super::xor::{BLOCK, Bytes, four, long, twice, with};
use bytemuck::AnyBitPattern;
#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

/// The vectors that the target has, whatever the CPU.
#[cfg(target_feature = "sse2")]
pub(super) mod sse2 {
    use super::super::text::{self, Text, by_pieces};
    use super::super::xor::{FOUR_MAX, brief_by_16, four_by_16, long_by_16};
    use super::{__m128i, _mm_set1_epi32, _mm_xor_si128, AnyBitPattern, BLOCK, Bytes};

    #[inline(always)]
    pub(in super::super) fn splat(key: u32) -> __m128i {
        // SAFETY: the target has SSE2.
        unsafe { _mm_set1_epi32(key.cast_signed()) }
    }

    #[inline(always)]
    pub(in super::super) fn xor(a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: the target has SSE2.
        unsafe { _mm_xor_si128(a, b) }
    }

    // These are not inlined where the CPU is asked: all calls would pay for their stack frames.
    #[inline(never)]
    pub(in super::super) fn four(payload: &mut [u8], key: u32) {
        four_by_16(payload, key, splat, xor);
    }

    #[inline(never)]
    pub(in super::super) fn long<O: Bytes>(bytes: O, key: u32)
    where
        [O::Place; BLOCK]: AnyBitPattern,
    {
        long_by_16(bytes, key, splat, xor);
    }

    #[inline(never)]
    pub(in super::super) fn text(bytes: impl text::Bytes, key: u32) -> Text {
        by_pieces(bytes, key, |piece, key| match piece.len() {
            ..=FOUR_MAX => brief_by_16(piece, key, splat, xor),
            _ => long(piece, key),
        })
    }
}

/// Also that of AVX-512, which has nothing better for so few bytes.
#[target_feature(enable = "avx2")]
pub(super) fn avx2_four(payload: &mut [u8], key: u32) {
    let splat = |key: u32| _mm256_set1_epi32(key.cast_signed());
    four(payload, key, |key| with::<32, _>(splat(key), |a, b| _mm256_xor_si256(a, b)));
}

#[target_feature(enable = "avx2")]
pub(super) fn avx2_long<O: Bytes>(bytes: O, key: u32)
where
    [O::Place; BLOCK]: AnyBitPattern,
{
    let splat = |key: u32| _mm256_set1_epi32(key.cast_signed());
    let xor = |a, b| _mm256_xor_si256(a, b);
    let xor_64 = |key| with([splat(key); 2], twice(xor));
    long::<32, _, _, _>(bytes, key, xor_64, |key| with(splat(key), xor));
}

#[target_feature(enable = "avx512f")]
pub(super) fn avx512_long<O: Bytes>(bytes: O, key: u32)
where
    [O::Place; BLOCK]: AnyBitPattern,
{
    let splat = |key: u32| _mm512_set1_epi32(key.cast_signed());
    let xor_64 = |key| with::<64, _>(splat(key), |a, b| _mm512_xor_si512(a, b));
    long(bytes, key, xor_64, xor_64);
}
