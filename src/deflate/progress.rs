use alloc::vec::Vec;

/// How far a codec got with one part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Progress {
    /// The number of bytes at the start of the output that were written.
    pub written: usize,
    /// Whether the part is finished. If not, the output is full.
    pub is_done: bool,
}

/// The difference of two values of a counter of bytes.
pub(super) fn taken(before: u64, after: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// Appends `len` zeros to `output`, for a codec to write to, and returns them.
///
/// It appends at least 512, and at most 64 KiB, the capacity that is left, or as many bytes as `output` has.
pub(super) fn grown(output: &mut Vec<u8>, len: usize) -> &mut [u8] {
    let start = output.len();
    let spare = output.capacity().saturating_sub(start);
    let len = len.clamp(64, spare.max(start).max(64 << 10));
    output.resize(start.saturating_add(len), 0);
    output.get_mut(start..).unwrap_or_default()
}
