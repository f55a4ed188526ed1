//! AVX-512: vectors of 64 bytes, and tables of 128 entries.

use super::ssse3;
use super::tables::{CONTINUATIONS, LEADS};
use crate::payload::simd::intrinsics::*;
use crate::payload::simd::pairs::most_at_end;
use crate::payload::simd::vectors::{Kernel, TextOperations, Vectors};
use bytemuck::must_cast;

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2")]
pub(super) fn run<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(ssse3::vectors(), vectors(), bytes, key)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2")]
fn errors(bytes: __m512i, before: __m512i) -> __m512i {
    let least_lead = _mm512_set1_epi8(0xC0_u8.cast_signed());
    // The instruction ignores bits 6 and 7 of the index.
    let first = |bytes| {
        let is_lead = _mm512_cmpge_epu8_mask(bytes, least_lead);
        _mm512_maskz_permutexvar_epi8(is_lead, bytes, must_cast(LEADS))
    };
    // As signed numbers, continuations are the least.
    let is_continuation = _mm512_cmplt_epi8_mask(bytes, least_lead);
    let second = _mm512_maskz_permutexvar_epi8(is_continuation, bytes, must_cast(CONTINUATIONS));
    let (first, first_before) = (first(bytes), first(before));
    // The eight bytes before each eight. A byte that is `N` before another is shifted to its place,
    // and by `N` bits more, from its first table to the second.
    let preceding = _mm512_alignr_epi64::<7>(first, first_before);
    let before_1 = _mm512_shldi_epi64::<{ 8 + 1 }>(first, preceding);
    let before_2 = _mm512_shldi_epi64::<{ 16 + 2 }>(first, preceding);
    let before_3 = _mm512_shldi_epi64::<{ 24 + 3 }>(first, preceding);
    let expected = _mm512_or_si512(before_1, _mm512_or_si512(before_2, before_3));
    let bit_7 = _mm512_set1_epi8(0x80_u8.cast_signed());
    // Bit 7 from `expected ^ second`, and the others from `before_1 & second`.
    _mm512_ternarylogic_epi64::<0xCA>(
        bit_7,
        _mm512_xor_si512(expected, second),
        _mm512_and_si512(before_1, second),
    )
}
