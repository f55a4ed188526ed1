//! What the kernels require of an instruction set.

use bytemuck::Pod;

/// The operations of an instruction set on its vectors of `W` bytes.
///
/// These are function pointers, not methods of a trait: a closure inside a `#[target_feature]`
/// function may call the intrinsics of that feature without `unsafe`, but a method of a trait may
/// not. Every kernel is inlined into such a function. There the compiler knows what each pointer
/// points to, and inlines that, too.
#[derive(Clone, Copy)]
pub(super) struct Vectors<const W: usize, V> {
    /// Returns a vector that repeats the word.
    pub(super) splat: fn(u32) -> V,
    pub(super) xor: fn(V, V) -> V,
    /// `None` if no instruction looks up 16 bytes at once.
    pub(super) text: Option<TextOperations<V>>,
}

/// The operations that only the check of text needs.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "not every architecture can look up 16 bytes at once")]
pub(super) struct TextOperations<V> {
    pub(super) or: fn(V, V) -> V,
    /// Returns the errors in the first vector, which follows the second in the text. All bytes are 0
    /// if there are none.
    pub(super) errors: fn(V, V) -> V,
    /// Returns a vector of zeros if the given one does not end inside a code point.
    pub(super) unfinished: fn(V) -> V,
    pub(super) is_ascii: fn(V) -> bool,
    pub(super) is_zero: fn(V) -> bool,
}

/// An algorithm that runs with the vectors of any instruction set.
pub(super) trait Kernel<B> {
    type Output;
    /// The same algorithm without the parts for up to [`FOUR_MAX`](super::xor::FOUR_MAX) bytes. A
    /// kernel that has no other part names itself.
    type Long: Kernel<B, Output = Self::Output>;
    /// Whether it uses [`Vectors::text`].
    #[allow(dead_code, reason = "not every architecture needs to know")]
    const CHECKS_TEXT: bool = false;

    /// Runs the algorithm: with narrow vectors up to [`TWO_MAX`](super::xor::TWO_MAX) bytes, with
    /// wide ones above.
    fn run<N: Pod, const W: usize, V: Pod>(
        narrow: Vectors<16, N>,
        wide: Vectors<W, V>,
        bytes: B,
        key: u32,
    ) -> Self::Output;
}
