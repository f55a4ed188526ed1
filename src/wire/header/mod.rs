//! The frame header (RFC 6455 §5.2): the only room that knows its bits and offsets.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//! |I|S|S|S|  (4)  |A|     (7)     |  16 bits where Payload len is |
//! |N|V|V|V|       |S|             |  126, 64 bits where it is 127 |
//! | |1|2|3|       |K|             |                               |
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! | Masking-key, if MASK is set to 1 (32 bits): always the last   |
//! +---------------------------------------------------------------+
//! ```

use crate::wire::error::{Error, Rule};

mod opcode;
mod owned;
mod view;

pub use opcode::{Opcode, Rsv};
pub use owned::Header;
pub use view::HeaderView;
pub(crate) use view::{CommonHeader, CommonLengths};

mod field {
    pub(super) const FIN: u8 = 0x80;
    pub(super) const RSV: u8 = 0x70;
    pub(super) const OPCODE: u8 = 0x0F;
    /// The opcode's top bit: §5.5 reserves 8–F for control frames.
    pub(super) const CONTROL: u8 = 0x08;

    pub(super) const MASK: u8 = 0x80;
    pub(super) const LENGTH: u8 = 0x7F;
    /// Up to here the seven bits are the payload length itself; also a control frame's limit.
    pub(super) const LENGTH_7_MAX: u8 = 125;
    pub(super) const LENGTH_7_MAX_WIDE: u64 = LENGTH_7_MAX as u64;
    pub(super) const LENGTH_16: u8 = 126;
    pub(super) const LENGTH_16_MIN: u64 = LENGTH_7_MAX_WIDE + 1;
    pub(super) const LENGTH_16_MAX: u64 = 0xFFFF;
    pub(super) const LENGTH_64: u8 = 127;
    pub(super) const LENGTH_64_MAX: u64 = u64::MAX >> 1;

    /// Where the extended length starts, and what follows it where it has 0, 2 or 8 bytes.
    pub(super) const EXTENDED: usize = 2;
    pub(super) const AFTER_LENGTH_16: usize = 4;
    pub(super) const AFTER_LENGTH_64: usize = 10;
    pub(super) const KEY_SIZE: usize = 4;
}

/// The most bytes of payload that a control frame has (§5.5).
pub(crate) const CONTROL_MAX: usize = field::LENGTH_7_MAX as usize;
/// The most bytes in a control frame, its header included.
pub(crate) const CONTROL_FRAME_MAX: usize = field::EXTENDED + field::KEY_SIZE + CONTROL_MAX;

/// The payload length in a header of which perhaps only the start is there, if that holds it.
#[inline(always)]
pub(crate) const fn payload_len(start: &[u8]) -> Option<u64> {
    match *start {
        [_, second, ..] if start.len() >= header_len(second & field::LENGTH) => {
            Some(HeaderView { bytes: start }.payload_len())
        }
        _ => None,
    }
}

/// What is there of a header that [`HeaderView::parse_with`] finds nothing wrong with, for those
/// who know more than one header tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderStart {
    pub(crate) opcode: Opcode,
    pub(crate) rsv: Rsv,
    /// From the second byte on.
    pub(crate) masked: Option<bool>,
    /// From the last byte of the length on.
    pub(crate) payload_len: Option<u64>,
}

impl HeaderStart {
    /// Reads the start of a header, of any length; `None` where there is nothing yet.
    #[inline(always)]
    pub(crate) const fn of(bytes: &[u8]) -> Option<Self> {
        let [first, ..] = *bytes else { return None };
        let Some(opcode) = Opcode::new(first & field::OPCODE) else { return None };
        let masked = match *bytes {
            [_, second, ..] => Some(second & field::MASK != 0),
            _ => None,
        };
        Some(Self { opcode, rsv: Rsv(first & field::RSV), masked, payload_len: payload_len(bytes) })
    }
}

/// What [`judge_start`] says of each first byte, in one look for the many that are right.
#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a byte has 256 values, and the table as many; and a constant cannot go wrong later"
)]
const IS_LEGAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut first = 0;
    while first < table.len() {
        table[first] = judge_start(&[first as u8], Rsv::NONE).is_none();
        first += 1;
    }
    table
};

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a byte has 256 values, and the table as many")]
const fn is_legal_start(first: u8, allowed: Rsv) -> bool {
    IS_LEGAL[(first & !allowed.0) as usize]
}

/// Judges the first two bytes, or as many of them as are there.
const fn judge_start(input: &[u8], allowed: Rsv) -> Option<Error> {
    let (first, second) = match *input {
        [] => return None,
        [first] => (first, 0),
        [first, second, ..] => (first, second),
    };
    if !allowed.contains(Rsv(first & field::RSV)) {
        return Some(Error::new(Rule::ReservedBit, 0));
    }
    let Some(opcode) = Opcode::new(first & field::OPCODE) else {
        return Some(Error::new(Rule::ReservedOpcode, 0));
    };
    if opcode.is_control() && first & field::FIN == 0 {
        return Some(Error::new(Rule::FragmentedControl, 0));
    }
    if opcode.is_control() && second & field::LENGTH > field::LENGTH_7_MAX {
        return Some(Error::new(Rule::ControlTooLong, 1));
    }
    None
}

/// Judges the 16- or 64-bit length of a header with a legal start, or as much of it as is there.
const fn judge_extended_length(header: &[u8]) -> Option<Error> {
    match *header {
        // The value is below 126: the last of the two bytes tells.
        [_, second, 0, low, ..]
            if second & field::LENGTH == field::LENGTH_16 && low <= field::LENGTH_7_MAX =>
        {
            Some(Error::new(Rule::NonMinimalLength, 3))
        }
        [_, second, high, ..] if second & field::LENGTH == field::LENGTH_64 && high > 0x7F => {
            Some(Error::new(Rule::LengthTopBit, 2))
        }
        // The value is below 2¹⁶: the sixth of the eight bytes tells.
        [_, second, 0, 0, 0, 0, 0, 0, ..] if second & field::LENGTH == field::LENGTH_64 => {
            Some(Error::new(Rule::NonMinimalLength, 7))
        }
        _ => None,
    }
}

/// How many bytes a header has whose second byte is this.
#[inline]
const fn header_len(second: u8) -> usize {
    let key = if second & field::MASK != 0 { field::KEY_SIZE } else { 0 };
    match second & field::LENGTH {
        field::LENGTH_16 => field::AFTER_LENGTH_16.wrapping_add(key),
        field::LENGTH_64 => field::AFTER_LENGTH_64.wrapping_add(key),
        _ => field::EXTENDED.wrapping_add(key),
    }
}
