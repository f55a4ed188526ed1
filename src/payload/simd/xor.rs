//! The masking algorithm, written once: `byte[i] ^= key[i % 4]` without a loop over bytes.
//!
//! ```text
//! short  (n in 0..16):    for W in 8, 4, 2, 1: if n has bit W, mask the next W bytes,
//!                         else mask W bytes of scratch memory
//! two    (n in 16..=32):  a vector of 16 from the start and one from the end, which overlap
//! four   (n in 33..=128): two vectors of 32 from the start and two from the end, which overlap
//! long   (n > 128):       the first 64 bytes and the last 64, which overlap the first and the
//!                         last of the aligned blocks of 64; then the blocks between
//! ```
//!
//! What that buys, the most valuable first:
//!
//! 1. Few jumps. A server meets lengths that no branch predictor can learn, and one wrong guess
//!    costs more than a whole short payload. So `short` does the same for each length (its "if"
//!    chooses an address), and the others do so for as many lengths as pays.
//! 2. All stores are plain and full, so that whoever reads the payload next is served from the
//!    store buffer. One masked store of AVX-512 would do for a whole short payload, but the loads
//!    behind it, the next header's included, wait until it has retired.
//! 3. Vectors may overlap, because XOR from the original bytes may be stored twice: all loads
//!    come before the stores. So no length has a rest. `short` does not overlap, as its loads are
//!    the likeliest to meet stores that are still in the buffer.
//! 4. `long` stores at multiples of 64: a payload lies at any address, and a store that crosses a
//!    cache line costs two.
//!
//! The key of a vector is the masking key rotated by the vector's offset; as all widths but 1 and
//! 2 are multiples of 4, all vectors counted from the end share one.
//!
//! An instruction set supplies functions that XOR vectors with a key. They are closures made
//! inside of a `#[target_feature]` function, because there its intrinsics may be called without
//! `unsafe`; what takes them is `#[inline(always)]`, to be compiled for the same features.

use bytemuck::{AnyBitPattern, Pod, must_cast};
use core::hint::black_box;
use core::mem::MaybeUninit;

/// Up to here `short` serves.
pub(super) const SHORT_MAX: usize = 15;
/// Up to here `two` vectors of 16 serve.
pub(super) const TWO_MAX: usize = 32;
/// Up to here `four` vectors of 32 serve.
pub(super) const FOUR_MAX: usize = 128;
pub(super) const BLOCK: usize = 64;
/// Up to so many blocks are masked in a loop that is not unrolled (`black_box(())` sees to that):
/// its end is what a branch predictor guesses wrong, and an unrolled loop has two.
const FEW_BLOCKS: usize = 16;
/// So many blocks at a time where there are more; by vectors, load and store in turn, which is a
/// fifth faster than pairs of each.
const UNROLLED: usize = 4;

/// The part of the key that byte `by` of a payload and those behind it meet.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "it is less than 4")]
pub(crate) const fn rotate(key: u32, by: usize) -> u32 {
    let bits = ((by % 4) as u32).wrapping_mul(8);
    if cfg!(target_endian = "little") { key.rotate_right(bits) } else { key.rotate_left(bits) }
}

/// The function that XORs `W` bytes with a vector that holds the key.
#[inline(always)]
pub(super) fn with<const W: usize, V: Pod>(
    key: V,
    xor: impl Fn(V, V) -> V,
) -> impl Fn([u8; W]) -> [u8; W] {
    move |bytes| must_cast(xor(must_cast(bytes), key))
}

/// The function for two vectors, made of that for one.
#[inline(always)]
pub(super) fn twice<V: Pod>(
    xor: impl Fn(V, V) -> V + Copy,
) -> impl Fn([V; 2], [V; 2]) -> [V; 2] + Copy {
    move |[a, b], [c, d]| [xor(a, c), xor(b, d)]
}

/// The key, twice.
#[inline(always)]
pub(super) fn twice_key(key: u32) -> u64 {
    must_cast([key; 2])
}

/// Masks up to [`SHORT_MAX`] bytes. Gives the OR of all that they are then, in any places.
#[inline(always)]
pub(super) fn short(payload: &mut [u8], key: u32) -> u64 {
    let [a, b, c, _] = key.to_ne_bytes();
    let odd = if payload.len() & 2 == 0 { a } else { c };
    // Each piece has its own: a load waits for an earlier store of another size.
    let mut scratch = [0; 16];
    let mut all = 0;
    if let Some((eight, rest)) = scratch.split_first_chunk_mut()
        && let Some((four, rest)) = rest.split_first_chunk_mut()
        && let Some((two, rest)) = rest.split_first_chunk_mut()
        && let Some(one) = rest.first_chunk_mut()
    {
        let (eight, rest) = piece(payload, eight, with(twice_key(key), |a, b| a ^ b));
        let (four, rest) = piece(rest, four, with(key, |a, b| a ^ b));
        let (two, rest) = piece(rest, two, with([a, b], twice(|a, b| a ^ b)));
        let ([one], _) = piece(rest, one, |[byte]| [byte ^ odd]);
        all = u64::from_ne_bytes(eight)
            | u64::from(u32::from_ne_bytes(four))
            | u64::from(u16::from_ne_bytes(two))
            | u64::from(one);
    }
    // Without this the compiler sees that scratch is never read, and jumps.
    black_box(&mut scratch);
    all
}

