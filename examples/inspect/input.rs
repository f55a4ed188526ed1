//! Any reader behind one buffer of a fixed size.

use std::io::{self, Read};

/// More than the longest HTTP head that is accepted, and small enough to stay in the L2 cache.
const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The bytes in `buffer` that were read and not yet consumed are those from `start` to `end`.
    start: usize,
    end: usize,
    position: u64,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, position: 0 }
    }

    /// The bytes that are there and not yet consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The stream offset of the first unread byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Appends to the unread bytes what one read gives; `false` at the end of the input.
    ///
    /// Nobody may ask for more than the buffer holds: there is no room left to read into then,
    /// which would look like the end.
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

    /// Gives up to `limit` of the unread bytes and consumes them; none at the end of the input.
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

    /// Goes past `count` of the unread bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        self.position = self.position.saturating_add(count as u64);
    }
}
