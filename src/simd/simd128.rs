//! The vectors of WebAssembly.

use super::xor::wide_by_16;
use core::arch::wasm32::{u32x4_splat, v128, v128_xor};

#[inline(always)]
pub(super) fn splat(key: u32) -> v128 {
    u32x4_splat(key)
}

#[inline(always)]
pub(super) fn xor(a: v128, b: v128) -> v128 {
    v128_xor(a, b)
}

pub(super) fn wide(payload: &mut [u8], key: u32) {
    wide_by_16(payload, key, splat, xor);
}
