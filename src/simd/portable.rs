//! 64-bit words, for all targets.

use super::xor::{twice, twice_key, wide_by_16};

#[inline(always)]
pub(super) fn splat(key: u32) -> [u64; 2] {
    [twice_key(key); 2]
}

#[inline(always)]
pub(super) fn xor(a: [u64; 2], b: [u64; 2]) -> [u64; 2] {
    twice(|a: u64, b| a ^ b)(a, b)
}

#[inline(never)]
pub(super) fn wide(payload: &mut [u8], key: u32) {
    wide_by_16(payload, key, splat, xor);
}
