use super::length::LengthForm;
use super::{HeaderView, Opcode, Rsv, field};

/// The fields at the start of a header that may not have arrived as a whole, and in which
/// [`HeaderView::parse_with`] finds nothing wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderStart {
    pub(crate) opcode: Opcode,
    pub(crate) rsv: Rsv,
    /// Known from the second byte on.
    pub(crate) masked: Option<bool>,
    /// Known from the last byte of the length on.
    pub(crate) payload_len: Option<u64>,
}

impl HeaderStart {
    /// Reads the start of a header; returns `None` if it is empty.
    #[inline(always)]
    pub(crate) const fn read(bytes: &[u8]) -> Option<Self> {
        let [first, ..] = *bytes else { return None };
        let Some(opcode) = Opcode::new(first & field::OPCODE) else { return None };
        let masked = match *bytes {
            [_, second, ..] => Some(second & field::MASK != 0),
            _ => None,
        };
        Some(Self { opcode, rsv: Rsv(first & field::RSV), masked, payload_len: payload_len(bytes) })
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

/// Returns the RSV bits of a header, in the place that they have in its first byte.
pub(crate) const fn rsv(header: &[u8]) -> u32 {
    match *header {
        [first, ..] => (first & field::RSV) as u32,
        [] => 0,
    }
}

/// Returns the number of the opcode of a header, which may be a reserved one.
pub(crate) const fn opcode(header: &[u8]) -> u32 {
    match *header {
        [first, ..] => (first & field::OPCODE) as u32,
        [] => 0,
    }
}