/// Where the length has bit `W`, replaces the first `W` bytes, else those of `scratch`. Gives what
/// it made of the payload, else zeros, and the bytes behind.
#[inline(always)]
fn piece<'a, const W: usize>(
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

/// Masks `W` to `2 * W` bytes.
#[inline(always)]
pub(super) fn two<const W: usize, F: Fn([u8; W]) -> [u8; W]>(
    payload: &mut [u8],
    key: u32,
    xor: impl Fn(u32) -> F,
) {
    if let (Some(a), Some(b)) = (payload.first_chunk().copied(), payload.last_chunk().copied()) {
        let end_key = rotate(key, payload.len());
        set(payload.first_chunk_mut(), xor(key)(a));
        set(payload.last_chunk_mut(), xor(end_key)(b));
    }
}

/// Masks `W` to `4 * W` bytes; below `2 * W` each of two vectors is stored twice.
#[inline(always)]
pub(super) fn four<const W: usize, F: Fn([u8; W]) -> [u8; W]>(
    payload: &mut [u8],
    key: u32,
    xor: impl Fn(u32) -> F,
) {
    let step = if payload.len() < W.wrapping_mul(2) { 0 } else { W };
    let until = payload.len().wrapping_sub(step);
    if let Some(a) = payload.first_chunk().copied()
        && let Some(b) = payload.get(step..).and_then(|rest| rest.first_chunk()).copied()
        && let Some(c) = payload.get(..until).and_then(|rest| rest.last_chunk()).copied()
        && let Some(d) = payload.last_chunk().copied()
    {
        let (xor, xor_end) = (xor(key), xor(rotate(key, payload.len())));
        set(payload.first_chunk_mut(), xor(a));
        set(payload.get_mut(step..).and_then(|rest| rest.first_chunk_mut()), xor(b));
        set(payload.get_mut(..until).and_then(|rest| rest.last_chunk_mut()), xor_end(c));
        set(payload.last_chunk_mut(), xor_end(d));
    }
}

#[inline(always)]
pub(super) fn set<T, const W: usize>(place: Option<&mut [T; W]>, bytes: [T; W]) {
    if let Some(place) = place {
        *place = bytes;
    }
}

/// What [`long`] masks, and where the result goes: to the same place, or to another.
pub(super) trait Bytes {
    type Place: Copy;

    fn from(&self) -> &[u8];
    /// As long as `from`.
    fn to(&mut self) -> &mut [Self::Place];
    /// The blocks that begin at `start`, each with its place, but for the first and the last: few
    /// of them as blocks, many as vectors of `W` bytes.
    fn map_between<const W: usize>(
        &mut self,
        start: usize,
        xor_block: impl Fn([u8; BLOCK]) -> [u8; BLOCK],
        xor_vector: impl Fn([u8; W]) -> [u8; W],
    );
}

impl Bytes for &mut [u8] {
    type Place = u8;

    #[inline(always)]
    fn from(&self) -> &[u8] {
        self
    }

    #[inline(always)]
    fn to(&mut self) -> &mut [u8] {
        self
    }

    #[inline(always)]
    fn map_between<const W: usize>(
        &mut self,
        start: usize,
        xor_block: impl Fn([u8; BLOCK]) -> [u8; BLOCK],
        xor_vector: impl Fn([u8; W]) -> [u8; W],
    ) {
        let [_, between @ .., _] = blocks_mut(self, start) else { return };
        let (many, few) = between.split_at_mut_checked(many(between.len())).unwrap_or_default();
        for blocks in many.as_chunks_mut::<UNROLLED>().0 {
            let vectors = blocks.as_flattened_mut().as_chunks_mut().0;
            vectors.iter_mut().for_each(|vector| *vector = xor_vector(*vector));
        }
        one_by_one(few.iter_mut(), |block| *block = xor_block(*block));
    }
}

impl Bytes for (&[u8], &mut [MaybeUninit<u8>]) {
    type Place = MaybeUninit<u8>;

