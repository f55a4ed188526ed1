//! The source and the destination of a kernel.

use bytemuck::must_cast;
use core::array;
use core::mem::MaybeUninit;
use core::ops::Range;

/// A byte of the destination, initialised or not.
pub(super) trait Place: Copy {
    /// Writes all of `places`.
    fn store<const N: usize>(places: &mut [Self; N], bytes: [u8; N]);
}

impl Place for u8 {
    #[inline(always)]
    fn store<const N: usize>(places: &mut [Self; N], bytes: [u8; N]) {
        *places = bytes;
    }
}

impl Place for MaybeUninit<u8> {
    #[inline(always)]
    fn store<const N: usize>(places: &mut [Self; N], bytes: [u8; N]) {
        *places = must_cast(bytes);
    }
}

/// Writes `bytes` to `places` if that is `Some`.
#[inline(always)]
pub(super) fn store<P: Place, const N: usize>(places: Option<&mut [P; N]>, bytes: [u8; N]) {
    if let Some(places) = places {
        P::store(places, bytes);
    }
}

/// The bytes that a kernel reads, and the place for its result.
///
/// | type | destination |
/// |---|---|
/// | `&mut [u8]` | the source itself |
/// | `(&[u8], &mut [P])` | the second slice, which is as long as the first |
/// | `&[u8]` | none: the bytes are only checked, and their masking key is 0 |
pub(super) trait Bytes {
    type Place: Place;

    fn source(&self) -> &[u8];

    /// Returns the destination, which is empty if there is none.
    fn destination(&mut self) -> &mut [Self::Place];

    /// Returns the destination, or the source if there is none.
    fn result(&self) -> &[Self::Place];

    /// Copies a range of the source to the destination, and calls `xor` with the copy. Does nothing
    /// if there is no destination.
    fn unmask(&mut self, range: Range<usize>, xor: impl FnOnce(&mut [Self::Place]));

    /// Splits the source into chunks of `CHUNK` bytes, from `start` on, and skips the first and the
    /// last of them. Passes each vector of `W` bytes of the others to `xor`, and writes the result
    /// to the destination.
    ///
    /// Works on groups of `GROUP` chunks if there are more than `few`, and on single chunks for the
    /// rest. Calls one of the last two functions with each group or chunk that was written. They are
    /// two because the compiler inlines a large function only if it is called in one place.
    fn map_between<const CHUNK: usize, const GROUP: usize, const W: usize>(
        &mut self,
        start: usize,
        few: usize,
        xor: impl Fn([u8; W]) -> [u8; W],
        done_group: impl FnMut(&[[Self::Place; CHUNK]; GROUP]),
        done_one: impl FnMut(&[Self::Place; CHUNK]),
    );
}

/// Returns the chunks of `N` elements from `start` on.
#[inline(always)]
pub(super) fn chunks<T, const N: usize>(slice: &[T], start: usize) -> &[[T; N]] {
    slice.get(start..).unwrap_or_default().as_chunks().0
}

#[inline(always)]
pub(super) fn chunks_mut<T, const N: usize>(slice: &mut [T], start: usize) -> &mut [[T; N]] {
    slice.get_mut(start..).unwrap_or_default().as_chunks_mut().0
}

/// Splits the slice into groups and the elements left over, which are all if there are at most
/// `few`.
#[inline(always)]
fn groups<T, const GROUP: usize>(slice: &[T], few: usize) -> (&[[T; GROUP]], &[T]) {
    if slice.len() > few { slice.as_chunks() } else { (&[], slice) }
}

#[inline(always)]
fn groups_mut<T, const GROUP: usize>(slice: &mut [T], few: usize) -> (&mut [[T; GROUP]], &mut [T]) {
    if slice.len() > few { slice.as_chunks_mut() } else { (&mut [], slice) }
}

impl Bytes for &mut [u8] {
    type Place = u8;

