use super::field;

/// How a header writes the payload length (§5.2). The number is the length of the extended payload
/// length, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthForm {
    /// In the seven bits of the second byte.
    Short = 0,
    Bits16 = 2,
    Bits64 = 8,
}

impl LengthForm {
    /// Returns the form that the second byte of a header announces.
    #[inline(always)]
    pub(super) const fn of_second(second: u8) -> Self {
        match second & field::LENGTH {
            0..=field::LENGTH_7_MAX => Self::Short,
            field::LENGTH_16 => Self::Bits16,
            _ => Self::Bits64,
        }
    }

    /// Returns the shortest form for this payload length, the only one that is legal.
    #[inline(always)]
    pub(super) const fn of_len(payload_len: u64) -> Self {
        match payload_len {
            0..=field::LENGTH_7_MAX_WIDE => Self::Short,
            field::LENGTH_16_MIN..=field::LENGTH_16_MAX => Self::Bits16,
            _ => Self::Bits64,
        }
    }

    /// Returns the length of a header in this form, in bytes: 2 to 14.
    #[inline(always)]
    pub(super) const fn header_len(self, masked: bool) -> usize {
        let key_len = if masked { field::KEY_SIZE } else { 0 };
        field::EXTENDED.wrapping_add(self as usize).wrapping_add(key_len)
    }
}

/// Returns the length of the header of a frame with this payload length, in bytes: 2 to 14.
#[inline(always)]
pub(crate) const fn header_len(payload_len: u64, masked: bool) -> usize {
    LengthForm::of_len(payload_len).header_len(masked)
}
