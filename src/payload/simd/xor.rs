//! The masking algorithm: `byte[i] ^= key[i % 4]`, without a loop over bytes.
//!
//! ```text
//! short  (n in 0..16):    for W in 8, 4, 2, 1: if n has bit W, mask the next W bytes,
//!                         else mask W bytes of scratch memory
//! two    (n in 16..=32):  16 bytes from the start and 16 from the end, which overlap
//! four   (n in 33..=128): twice 32 bytes from the start and twice 32 from the end, which overlap
//! long   (n > 128):       the first 64 bytes and the last 64, which overlap the first and the
//!                         last of the aligned blocks of 64; then the blocks between them
//! ```
//!
//! The reasons, in order of importance:
//!
//! 1. There are few branches. Servers receive lengths that no branch predictor can learn, and one
//!    misprediction costs more than masking a short payload. So `short` runs the same instructions
//!    for every length (its "if" selects an address), and the others do so for a range of lengths.
//! 2. All stores are plain and full, so that the store buffer can serve the loads that follow. A
//!    masked store of AVX-512 could write a whole short payload, but the loads after it, such as
//!    that of the next header, would wait until it retires.
//! 3. Vectors overlap, so that no length leaves a remainder. All loads come before the stores:
//!    a byte that is stored twice is computed from the original both times. `short` does not
//!    overlap, because its loads are the most likely to meet stores still in the buffer.
//! 4. `long` stores at multiples of 64. A payload can start at any address, and a store that
//!    crosses a cache line costs two.
//!
//! The key of a vector is the masking key rotated by the vector's offset. All widths but 1 and 2
//! are multiples of 4, so all vectors counted from the end share one key.

use super::bytes::{Bytes, chunks, chunks_mut, store};
use super::vectors::{Kernel, Vectors};
use bytemuck::{Pod, must_cast};
use core::hint::black_box;

/// The longest payload for `short`.
pub(super) const SHORT_MAX: usize = 15;
/// The longest payload for `two`.
pub(super) const TWO_MAX: usize = 32;
/// The longest payload for `four`.
pub(super) const FOUR_MAX: usize = 128;
/// A cache line.
const BLOCK: usize = 64;
/// Up to this number of blocks, the loop is not unrolled. The branch at the end of a loop is
/// mispredicted, and an unrolled loop has two ends.
const FEW_BLOCKS: usize = 16;
/// The number of blocks that each round of the unrolled loop masks.
const UNROLLED: usize = 4;

/// Returns the masking key as it applies from byte `by` of the payload on.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "it is less than 4")]
pub(crate) const fn rotate(key: u32, by: usize) -> u32 {
    let bits = ((by % 4) as u32).wrapping_mul(8);
    if cfg!(target_endian = "little") { key.rotate_right(bits) } else { key.rotate_left(bits) }
}

/// Masks up to [`SHORT_MAX`] bytes. Returns the OR of the masked bytes, each in some place of the word.
#[inline(always)]
pub(super) fn short(payload: &mut [u8], key: u32) -> u64 {
    let [a, b, c, _] = key.to_ne_bytes();
    let odd = if payload.len() & 2 == 0 { a } else { c };
    // Each piece has scratch memory of its own: a load waits for an earlier store of another size.
    let mut scratch = [0; 16];
    let mut all = 0;
    if let Some((eight, rest)) = scratch.split_first_chunk_mut()
        && let Some((four, rest)) = rest.split_first_chunk_mut()
        && let Some((two, rest)) = rest.split_first_chunk_mut()
        && let Some(one) = rest.first_chunk_mut()
    {
        let twice = must_cast::<_, u64>([key; 2]);
        let (eight, rest) =
            mask_piece(payload, eight, |eight| must_cast(u64::from_ne_bytes(eight) ^ twice));
        let (four, rest) = mask_piece(rest, four, |four| must_cast(u32::from_ne_bytes(four) ^ key));
        let (two, rest) = mask_piece(rest, two, |two| {
            must_cast(u16::from_ne_bytes(two) ^ u16::from_ne_bytes([a, b]))
        });
        let ([one], _) = mask_piece(rest, one, |[byte]| [byte ^ odd]);
        all = u64::from_ne_bytes(eight)
            | u64::from(u32::from_ne_bytes(four))
            | u64::from(u16::from_ne_bytes(two))
            | u64::from(one);
    }
    // Without this, the compiler sees that the scratch memory is never read, and inserts branches.
    black_box(&mut scratch);
    all
}

/// Masks the first `W` bytes if the length has bit `W`, else `scratch`. Returns the masked bytes of
/// the payload, or zeros, and the rest of the payload.
#[inline(always)]
fn mask_piece<'a, const W: usize>(
    payload: &'a mut [u8],
    scratch: &mut [u8; W],
    xor: impl Fn([u8; W]) -> [u8; W],
) -> ([u8; W], &'a mut [u8]) {
    let bit = payload.len() & W;
    let (piece, rest) = payload.split_at_mut_checked(bit).unwrap_or_default();
    let place = match piece.first_chunk_mut() {
        Some(place) => place,
        None => scratch,
    };
    *place = xor(*place);
    (if bit == 0 { [0; W] } else { *place }, rest)
}

