//! Pairs of 64-bit words, for every target.

use super::vectors::{Kernel, Vectors};
use bytemuck::must_cast;

#[inline]
fn vectors() -> Vectors<16, [u64; 2]> {
    Vectors { splat: |key| must_cast([key; 4]), xor: |[a, b], [c, d]| [a ^ c, b ^ d], text: None }
}

/// Runs a kernel on words.
#[inline(always)]
pub(super) fn run<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    K::run(vectors(), vectors(), bytes, key)
}

/// Not inlined into the dispatch, which would need a stack frame.
#[inline(never)]
pub(super) fn run_apart<K: Kernel<B>, B>(bytes: B, key: u32) -> K::Output {
    run::<K, B>(bytes, key)
}
