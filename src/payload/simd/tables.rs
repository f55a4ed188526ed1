//! What is wrong in UTF-8, as tables for the kernels (RFC 3629 §4).

#![cfg_attr(
    not(any(
        all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"),
        all(target_arch = "aarch64", target_feature = "neon"),
        all(target_arch = "wasm32", target_feature = "simd128"),
    )),
    allow(dead_code, reason = "this target has no vectors that look up")
)]
#![expect(
    clippy::indexing_slicing,
    reason = "the compiler evaluates it, and refuses what lies outside"
)]

/// The first and the second byte of a pair that is wrong, by ranges: as there are only eight
/// bits, those share one that share their ranges of seconds, or of firsts.
///
/// The last is wrong unless it is expected.
const WRONG_PAIRS: [(u8, [u8; 2], [u8; 2]); 10] = [
    // A lead without a continuation.
    (1 << 0, [0xC0, 0xFF], [0x00, 0x7F]),
    (1 << 0, [0xC0, 0xFF], [0xC0, 0xFF]),
    // A continuation without a lead.
    (1 << 1, [0x00, 0x7F], [0x80, 0xBF]),
    // Overlong forms of two, three and four bytes.
    (1 << 2, [0xC0, 0xC1], [0x80, 0xBF]),
    (1 << 3, [0xE0, 0xE0], [0x80, 0x9F]),
    (1 << 4, [0xF0, 0xF0], [0x80, 0x8F]),
    // Above U+10FFFF.
    (1 << 4, [0xF5, 0xFF], [0x80, 0x8F]),
    (1 << 5, [0xF4, 0xFF], [0x90, 0xBF]),
    // Surrogates.
    (1 << 6, [0xED, 0xED], [0xA0, 0xBF]),
    (1 << 7, [0x80, 0xBF], [0x80, 0xBF]),
];

/// By the high half of the first byte, by its low half, by the high half of the second: a pair is
/// wrong if the three have a bit in common.
pub(super) const PAIRS: [[u8; 16]; 3] = {
    let mut tables = [[0; 16]; 3];
    let mut row = 0;
    while row < WRONG_PAIRS.len() {
        let (bit, [mut first, last_first], [mut second, last_second]) = WRONG_PAIRS[row];
        loop {
            tables[0][(first >> 4) as usize] |= bit;
            tables[1][(first & 15) as usize] |= bit;
            if first == last_first {
                break;
            }
            first += 1;
        }
        loop {
            tables[2][(second >> 4) as usize] |= bit;
            if second == last_second {
                break;
            }
            second += 1;
        }
        row += 1;
    }
    tables
};

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
/// What a byte is, in bits; as the lead of a code point:
const LEADS_2: u8 = 1 << 6;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
/// It leads three bytes or four.
const LEADS_3: u8 = 1 << 5;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const LEADS_4: u8 = 1 << 4;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
/// The continuations that may not be next, by ranges.
const NOT_BELOW_90: u8 = 1 << 0;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const NOT_90_TO_9F: u8 = 1 << 1;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const NOT_ABOVE_9F: u8 = 1 << 2;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
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

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
/// The numbers of the bytes of two vectors, the second of which is behind the first, from one
/// byte before the second on, from two, and from three.
pub(super) const BEHIND: [[u8; 64]; 3] = {
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

/// What each of the last bytes may be at most where no code point is unfinished.
pub(super) const fn most_at_end<const W: usize>() -> [u8; W] {
    let mut most = [0xFF; W];
    if let [.., before_2, before_1, last] = most.as_mut_slice() {
        (*before_2, *before_1, *last) = (0xEF, 0xDF, 0xBF);
    }
    most
}
