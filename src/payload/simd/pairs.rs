//! Finds errors in UTF-8 by looking up pairs of bytes (RFC 3629 §4), for instruction sets that look
//! up 16 bytes at once.

#![expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which reports an index out of bounds"
)]

/// The pairs that no text contains: a bit, the range of the first byte, and that of the second.
///
/// There are eight bits only, so some rows share one. That is possible if they have the same range
/// of first bytes, or of second bytes.
///
/// The last row is no error if a lead before the pair expects its second byte.
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

/// The same as tables: by the high half of the first byte, by its low half, and by the high half
/// of the second byte. A pair is wrong if its three entries have a bit in common.
const PAIRS: [[u8; 16]; 3] = {
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

/// Returns the highest value of each byte in a vector that does not end inside a code point.
pub(super) const fn most_at_end<const W: usize>() -> [u8; W] {
    let mut most = [0xFF; W];
    if let [.., before_2, before_1, last] = most.as_mut_slice() {
        (*before_2, *before_1, *last) = (0xEF, 0xDF, 0xBF);
    }
    most
}

/// How an instruction set looks bytes up.
pub(super) struct Lookup<V> {
    /// Replaces each byte with the table's entry for its high half.
    pub(super) by_high: fn([u8; 16], V) -> V,
    /// Replaces each byte with the table's entry for its low half.
    pub(super) by_low: fn([u8; 16], V) -> V,
    /// Sets bit 7 of each byte that is at least the given one, and clears all other bits.
    pub(super) at_least: fn(V, u8) -> V,
    pub(super) and: fn(V, V) -> V,
    pub(super) or: fn(V, V) -> V,
    pub(super) xor: fn(V, V) -> V,
}

/// Returns the errors in a vector, from that vector and the three that start one byte before it,
/// two bytes, and three.
#[inline(always)]
pub(super) fn errors<V: Copy>(
    [bytes, before_1, before_2, before_3]: [V; 4],
    lookup: Lookup<V>,
) -> V {
    let Lookup { by_high, by_low, at_least, and, or, xor } = lookup;
    let [high, low, second] = PAIRS;
    let first = and(by_high(high, before_1), by_low(low, before_1));
    let wrong_pairs = and(first, by_high(second, bytes));
    // Bit 7: two continuations, which are right exactly if a lead expects the second.
    xor(wrong_pairs, or(at_least(before_2, 0xE0), at_least(before_3, 0xF0)))
}
