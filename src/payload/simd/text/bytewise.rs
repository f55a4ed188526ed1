//! Text of any length, for instruction sets that cannot look up 16 bytes at once.
//!
//! ```text
//! check(text):
//!     n in 16..=128: if all bytes are ASCII, skip them
//!     then, until the end:
//!         between two code points, if the next eight bytes are ASCII:
//!             skip 64 bytes at a time, then eight, then up to the first byte that is not ASCII
//!         step over the next 16 bytes, or those left over, whatever they are
//! step(byte): state = row[byte] >> state
//! ```
//!
//! A step takes one cycle, because a row does not depend on the state. 16 of them take as long as a
//! misprediction, so no branch asks earlier whether ASCII follows.

use super::Text;
use crate::payload::automaton::{REFUSED, ROWS, START};
use crate::payload::simd;
use crate::payload::simd::bytes::Bytes;

/// Unmasks text a piece at a time, and checks each piece while it is in the nearest cache.
#[inline(never)]
pub(super) fn by_pieces(mut bytes: impl Bytes<Place = u8>, key: u32) -> Text {
    const PIECE: usize = 16 << 10;
    let len = bytes.source().len();
    let (mut state, mut end) = (START, 0_usize);
    while end < len {
        let start = end;
        end = len.min(start.wrapping_add(PIECE));
        bytes.unmask(start..end, |piece| simd::xor(piece, key));
        let Some(text) = bytes.result().get(start..end) else { return Text::Wrong };
        state = check(state, text);
    }
    match state {
        START => Text::Complete,
        REFUSED => Text::Wrong,
        _ => Text::Unfinished,
    }
}

/// Returns the state after this text, which begins in `state`.
#[inline(always)]
fn check(mut state: u64, text: &[u8]) -> u64 {
    if state == START && is_short_ascii(text) {
        return state;
    }
    let mut rest = text;
    loop {
        // One branch for both conditions. Dense text hardly ever takes it, although such text is often
        // between code points here.
        if let Some(word) = rest.first_chunk()
            && (state ^ START) | not_ascii(*word) == 0
        {
            rest = skip_ascii(rest);
        }
        let Some((next, after)) = rest.split_first_chunk::<16>() else { return step(state, rest) };
        state = step(state, next);
        rest = after;
    }
}

/// Returns whether the text has 16 to 128 bytes and is ASCII. No loop, whose end would be mispredicted.
#[inline(always)]
fn is_short_ascii(text: &[u8]) -> bool {
    match text.len() {
        16..=32 => are_ends_ascii::<16>(text),
        33..=64 => are_ends_ascii::<32>(text),
        65..=128 => are_ends_ascii::<64>(text),
        _ => false,
    }
}

/// Returns whether the first `W` bytes and the last are ASCII.
#[inline(always)]
fn are_ends_ascii<const W: usize>(text: &[u8]) -> bool {
    match (text.first_chunk::<W>(), text.last_chunk::<W>()) {
        (Some(start), Some(end)) => is_ascii(start) && is_ascii(end),
        _ => false,
    }
}

#[inline(always)]
fn is_ascii<const W: usize>(block: &[u8; W]) -> bool {
    block.as_chunks().0.iter().fold(0, |all, word| all | not_ascii(*word)) == 0
}

/// Skips ASCII. Returns the rest, which starts with a byte that is not ASCII or has fewer than eight
/// bytes.
#[inline(always)]
fn skip_ascii(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((block, after)) = rest.split_first_chunk::<64>()
        && is_ascii(block)
    {
        rest = after;
    }
    while let Some((word, after)) = rest.split_first_chunk() {
        match not_ascii(*word) {
            0 => rest = after,
            bits => return rest.get((bits.trailing_zeros() / 8) as usize..).unwrap_or_default(),
        }
    }
    rest
}

/// Returns bit 7 of each byte. The first byte is the least significant.
#[inline(always)]
fn not_ascii(word: [u8; 8]) -> u64 {
    u64::from_le_bytes(word) & 0x8080_8080_8080_8080
}

/// Returns the state after these bytes. A shifted row also has bits of other states, above the lowest
/// six.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "there is a row for each byte")]
fn step(state: u64, bytes: &[u8]) -> u64 {
    let next = |state, byte: &u8| ROWS[usize::from(*byte)] >> (state & 63);
    bytes.iter().fold(state, next) & 63
}