    #[inline(always)]
    fn source(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn destination(&mut self) -> &mut [u8] {
        self
    }

    #[inline(always)]
    fn result(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn unmask(&mut self, range: Range<usize>, xor: impl FnOnce(&mut [u8])) {
        xor(self.get_mut(range).unwrap_or_default());
    }

    #[inline(always)]
    fn map_between<const CHUNK: usize, const GROUP: usize, const W: usize>(
        &mut self,
        start: usize,
        few: usize,
        xor: impl Fn([u8; W]) -> [u8; W],
        mut done_group: impl FnMut(&[[u8; CHUNK]; GROUP]),
        mut done_one: impl FnMut(&[u8; CHUNK]),
    ) {
        let [_, between @ .., _] = chunks_mut::<_, CHUNK>(self, start) else { return };
        let (groups, rest) = groups_mut::<_, GROUP>(between, few);
        for group in groups {
            // Each vector is stored before the next is loaded: a fifth faster than two at a time.
            for vector in group.as_flattened_mut().as_chunks_mut().0 {
                *vector = xor(*vector);
            }
            done_group(group);
        }
        for chunk in rest {
            for vector in chunk.as_chunks_mut().0 {
                *vector = xor(*vector);
            }
            done_one(chunk);
        }
    }
}

impl<P: Place> Bytes for (&[u8], &mut [P]) {
    type Place = P;

    #[inline(always)]
    fn source(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn destination(&mut self) -> &mut [P] {
        self.1
    }

    #[inline(always)]
    fn result(&self) -> &[P] {
        self.1
    }

    #[inline(always)]
    fn unmask(&mut self, range: Range<usize>, xor: impl FnOnce(&mut [P])) {
        let source = self.0.get(range.clone()).unwrap_or_default();
        let destination = self.1.get_mut(range).unwrap_or_default();
        for (place, byte) in destination.iter_mut().zip(source) {
            P::store(array::from_mut(place), [*byte]);
        }
        xor(destination);
    }

    #[inline(always)]
    fn map_between<const CHUNK: usize, const GROUP: usize, const W: usize>(
        &mut self,
        start: usize,
        few: usize,
        xor: impl Fn([u8; W]) -> [u8; W],
        mut done_group: impl FnMut(&[[P; CHUNK]; GROUP]),
        mut done_one: impl FnMut(&[P; CHUNK]),
    ) {
        let [_, source @ .., _] = chunks::<_, CHUNK>(self.0, start) else { return };
        let [_, destination @ .., _] = chunks_mut::<_, CHUNK>(self.1, start) else { return };
        let (groups, rest) = groups::<_, GROUP>(source, few);
        let (to_groups, to_rest) = groups_mut::<_, GROUP>(destination, few);
        for (group, to_group) in groups.iter().zip(to_groups) {
            map_vectors(group.as_flattened(), to_group.as_flattened_mut(), &xor);
            done_group(to_group);
        }
        for (chunk, to_chunk) in rest.iter().zip(to_rest) {
            map_vectors(chunk, to_chunk, &xor);
            done_one(to_chunk);
        }
    }
}

impl Bytes for &[u8] {
    type Place = u8;

    #[inline(always)]
    fn source(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn destination(&mut self) -> &mut [u8] {
        &mut []
    }

    #[inline(always)]
    fn result(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn unmask(&mut self, _: Range<usize>, _: impl FnOnce(&mut [u8])) {}

    #[inline(always)]
    fn map_between<const CHUNK: usize, const GROUP: usize, const W: usize>(
        &mut self,
        start: usize,
        few: usize,
        _: impl Fn([u8; W]) -> [u8; W],
        done_group: impl FnMut(&[[u8; CHUNK]; GROUP]),
        done_one: impl FnMut(&[u8; CHUNK]),
    ) {
        let [_, between @ .., _] = chunks::<_, CHUNK>(self, start) else { return };
        let (groups, rest) = groups::<_, GROUP>(between, few);
        groups.iter().for_each(done_group);
        rest.iter().for_each(done_one);
    }
}

/// Writes the result of `xor` for each vector of the source.
#[inline(always)]
fn map_vectors<P: Place, const W: usize>(
    source: &[u8],
    destination: &mut [P],
    xor: impl Fn([u8; W]) -> [u8; W],
) {
    for (vector, place) in source.as_chunks().0.iter().zip(destination.as_chunks_mut().0) {
        P::store(place, xor(*vector));
    }
}
