//! Text with SSSE3, AVX2 and AVX-512.

use super::tables::{BEHIND, CLASSES, most_at_end};
use super::text::{Bytes, Text, Vectors, errors_by_16, offsets_of_four};
use super::xor::{FOUR_MAX, TWO_MAX, brief_by_16, four, with};
use bytemuck::must_cast;
#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

/// All lengths; AVX2 has it for the shortest.
#[target_feature(enable = "ssse3")]
pub(super) fn ssse3_text(mut bytes: impl Bytes, key: u32) -> Text {
    let byte = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let and = |a, b| _mm_and_si128(a, b);
    let or = |a, b| _mm_or_si128(a, b);
    let xor = |a, b| _mm_xor_si128(a, b);
    let by_low = |table, a| _mm_shuffle_epi8(must_cast::<[u8; 16], _>(table), and(a, byte(15)));
    let by_high = |table, a| by_low(table, _mm_srli_epi16::<4>(a));
    let at_least = |a, least: u8| and(_mm_subs_epu8(a, byte(least.wrapping_sub(0x80))), byte(0x80));
    let splat = |key: u32| _mm_set1_epi32(key.cast_signed());
    let vectors = Vectors::<16, _, _, _, _, _, _, _> {
        splat,
        or,
        xor,
        errors: |bytes, before| {
            errors_by_16(
                [
                    bytes,
                    _mm_alignr_epi8::<15>(bytes, before),
                    _mm_alignr_epi8::<14>(bytes, before),
                    _mm_alignr_epi8::<13>(bytes, before),
                ],
                by_high,
                by_low,
                at_least,
                and,
                or,
                xor,
            )
        },
        unfinished: |a| _mm_subs_epu8(a, must_cast(const { most_at_end::<16>() })),
        is_ascii: |a| _mm_movemask_epi8(a) == 0,
        is_zero: |a| _mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_setzero_si128())) == 0xFFFF,
    };
    if bytes.from().len() > FOUR_MAX {
        return vectors.long::<4, false>(bytes, key);
    }
    let text = vectors.judge_brief_by_16(bytes.from(), key);
    bytes.unmask(.., |payload| brief_by_16(payload, key, splat, xor));
    text
}

#[target_feature(enable = "avx2")]
pub(super) fn avx2_text(mut bytes: impl Bytes, key: u32) -> Text {
    if bytes.from().len() <= TWO_MAX {
        return ssse3_text(bytes, key);
    }
    let byte = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let and = |a, b| _mm256_and_si256(a, b);
    let or = |a, b| _mm256_or_si256(a, b);
    let xor = |a, b| _mm256_xor_si256(a, b);
    let by_low = |table, a| {
        let table = _mm256_broadcastsi128_si256(must_cast::<[u8; 16], _>(table));
        _mm256_shuffle_epi8(table, and(a, byte(15)))
    };
    let by_high = |table, a| by_low(table, _mm256_srli_epi16::<4>(a));
    let at_least =
        |a, least: u8| and(_mm256_subs_epu8(a, byte(least.wrapping_sub(0x80))), byte(0x80));
    let splat = |key: u32| _mm256_set1_epi32(key.cast_signed());
    let vectors = Vectors::<32, _, _, _, _, _, _, _> {
        splat,
        or,
        xor,
        errors: |bytes, before| {
            // The half before each half.
            let before = _mm256_permute2x128_si256::<0x21>(before, bytes);
            errors_by_16(
                [
                    bytes,
                    _mm256_alignr_epi8::<15>(bytes, before),
                    _mm256_alignr_epi8::<14>(bytes, before),
                    _mm256_alignr_epi8::<13>(bytes, before),
                ],
                by_high,
                by_low,
                at_least,
                and,
                or,
                xor,
            )
        },
        unfinished: |a| _mm256_subs_epu8(a, must_cast(const { most_at_end::<32>() })),
        is_ascii: |a| _mm256_movemask_epi8(a) == 0,
        is_zero: |a| _mm256_testz_si256(a, a) == 1,
    };
    let len = bytes.from().len();
    if len > FOUR_MAX {
        return vectors.long::<8, true>(bytes, key);
    }
    let text = vectors.judge_at::<1, _>(bytes.from(), key, offsets_of_four(len));
    bytes.unmask(.., |payload| four(payload, key, |key| with::<32, _>(splat(key), xor)));
    text
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2")]
pub(super) fn avx512_text(bytes: impl Bytes, key: u32) -> Text {
    let class = |[low, high]: [[u8; 64]; 2], a| {
        // The high bit does not count there.
        let there = _mm512_movepi8_mask(a);
        _mm512_maskz_permutex2var_epi8(there, must_cast(low), a, must_cast(high))
    };
    let behind =
        |a, before, numbers: [u8; 64]| _mm512_permutex2var_epi8(before, must_cast(numbers), a);
    let splat = |key: u32| _mm512_set1_epi32(key.cast_signed());
    let byte = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let or = |a, b| _mm512_or_si512(a, b);
    let and = |a, b| _mm512_and_si512(a, b);
    let xor = |a, b| _mm512_xor_si512(a, b);
    let vectors = Vectors::<64, _, _, _, _, _, _, _> {
        splat,
        or,
        xor,
        errors: |bytes, before| {
            let [firsts, seconds] = CLASSES;
            let [behind_1, behind_2, behind_3] = BEHIND;
            let (first, first_before) =
                (class(must_cast(firsts), bytes), class(must_cast(firsts), before));
            let second = class(must_cast(seconds), bytes);
            let before_1 = behind(first, first_before, behind_1);
            let before_2 = behind(first, first_before, behind_2);
            let before_3 = behind(first, first_before, behind_3);
            // In bit 7; what comes from the next byte is below it.
            let expected = or(
                _mm512_slli_epi16::<1>(before_1),
                or(_mm512_slli_epi16::<2>(before_2), _mm512_slli_epi16::<3>(before_3)),
            );
            or(and(xor(expected, second), byte(0x80)), and(before_1, second))
        },
        unfinished: |a| _mm512_subs_epu8(a, must_cast(const { most_at_end::<64>() })),
        is_ascii: |a| _mm512_movepi8_mask(a) == 0,
        is_zero: |a| _mm512_test_epi8_mask(a, a) == 0,
    };
    vectors.long::<4, false>(bytes, key)
}
