//! NEON of 64-bit ARM.

use super::xor::wide_by_16;
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

pub(super) fn wide(payload: &mut [u8], key: u32) {
    wide_by_16(payload, key, splat, xor);
}
