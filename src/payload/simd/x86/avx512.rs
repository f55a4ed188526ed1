//! AVX-512: vectors of 64 bytes, and tables of 128 entries.

use super::ssse3;
use super::tables::{CLASSES, PRECEDING};
use crate::payload::simd::intrinsics::*;
use crate::payload::simd::pairs::most_at_end;
use crate::payload::simd::vectors::{Kernel, TextOperations, Vectors};
use bytemuck::must_cast;

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2")]
pub(super) fn run<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(ssse3::vectors(), vectors(), bytes, key)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2")]
fn vectors() -> Vectors<64, __m512i> {
    let text = TextOperations {
        or: |a, b| _mm512_or_si512(a, b),
        errors: |bytes, before| errors(bytes, before),
        unfinished: |a| _mm512_subs_epu8(a, must_cast(const { most_at_end::<64>() })),
        is_ascii: |a| _mm512_movepi8_mask(a) == 0,
        is_zero: |a| _mm512_test_epi8_mask(a, a) == 0,
    };
    Vectors {
        splat: |key| _mm512_set1_epi32(key.cast_signed()),
        xor: |a, b| _mm512_xor_si512(a, b),
        text: Some(text),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2")]
fn errors(bytes: __m512i, before: __m512i) -> __m512i {
    let class = |table: [u8; 128], a| {
        let [low, high]: [[u8; 64]; 2] = must_cast(table);
        // The instruction ignores bit 7 of the index, and the tables start at 0x80.
        let is_not_ascii = _mm512_movepi8_mask(a);
        _mm512_maskz_permutex2var_epi8(is_not_ascii, must_cast(low), a, must_cast(high))
    };
    let preceding =
        |a, before, numbers: [u8; 64]| _mm512_permutex2var_epi8(before, must_cast(numbers), a);
    let or = |a, b| _mm512_or_si512(a, b);
    let and = |a, b| _mm512_and_si512(a, b);

    let [firsts, seconds] = CLASSES;
    let [by_1, by_2, by_3] = PRECEDING;
    let (first, first_before) = (class(firsts, bytes), class(firsts, before));
    let second = class(seconds, bytes);
    let before_1 = preceding(first, first_before, by_1);
    let before_2 = preceding(first, first_before, by_2);
    let before_3 = preceding(first, first_before, by_3);
    // In bit 7. The shifts move bits of the neighbouring byte into lower bits only.
    let expected = or(
        _mm512_slli_epi16::<1>(before_1),
        or(_mm512_slli_epi16::<2>(before_2), _mm512_slli_epi16::<3>(before_3)),
    );
    let unexpected =
        and(_mm512_xor_si512(expected, second), _mm512_set1_epi8(0x80_u8.cast_signed()));
    or(unexpected, and(before_1, second))
}
