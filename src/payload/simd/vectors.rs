//! What the kernels ask of an instruction set.

use bytemuck::Pod;

/// The operations of an instruction set on its vectors, which are `W` bytes long.
///
/// These are function pointers rather than methods of a trait. A closure inside a
/// `#[target_feature]` function may call the intrinsics of that feature without `unsafe`; a method
/// of a trait may not. Each kernel is inlined into such a function, where the compiler knows what
/// every pointer points to and inlines that, too.
#[derive(Clone, Copy)]
pub(super) struct Vectors<const W: usize, V> {
    /// Returns a vector that repeats the word.
    pub(super) splat: fn(u32) -> V,
    pub(super) xor: fn(V, V) -> V,
    /// `None` if the instruction set has no instruction that looks up 16 bytes at once.
    pub(super) text: Option<TextOperations<V>>,
}

/// What the check of text needs in addition.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "not every architecture can check text")]
pub(super) struct TextOperations<V> {
    pub(super) or: fn(V, V) -> V,
    /// Returns the errors in the first vector, which follows the second in the text. 0 if there
    /// are none.
    pub(super) errors: fn(V, V) -> V,
    /// Returns 0 if no code point is unfinished at the end of the vector.
    pub(super) unfinished: fn(V) -> V,
    pub(super) is_ascii: fn(V) -> bool,
    pub(super) is_zero: fn(V) -> bool,
}

/// An algorithm that runs on the vectors of any instruction set.
pub(super) trait Kernel<B> {
    type Output;
    /// The same algorithm, for more than [`FOUR_MAX`](super::xor::FOUR_MAX) bytes only.
    type Long: Kernel<B, Output = Self::Output>;
    /// Whether it uses [`Vectors::text`].
    #[allow(dead_code, reason = "not every architecture asks for it")]
    const CHECKS_TEXT: bool = false;

    /// Runs the algorithm: up to [`TWO_MAX`](super::xor::TWO_MAX) bytes with narrow vectors, more
    /// with wide ones.
    fn run<N: Pod, const W: usize, V: Pod>(
        narrow: Vectors<16, N>,
        wide: Vectors<W, V>,
        bytes: B,
        key: u32,
    ) -> Self::Output;
}
