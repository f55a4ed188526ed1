//! Unmasks text and checks that it is UTF-8 (RFC 3629 §4), in one pass over memory.
//!
//! Whether a byte is an error depends on that byte and the three before it, and on nothing else. So
//! a vector can be checked with the help of the one before it:
//!
//! ```text
//! errors(vector, before):
//!     for each byte i of the vector; the bytes i-1, i-2 and i-3 may be in `before`:
//!         wrong    = the reasons for which no text contains the pair (byte i-1, byte i);
//!                    bit 7 if both bytes are continuations
//!         expected = bit 7 if byte i-2 leads three bytes or four, or byte i-3 leads four
//!         if wrong != expected: error
//!
//! check(text):
//!     n in 0..16:    the text in one vector, with zeros in front of it
//!     n in 16..=128: the vectors that `xor` masks, which overlap
//!     n > 128:       the first vector and the last, which overlap the first and the last of the
//!                    aligned vectors; then the aligned vectors, a group at a time:
//!                    if the group and the bytes before it are ASCII, skip it;
//!                    else, if the text is dense, check all of its vectors;
//!                    else check those that are not ASCII, or follow such bytes
//!                    (dense: few of the last vectors were ASCII, see `check_group`)
//!     unfinished = one of the last three bytes leads more bytes than there are
//! ```
//!
//! `wrong` is looked up in three tables of 16 entries (see `pairs`): Keiser and Lemire, "Validating
//! UTF-8 In Less Than One Instruction Per Byte", 2021. AVX-512 has larger tables. Instruction sets
//! that cannot look up 16 bytes at once step through a state machine, byte by byte (`bytewise`).
//!
//! Four things differ from other implementations:
//!
//! 1. Each vector is unmasked in a register, from the original bytes. So vectors may overlap, and
//!    no length leaves a remainder. The bytes before a vector that does not follow another are
//!    loaded as a word (`word_before`).
//! 2. The last vector ends where the text ends. So an unfinished code point is always found at the
//!    same place.
//! 3. The result does not say where an error is. The caller looks for it, which happens at most
//!    once in a connection.
//! 4. ASCII is skipped as long as there is much of it. In other text, no branch depends on it: a
//!    misprediction costs as much as two checks.

use super::bytes::{Bytes, chunks};
use super::vectors::{Kernel, TextOperations, Vectors};
use super::xor::{FOUR_MAX, SHORT_MAX, TWO_MAX, rotate, short};
use bytemuck::{Pod, must_cast};

mod bytewise;
mod long;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Complete,
    /// The only error, if any, is at the end: the last code point is incomplete, or the last byte
    /// cannot start one.
    Unfinished,
    Wrong,
}

/// The [`Vectors`] of an instruction set that can check text.
#[derive(Clone, Copy)]
struct Checker<const W: usize, V> {
    vectors: Vectors<W, V>,
    text: TextOperations<V>,
}

impl<const W: usize, V: Pod> Checker<W, V> {
    #[inline(always)]
    fn new(vectors: Vectors<W, V>) -> Option<Self> {
        vectors.text.map(|text| Self { vectors, text })
    }

    /// Unmasks the vector that starts `offset` bytes into the text.
    #[inline(always)]
    fn unmasked(self, bytes: [u8; W], key: u32, offset: usize) -> V {
        (self.vectors.xor)(must_cast(bytes), (self.vectors.splat)(rotate(key, offset)))
    }

    /// Returns a vector that ends with the word, for use as the vector before another.
    #[inline(always)]
    fn before(self, word: u32) -> V {
        (self.vectors.splat)(word)
    }

    #[inline(always)]
    fn or(self, a: V, b: V) -> V {
        (self.text.or)(a, b)
    }

    #[inline(always)]
    fn errors(self, vector: V, before: V) -> V {
        (self.text.errors)(vector, before)
    }

    /// Returns whether these vectors and that one are ASCII.
    #[inline(always)]
    fn are_ascii(self, vectors: &[V], one: V) -> bool {
        (self.text.is_ascii)(vectors.iter().fold(one, |all, vector| self.or(all, *vector)))
    }

    /// Returns the result for a text with these errors and that last vector.
    #[inline(always)]
    fn result(self, errors: V, last: V) -> Text {
        let unfinished = (self.text.unfinished)(last);
        if (self.text.is_zero)(self.or(errors, unfinished)) {
            Text::Complete
        } else if (self.text.is_zero)(errors) {
            Text::Unfinished
        } else {
            Text::Wrong
        }
    }

    /// Checks a text that is covered by `N` vectors at each of the offsets. The last vector must end
    /// where the text ends.
    #[inline(always)]
    fn check_at<const N: usize, const K: usize>(
        self,
        text: &[u8],
        key: u32,
        offsets: [usize; K],
    ) -> Text {
        let zero = self.before(0);
        // Loops, because the compiler does not inline `map` when it optimises for size.
        let mut parts = [[zero; N]; K];
        for (part, offset) in parts.iter_mut().zip(offsets) {
            let vectors = chunks::<_, W>(text, offset);
            for (vector, bytes) in
                part.iter_mut().zip(vectors.first_chunk().unwrap_or(&[[0; W]; N]))
            {
                *vector = self.unmasked(*bytes, key, offset);
            }
        }
        if self.are_ascii(parts.as_flattened(), zero) {
            return Text::Complete;
        }
        let (mut errors, mut last) = (zero, zero);
        for (part, offset) in parts.into_iter().zip(offsets) {
            last = self.before(word_before(text, key, offset));
            for vector in part {
                errors = self.or(errors, self.errors(vector, last));
                last = vector;
            }
        }
        self.result(errors, last)
    }

