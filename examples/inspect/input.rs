//! A reader with a buffer of a fixed size.

use std::io::{self, Read};

/// Larger than the longest HTTP head that is accepted, and small enough for the L2 cache.
const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The unread bytes are those from `start` to `end` in `buffer`.
    start: usize,
    end: usize,
    position: u64,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, position: 0 }
    }

    /// Returns the bytes that are in the buffer and have not been consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the stream offset of the first unread byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Appends the bytes of one read to the unread ones. Returns `false` at the end of the input.
    ///
    /// The buffer must not be full: that would look like the end of the input.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end = self.end.saturating_sub(self.start);
        self.start = 0;
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match self.reader.read(free) {
                Ok(count) => {
                    self.end = self.end.saturating_add(count);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Consumes and returns at most `limit` of the unread bytes; none at the end of the input.
    pub(crate) fn take(&mut self, limit: u64) -> io::Result<&mut [u8]> {
        if self.unread().is_empty() {
            self.fill()?;
        }
        let available = self.unread().len();
        let count = usize::try_from(limit).map_or(available, |limit| limit.min(available));
        let start = self.start;
        self.consume(count);
        Ok(self.buffer.get_mut(start..self.start).unwrap_or_default())
    }

    /// Consumes `count` of the unread bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        self.position = self.position.saturating_add(count as u64);
    }
}
