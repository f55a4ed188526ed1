/// What parsing found at the start of its input: the whole thing, or not yet.
///
/// An input that ends early is not an error: the rest has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status<T> {
    /// It is all there.
    Complete(T),
    /// The input ends inside it, and what is there breaks no rule.
    Incomplete {
        /// How many more bytes are needed at least; never 0.
        missing: u64,
    },
}
