//! The bytes that a kernel reads, and the memory that it writes its result to.

use bytemuck::must_cast;
use core::array;
use core::mem::MaybeUninit;
use core::ops::Range;

/// A byte of the destination, which may be uninitialised.
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

/// Writes `bytes` to `places`, or does nothing if there are none.
#[inline(always)]
pub(super) fn store<P: Place, const N: usize>(places: Option<&mut [P; N]>, bytes: [u8; N]) {
    if let Some(places) = places {
        P::store(places, bytes);
    }
}

/// The source and the destination of a kernel.
///
/// | implementer | where the result goes |
/// |---|---|
/// | `&mut [u8]` | to the same place |
/// | `(&[u8], &mut [P])` | to the second slice, which is as long as the first |
/// | `&[u8]` | nowhere: the bytes are only checked, and their masking key is 0 |
pub(super) trait Bytes {
    type Place: Place;

    fn source(&self) -> &[u8];

    /// Where the result goes. Empty if it goes nowhere.
    fn destination(&mut self) -> &mut [Self::Place];

    /// The destination, to read what has been written to it; the source if there is none.
    fn result(&self) -> &[Self::Place];

    /// Copies the range to the destination, and calls `xor` with the copy.
    fn unmask(&mut self, range: Range<usize>, xor: impl FnOnce(&mut [Self::Place]));

    /// Writes the result of `xor` for each vector of `W` bytes in the range, a group of `GROUP`
    /// bytes at a time, and calls `done` with each group written. Bytes at the end that do not
    /// fill a group are left alone.
    fn map_groups<const W: usize, const GROUP: usize>(
        &mut self,
        range: Range<usize>,
        xor: impl Fn([u8; W]) -> [u8; W],
        done: impl FnMut(&[Self::Place; GROUP]),
    );
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
    fn map_groups<const W: usize, const GROUP: usize>(
        &mut self,
        range: Range<usize>,
        xor: impl Fn([u8; W]) -> [u8; W],
        mut done: impl FnMut(&[u8; GROUP]),
    ) {
        for group in self.get_mut(range).unwrap_or_default().as_chunks_mut::<GROUP>().0 {
            // Each vector is stored before the next is loaded: a fifth faster than in pairs.
            for vector in group.as_chunks_mut().0 {
                *vector = xor(*vector);
            }
            done(group);
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
    fn map_groups<const W: usize, const GROUP: usize>(
        &mut self,
        range: Range<usize>,
        xor: impl Fn([u8; W]) -> [u8; W],
        mut done: impl FnMut(&[P; GROUP]),
    ) {
        let source = self.0.get(range.clone()).unwrap_or_default().as_chunks::<GROUP>().0;
        let destination = self.1.get_mut(range).unwrap_or_default().as_chunks_mut::<GROUP>().0;
        for (group, places) in source.iter().zip(destination) {
            for (vector, place) in group.as_chunks().0.iter().zip(places.as_chunks_mut().0) {
                P::store(place, xor(*vector));
            }
            done(places);
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
    fn map_groups<const W: usize, const GROUP: usize>(
        &mut self,
        range: Range<usize>,
        _: impl Fn([u8; W]) -> [u8; W],
        done: impl FnMut(&[u8; GROUP]),
    ) {
        self.get(range).unwrap_or_default().as_chunks().0.iter().for_each(done);
    }
}