    /// Checks 33 to 128 bytes.
    #[inline(always)]
    fn check_four(self, text: &[u8], key: u32) -> Text {
        let step = if text.len() < 64 { 0 } else { 32 };
        let last = text.len().wrapping_sub(32);
        let offsets = [0, step, last.wrapping_sub(step), last];
        if W == 32 {
            self.check_at::<1, 4>(text, key, offsets)
        } else {
            self.check_at::<2, 4>(text, key, offsets)
        }
    }
}

/// Unmasks and checks text of any length.
pub(super) struct CheckText;

impl<B: Bytes<Place = u8>> Kernel<B> for CheckText {
    type Output = Text;
    type Long = CheckLongText;
    const CHECKS_TEXT: bool = true;

    #[inline(always)]
    fn run<N: Pod, const W: usize, V: Pod>(
        narrow: Vectors<16, N>,
        wide: Vectors<W, V>,
        mut bytes: B,
        key: u32,
    ) -> Text {
        let source = bytes.source();
        let len = source.len();
        let (Some(by_16), Some(checker)) = (Checker::new(narrow), Checker::new(wide)) else {
            return bytewise::by_pieces(bytes, key);
        };
        if len > FOUR_MAX {
            return CheckLongText::run(narrow, wide, bytes, key);
        }
        if len > TWO_MAX {
            let text = checker.check_four(source, key);
            bytes.unmask(0..len, |payload| wide.four(payload, key));
            return text;
        }
        if len > SHORT_MAX {
            let text = by_16.check_at::<1, 2>(source, key, [0, len.wrapping_sub(16)]);
            bytes.unmask(0..len, |payload| narrow.two(payload, key));
            return text;
        }
        let text = by_16.check_short(source, key);
        bytes.unmask(0..len, |payload| {
            short(payload, key);
        });
        text
    }
}

/// Unmasks and checks more than [`FOUR_MAX`] bytes.
pub(super) struct CheckLongText;

impl<B: Bytes<Place = u8>> Kernel<B> for CheckLongText {
    type Output = Text;
    type Long = Self;
    const CHECKS_TEXT: bool = true;

    #[inline(always)]
    fn run<N: Pod, const W: usize, V: Pod>(
        _: Vectors<16, N>,
        wide: Vectors<W, V>,
        bytes: B,
        key: u32,
    ) -> Text {
        match Checker::new(wide) {
            None => bytewise::by_pieces(bytes, key),
            Some(checker) => checker.long(bytes, key),
        }
    }
}

impl<V: Pod> Checker<16, V> {
    /// Checks up to [`SHORT_MAX`] bytes.
    #[inline(always)]
    fn check_short(self, text: &[u8], key: u32) -> Text {
        let vector = must_cast(padded(text, key));
        if (self.text.is_ascii)(vector) {
            return Text::Complete;
        }
        self.result(self.errors(vector, self.before(0)), vector)
    }
}

/// Returns the four bytes before `offset`, unmasked, with zeros for those before the start. The text
/// has at least four bytes.
#[inline(always)]
fn word_before(text: &[u8], key: u32, offset: usize) -> u32 {
    let start = offset.saturating_sub(4);
    let word = text.get(start..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    let word = u32::from_ne_bytes(word) ^ rotate(key, start);
    let zeros = 4_usize.saturating_sub(offset);
    // The first byte is the least significant.
    let shifted = u64::from(u32::from_le(word)) << (zeros.wrapping_mul(8) & 63);
    #[expect(clippy::cast_possible_truncation, reason = "only bytes after `offset` are cut off")]
    (shifted as u32).to_le()
}

/// Returns up to [`SHORT_MAX`] bytes, unmasked, with zeros in front of them. Without branches, for
/// the same reason as `short`.
#[inline(always)]
fn padded(bytes: &[u8], key: u32) -> [u8; 16] {
    let (eight, rest) = split_piece(bytes);
    let (four, rest) = split_piece(rest);
    let (two, rest) = split_piece(rest);
    let ([one], _) = split_piece(rest);
    // The last byte is the most significant.
    let bits = |of: usize| u32::try_from(bytes.len() & of).map_or(0, |n| n.wrapping_mul(8));
    let four = u64::from(u32::from_le_bytes(four)) << 32;
    let two = four >> bits(2) | u64::from(u16::from_le_bytes(two)) << 48;
    let end = two >> bits(1) | u64::from(one) << 56;
    let start = u128::from(u64::from_le_bytes(eight)) << 64 >> bits(7);
    let key = u128::from_le_bytes(must_cast([rotate(key, bytes.len()); 4]));
    let used = u128::MAX.checked_shl(128_u32.saturating_sub(bits(15)));
    (start ^ u128::from(end) << 64 ^ key & used.unwrap_or_default()).to_le_bytes()
}

/// Returns the first `W` bytes if the length has bit `W`, else zeros; and the bytes that follow.
#[inline(always)]
fn split_piece<const W: usize>(bytes: &[u8]) -> ([u8; W], &[u8]) {
    let (piece, rest) = bytes.split_at_checked(bytes.len() & W).unwrap_or_default();
    (*piece.first_chunk().unwrap_or(&[0; W]), rest)
}
