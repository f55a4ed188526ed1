//! NEON of 64-bit ARM.

use super::xor::{BLOCK, Octets, four_by_16, long_by_16};
use bytemuck::AnyBitPattern;
use core::arch::aarch64::{uint32x4_t, vdupq_n_u32, veorq_u32};

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

pub(super) fn long<O: Octets>(octets: O, key: u32)
where
    [O::Place; BLOCK]: AnyBitPattern,
{
    long_by_16(octets, key, splat, xor);
}
