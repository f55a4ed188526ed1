//! AVX2: vectors of 32 bytes, which it looks up as two halves.

use super::ssse3;
use crate::payload::simd::intrinsics::*;
use crate::payload::simd::pairs::{self, Lookup, most_at_end};
use crate::payload::simd::vectors::{Kernel, TextOperations, Vectors};
use bytemuck::must_cast;

#[target_feature(enable = "avx2")]
pub(super) fn run<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(ssse3::vectors(), vectors(), bytes, key)
}

#[inline]
#[target_feature(enable = "avx2")]
fn vectors() -> Vectors<32, __m256i> {
    let text = TextOperations {
        or: |a, b| _mm256_or_si256(a, b),
        errors: |bytes, before| errors(bytes, before),
        unfinished: |a| _mm256_subs_epu8(a, must_cast(const { most_at_end::<32>() })),
        is_ascii: |a| _mm256_movemask_epi8(a) == 0,
        is_zero: |a| _mm256_testz_si256(a, a) == 1,
    };
    Vectors {
        splat: |key| _mm256_set1_epi32(key.cast_signed()),
        xor: |a, b| _mm256_xor_si256(a, b),
        text: Some(text),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn errors(bytes: __m256i, before: __m256i) -> __m256i {
    // The half before each half.
    let before = _mm256_permute2x128_si256::<0x21>(before, bytes);
    pairs::errors(
        [
            bytes,
            _mm256_alignr_epi8::<15>(bytes, before),
            _mm256_alignr_epi8::<14>(bytes, before),
            _mm256_alignr_epi8::<13>(bytes, before),
        ],
        Lookup {
            by_high: |table, a| look_up(table, _mm256_srli_epi16::<4>(a)),
            by_low: |table, a| look_up(table, a),
            at_least: |a, least| {
                let above = _mm256_subs_epu8(a, splat(least.wrapping_sub(0x80)));
                _mm256_and_si256(above, splat(0x80))
            },
            and: |a, b| _mm256_and_si256(a, b),
            or: |a, b| _mm256_or_si256(a, b),
            xor: |a, b| _mm256_xor_si256(a, b),
        },
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn look_up(table: [u8; 16], halves: __m256i) -> __m256i {
    let table = _mm256_broadcastsi128_si256(must_cast(table));
    _mm256_shuffle_epi8(table, _mm256_and_si256(halves, splat(15)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}
