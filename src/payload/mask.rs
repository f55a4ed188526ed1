use crate::payload::key::MaskingKey;
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
    MaskingKey::new(masking_key).apply(payload);
}

/// Unmasks or masks, in place, the part of a payload that starts `offset` bytes into it (§5.3).
///
/// Use it for a payload that is received or sent in chunks: `offset` is the total length of the
/// chunks before this one.
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
    key_at(masking_key, offset).apply(payload);
}

/// Copies `payload` to the start of `output`, masked or unmasked as by [`unmask_from`], and returns
/// the part that was written (§5.3). It takes one pass over memory.
///
/// Returns `None` and writes nothing if `output` is shorter than `payload`.
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
    simd::copy_xor(payload, key_at(masking_key, offset).get(), output)
}

/// Copies `start`, and after it `payload`, masked if there is a key, to the start of `output`.
/// Returns both copies, or `None` if `output` is too short.
pub(crate) fn copy_after<'a>(
    start: &[u8],
    payload: &[u8],
    key: Option<MaskingKey>,
    output: &'a mut [MaybeUninit<u8>],
) -> Option<&'a mut [u8]> {
    simd::copy_xor_after(start, payload, key.map(MaskingKey::get), output)
}

/// Returns the key for the part of a payload that starts at this offset.
#[inline(always)]
pub(crate) const fn key_at(masking_key: [u8; 4], offset: u64) -> MaskingKey {
    MaskingKey::new(masking_key).at((offset % 4) as usize)
}
