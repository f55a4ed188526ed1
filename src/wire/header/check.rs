use super::{Opcode, Rsv, field};
use crate::wire::error::{Error, Rule};

/// Whether [`start`] accepts each first byte.
#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a byte has 256 values, as many as the table; the compiler evaluates this"
)]
const IS_LEGAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut first = 0;
    while first < table.len() {
        table[first] = start(&[first as u8], Rsv::NONE).is_none();
        first += 1;
    }
    table
};

/// Returns whether [`start`] accepts this first byte, in one look-up.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a byte has 256 values, as many as the table")]
pub(super) const fn is_legal_first(first: u8, allowed: Rsv) -> bool {
    IS_LEGAL[(first & !allowed.0) as usize]
}

/// Returns whether a header with this first byte may have a 16-bit length: a control frame may not
/// (§5.5).
#[inline(always)]
pub(super) const fn may_be_16_bit(first: u8) -> bool {
    first & field::CONTROL == 0
}

/// Returns whether 16 bits are the shortest form of a length, which has these bytes (§5.2).
#[inline(always)]
pub(super) const fn is_shortest_16_bit(high: u8, low: u8) -> bool {
    high != 0 || low > field::LENGTH_7_MAX
}

/// Returns the rule that the first two bytes of a header break, or the first alone.
pub(super) const fn start(header: &[u8], allowed: Rsv) -> Option<Error> {
    let (first, second) = match *header {
        [] => return None,
        [first] => (first, 0),
        [first, second, ..] => (first, second),
    };
    if !allowed.contains(Rsv(first & field::RSV)) {
        return Some(Error::of_header(Rule::ReservedBit, 0, header));
    }
    let Some(opcode) = Opcode::new(first & field::OPCODE) else {
        return Some(Error::of_header(Rule::ReservedOpcode, 0, header));
    };
    if opcode.is_control() && first & field::FIN == 0 {
        return Some(Error::of_header(Rule::FragmentedControl, 0, header));
    }
    if opcode.is_control() && second & field::LENGTH > field::LENGTH_7_MAX {
        return Some(Error::of_header(Rule::ControlTooLong, 1, header));
    }
    None
}

/// Returns the rule that the 16- or 64-bit length of a header breaks, or the part of it that has
/// arrived. The header's start is legal.
pub(super) const fn extended_length(header: &[u8]) -> Option<Error> {
    let [_, second, ..] = *header else { return None };
    match (second & field::LENGTH, header) {
        (field::LENGTH_16, [_, _, high, low, ..]) if !is_shortest_16_bit(*high, *low) => {
            Some(Error::new(Rule::NonMinimalLength, 3))
        }
        (field::LENGTH_64, [_, _, high, ..]) if *high > 0x7F => {
            Some(Error::new(Rule::LengthTopBit, 2))
        }
        // The value is below 2¹⁶: the sixth of the eight bytes decides.
        (field::LENGTH_64, [_, _, 0, 0, 0, 0, 0, 0, ..]) => {
            Some(Error::new(Rule::NonMinimalLength, 7))
        }
        _ => None,
    }
}
