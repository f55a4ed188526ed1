//! The vectors of WebAssembly.

use super::tables::most_at_end;
use super::text::{self, Text, Vectors, errors_by_16};
use super::xor::{BLOCK, Bytes, FOUR_MAX, brief_by_16, four_by_16, long_by_16};
use bytemuck::{AnyBitPattern, must_cast};
use core::arch::wasm32::*;

#[inline(always)]
pub(super) fn splat(key: u32) -> v128 {
    u32x4_splat(key)
}

#[inline(always)]
pub(super) fn xor(a: v128, b: v128) -> v128 {
    v128_xor(a, b)
}

pub(super) fn four(payload: &mut [u8], key: u32) {
    four_by_16(payload, key, splat, xor);
}

pub(super) fn long<O: Bytes>(bytes: O, key: u32)
where
    [O::Place; BLOCK]: AnyBitPattern,
{
    long_by_16(bytes, key, splat, xor);
}

pub(super) fn text(mut bytes: impl text::Bytes, key: u32) -> Text {
    let at_least = |a, least| v128_and(u8x16_ge(a, u8x16_splat(least)), u8x16_splat(0x80));
    let vectors = Vectors::<16, _, _, _, _, _, _, _> {
        splat: |key| splat(key),
        or: |a, b| v128_or(a, b),
        xor: |a, b| xor(a, b),
        errors: |bytes, before| {
            errors_by_16(
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
                |table, a| u8x16_swizzle(must_cast(table), u8x16_shr(a, 4)),
                |table, a| u8x16_swizzle(must_cast(table), v128_and(a, u8x16_splat(15))),
                at_least,
                |a, b| v128_and(a, b),
                |a, b| v128_or(a, b),
                |a, b| v128_xor(a, b),
            )
        },
        unfinished: |a| u8x16_sub_sat(a, must_cast(const { most_at_end::<16>() })),
        is_ascii: |a| u8x16_bitmask(a) == 0,
        is_zero: |a| !v128_any_true(a),
    };
    if bytes.from().len() > FOUR_MAX {
        return vectors.long::<4, false>(bytes, key);
    }
    let text = vectors.judge_brief_by_16(bytes.from(), key);
    bytes.unmask(.., |payload| brief_by_16(payload, key, splat, xor));
    text
}
