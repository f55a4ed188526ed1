//! Text of more than [`FOUR_MAX`](super::FOUR_MAX) bytes.

use super::{Checker, Text, word_before};
use crate::payload::simd::bytes::{Bytes, chunks, chunks_mut, store};
use bytemuck::{Pod, must_cast};
use core::array;
use core::cell::Cell;

/// The number of vectors in a group.
const GROUP: usize = 4;

impl<const W: usize, V: Pod> Checker<W, V> {
    /// Unmasks and checks more than [`FOUR_MAX`](super::FOUR_MAX) bytes.
    #[inline(always)]
    pub(super) fn long(self, mut bytes: impl Bytes<Place = u8>, key: u32) -> Text {
        // From 1 to W, so that the first W bytes reach the first aligned vector.
        let start = W.wrapping_sub(bytes.result().as_ptr().addr() & W.wrapping_sub(1));
        let source = bytes.source();
        let aligned = chunks::<_, W>(source, start);
        let is_single = aligned.len() < 2;
        let ([b, ..], [.., c]) = (aligned, aligned) else { return Text::Complete };
        let (Some(a), Some(d)) = (source.first_chunk::<W>(), source.last_chunk::<W>()) else {
            return Text::Complete;
        };
        let end = source.len().wrapping_sub(W);
        let (a, b) = (self.unmasked(*a, key, 0), self.unmasked(*b, key, start));
        let (c, d) = (self.unmasked(*c, key, start), self.unmasked(*d, key, end));
        let zero = self.before(0);
        let state = State::new(zero);
        if !self.are_ascii(&[a, b], d) {
            // If `d` is ASCII, a code point that is unfinished before it is an error at the first byte
            // of `d`, which is also in `c`. So `d` need not be checked.
            if !(self.text.is_ascii)(d) {
                let before_d = self.before(word_before(source, key, end));
                self.add_errors(self.errors(d, before_d), &state);
            }
            if !self.are_ascii(&[a], b) {
                let before_b = self.before(word_before(source, key, start));
                let starts = self.or(self.errors(a, zero), self.errors(b, before_b));
                self.add_errors(starts, &state);
                state.before.set(self.before(word_before(source, key, start.wrapping_add(W))));
                state.is_dense.set(!(self.text.is_ascii)(b));
            }
        }
        // The order of the stores is that of `Vectors::long`, for the same reason.
        let destination = bytes.destination();
        store::<_, W>(destination.first_chunk_mut(), must_cast(a));
        store::<_, W>(destination.last_chunk_mut(), must_cast(d));
        store::<_, W>(chunks_mut(destination, start).first_mut(), must_cast(b));
        store::<_, W>(chunks_mut(destination, start).last_mut(), must_cast(c));
        bytes.map_between::<W, GROUP, W>(
            start,
            0,
            |vector| must_cast(self.unmasked(vector, key, start)),
            |group| self.check_group(group, &state),
            |vector| {
                self.check_one(vector, &state);
            },
        );
        if !is_single {
            self.check_one(&must_cast(c), &state);
        }
        if state.is_wrong.get() { Text::Wrong } else { self.result(zero, d) }
    }

    /// Checks the group that follows the vectors checked so far.
    ///
    /// Text becomes dense when all vectors of a group had to be checked, or if the first aligned vector
    /// is not ASCII. It stays dense until a group is skipped. With vectors of 32 bytes, it stays so only
    /// until a group ends with ASCII, which is faster.
    #[inline(always)]
    fn check_group(self, group: &[[u8; W]; GROUP], state: &State<V>) {
        // What is before the next group is then ASCII as well, and expects nothing of it.
        if self.are_ascii_bytes(group, state.before.get()) {
            state.is_dense.set(false);
            return;
        }
        if state.is_dense.get() {
            self.check_vectors(group, state);
            let [.., last] = group.as_slice() else { return };
            let last = must_cast(*last);
            // Not copies of its last word, which cost an instruction, and only help to skip ASCII sooner.
            state.before.set(last);
            if W == 32 {
                state.is_dense.set(!(self.text.is_ascii)(last));
            }
        } else {
            let mut checked = 0_usize;
            for vector in group {
                checked = checked.wrapping_add(usize::from(self.check_one(vector, state)));
            }
            state.is_dense.set(checked == GROUP);
        }
    }

    /// Checks a vector unless it is ASCII and follows ASCII, and returns whether it did.
    #[inline(always)]
    fn check_one(self, vector: &[u8; W], state: &State<V>) -> bool {
        let vectors = array::from_ref(vector);
        let is_ascii = self.are_ascii_bytes(vectors, state.before.get());
        if !is_ascii {
            self.check_vectors(vectors, state);
            state.before.set(self.before(last_word(vectors)));
        }
        !is_ascii
    }

    /// Returns whether these vectors and that one are ASCII.
    #[inline(always)]
    fn are_ascii_bytes(self, vectors: &[[u8; W]], one: V) -> bool {
        let mut all = one;
        for vector in vectors {
            all = self.or(all, must_cast(*vector));
        }
        (self.text.is_ascii)(all)
    }

    /// Checks vectors that follow those checked so far. The caller then changes `before`.
    #[inline(always)]
    fn check_vectors<const N: usize>(self, vectors: &[[u8; W]; N], state: &State<V>) {
        let (mut errors, mut before) = (self.before(0), state.before.get());
        for vector in vectors {
            let vector = must_cast(*vector);
            errors = self.or(errors, self.errors(vector, before));
            before = vector;
        }
        self.add_errors(errors, state);
    }

    #[inline(always)]
    fn add_errors(self, errors: V, state: &State<V>) {
        state.is_wrong.set(state.is_wrong.get() | !(self.text.is_zero)(errors));
    }
}

/// The result of the vectors checked so far. Each field is a cell, because two functions change them
/// in turns. One cell for all of them would be kept in memory, not in registers.
struct State<V> {
    /// No vector, for which there may be no register: ASCII would wait for it to be stored and loaded.
    is_wrong: Cell<bool>,
    /// A vector that ends with the last four bytes of them, or with other ASCII if those are ASCII.
    before: Cell<V>,
    /// Whether the vectors of a group are all checked, unless all are ASCII.
    is_dense: Cell<bool>,
}

impl<V: Copy> State<V> {
    #[inline(always)]
    fn new(zero: V) -> Self {
        Self { is_wrong: Cell::new(false), before: Cell::new(zero), is_dense: Cell::new(false) }
    }
}

/// Returns the last four bytes of the vectors.
#[inline(always)]
fn last_word<const W: usize>(vectors: &[[u8; W]]) -> u32 {
    let word = vectors.as_flattened().last_chunk().copied().unwrap_or_default();
    u32::from_ne_bytes(word)
}
