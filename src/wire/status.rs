/// The result of parsing the start of an input, which may be incomplete.
///
/// An input that ends early is not an error: the rest has not arrived yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Status<T> {
    /// All bytes have arrived. This is the result.
    Complete(T),
    /// The input ends too early, and breaks no rule so far.
    Incomplete {
        /// The least number of bytes that are missing. It is never 0.
        missing: u64,
    },
}
