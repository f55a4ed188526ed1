#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;
use super::xor::{Octets, four, many};

#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn avx512(mut octets: impl Octets, key: u32) {
    let splat = |key: u32| _mm512_set1_epi32(key.cast_signed());
    let xor = |a, b| _mm512_xor_si512(a, b);
    if octets.len() <= 256 {
        four::<64, _>(&mut octets, key, splat, xor)
    } else {
        many::<64, _>(&mut octets, key, splat, xor)
    }
}
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn avx2(mut octets: impl Octets, key: u32) {
    let splat = |key: u32| _mm256_set1_epi32(key.cast_signed());
    let xor = |a, b| _mm256_xor_si256(a, b);
    if octets.len() <= 128 {
        four::<32, _>(&mut octets, key, splat, xor)
    } else {
        many::<32, _>(&mut octets, key, splat, xor)
    }
}
#[target_feature(enable = "sse2")]
#[inline]
pub(super) fn sse2_four(mut octets: impl Octets, key: u32) {
    let splat = |key: u32| _mm_set1_epi32(key.cast_signed());
    let xor = |a, b| _mm_xor_si128(a, b);
    four::<16, _>(&mut octets, key, splat, xor)
}
#[target_feature(enable = "sse2")]
#[inline]
pub(super) fn sse2_many(mut octets: impl Octets, key: u32) {
    let splat = |key: u32| _mm_set1_epi32(key.cast_signed());
    let xor = |a, b| _mm_xor_si128(a, b);
    many::<16, _>(&mut octets, key, splat, xor)
}
