use super::length::LengthForm;
use super::{HeaderView, Rsv, field};

/// The start of a header, which may not have arrived as a whole, and in which
/// [`checked_len`](super::checked_len) finds no error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderStart<'a> {
    first: u8,
    bytes: &'a [u8],
}

impl<'a> HeaderStart<'a> {
    /// Reads the start of a header; returns `None` if it is empty.
    #[inline(always)]
    pub(crate) const fn new(bytes: &'a [u8]) -> Option<Self> {
        match *bytes {
            [first, ..] => Some(Self { first, bytes }),
            [] => None,
        }
    }

    #[inline(always)]
    pub(crate) const fn is_control(self) -> bool {
        self.first & field::CONTROL != 0
    }

    /// Returns whether a message begins with the frame: it is Text or Binary.
    #[inline(always)]
    pub(crate) const fn begins_message(self) -> bool {
        !self.is_control() && self.first & field::OPCODE != 0
    }

    /// Returns whether RSV1 is set.
    #[inline(always)]
    pub(crate) const fn has_rsv1(self) -> bool {
        self.first & Rsv::RSV1.0 != 0
    }

    /// Returns the RSV bits, in the place that they have in the first byte.
    #[inline(always)]
    pub(crate) const fn rsv(self) -> u32 {
        (self.first & field::RSV) as u32
    }

    /// Returns the number of the opcode.
    #[inline(always)]
    pub(crate) const fn opcode(self) -> u32 {
        (self.first & field::OPCODE) as u32
    }

    /// Returns MASK, which is known from the second byte on.
    #[inline(always)]
    pub(crate) const fn masked(self) -> Option<bool> {
        match *self.bytes {
            [_, second, ..] => Some(second & field::MASK != 0),
            _ => None,
        }
    }

    /// Returns the length of the payload, which is known from the last byte of the length on.
    #[inline(always)]
    pub(crate) const fn payload_len(self) -> Option<u64> {
        payload_len(self.bytes)
    }
}

/// Returns the payload length of a header of which only the start may have arrived, if that
/// includes the length.
#[inline(always)]
pub(crate) const fn payload_len(start: &[u8]) -> Option<u64> {
    match *start {
        [_, second, ..] if start.len() >= LengthForm::of_second(second).header_len(false) => {
            Some(HeaderView { bytes: start }.payload_len())
        }
        _ => None,
    }
}
