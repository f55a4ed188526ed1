//! The errors in UTF-8 (RFC 3629 §4) as tables of 128 entries, for AVX-512.

#![expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which reports a wrong index"
)]

/// The bits of a byte that leads a code point: whether it leads at least two bytes, three or four.
const LEADS_2: u8 = 1 << 6;
const LEADS_3: u8 = 1 << 5;
const LEADS_4: u8 = 1 << 4;
/// The ranges of continuations that must not follow it.
const NOT_BELOW_90: u8 = 1 << 0;
const NOT_90_TO_9F: u8 = 1 << 1;
const NOT_ABOVE_9F: u8 = 1 << 2;

/// The bits of each byte from 0xC0 on.
pub(super) const LEADS: [u8; 64] = {
    let mut table = [0; 64];
    let mut byte = 0xC0;
    while byte <= 0xFF {
        table[byte - 0xC0] = match byte {
            // These lead nothing: no continuation may follow.
            0xC0..0xC2 | 0xF5.. => LEADS_2 | NOT_BELOW_90 | NOT_90_TO_9F | NOT_ABOVE_9F,
            0xE0 => LEADS_2 | LEADS_3 | NOT_BELOW_90 | NOT_90_TO_9F,
            0xED => LEADS_2 | LEADS_3 | NOT_ABOVE_9F,
            0xF0 => LEADS_2 | LEADS_3 | LEADS_4 | NOT_BELOW_90,
            0xF4 => LEADS_2 | LEADS_3 | LEADS_4 | NOT_90_TO_9F | NOT_ABOVE_9F,
            0xC2..0xE0 => LEADS_2,
            0xE1..0xF0 => LEADS_2 | LEADS_3,
            _ => LEADS_2 | LEADS_3 | LEADS_4,
        };
        byte += 1;
    }
    table
};

/// The bits of each byte from 0x80 to 0xBF: bit 7, and that of the range that it is in, one place
/// higher than in [`LEADS`].
pub(super) const CONTINUATIONS: [u8; 64] = {
    let mut table = [0; 64];
    let mut byte = 0x80;
    while byte < 0xC0 {
        let range = match byte {
            0x80..0x90 => NOT_BELOW_90,
            0x90..0xA0 => NOT_90_TO_9F,
            _ => NOT_ABOVE_9F,
        };
        table[byte - 0x80] = 0x80 | range << 1;
        byte += 1;
    }
    table
};
