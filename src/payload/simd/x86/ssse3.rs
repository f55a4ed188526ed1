//! SSSE3, which looks up 16 bytes at once.

use super::sse2;
use crate::payload::simd::intrinsics::*;
use crate::payload::simd::pairs::{self, Lookup, most_at_end};
use crate::payload::simd::vectors::{Kernel, TextOperations, Vectors};
use bytemuck::must_cast;

#[target_feature(enable = "ssse3")]
pub(super) fn run<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(vectors(), vectors(), bytes, key)
}

#[inline]
#[target_feature(enable = "ssse3")]
pub(super) fn vectors() -> Vectors<16, __m128i> {
    let text = TextOperations {
        or: |a, b| _mm_or_si128(a, b),
        errors: |bytes, before| errors(bytes, before),
        unfinished: |a| _mm_subs_epu8(a, must_cast(const { most_at_end::<16>() })),
        is_ascii: |a| _mm_movemask_epi8(a) == 0,
        is_zero: |a| _mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_setzero_si128())) == 0xFFFF,
    };
    Vectors { text: Some(text), ..sse2::vectors() }
}

#[inline]
#[target_feature(enable = "ssse3")]
fn errors(bytes: __m128i, before: __m128i) -> __m128i {
    pairs::errors(
        [
            bytes,
            _mm_alignr_epi8::<15>(bytes, before),
            _mm_alignr_epi8::<14>(bytes, before),
            _mm_alignr_epi8::<13>(bytes, before),
        ],
        Lookup {
            by_high: |table, a| look_up(table, _mm_srli_epi16::<4>(a)),
            by_low: |table, a| look_up(table, a),
            at_least: |a, least| {
                let above = _mm_subs_epu8(a, splat(least.wrapping_sub(0x80)));
                _mm_and_si128(above, splat(0x80))
            },
            and: |a, b| _mm_and_si128(a, b),
            or: |a, b| _mm_or_si128(a, b),
            xor: |a, b| _mm_xor_si128(a, b),
        },
    )
}

#[inline]
#[target_feature(enable = "ssse3")]
fn look_up(table: [u8; 16], halves: __m128i) -> __m128i {
    _mm_shuffle_epi8(must_cast(table), _mm_and_si128(halves, splat(15)))
}

#[inline]
#[target_feature(enable = "ssse3")]
fn splat(byte: u8) -> __m128i {
    _mm_set1_epi8(byte.cast_signed())
}
