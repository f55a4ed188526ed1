use crate::payload::simd;

/// A masking key (§5.3) as a number, which travels in one register.
///
/// [`NONE`](Self::NONE) is the key of zeros: XOR with it changes nothing. So it also stands for the
/// key of a payload that is not masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaskingKey(u32);

impl MaskingKey {
    pub(crate) const NONE: Self = Self(0);

    #[inline(always)]
    pub(crate) const fn new(bytes: [u8; 4]) -> Self {
        Self(u32::from_ne_bytes(bytes))
    }

    #[inline(always)]
    pub(crate) const fn from_option(bytes: Option<[u8; 4]>) -> Self {
        match bytes {
            Some(bytes) => Self::new(bytes),
            None => Self::NONE,
        }
    }

    #[inline(always)]
    pub(crate) const fn to_bytes(self) -> [u8; 4] {
        self.0.to_ne_bytes()
    }

    /// Returns the key as the kernels take it: a number whose bytes are in memory order.
    #[inline(always)]
    pub(crate) const fn get(self) -> u32 {
        self.0
    }

    /// Returns whether it changes nothing.
    #[inline(always)]
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Returns the key for the part of the payload that starts at this offset.
    #[inline(always)]
    pub(crate) const fn at(self, offset: usize) -> Self {
        Self(simd::rotate(self.0, offset))
    }

    /// Masks or unmasks `payload` in place.
    #[inline(always)]
    pub(crate) fn apply(self, payload: &mut [u8]) {
        simd::xor(payload, self.0);
    }

    /// Copies `payload` to the start of `to`, which is at least as long, and masks or unmasks the
    /// copy if there is a key.
    #[inline(always)]
    pub(crate) fn copy(key: Option<Self>, payload: &[u8], to: &mut [u8]) {
        simd::copy_over(payload, key.map(Self::get), to);
    }
}
