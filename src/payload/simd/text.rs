//! Unmasking and validation of text in one pass, written once: `payload[i] ^= key[i % 4]`, and
//! whether the result is UTF-8 (RFC 3629 §4).
//!
//! ```text
//! whether byte i is wrong depends on bytes i-3 to i, and on nothing else. So a vector is judged
//! from itself and the one before, of which the last three bytes count:
//!
//! errors(vector, before) = what the pair (byte i-1, byte i) does wrong, whatever lies around it
//!                          ^ (byte i is expected to end a pair of continuations,
//!                             because byte i-2 leads three or byte i-3 leads four)
//! ```
//!
//! The first line is three tables of 16 entries, of which all must agree (Keiser and Lemire,
//! "Validating UTF-8 In Less Than One Instruction Per Byte", 2021); AVX-512 has larger tables.
//!
//! What is peculiar here:
//!
//! 1. All vectors are unmasked in registers, from the original bytes; so vectors may overlap, as
//!    in `xor`, and no length has a rest. Of a vector that does not follow another, the bytes
//!    before it are loaded as a word ([`word_before`]).
//! 2. The last vector ends where the text ends, with zeros in front of a short text. So an
//!    unfinished code point is always found at the same place.
//! 3. Some vectors at a time are ASCII or not. Where they are not, they are judged; before, it may
//!    pay to ask for each, as in most text only a byte here and there is not ASCII.
//! 4. Only that something is wrong is known in the end. To find out where is left to the caller:
//!    it happens once in a connection.

#![cfg_attr(
    not(any(
        all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"),
        all(target_arch = "aarch64", target_feature = "neon"),
        all(target_arch = "wasm32", target_feature = "simd128"),
    )),
    allow(dead_code, reason = "this target has no vectors that look up")
)]

use super::tables::PAIRS;
use super::xor::{SHORT_MAX, TWO_MAX, rotate, set};
use bytemuck::{Pod, must_cast};
use core::slice::{self, SliceIndex};

/// What is found out about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Complete,
    /// All is right but for the end: the last code point lacks bytes, or the last byte is the
    /// lead of none.
    Unfinished,
    Wrong,
}

/// A text, and where it goes unmasked: to the same place, to another, or nowhere, as its masking key
/// is zero.
pub(super) trait Bytes {
    fn from(&self) -> &[u8];
    /// As long as `from`; empty if the text goes nowhere.
    fn to(&mut self) -> &mut [u8];
    /// What was unmasked so far.
    fn result(&self) -> &[u8];
    /// Lets `xor` unmask a range of the text where that goes.
    fn unmask<R: SliceIndex<[u8], Output = [u8]> + Clone>(
        &mut self,
        range: R,
        xor: impl FnOnce(&mut [u8]),
    );
    /// Unmasks the vectors of `W` bytes that begin at `start`, but for the first and the last;
    /// lets `judge` see `GROUP` at a time, as long as there are so many, then one.
    fn map_between<const W: usize, const GROUP: usize>(
        &mut self,
        start: usize,
        xor: impl Fn([u8; W]) -> [u8; W],
        judge: impl FnMut(&[[u8; W]]),
    );
}

