use super::length::LengthForm;
use super::{Opcode, Rsv, field};
use crate::wire::error::Rule;

/// Whether [`header_len`] accepts each first byte.
#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a byte has 256 values, as many as the table; the compiler evaluates this"
)]
const IS_LEGAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut first = 0;
    while first < table.len() {
        table[first] = header_len(&[first as u8], Rsv::NONE).is_ok();
        first += 1;
    }
    table
};

/// Returns whether [`header_len`] accepts this first byte, in one look-up.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a byte has 256 values, as many as the table")]
pub(super) const fn is_legal_first(first: u8, allowed: Rsv) -> bool {
    IS_LEGAL[(first & !allowed.0) as usize]
}

/// Returns whether a header with this first byte may have an extended length: a control frame may
/// not (§5.5).
#[inline(always)]
pub(super) const fn may_be_extended(first: u8) -> bool {
    first & field::CONTROL == 0
}

/// Returns whether 16 bits are the shortest form of a length, which has these bytes (§5.2).
#[inline(always)]
pub(super) const fn is_shortest_16_bit(high: u8, low: u8) -> bool {
    high != 0 || low > field::LENGTH_7_MAX
}

/// Returns whether a 64-bit length that begins with this byte is too long: its top bit must be 0
/// (§5.2).
#[inline(always)]
pub(super) const fn has_top_bit(high: u8) -> bool {
    high > 0x7F
}

/// What breaks a rule in a header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken {
    pub(crate) rule: Rule,
    /// The offset of the first byte that cannot be right.
    pub(super) offset: u8,
    /// For [`Error::found`](crate::Error::found).
    pub(crate) value: u8,
}

/// Checks a header, or the part of it that has arrived. Returns the length of the whole header: 2 to
/// 14 bytes, but 2 until its second byte has arrived.
pub(crate) const fn header_len(header: &[u8], allowed: Rsv) -> Result<usize, Broken> {
    let [first, ref after_first @ ..] = *header else { return Ok(field::EXTENDED) };
    let is_control = first & field::CONTROL != 0;
    let (rule, offset, value) = if !allowed.contains(Rsv(first & field::RSV)) {
        (Rule::ReservedBit, 0, first & field::RSV)
    } else if is_reserved(first) {
        (Rule::ReservedOpcode, 0, first & field::OPCODE)
    } else if is_control && first & field::FIN == 0 {
        (Rule::FragmentedControl, 0, first & field::OPCODE)
    } else {
        let [second, ref length @ ..] = *after_first else { return Ok(field::EXTENDED) };
        let form = LengthForm::of_second(second);
        match (form, length) {
            (LengthForm::Bits16 | LengthForm::Bits64, _) if is_control => {
                (Rule::ControlTooLong, 1, first & field::OPCODE)
            }
            (LengthForm::Bits16, [high, low, ..]) if !is_shortest_16_bit(*high, *low) => {
                (Rule::NonMinimalLength, 3, 0)
            }
            (LengthForm::Bits64, [high, ..]) if has_top_bit(*high) => (Rule::LengthTopBit, 2, 0),
            (LengthForm::Bits64, _) if is_needlessly_64_bit(header) => {
                (Rule::NonMinimalLength, 7, 0)
            }
            _ => return Ok(form.header_len(second & field::MASK != 0)),
        }
    };
    Err(Broken { rule, offset, value })
}

/// Returns whether the opcode in the first byte of a header is reserved (§5.2): of eight for data and
/// eight for control, three are defined.
const fn is_reserved(first: u8) -> bool {
    first & (field::OPCODE ^ field::CONTROL) > Opcode::Binary.get()
}

const _: () = {
    let mut number = 0;
    while number <= field::OPCODE {
        assert!(is_reserved(number) == Opcode::new(number).is_none());
        number += 1;
    }
};

/// Returns whether a 64-bit length is below 2¹⁶. The sixth of its bytes decides.
#[inline(always)]
pub(super) const fn is_needlessly_64_bit(header: &[u8]) -> bool {
    match header.first_chunk() {
        Some(start) => u64::from_be_bytes(*start) << 16 == 0,
        None => false,
    }
}
