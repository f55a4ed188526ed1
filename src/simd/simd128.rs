//! The vectors of WebAssembly.

use super::xor::{BLOCK, Octets, four_by_16, long_by_16};
use bytemuck::AnyBitPattern;
use core::arch::wasm32::{u32x4_splat, v128, v128_xor};

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

pub(super) fn long<O: Octets>(octets: O, key: u32)
where
    [O::Place; BLOCK]: AnyBitPattern,
{
    long_by_16(octets, key, splat, xor);
}
