//! What is wrong in UTF-8, as tables of 128 entries for AVX-512 (RFC 3629 §4).

#![expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which reports an index out of bounds"
)]

/// What a byte is, in bits; as the lead of a code point:
const LEADS_2: u8 = 1 << 6;
/// It leads three bytes or four.
const LEADS_3: u8 = 1 << 5;
const LEADS_4: u8 = 1 << 4;
/// The continuations that may not be next, by ranges.
const NOT_BELOW_90: u8 = 1 << 0;
const NOT_90_TO_9F: u8 = 1 << 1;
const NOT_ABOVE_9F: u8 = 1 << 2;

/// The above for the bytes from 80 on, and their bits as the second byte: bit 7 for each
/// continuation, and that of its range.
pub(super) const CLASSES: [[u8; 128]; 2] = {
    let mut tables = [[0; 128]; 2];
    let mut byte = 0x80;
    while byte <= 0xFF {
        let first = match byte {
            0x80..0xC0 => 0,
            // These lead to nothing.
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

/// The numbers of the bytes of two vectors, the second of which is behind the first, from one
/// byte before the second on, from two, and from three.
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
