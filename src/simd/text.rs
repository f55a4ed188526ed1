//! Unmasking and validation of text in one pass, written once: `payload[i] ^= key[i % 4]`, and
//! whether the result is UTF-8 (RFC 3629 §4).
//!
//! ```text
//! whether octet i is wrong depends on octets i-3 to i, and on nothing else. So a vector is judged
//! from itself and the one before, of which the last three octets count:
//!
//! errors(vector, before) = what the pair (octet i-1, octet i) does wrong, whatever lies around it
//!                          ^ (octet i is expected to end a pair of continuations,
//!                             because octet i-2 leads three or octet i-3 leads four)
//! ```
//!
//! The first line is three tables of 16 entries, of which all must agree (Keiser and Lemire,
//! "Validating UTF-8 In Less Than One Instruction Per Byte", 2021); AVX-512 has larger tables.
//!
//! What is peculiar here:
//!
//! 1. All vectors are unmasked in registers, from the original octets; so vectors may overlap, as
//!    in `xor`, and no length has a rest. Of a vector that does not follow another, the octets
//!    before it are loaded as a word ([`word_before`]).
//! 2. The last vector ends where the text ends, with zeros in front of a short text. So an
//!    unfinished code point is always found at the same place.
//! 3. Four vectors at a time are ASCII or not, and only where they are not, they are judged: a
//!    text in which that changes often is judged as a whole.
//! 4. Only that something is wrong is known in the end. To find out where is left to the caller:
//!    it happens once in a connection.

use super::tables::PAIRS;
use super::xor::{SHORT_MAX, TWO_MAX, rotate};
use bytemuck::{Pod, must_cast};
use core::slice::SliceIndex;

/// What is found out about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Complete,
    /// All is right but for the end: the last code point lacks octets, or the last octet is the
    /// lead of none.
    Unfinished,
    Wrong,
}

/// A text, and where it goes unmasked: to the same place, to another, or nowhere, as its masking key
/// is zero.
pub(super) trait Octets {
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
    /// Replaces all that can be had of `N` vectors of `W` octets each, from `start` on. Gives the
    /// offset behind them.
    fn map<const W: usize, const N: usize>(
        &mut self,
        start: usize,
        f: impl FnMut([[u8; W]; N]) -> [[u8; W]; N],
    ) -> usize;
}

impl Octets for &mut [u8] {
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
    fn map<const W: usize, const N: usize>(
        &mut self,
        start: usize,
        mut f: impl FnMut([[u8; W]; N]) -> [[u8; W]; N],
    ) -> usize {
        let vectors = self.get_mut(start..).unwrap_or_default().as_chunks_mut().0;
        let chunks = vectors.as_chunks_mut().0;
        chunks.iter_mut().for_each(|chunk| *chunk = f(*chunk));
        start.wrapping_add(chunks.as_flattened().as_flattened().len())
    }
}

/// The second is as long as the first.
impl Octets for (&[u8], &mut [u8]) {
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
    fn map<const W: usize, const N: usize>(
        &mut self,
        start: usize,
        mut f: impl FnMut([[u8; W]; N]) -> [[u8; W]; N],
    ) -> usize {
        let from = self.0.get(start..).unwrap_or_default().as_chunks().0.as_chunks().0;
        let to = self.1.get_mut(start..).unwrap_or_default().as_chunks_mut().0.as_chunks_mut().0;
        from.iter().zip(to).for_each(|(from, to)| *to = f(*from));
        start.wrapping_add(from.as_flattened().as_flattened().len())
    }
}

impl Octets for &[u8] {
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
    fn map<const W: usize, const N: usize>(
        &mut self,
        start: usize,
        mut f: impl FnMut([[u8; W]; N]) -> [[u8; W]; N],
    ) -> usize {
        let chunks = self.get(start..).unwrap_or_default().as_chunks().0.as_chunks().0;
        chunks.iter().for_each(|chunk| _ = f(*chunk));
        start.wrapping_add(chunks.as_flattened().as_flattened().len())
    }
}

