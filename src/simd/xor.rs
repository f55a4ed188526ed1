//! The masking algorithm, written once.
//!
//! `octet[i] ^= key[i % 4]` needs no loop over single octets, because XOR from the original value
//! may be computed twice and stored twice: vectors may overlap, provided that all loads that
//! overlap come before the stores.
//!
//! ```text
//! few      0..=3    the first, the middle and the last octet
//! four V   W..=4W   vectors at 0, d, n-W-d and n-W, where d = W if n >= 2W, else 0
//! many V   2W..     a vector at 0 and one at n-W are loaded; all vectors between them, stored
//!                   at multiples of W; then the first two are stored
//! ```
//!
//! A backend chains `few`, `four` for rising vectors and `many` for its widest. What that buys:
//!
//! 1. `four` covers a factor of four in length without a branch: a server meets payload lengths
//!    that no branch predictor can learn, and a wrong guess costs more than two spare vectors.
//! 2. All stores are plain and full, so that whoever reads the payload next is served from the
//!    store buffer. Masked stores would need no overlap at all, but the loads behind them wait.
//! 3. The stores of `many` are aligned: a payload lies at any address, and a store that crosses a
//!    cache line costs two.
//!
//! The key of a vector at octet `at` is the masking key rotated by `at % 4`; as all widths are
//! multiples of 4, `n-W` and `n-W-d` share one.

use super::rotate;
use bytemuck::{Pod, must_cast};
use core::mem::MaybeUninit;

/// Octets to be masked, and where the result goes: the same place or another.
///
/// Accesses outside are impossible; a load there gives zeros and a store does nothing.
pub(super) trait Octets {
    fn len(&self) -> usize;
    /// The address that the stores should be aligned to.
    fn address(&self) -> usize;
    fn load<const W: usize>(&self, at: usize) -> Option<[u8; W]>;
    fn store<const W: usize>(&mut self, at: usize, octets: [u8; W]);
    /// Replaces all whole vectors of `W` octets between `from` and `to`.
    fn map<const W: usize>(&mut self, from: usize, to: usize, f: impl Fn([u8; W]) -> [u8; W]);
}

impl Octets for &mut [u8] {
    #[inline(always)]
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }

    #[inline(always)]
    fn address(&self) -> usize {
        self.as_ptr().addr()
    }

    #[inline(always)]
    fn load<const W: usize>(&self, at: usize) -> Option<[u8; W]> {
        self.get(at..)?.first_chunk().copied()
    }

    #[inline(always)]
    fn store<const W: usize>(&mut self, at: usize, octets: [u8; W]) {
        if let Some(place) = self.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<W>()) {
            *place = octets;
        }
    }

    #[inline(always)]
    fn map<const W: usize>(&mut self, from: usize, to: usize, f: impl Fn([u8; W]) -> [u8; W]) {
        let body = self.get_mut(from..to).unwrap_or_default();
        for octets in body.as_chunks_mut::<W>().0 {
            *octets = f(*octets);
        }
    }
}

impl Octets for (&[u8], &mut [MaybeUninit<u8>]) {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn address(&self) -> usize {
        self.1.as_ptr().addr()
    }

    #[inline(always)]
    fn load<const W: usize>(&self, at: usize) -> Option<[u8; W]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    #[inline(always)]
    fn store<const W: usize>(&mut self, at: usize, octets: [u8; W]) {
        if let Some(place) = self.1.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<W>()) {
            *place = must_cast(octets);
        }
    }

    #[inline(always)]
    fn map<const W: usize>(&mut self, from: usize, to: usize, f: impl Fn([u8; W]) -> [u8; W]) {
        let source = self.0.get(from..to).unwrap_or_default();
        let target = self.1.get_mut(from..to).unwrap_or_default();
        for (octets, place) in source.as_chunks::<W>().0.iter().zip(target.as_chunks_mut::<W>().0) {
            *place = must_cast(f(*octets));
        }
    }
}

#[inline(always)]
pub(super) fn few(octets: &mut impl Octets, key: u32) {
    let n = octets.len();
    let Some(last) = n.checked_sub(1) else { return };
    let middle = n / 2;
    let [k, l, m, _] = key.to_ne_bytes();
    let [k1, k2] = match n { 1 => [k, k], 2 => [l, l], _ => [l, m] };
    let a: Option<[u8; 1]> = octets.load(0);
    let b: Option<[u8; 1]> = octets.load(middle);
    let c: Option<[u8; 1]> = octets.load(last);
    if let (Some([a]), Some([b]), Some([c])) = (a, b, c) {
        octets.store(0, [a ^ k]);
        octets.store(middle, [b ^ k1]);
        octets.store(last, [c ^ k2]);
    }
}

#[inline(always)]
pub(super) fn four<const W: usize, V: Pod>(
    octets: &mut impl Octets,
    key: u32,
    splat: impl Fn(u32) -> V,
    xor: impl Fn(V, V) -> V,
) {
    let n = octets.len();
    let (near, far) = (splat(key), splat(rotate(key, n % 4)));
    let step = if n >= 2 * W { W } else { 0 };
    let last = n.wrapping_sub(W);
    let x = |v: [u8; W], key: V| -> [u8; W] { must_cast(xor(must_cast(v), key)) };
    let (a, b, c, d) = (octets.load(0), octets.load(step), octets.load(last.wrapping_sub(step)), octets.load(last));
    if let (Some(a), Some(b), Some(c), Some(d)) = (a, b, c, d) {
        octets.store(0, x(a, near));
        octets.store(step, x(b, near));
        octets.store(last.wrapping_sub(step), x(c, far));
        octets.store(last, x(d, far));
    }
}

#[inline(always)]
pub(super) fn many<const W: usize, V: Pod>(
    octets: &mut impl Octets,
    key: u32,
    splat: impl Fn(u32) -> V,
    xor: impl Fn(V, V) -> V,
) {
    let n = octets.len();
    let last = n.wrapping_sub(W);
    let start = W.wrapping_sub(octets.address() % W);
    let x = |v: [u8; W], key: V| -> [u8; W] { must_cast(xor(must_cast(v), key)) };
    if let (Some(a), Some(z)) = (octets.load(0), octets.load(last)) {
        let near = splat(key);
        let body = splat(rotate(key, start % 4));
        let far = splat(rotate(key, n % 4));
        octets.map(start, n, |v| x(v, body));
        octets.store(0, x(a, near));
        octets.store(last, x(z, far));
    }
}
