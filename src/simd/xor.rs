//! The masking algorithm, written once: `octet[i] ^= key[i % 4]` without a loop over octets.
//!
//! ```text
//! short  (n in 0..16):    for W in 8, 4, 2, 1: if n has bit W, mask the next W octets,
//!                         else mask W octets of scratch memory
//! two    (n in 16..=32):  a vector of 16 from the start and one from the end, which overlap
//! four   (n in 33..=128): two vectors of 32 from the start and two from the end, which overlap
//! long   (n > 128):       load the first 64 octets and the last 64;
//!                         mask all aligned blocks of 64 octets between them, in place;
//!                         mask the two that were loaded, store them over what they overlap
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
//! 3. Vectors may overlap, because XOR from the original octets may be stored twice: all loads
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

use bytemuck::{Pod, must_cast};
use core::hint::black_box;

/// Up to here `short` serves.
pub(super) const SHORT_MAX: usize = 15;
/// Up to here `two` vectors of 16 serve.
pub(super) const TWO_MAX: usize = 32;
/// Up to here `four` vectors of 32 serve.
pub(super) const FOUR_MAX: usize = 128;
const BLOCK: usize = 64;
/// Up to so many blocks are masked in a loop that is not unrolled (`black_box(())` sees to that):
/// its end is what a branch predictor guesses wrong, and an unrolled loop has two.
const FEW_BLOCKS: usize = 16;

/// The part of the key that octet `by` of a payload and those behind it meet.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "it is less than 4")]
pub(crate) const fn rotate(key: u32, by: usize) -> u32 {
    let bits = ((by % 4) as u32).wrapping_mul(8);
    if cfg!(target_endian = "little") { key.rotate_right(bits) } else { key.rotate_left(bits) }
}

/// The function that XORs `W` octets with a vector that holds the key.
#[inline(always)]
pub(super) fn with<const W: usize, V: Pod>(
    key: V,
    xor: impl Fn(V, V) -> V,
) -> impl Fn([u8; W]) -> [u8; W] {
    move |octets| must_cast(xor(must_cast(octets), key))
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

/// Masks up to [`SHORT_MAX`] octets.
#[inline(always)]
pub(super) fn short(payload: &mut [u8], key: u32) {
    let [a, b, c, _] = key.to_ne_bytes();
    let odd = if payload.len() & 2 == 0 { a } else { c };
    // Each piece has its own: a load waits for an earlier store of another size.
    let mut scratch = [0; 16];
    if let Some((eight, rest)) = scratch.split_first_chunk_mut()
        && let Some((four, rest)) = rest.split_first_chunk_mut()
        && let Some((two, rest)) = rest.split_first_chunk_mut()
        && let Some(one) = rest.first_chunk_mut()
    {
        let rest = piece::<8>(payload, eight, with(twice_key(key), |a, b| a ^ b));
        let rest = piece::<4>(rest, four, with(key, |a, b| a ^ b));
        let rest = piece::<2>(rest, two, with([a, b], twice(|a, b| a ^ b)));
        piece::<1>(rest, one, |[octet]| [octet ^ odd]);
    }
    // Without this the compiler sees that scratch is never read, and jumps.
    black_box(&mut scratch);
}

/// Where the length has bit `W`, replaces the first `W` octets, else those of `scratch`. Gives the
/// octets behind them.
#[inline(always)]
fn piece<'a, const W: usize>(
    payload: &'a mut [u8],
    scratch: &mut [u8; W],
    xor: impl Fn([u8; W]) -> [u8; W],
) -> &'a mut [u8] {
    let bit = payload.len() & W;
    let Some((piece, rest)) = payload.split_at_mut_checked(bit) else { return Default::default() };
    let place = match piece.first_chunk_mut() {
        Some(place) => place,
        None => scratch,
    };
    *place = xor(*place);
    rest
}

/// Masks `W` to `2 * W` octets.
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

/// Masks `W` to `4 * W` octets; below `2 * W` each of two vectors is stored twice.
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
fn set<const W: usize>(place: Option<&mut [u8; W]>, octets: [u8; W]) {
    if let Some(place) = place {
        *place = octets;
    }
}

/// Masks more than [`FOUR_MAX`] octets.
#[inline(always)]
pub(super) fn long<F: Fn([u8; BLOCK]) -> [u8; BLOCK]>(
    payload: &mut [u8],
    key: u32,
    xor_64: impl Fn(u32) -> F,
) {
    let start = BLOCK.wrapping_sub(payload.as_ptr().addr() % BLOCK);
    if let (Some(a), Some(b)) = (payload.first_chunk().copied(), payload.last_chunk().copied()) {
        let xor = xor_64(rotate(key, start));
        let (blocks, _) = payload.get_mut(start..).unwrap_or_default().as_chunks_mut();
        if blocks.len() > FEW_BLOCKS {
            blocks.iter_mut().for_each(|block| *block = xor(*block));
        } else {
            for block in blocks {
                *block = xor(*block);
                black_box(());
            }
        }
        let end_key = rotate(key, payload.len());
        set(payload.first_chunk_mut(), xor_64(key)(a));
        set(payload.last_chunk_mut(), xor_64(end_key)(b));
    }
}

/// More than [`TWO_MAX`] octets, with vectors of 16 alone.
#[inline(always)]
pub(super) fn wide_by_16<V: Pod>(
    payload: &mut [u8],
    key: u32,
    splat: impl Fn(u32) -> V,
    xor: impl Fn(V, V) -> V + Copy,
) {
    if payload.len() > FOUR_MAX {
        long(payload, key, |key| with([[splat(key); 2]; 2], twice(twice(xor))));
    } else {
        four(payload, key, |key| with::<32, _>([splat(key); 2], twice(xor)));
    }
}
