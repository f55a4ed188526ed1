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

/// The bits of each byte from 0x80 on, as the first of a pair and as the second. The second table
/// has bit 7 for continuations, and the bit of the range that the continuation is in.
pub(super) const CLASSES: [[u8; 128]; 2] = {
    let mut tables = [[0; 128]; 2];
    let mut byte = 0x80;
    while byte <= 0xFF {
        let first = match byte {
            0x80..0xC0 => 0,
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
        let second = match byte {
            0x80..0x90 => 0x80 | NOT_BELOW_90,
            0x90..0xA0 => 0x80 | NOT_90_TO_9F,
            0xA0..0xC0 => 0x80 | NOT_ABOVE_9F,
            _ => 0,
        };
        tables[0][byte - 0x80] = first;
        tables[1][byte - 0x80] = second;
        byte += 1;
    }
    tables
};

/// The byte numbers with which two vectors in a row are read from one byte before the second, from
/// two bytes before it, and from three.
pub(super) const PRECEDING: [[u8; 64]; 3] = {
    let mut numbers = [[0; 64]; 3];
    let mut n: u8 = 0;
    while n < 64 {
        numbers[0][n as usize] = n + 63;
        numbers[1][n as usize] = n + 62;
        numbers[2][n as usize] = n + 61;
        n += 1;
    }
    numbers
};