    #[inline(always)]
    fn from(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn to(&mut self) -> &mut [MaybeUninit<u8>] {
        self.1
    }

    #[inline(always)]
    fn map_between<const W: usize>(
        &mut self,
        start: usize,
        xor_block: impl Fn([u8; BLOCK]) -> [u8; BLOCK],
        xor_vector: impl Fn([u8; W]) -> [u8; W],
    ) {
        let [_, from @ .., _] = blocks(self.0, start) else { return };
        let [_, to @ .., _] = blocks_mut(self.1, start) else { return };
        let (many_from, from) = from.split_at_checked(many(from.len())).unwrap_or_default();
        let (many_to, to) = to.split_at_mut_checked(many_from.len()).unwrap_or_default();
        let many_from = many_from.as_chunks::<UNROLLED>().0;
        for (from, to) in many_from.iter().zip(many_to.as_chunks_mut::<UNROLLED>().0) {
            let from = from.as_flattened().as_chunks().0;
            let to = to.as_flattened_mut().as_chunks_mut::<W>().0;
            from.iter().zip(to).for_each(|(vector, to)| *to = must_cast(xor_vector(*vector)));
        }
        one_by_one(from.iter().zip(to), |(block, to)| *to = must_cast(xor_block(*block)));
    }
}

#[inline(always)]
fn blocks(bytes: &[u8], start: usize) -> &[[u8; BLOCK]] {
    bytes.get(start..).unwrap_or_default().as_chunks().0
}

#[inline(always)]
fn blocks_mut<T>(places: &mut [T], start: usize) -> &mut [[T; BLOCK]] {
    places.get_mut(start..).unwrap_or_default().as_chunks_mut().0
}

/// How many of so many blocks are masked by the unrolled loop.
#[inline(always)]
const fn many(blocks: usize) -> usize {
    if blocks > FEW_BLOCKS { blocks & !(UNROLLED - 1) } else { 0 }
}

/// In a loop that is not unrolled.
#[inline(always)]
fn one_by_one<T>(blocks: impl Iterator<Item = T>, f: impl Fn(T)) {
    for block in blocks {
        f(block);
        black_box(());
    }
}

/// Masks more than [`FOUR_MAX`] bytes.
#[inline(always)]
pub(super) fn long<const W: usize, O, F, G>(
    mut bytes: O,
    key: u32,
    xor_64: impl Fn(u32) -> F,
    xor_vector: impl Fn(u32) -> G,
) where
    O: Bytes,
    F: Fn([u8; BLOCK]) -> [u8; BLOCK],
    G: Fn([u8; W]) -> [u8; W],
    [O::Place; BLOCK]: AnyBitPattern,
{
    let start = BLOCK.wrapping_sub(bytes.to().as_ptr().addr() % BLOCK);
    let key_of_blocks = rotate(key, start);
    let xor = xor_64(key_of_blocks);
    let (xor_start, xor_end) = (xor_64(key), xor_64(rotate(key, bytes.from().len())));
    let from = bytes.from();
    if let (Some(a), Some(d)) = (from.first_chunk().copied(), from.last_chunk().copied())
        && let [b, ..] = *blocks(from, start)
        && let [.., c] = *blocks(from, start)
    {
        // The ends first, and over them the blocks that they overlap. Whoever masks the same
        // place again soon then finds these stores retired, not the newest.
        set(bytes.to().first_chunk_mut(), must_cast(xor_start(a)));
        set(bytes.to().last_chunk_mut(), must_cast(xor_end(d)));
        set(blocks_mut(bytes.to(), start).first_mut(), must_cast(xor(b)));
        set(blocks_mut(bytes.to(), start).last_mut(), must_cast(xor(c)));
        bytes.map_between(start, xor, xor_vector(key_of_blocks));
    }
}

/// [`four`] with vectors of 16.
#[inline(always)]
pub(super) fn four_by_16<V: Pod>(
    payload: &mut [u8],
    key: u32,
    splat: impl Fn(u32) -> V,
    xor: impl Fn(V, V) -> V + Copy,
) {
    four::<32, _>(payload, key, |key| with([splat(key); 2], twice(xor)));
}

/// [`long`] with vectors of 16.
#[inline(always)]
pub(super) fn long_by_16<V: Pod, O: Bytes>(
    bytes: O,
    key: u32,
    splat: impl Fn(u32) -> V,
    xor: impl Fn(V, V) -> V + Copy,
) where
    [O::Place; BLOCK]: AnyBitPattern,
{
    let xor_64 = |key| with([[splat(key); 2]; 2], twice(twice(xor)));
    long::<16, _, _, _>(bytes, key, xor_64, |key| with(splat(key), xor));
}

/// Masks up to [`FOUR_MAX`] bytes with vectors of 16.
#[inline(always)]
pub(super) fn brief_by_16<V: Pod>(
    payload: &mut [u8],
    key: u32,
    splat: impl Fn(u32) -> V,
    xor: impl Fn(V, V) -> V + Copy,
) {
    if payload.len() > TWO_MAX {
        four_by_16(payload, key, splat, xor);
    } else if payload.len() > SHORT_MAX {
        two::<16, _>(payload, key, |key| with(splat(key), xor));
    } else {
        short(payload, key);
    }
}