/// What an instruction set does with vectors of `W` octets: closures, for the same reason as in
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

    /// Judges `N` vectors from each of the offsets on; the last of them ends with the text.
    #[inline(always)]
    pub(super) fn judge_at<const N: usize, const K: usize>(
        self,
        octets: &[u8],
        key: u32,
        offsets: [usize; K],
    ) -> Text {
        let zero = (self.splat)(0);
        let parts = offsets.map(|offset| {
            let rest = octets.get(offset..).unwrap_or_default();
            let vectors = rest.as_chunks::<W>().0.first_chunk::<N>().copied();
            let key = (self.splat)(rotate(key, offset));
            vectors.unwrap_or([[0; W]; N]).map(|vector| (self.xor)(must_cast(vector), key))
        });
        let all = parts.as_flattened().iter().fold(zero, |all, vector| (self.or)(all, *vector));
        if (self.is_ascii)(all) {
            return Text::Complete;
        }
        let (mut error, mut last) = (zero, zero);
        for (part, offset) in parts.into_iter().zip(offsets) {
            last = (self.splat)(word_before(octets, key, offset));
            for vector in part {
                error = (self.or)(error, (self.errors)(vector, last));
                last = vector;
            }
        }
        self.result(error, last)
    }

    /// Judges up to [`FOUR_MAX`] octets with vectors of 16.
    #[inline(always)]
    pub(super) fn judge_brief_by_16(self, octets: &[u8], key: u32) -> Text {
        let len = octets.len();
        if len <= SHORT_MAX {
            self.judge_last(must_cast(padded(octets, key)), (self.splat)(0))
        } else if len <= TWO_MAX {
            self.judge_at::<1, _>(octets, key, [0, len.wrapping_sub(16)])
        } else {
            self.judge_at::<2, _>(octets, key, offsets_of_four(len))
        }
    }

    /// Unmasks and judges `2 * W` octets and more.
    #[inline(always)]
    pub(super) fn long(self, mut octets: impl Octets, key: u32) -> Text {
        let place = match octets.to() {
            [] => octets.from().as_ptr(),
            to => to.as_ptr(),
        };
        let start = W.wrapping_sub(place.addr() & W.wrapping_sub(1));
        let from = octets.from();
        let end_start = from.len().wrapping_sub(W);
        let (Some(head), Some(end)) = (from.first_chunk::<W>(), from.last_chunk::<W>()) else {
            return Text::Complete;
        };
        let head = (self.xor)(must_cast(*head), (self.splat)(key));
        let end = (self.xor)(must_cast(*end), (self.splat)(rotate(key, end_start)));
        let before_end = (self.splat)(word_before(from, key, end_start));
        let zero = (self.splat)(0);
        let mut error = zero;
        if !(self.is_ascii)((self.or)(head, (self.or)(end, before_end))) {
            error = (self.or)((self.errors)(head, zero), (self.errors)(end, before_end));
        }
        let mut state = (error, (self.splat)(word_before(from, key, start)));
        let key = (self.splat)(rotate(key, start));
        let rest = octets.map(start, |chunk| self.judge_next::<4>(chunk, key, &mut state));
        octets.map(rest, |vector| self.judge_next::<1>(vector, key, &mut state));
        // Now that the vectors that these overlap were loaded.
        if let Some(place) = octets.to().first_chunk_mut::<W>() {
            *place = must_cast(head);
        }
        if let Some(place) = octets.to().last_chunk_mut::<W>() {
            *place = must_cast(end);
        }
        self.result(state.0, end)
    }

    /// Unmasks the next vectors; the state is what was wrong so far, and the vector before.
    #[inline(always)]
    fn judge_next<const N: usize>(
        self,
        octets: [[u8; W]; N],
        key: V,
        (error, before): &mut (V, V),
    ) -> [[u8; W]; N] {
        let vectors = octets.map(|octets| (self.xor)(must_cast(octets), key));
        // Of what lies behind ASCII nothing is expected.
        if (self.is_ascii)(vectors.iter().fold(*before, |all, vector| (self.or)(all, *vector))) {
            return vectors.map(|vector| must_cast(vector));
        }
        for vector in vectors {
            *error = (self.or)(*error, (self.errors)(vector, *before));
            *before = vector;
        }
        vectors.map(|vector| must_cast(vector))
    }
}

