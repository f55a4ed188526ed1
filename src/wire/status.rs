/// The result of parsing the start of an input: complete, or not yet.
///
/// An input that ends early is not an error: the rest has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status<T> {
    /// All of it has arrived.
    Complete(T),
    /// The input ends too early, and breaks no rule so far.
    Incomplete {
        /// The least number of bytes that are missing; never 0.
        missing: u64,
    },
}
