//! The bytes that an opening handshake receives.

use crate::connection::opening::error::OpeningError;
use crate::handshake::{HandshakeError, HeadLimits};
use crate::payload::buffer::Buffer;

/// How much space a buffer that grows starts with.
const FIRST: usize = 1 << 10;

pub(super) struct Intake<I> {
    buffer: I,
    /// How many bytes at the start of the buffer were received.
    len: usize,
    /// Never more than the buffer can hold, so that a full buffer is an error.
    max_head: usize,
    pub(super) progress: Progress,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Progress {
    Reading,
    /// The head is complete.
    Complete,
    Failed(OpeningError),
}

impl<I: Buffer> Intake<I> {
    /// Creates an intake, and returns it with the limits that apply to its buffer.
    pub(super) fn new(buffer: I, limits: HeadLimits) -> (Self, HeadLimits) {
        let max_head = limits.max_head.min(buffer.max_len());
        let intake = Self { buffer, len: 0, max_head, progress: Progress::Reading };
        (intake, HeadLimits { max_head, ..limits })
    }

    /// Returns the bytes received.
    pub(super) fn received(&self) -> &[u8] {
        self.first(self.len)
    }

    /// Returns the first bytes of the buffer.
    pub(super) fn first(&self, len: usize) -> &[u8] {
        self.buffer.as_slice().get(..len).unwrap_or_default()
    }

    /// Returns the space after the bytes received. A full buffer grows to twice its length.
    pub(super) fn space(&mut self) -> &mut [u8] {
        let mut len = self.buffer.as_slice().len();
        if self.is_reading() && len <= self.len {
            len = self.len.saturating_mul(2).max(FIRST).min(self.max_head);
        }
        let space = self.buffer.grow(len).get_mut(self.len..).unwrap_or_default();
        if space.is_empty() && matches!(self.progress, Progress::Reading) {
            self.progress = Progress::Failed(HandshakeError::HeadTooLarge.into());
        }
        space
    }

    /// Adds bytes that were read into [`space`](Self::space). 0 is the end of the stream.
    pub(super) fn add(&mut self, len: usize) {
        if len == 0 && self.is_reading() {
            self.progress = Progress::Failed(OpeningError::Cut);
        }
        self.len = self.len.saturating_add(len).min(self.buffer.as_slice().len());
    }

    pub(super) const fn is_reading(&self) -> bool {
        matches!(self.progress, Progress::Reading)
    }

    /// Returns the first `len` bytes to write an answer to.
    ///
    /// The bytes received after `head_len`, which is not more than `len`, are kept: from now on
    /// they start at `len`.
    pub(super) fn make_room(
        &mut self,
        head_len: usize,
        len: usize,
    ) -> Result<&mut [u8], HandshakeError> {
        let no_room = HandshakeError::NoRoom { needed: len };
        let shift = len.saturating_sub(head_len);
        let end = self.len.saturating_add(shift);
        let all = self.buffer.grow(end).get_mut(..end).ok_or(no_room)?;
        if let Some(rest) = all.get_mut(head_len..)
            && let Some(kept) = rest.len().checked_sub(shift)
        {
            rest.copy_within(..kept, shift);
        }
        self.len = end;
        all.get_mut(..len).ok_or(no_room)
    }

    /// Returns the bytes from `start` to write to: `len` of them if possible.
    pub(super) fn writable(&mut self, start: usize, len: usize) -> &mut [u8] {
        self.buffer.grow(start.saturating_add(len)).get_mut(start..).unwrap_or_default()
    }

    /// Removes the first `len` of the bytes received.
    pub(super) fn discard(&mut self, len: usize) {
        if let Some(received) = self.buffer.grow(self.len).get_mut(..self.len)
            && let Some(kept) = received.len().checked_sub(len)
        {
            received.copy_within(len.., 0);
            self.len = kept;
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn into_buffer(self) -> I {
        self.buffer
    }
}

/// Returns how many bytes a head takes.
pub(super) fn needed(
    write: impl FnOnce(&mut [u8]) -> Result<&[u8], HandshakeError>,
) -> Result<usize, HandshakeError> {
    match write(&mut []) {
        Err(HandshakeError::NoRoom { needed }) => Ok(needed),
        result => result.map(<[u8]>::len),
    }
}