/// The four unmasked octets before `offset`, with zeros in front of the text, which has four
/// octets at least.
#[inline(always)]
fn word_before(octets: &[u8], key: u32, offset: usize) -> u32 {
    let start = offset.saturating_sub(4);
    let word = octets.get(start..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    let word = u32::from_ne_bytes(word) ^ rotate(key, start);
    let lacks = 4_usize.saturating_sub(offset);
    // The first octet is the lowest.
    let shifted = u64::from(u32::from_le(word)) << (lacks.wrapping_mul(8) & 63);
    #[expect(clippy::cast_possible_truncation, reason = "what is shifted out is not of the text")]
    (shifted as u32).to_le()
}

/// Up to 16 octets, unmasked, with zeros in front of them.
#[inline(always)]
pub(super) fn padded(octets: &[u8], key: u32) -> [u8; 16] {
    let mut text = 0_u128;
    let mut lacks = 128_u32;
    for octet in octets {
        text = text >> 8 | u128::from(*octet) << 120;
        lacks = lacks.saturating_sub(8);
    }
    let key = u128::from_le_bytes(must_cast([rotate(key, octets.len()); 4]));
    let mask = u128::MAX.checked_shl(lacks).unwrap_or_default();
    (text ^ key & mask).to_le_bytes()
}

/// Where to load four times 32 octets, of more than [`TWO_MAX`] and up to [`FOUR_MAX`].
#[inline(always)]
pub(super) const fn offsets_of_four(len: usize) -> [usize; 4] {
    let step = if len < 64 { 0 } else { 32 };
    let last = len.wrapping_sub(32);
    [0, step, last.wrapping_sub(step), last]
}

/// Unmasks text in pieces that stay in the nearest cache while `core` judges them: where no vector
/// can look octets up.
#[inline(always)]
pub(super) fn by_pieces(mut octets: impl Octets, key: u32, xor: impl Fn(&mut [u8], u32)) -> Text {
    const PIECE: usize = 4 << 10;
    let len = octets.from().len();
    let (mut judged, mut is_wrong) = (0, false);
    for start in (0..len).step_by(PIECE) {
        let end = len.min(start.wrapping_add(PIECE));
        octets.unmask(start..end, |piece| xor(piece, key));
        let text = octets.result().get(judged..end).unwrap_or_default();
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

/// The errors in a vector; it comes first, then the vectors that begin one octet before it, two,
/// and three.
///
/// `by_high` and `by_low` look the halves of octets up; bit 7 of `at_least` says whether an octet
/// is, the others are 0.
#[inline(always)]
pub(super) fn errors_by_16<V: Copy>(
    [octets, before_1, before_2, before_3]: [V; 4],
    by_high: impl Fn([u8; 16], V) -> V,
    by_low: impl Fn([u8; 16], V) -> V,
    at_least: impl Fn(V, u8) -> V,
    and: impl Fn(V, V) -> V,
    or: impl Fn(V, V) -> V,
    xor: impl Fn(V, V) -> V,
) -> V {
    let [high, low, second] = PAIRS;
    let first = and(by_high(high, before_1), by_low(low, before_1));
    let wrong_pair = and(first, by_high(second, octets));
    xor(wrong_pair, or(at_least(before_2, 0xE0), at_least(before_3, 0xF0)))
}
