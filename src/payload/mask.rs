use crate::payload::simd;
use core::mem::MaybeUninit;

/// Unmasks a whole payload in place, or masks it: `payload[i] ^= masking_key[i % 4]` (RFC 6455
/// §5.3).
///
/// ```
/// let mut payload = *b"\x7f\x9f\x4d\x51\x58";
/// wsparse::unmask(&mut payload, [0x37, 0xfa, 0x21, 0x3d]);
/// assert_eq!(payload, *b"Hello");
/// ```
#[inline]
pub fn unmask(payload: &mut [u8], masking_key: [u8; 4]) {
    simd::xor(payload, u32::from_ne_bytes(masking_key));
}

/// Unmasks, in place, the part of a payload that starts `offset` bytes into it, or masks it (§5.3).
///
/// For a payload that arrives, or is sent, in chunks: `offset` is the sum of the lengths of those
/// before.
///
/// ```
/// let mut payload = *b"\x7f\x9f\x4d\x51\x58";
/// let (first, second) = payload.split_at_mut(3);
/// wsparse::unmask_from(first, [0x37, 0xfa, 0x21, 0x3d], 0);
/// wsparse::unmask_from(second, [0x37, 0xfa, 0x21, 0x3d], 3);
/// assert_eq!(payload, *b"Hello");
/// ```
#[inline]
pub fn unmask_from(payload: &mut [u8], masking_key: [u8; 4], offset: u64) {
    let key = u32::from_ne_bytes(masking_key);
    simd::xor(payload, simd::rotate(key, (offset % 4) as usize));
}

/// Writes to `output` what [`unmask_from`] would make of `payload`, in one pass over memory, and
/// gives the part written (§5.3). `None`, with nothing written, where `output` is shorter than `payload`.
///
/// ```
/// use core::mem::MaybeUninit;
///
/// let mut output = [MaybeUninit::uninit(); 64];
/// let masked = wsparse::copy_masked(b"Hello", [0x37, 0xfa, 0x21, 0x3d], 0, &mut output);
/// assert_eq!(masked.as_deref(), Some(b"\x7f\x9f\x4d\x51\x58".as_slice()));
/// ```
#[inline]
pub fn copy_masked<'a>(
    payload: &[u8],
    masking_key: [u8; 4],
    offset: u64,
    output: &'a mut [MaybeUninit<u8>],
) -> Option<&'a mut [u8]> {
    let key = simd::rotate(u32::from_ne_bytes(masking_key), (offset % 4) as usize);
    simd::copy_xor(payload, key, output)
}

/// [`copy_masked`] to memory that is initialised, and at least as long as `payload`.
#[inline]
pub(crate) fn copy_masked_over(payload: &[u8], masking_key: [u8; 4], output: &mut [u8]) {
    simd::copy_xor_over(payload, u32::from_ne_bytes(masking_key), output);
}
