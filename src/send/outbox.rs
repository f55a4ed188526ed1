use crate::payload::buffer::Buffer;
use core::mem;

/// The output of one endpoint: bytes that wait to be written, in one buffer.
pub(crate) struct Outbox<B> {
    buffer: B,
    start: usize,
    end: usize,
}

impl<B: Buffer> Outbox<B> {
    pub(crate) const fn new(buffer: B) -> Self {
        Self { buffer, start: 0, end: 0 }
    }

    /// Returns the bytes that wait to be written.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.buffer.as_slice().get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Returns whether the buffer grows without a bound.
    pub(crate) fn is_unbounded(&self) -> bool {
        self.buffer.max_len() == usize::MAX
    }

    /// This number of bytes was written.
    pub(crate) fn wrote(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Returns the space after the bytes that wait: at least `len` bytes, unless the buffer is full.
    pub(crate) fn space(&mut self, len: usize) -> &mut [u8] {
        let (start, end) = (self.start, self.end);
        let (needed, waiting) = (end.saturating_add(len), end.saturating_sub(start));
        // The bytes that wait are moved if at least as many were written, or if the buffer cannot
        // grow. Otherwise each frame for a slow peer would move all that wait.
        let is_full = needed > self.buffer.as_slice().len();
        if start > 0 && is_full && (start >= waiting || self.buffer.grow(needed).len() < needed) {
            let all = self.buffer.grow(end);
            if start < end && end <= all.len() {
                all.copy_within(start..end, 0);
            }
            (self.start, self.end) = (0, waiting);
        }
        let needed = self.end.saturating_add(len);
        self.buffer.grow(needed).get_mut(self.end..).unwrap_or_default()
    }

    /// This number of bytes was appended to the space.
    pub(crate) const fn appended(&mut self, len: usize) {
        self.end = self.end.saturating_add(len);
    }

    /// Inserts bytes after the first `before` of those that wait. Returns `None`, and changes nothing,
    /// if they do not fit.
    pub(crate) fn insert(&mut self, before: usize, bytes: &[u8]) -> Option<()> {
        self.space(bytes.len()).get(..bytes.len())?;
        let at = self.start.saturating_add(before).min(self.end);
        let end = self.end.saturating_add(bytes.len());
        let space = self.buffer.grow(end).get_mut(at..end)?;
        let after = space.len().checked_sub(bytes.len())?;
        space.copy_within(..after, bytes.len());
        space.get_mut(..bytes.len())?.copy_from_slice(bytes);
        self.end = end;
        Some(())
    }

    /// Replaces the buffer, and returns the old one, if nothing waits in it.
    pub(crate) fn replace_buffer(&mut self, buffer: B) -> Result<B, B> {
        if !self.is_empty() {
            return Err(buffer);
        }
        Ok(mem::replace(&mut self.buffer, buffer))
    }

    pub(crate) fn into_buffer(self) -> B {
        self.buffer
    }
}