impl<const W: usize, V: Pod> Vectors<W, V> {
    /// Returns a function that masks `N` bytes, which are a multiple of `W`.
    #[inline(always)]
    fn mask<const N: usize>(self, key: u32) -> impl Fn([u8; N]) -> [u8; N] {
        let key = (self.splat)(key);
        move |mut bytes| {
            for vector in bytes.as_chunks_mut::<W>().0 {
                *vector = must_cast((self.xor)(must_cast(*vector), key));
            }
            bytes
        }
    }

    /// Masks 16 to 32 bytes.
    #[inline(always)]
    pub(super) fn two(self, payload: &mut [u8], key: u32) {
        if let (Some(a), Some(b)) = (payload.first_chunk().copied(), payload.last_chunk().copied())
        {
            let end_key = rotate(key, payload.len());
            store(payload.first_chunk_mut(), self.mask::<16>(key)(a));
            store(payload.last_chunk_mut(), self.mask::<16>(end_key)(b));
        }
    }

    /// Masks 33 to 128 bytes. Below 64, both pieces at the start are the same, and both at the end.
    #[inline(always)]
    pub(super) fn four(self, payload: &mut [u8], key: u32) {
        let step = if payload.len() < 64 { 0 } else { 32 };
        let until = payload.len().wrapping_sub(step);
        if let Some(a) = payload.first_chunk().copied()
            && let Some(b) = payload.get(step..).and_then(|rest| rest.first_chunk()).copied()
            && let Some(c) = payload.get(..until).and_then(|rest| rest.last_chunk()).copied()
            && let Some(d) = payload.last_chunk().copied()
        {
            let (mask, mask_end) =
                (self.mask::<32>(key), self.mask::<32>(rotate(key, payload.len())));
            store(payload.first_chunk_mut(), mask(a));
            store(payload.get_mut(step..).and_then(|rest| rest.first_chunk_mut()), mask(b));
            store(payload.get_mut(..until).and_then(|rest| rest.last_chunk_mut()), mask_end(c));
            store(payload.last_chunk_mut(), mask_end(d));
        }
    }

    /// Masks more than [`FOUR_MAX`] bytes.
    #[inline(always)]
    fn long(self, mut bytes: impl Bytes, key: u32) {
        // From 1 to 64, so that the first 64 bytes reach the first aligned block.
        let start = BLOCK.wrapping_sub(bytes.result().as_ptr().addr() % BLOCK);
        let source = bytes.source();
        let (Some(a), Some(d)) = (source.first_chunk::<BLOCK>(), source.last_chunk::<BLOCK>())
        else {
            return;
        };
        let blocks = chunks::<_, BLOCK>(source, start);
        let ([b, ..], [.., c]) = (blocks, blocks) else { return };

        let aligned_key = rotate(key, start);
        let mask = self.mask(aligned_key);
        let (a, d) = (self.mask(key)(*a), self.mask(rotate(key, source.len()))(*d));
        let (b, c) = (mask(*b), mask(*c));
        // The ends come before the blocks between them: if the same payload is masked again soon,
        // the stores that its first loads meet have retired.
        let destination = bytes.destination();
        store(destination.first_chunk_mut(), a);
        store(destination.last_chunk_mut(), d);
        store(chunks_mut(destination, start).first_mut(), b);
        store(chunks_mut(destination, start).last_mut(), c);
        bytes.map_between::<BLOCK, UNROLLED, W>(
            start,
            FEW_BLOCKS,
            self.mask::<W>(aligned_key),
            |_| (),
            // Keeps the compiler from unrolling the loop over single blocks.
            |_| black_box(()),
        );
    }
}

/// Masks 16 to 32 bytes.
pub(super) struct Two;

impl Kernel<&mut [u8]> for Two {
    type Output = ();
    type Long = Self;

    #[inline(always)]
    fn run<N: Pod, const W: usize, V: Pod>(
        narrow: Vectors<16, N>,
        _: Vectors<W, V>,
        payload: &mut [u8],
        key: u32,
    ) {
        narrow.two(payload, key);
    }
}

/// Masks 33 to 128 bytes.
pub(super) struct Four;

impl Kernel<&mut [u8]> for Four {
    type Output = ();
    type Long = Self;

    #[inline(always)]
    fn run<N: Pod, const W: usize, V: Pod>(
        _: Vectors<16, N>,
        wide: Vectors<W, V>,
        payload: &mut [u8],
        key: u32,
    ) {
        wide.four(payload, key);
    }
}

/// Masks more than 128 bytes.
pub(super) struct Long;

impl<B: Bytes> Kernel<B> for Long {
    type Output = ();
    type Long = Self;

    #[inline(always)]
    fn run<N: Pod, const W: usize, V: Pod>(
        _: Vectors<16, N>,
        wide: Vectors<W, V>,
        bytes: B,
        key: u32,
    ) {
        wide.long(bytes, key);
    }
}
