//! NEON of 64-bit ARM.

use super::tables::most_at_end;
use super::text::{self, Text, Vectors, errors_by_16};
use super::xor::{BLOCK, Bytes, FOUR_MAX, brief_by_16, four_by_16, long_by_16};
use bytemuck::{AnyBitPattern, must_cast};
use core::arch::aarch64::*;

#[inline(always)]
pub(super) fn splat(key: u32) -> uint32x4_t {
    // SAFETY: the target has NEON.
    unsafe { vdupq_n_u32(key) }
}

#[inline(always)]
pub(super) fn xor(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    // SAFETY: the target has NEON.
    unsafe { veorq_u32(a, b) }
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

#[target_feature(enable = "neon")]
pub(super) fn text(mut bytes: impl text::Bytes, key: u32) -> Text {
    let at_least = |a, least| vandq_u8(vcgeq_u8(a, vdupq_n_u8(least)), vdupq_n_u8(0x80));
    let vectors = Vectors::<16, _, _, _, _, _, _, _> {
        splat: |key| vreinterpretq_u8_u32(vdupq_n_u32(key)),
        or: |a, b| vorrq_u8(a, b),
        xor: |a, b| veorq_u8(a, b),
        errors: |bytes, before| {
            errors_by_16(
                [
                    bytes,
                    vextq_u8::<15>(before, bytes),
                    vextq_u8::<14>(before, bytes),
                    vextq_u8::<13>(before, bytes),
                ],
                |table, a| vqtbl1q_u8(must_cast(table), vshrq_n_u8::<4>(a)),
                |table, a| vqtbl1q_u8(must_cast(table), vandq_u8(a, vdupq_n_u8(15))),
                at_least,
                |a, b| vandq_u8(a, b),
                |a, b| vorrq_u8(a, b),
                |a, b| veorq_u8(a, b),
            )
        },
        unfinished: |a| vqsubq_u8(a, must_cast(const { most_at_end::<16>() })),
        is_ascii: |a| vmaxvq_u8(a) < 0x80,
        is_zero: |a| vmaxvq_u8(a) == 0,
    };
    if bytes.from().len() > FOUR_MAX {
        return vectors.long::<4, false>(bytes, key);
    }
    let text = vectors.judge_brief_by_16(bytes.from(), key);
    bytes.unmask(.., |payload| brief_by_16(payload, key, splat, xor));
    text
}
