//! 64-bit words, for all targets.

use super::text::{self, Text, by_pieces};
use super::xor::{BLOCK, Bytes, FOUR_MAX, brief_by_16, four_by_16, long_by_16, twice, twice_key};
use bytemuck::AnyBitPattern;

#[inline(always)]
pub(super) fn splat(key: u32) -> [u64; 2] {
    [twice_key(key); 2]
}

#[inline(always)]
pub(super) fn xor(a: [u64; 2], b: [u64; 2]) -> [u64; 2] {
    twice(|a: u64, b| a ^ b)(a, b)
}

#[inline(never)]
pub(super) fn four(payload: &mut [u8], key: u32) {
    four_by_16(payload, key, splat, xor);
}

#[inline(never)]
pub(super) fn long<O: Bytes>(bytes: O, key: u32)
where
    [O::Place; BLOCK]: AnyBitPattern,
{
    long_by_16(bytes, key, splat, xor);
}

#[inline(never)]
pub(super) fn text(bytes: impl text::Bytes, key: u32) -> Text {
    by_pieces(bytes, key, |piece, key| match piece.len() {
        ..=FOUR_MAX => brief_by_16(piece, key, splat, xor),
        _ => long(piece, key),
    })
}
