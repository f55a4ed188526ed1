#![allow(unsafe_code)]
mod x86;
mod xor;
use core::mem::MaybeUninit;
use xor::*;

cpufeatures::new!(has_avx512, "avx512f");
cpufeatures::new!(has_avx2, "avx2");

#[inline(always)]
pub(crate) fn rotate(key: u32, by: usize) -> u32 {
    let bits = (by % 4 * 8) as u32;
    if cfg!(target_endian = "little") { key.rotate_right(bits) } else { key.rotate_left(bits) }
}

#[inline]
pub(crate) fn xor(payload: &mut [u8], key: u32) {
    run(payload, key)
}

#[inline(always)]
fn run(mut octets: impl Octets, key: u32) {
    match octets.len() {
        0..=3 => few(&mut octets, key),
        4..=16 => four::<4, u32>(&mut octets, key, |k| k, |a, b| a ^ b),
        17..=64 => unsafe { x86::sse2_four(octets, key) },
        _ => wide(octets, key)
    }
}

#[inline(never)]
fn wide(octets: impl Octets, key: u32) {
    if has_avx512::get() {
        // SAFETY: the CPU was just asked.
        unsafe { x86::avx512(octets, key) }
    } else if has_avx2::get() {
        // SAFETY: the CPU was just asked.
        unsafe { x86::avx2(octets, key) }
    } else {
        unsafe { x86::sse2_many(octets, key) }
    }
}

#[inline]
pub(crate) fn xor_into<'a>(source: &[u8], key: u32, output: &'a mut [MaybeUninit<u8>]) -> &'a mut [u8] {
    run((source, &mut *output), key);
    // SAFETY: `run` stored to each octet.
    unsafe { &mut *(output as *mut [MaybeUninit<u8>] as *mut [u8]) }
}