impl Bytes for &mut [u8] {
    #[inline(always)]
    fn from(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn to(&mut self) -> &mut [u8] {
        self
    }

    #[inline(always)]
    fn result(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn unmask<R: SliceIndex<[u8], Output = [u8]> + Clone>(
        &mut self,
        range: R,
        xor: impl FnOnce(&mut [u8]),
    ) {
        xor(self.get_mut(range).unwrap_or_default());
    }

    #[inline(always)]
    fn map_between<const W: usize, const GROUP: usize>(
        &mut self,
        start: usize,
        xor: impl Fn([u8; W]) -> [u8; W],
        mut judge: impl FnMut(&[[u8; W]]),
    ) {
        let [_, between @ .., _] = vectors_mut(self, start) else { return };
        let (groups, ones) = between.as_chunks_mut::<GROUP>();
        for group in groups {
            // Load and store in turn, as in `xor`.
            group.iter_mut().for_each(|vector| *vector = xor(*vector));
            judge(group);
        }
        for one in ones {
            *one = xor(*one);
            judge(slice::from_ref(one));
        }
    }
}

/// The second is as long as the first.
impl Bytes for (&[u8], &mut [u8]) {
    #[inline(always)]
    fn from(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn to(&mut self) -> &mut [u8] {
        self.1
    }

    #[inline(always)]
    fn result(&self) -> &[u8] {
        self.1
    }

    #[inline(always)]
    fn unmask<R: SliceIndex<[u8], Output = [u8]> + Clone>(
        &mut self,
        range: R,
        xor: impl FnOnce(&mut [u8]),
    ) {
        let to = self.1.get_mut(range.clone()).unwrap_or_default();
        to.iter_mut().zip(self.0.get(range).unwrap_or_default()).for_each(|(to, from)| *to = *from);
        xor(to);
    }

    #[inline(always)]
    fn map_between<const W: usize, const GROUP: usize>(
        &mut self,
        start: usize,
        xor: impl Fn([u8; W]) -> [u8; W],
        mut judge: impl FnMut(&[[u8; W]]),
    ) {
        let [_, from @ .., _] = vectors(self.0, start) else { return };
        let [_, to @ .., _] = vectors_mut(self.1, start) else { return };
        let (groups, ones) = from.as_chunks::<GROUP>();
        let (to_groups, to_ones) = to.as_chunks_mut::<GROUP>();
        for (group, to) in groups.iter().zip(to_groups) {
            group.iter().zip(&mut *to).for_each(|(vector, to)| *to = xor(*vector));
            judge(to);
        }
        for (one, to) in ones.iter().zip(to_ones) {
            *to = xor(*one);
            judge(slice::from_ref(to));
        }
    }
}

impl Bytes for &[u8] {
    #[inline(always)]
    fn from(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn to(&mut self) -> &mut [u8] {
        &mut []
    }

    #[inline(always)]
    fn result(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn unmask<R>(&mut self, _: R, _: impl FnOnce(&mut [u8])) {}

    #[inline(always)]
    fn map_between<const W: usize, const GROUP: usize>(
        &mut self,
        start: usize,
        _: impl Fn([u8; W]) -> [u8; W],
        mut judge: impl FnMut(&[[u8; W]]),
    ) {
        let [_, between @ .., _] = vectors(self, start) else { return };
        let (groups, ones) = between.as_chunks::<GROUP>();
        groups.iter().for_each(|group| judge(group));
        ones.iter().for_each(|one| judge(slice::from_ref(one)));
    }
}

#[inline(always)]
fn vectors<const W: usize>(bytes: &[u8], start: usize) -> &[[u8; W]] {
    bytes.get(start..).unwrap_or_default().as_chunks().0
}

#[inline(always)]
fn vectors_mut<const W: usize>(bytes: &mut [u8], start: usize) -> &mut [[u8; W]] {
    bytes.get_mut(start..).unwrap_or_default().as_chunks_mut().0
}

/// What an instruction set does with vectors of `W` bytes: closures, for the same reason as in
/// `xor`.
#[derive(Clone, Copy)]
pub(super) struct Vectors<const W: usize, Splat, Or, Xor, Errors, Unfinished, IsAscii, IsZero> {
    pub(super) splat: Splat,
    pub(super) or: Or,
    pub(super) xor: Xor,
    /// What is wrong in the first vector, which follows the second; zero if nothing is.
    pub(super) errors: Errors,
    /// Zero if no code point is unfinished at the end of the vector.
    pub(super) unfinished: Unfinished,
    pub(super) is_ascii: IsAscii,
    pub(super) is_zero: IsZero,
}

impl<const W: usize, V, Splat, Or, Xor, Errors, Unfinished, IsAscii, IsZero>
    Vectors<W, Splat, Or, Xor, Errors, Unfinished, IsAscii, IsZero>
where
    V: Pod,
    Splat: Fn(u32) -> V + Copy,
    Or: Fn(V, V) -> V + Copy,
    Xor: Fn(V, V) -> V + Copy,
    Errors: Fn(V, V) -> V + Copy,
    Unfinished: Fn(V) -> V + Copy,
    IsAscii: Fn(V) -> bool + Copy,
    IsZero: Fn(V) -> bool + Copy,
{
    #[inline(always)]
    fn result(self, error: V, last: V) -> Text {
        let unfinished = (self.unfinished)(last);
        if (self.is_zero)((self.or)(error, unfinished)) {
            Text::Complete
        } else if (self.is_zero)(error) {
            Text::Unfinished
        } else {
            Text::Wrong
        }
    }

    /// Judges a vector that ends with the text, and the one before it.
    #[inline(always)]
    pub(super) fn judge_last(self, last: V, before: V) -> Text {
        if (self.is_ascii)((self.or)(last, before)) {
            return Text::Complete;
        }
        let error = (self.or)((self.errors)(before, (self.splat)(0)), (self.errors)(last, before));
        self.result(error, last)
    }

    /// Judges `N` vectors from each of the offsets on, which are all of the text; the last of them
    /// ends with it.
    #[inline(always)]
    pub(super) fn judge_at<const N: usize, const K: usize>(
        self,
        bytes: &[u8],
        key: u32,
        offsets: [usize; K],
    ) -> Text {
        let zero = (self.splat)(0);
        // Loops, as the compiler does not inline `map` when it optimises for size.
        let mut parts = [[zero; N]; K];
        for (part, offset) in parts.iter_mut().zip(offsets) {
            let bytes = vectors::<W>(bytes, offset).first_chunk::<N>();
            for (vector, bytes) in part.iter_mut().zip(bytes.unwrap_or(&[[0; W]; N])) {
                *vector = self.unmasked(*bytes, key, offset);
            }
        }
        if self.are_ascii(parts.as_flattened(), zero) {
            return Text::Complete;
        }
        let (mut error, mut last) = (zero, zero);
        for (part, offset) in parts.into_iter().zip(offsets) {
            last = (self.splat)(word_before(bytes, key, offset));
            for vector in part {
                error = (self.or)(error, (self.errors)(vector, last));
                last = vector;
            }
        }
        self.result(error, last)
    }

    /// The vector that lies at `offset`.
    #[inline(always)]
    fn unmasked(self, bytes: [u8; W], key: u32, offset: usize) -> V {
        (self.xor)(must_cast(bytes), (self.splat)(rotate(key, offset)))
    }

    /// Whether all of the vectors and that one are ASCII.
    #[inline(always)]
    fn are_ascii(self, vectors: &[V], one: V) -> bool {
        (self.is_ascii)(vectors.iter().fold(one, |all, vector| (self.or)(all, *vector)))
    }

    /// Judges up to [`FOUR_MAX`](super::xor::FOUR_MAX) bytes with vectors of 16.
    #[inline(always)]
    pub(super) fn judge_brief_by_16(self, bytes: &[u8], key: u32) -> Text {
        let len = bytes.len();
        if len <= SHORT_MAX {
            self.judge_last(must_cast(padded(bytes, key)), (self.splat)(0))
        } else if len <= TWO_MAX {
            self.judge_at::<1, _>(bytes, key, [0, len.wrapping_sub(16)])
        } else {
            self.judge_at::<2, _>(bytes, key, offsets_of_four(len))
        }
    }

    /// Unmasks and judges `2 * W` bytes and more; asks whether `GROUP` vectors are ASCII, and if
    /// not, whether each is, where `EACH`.
    #[inline(always)]
    pub(super) fn long<const GROUP: usize, const EACH: bool>(
        self,
        mut bytes: impl Bytes,
        key: u32,
    ) -> Text {
        let place = match bytes.to() {
            [] => bytes.from().as_ptr(),
            to => to.as_ptr(),
        };
        let start = W.wrapping_sub(place.addr() & W.wrapping_sub(1));
        let from = bytes.from();
        let last_start = from.len().wrapping_sub(W);
        let aligned = vectors::<W>(from, start);
        let (Some(a), Some(d), [b, ..], [.., c]) =
            (from.first_chunk::<W>(), from.last_chunk::<W>(), aligned, aligned)
        else {
            return Text::Complete;
        };
        let (a, b) = (self.unmasked(*a, key, 0), self.unmasked(*b, key, start));
        let (c, d) = (self.unmasked(*c, key, start), self.unmasked(*d, key, last_start));
        let is_single = aligned.len() < 2;
        // A byte before `d` that `d` does not follow as it should, is in `c`, or before it.
        let mut error = (self.splat)(0);
        if !self.are_ascii(&[a, b], d) {
            let (before_b, before_d) =
                (word_before(from, key, start), word_before(from, key, last_start));
            let ends = (self.or)(
                (self.errors)(a, (self.splat)(0)),
                (self.errors)(d, (self.splat)(before_d)),
            );
            error = (self.or)(ends, (self.errors)(b, (self.splat)(before_b)));
        }
        // In this order for the same reason as in `xor::long`.
        set::<_, W>(bytes.to().first_chunk_mut(), must_cast(a));
        set::<_, W>(bytes.to().last_chunk_mut(), must_cast(d));
        set(vectors_mut::<W>(bytes.to(), start).first_mut(), must_cast(b));
        set(vectors_mut::<W>(bytes.to(), start).last_mut(), must_cast(c));
        let mut state = (error, b);
        bytes.map_between::<W, GROUP>(
            start,
            |vector| must_cast(self.unmasked(vector, key, start)),
            |vectors| self.judge_next::<EACH>(vectors, &mut state),
        );
        if !is_single {
            self.judge_next::<false>(&[must_cast(c)], &mut state);
        }
        self.result(state.0, d)
    }

    /// Judges the next vectors; the state is what was wrong so far, and the vector before.
    #[inline(always)]
    fn judge_next<const EACH: bool>(self, vectors: &[[u8; W]], (error, before): &mut (V, V)) {
        let vectors = vectors.iter().map(|vector| must_cast(*vector));
        // Of what lies behind ASCII nothing is expected: then `before` may stay.
        if (self.is_ascii)(vectors.clone().fold(*before, |all, vector| (self.or)(all, vector))) {
            return;
        }
        for vector in vectors {
            if EACH && (self.is_ascii)((self.or)(vector, *before)) {
                continue;
            }
            *error = (self.or)(*error, (self.errors)(vector, *before));
            *before = vector;
        }
    }
}

/// The four unmasked bytes before `offset`, with zeros in front of the text, which has four
/// bytes at least.
#[inline(always)]
fn word_before(bytes: &[u8], key: u32, offset: usize) -> u32 {
    let start = offset.saturating_sub(4);
    let word = bytes.get(start..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    let word = u32::from_ne_bytes(word) ^ rotate(key, start);
    let lacks = 4_usize.saturating_sub(offset);
    // The first byte is the lowest.
    let shifted = u64::from(u32::from_le(word)) << (lacks.wrapping_mul(8) & 63);
    #[expect(clippy::cast_possible_truncation, reason = "what is shifted out is not of the text")]
    (shifted as u32).to_le()
}

/// Up to [`SHORT_MAX`] bytes, unmasked, with zeros in front of them; without a jump, as in
/// `xor::short`.
#[inline(always)]
pub(super) fn padded(bytes: &[u8], key: u32) -> [u8; 16] {
    let (eight, rest) = piece(bytes);
    let (four, rest) = piece(rest);
    let (two, rest) = piece(rest);
    let ([one], _) = piece(rest);
    // The last byte is the highest.
    let bits = |of: usize| u32::try_from(bytes.len() & of).map_or(0, |n| n.wrapping_mul(8));
    let four = u64::from(u32::from_le_bytes(four)) << 32;
    let two = four >> bits(2) | u64::from(u16::from_le_bytes(two)) << 48;
    let end = two >> bits(1) | u64::from(one) << 56;
    let start = u128::from(u64::from_le_bytes(eight)) << 64 >> bits(7);
    let key = u128::from_le_bytes(must_cast([rotate(key, bytes.len()); 4]));
    let there = u128::MAX.checked_shl(128_u32.saturating_sub(bits(15)));
    (start ^ u128::from(end) << 64 ^ key & there.unwrap_or_default()).to_le_bytes()
}

/// Where the length has bit `W`, the first `W` bytes, else zeros; and the bytes behind them.
#[inline(always)]
fn piece<const W: usize>(bytes: &[u8]) -> ([u8; W], &[u8]) {
    let (piece, rest) = bytes.split_at_checked(bytes.len() & W).unwrap_or_default();
    (*piece.first_chunk().unwrap_or(&[0; W]), rest)
}

/// Where to load four times 32 bytes, of more than [`TWO_MAX`] and up to [`FOUR_MAX`](super::xor::FOUR_MAX).
#[inline(always)]
pub(super) const fn offsets_of_four(len: usize) -> [usize; 4] {
    let step = if len < 64 { 0 } else { 32 };
    let last = len.wrapping_sub(32);
    [0, step, last.wrapping_sub(step), last]
}

/// Unmasks text in pieces that stay in the nearest cache while `core` judges them: where no vector
/// can look bytes up.
#[inline(always)]
pub(super) fn by_pieces(mut bytes: impl Bytes, key: u32, xor: impl Fn(&mut [u8], u32)) -> Text {
    const PIECE: usize = 4 << 10;
    let len = bytes.from().len();
    let (mut judged, mut is_wrong) = (0, false);
    for start in (0..len).step_by(PIECE) {
        let end = len.min(start.wrapping_add(PIECE));
        bytes.unmask(start..end, |piece| xor(piece, key));
        let text = bytes.result().get(judged..end).unwrap_or_default();
        match str::from_utf8(text) {
            Ok(_) => judged = end,
            Err(error) => {
                judged = judged.wrapping_add(error.valid_up_to());
                is_wrong |= error.error_len().is_some();
            }
        }
    }
    match (is_wrong, judged == len) {
        (true, _) => Text::Wrong,
        (false, true) => Text::Complete,
        (false, false) => Text::Unfinished,
    }
}

/// The errors in a vector; it comes first, then the vectors that begin one byte before it, two,
/// and three.
///
/// `by_high` and `by_low` look the halves of bytes up; bit 7 of `at_least` says whether a byte
/// is, the others are 0.
#[inline(always)]
pub(super) fn errors_by_16<V: Copy>(
    [bytes, before_1, before_2, before_3]: [V; 4],
    by_high: impl Fn([u8; 16], V) -> V,
    by_low: impl Fn([u8; 16], V) -> V,
    at_least: impl Fn(V, u8) -> V,
    and: impl Fn(V, V) -> V,
    or: impl Fn(V, V) -> V,
    xor: impl Fn(V, V) -> V,
) -> V {
    let [high, low, second] = PAIRS;
    let first = and(by_high(high, before_1), by_low(low, before_1));
    let wrong_pair = and(first, by_high(second, bytes));
    xor(wrong_pair, or(at_least(before_2, 0xE0), at_least(before_3, 0xF0)))
}
