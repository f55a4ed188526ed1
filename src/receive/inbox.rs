use crate::payload::assembly::Assembly;
use crate::payload::buffer::Buffer;
use crate::payload::utf8::Plain;
use crate::receive::limits::Limits;
use crate::receive::stream::Stream;
use crate::wire::close::Close;
use crate::wire::error::Error;
use crate::wire::header::{CONTROL_MAX, Opcode};
use core::mem;
use core::ops::Range;

/// The input of one endpoint, in one buffer: messages are decoded and joined where they were read.
///
/// The buffer holds, in this order: the message that is open or lent; the part of a control frame
/// that has arrived; bytes that have not been decoded; and free space. Between the first three, and
/// before the message, there may be bytes that are no longer needed.
pub(crate) struct Inbox<B> {
    stream: Stream,
    assembly: Assembly<B>,
    /// Where the bytes begin that have not been decoded, and where they end.
    start: usize,
    end: usize,
    /// The number of bytes of a control frame's payload before `start`.
    control_len: u8,
    /// The last read has filled all its space, and at least half of the buffer. More may be waiting.
    was_filled: bool,
    messages: u64,
    frames: u64,
}

/// What the input goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Message,
    /// A whole Close, Ping or Pong, which has been checked.
    Control(Opcode),
}

/// The least number of bytes by which a buffer grows.
const MIN_GROWTH: usize = 4096;
/// A buffer of fewer bytes grows after a read that has filled it.
const READ_AHEAD: usize = 64 << 10;

impl<B: Buffer> Inbox<B> {
    /// An input of whose stream nothing has arrived, but for these bytes of the buffer.
    pub(crate) const fn new(
        masked: bool,
        limits: Limits,
        buffer: B,
        start: usize,
        end: usize,
    ) -> Self {
        Self {
            stream: Stream::new(masked, limits),
            assembly: Assembly::new(buffer),
            start,
            end,
            control_len: 0,
            was_filled: false,
            messages: 0,
            frames: 0,
        }
    }

    pub(crate) const fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(crate) const fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Goes on to the next message or control frame, if all of it has arrived. The last one is no
    /// longer lent.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<Option<Item>, Error> {
        if !self.assembly.is_open() {
            self.assembly.clear();
        }
        let max = self.assembly.max_len().saturating_sub(CONTROL_MAX);
        self.stream.limit_next(max as u64);
        let unread = self.assembly.get(self.start..self.end);
        let common = self.stream.common(unread, true).or_else(|| self.stream.common(unread, false));
        if let Some(header) = common
            && header.frame_len() <= unread.len()
        {
            let (at, len) = (self.start.saturating_add(header.len), header.payload_len);
            self.start = self.start.saturating_add(header.frame_len());
            self.control_len = 0;
            self.stream.take_whole(header);
            self.frames = self.frames.wrapping_add(1);
            self.messages = self.messages.wrapping_add(1);
            let (key, is_text) = (header.masking_key, header.is_text);
            return match self.assembly.set_within(at, len, key, is_text) {
                Ok(()) => Ok(Some(Item::Message)),
                Err(offset) => Err(self.stream.fail_text(offset, len)),
            };
        }
        self.advance_any()
    }

    /// `advance` for everything but a message that has arrived as a whole in one frame.
    #[inline(never)]
    fn advance_any(&mut self) -> Result<Option<Item>, Error> {
        self.forget_control();
        loop {
            let mut unread = unread(&mut self.assembly, self.start, self.end);
            let header = self.stream.take_header(&mut unread)?;
            self.frames = self.frames.wrapping_add(header.is_some().into());
            self.start = self.end.saturating_sub(unread.len());
            if let Some(part) = self.stream.take_data(header.is_some(), &mut unread) {
                let (key, is_last, is_text) = (part.key, part.is_last(), part.is_text);
                let (at, len) = (self.start, part.bytes.len());
                self.start = at.saturating_add(len);
                if header.is_some_and(|header| header.opcode != Opcode::Continuation) {
                    self.assembly.begin_at(at, is_text);
                }
                if let Err(offset) = self.assembly.append_within(at, len, key, is_last) {
                    return Err(self.stream.fail_text(offset, len));
                }
                if is_last {
                    self.messages = self.messages.wrapping_add(1);
                    return Ok(Some(Item::Message));
                }
            } else if let Some(part) = self.stream.take_control(&mut unread) {
                let (opcode, is_last, before) = (part.opcode, part.is_last, part.start);
                let len = before.saturating_add(part.unmask().len());
                self.start = self.end.saturating_sub(unread.len());
                self.control_len = u8::try_from(len).unwrap_or_default();
                if !is_last {
                    return Ok(None);
                }
                if opcode == Opcode::Close
                    && let Err(error) = Close::parse(self.control())
                {
                    return Err(self.stream.fail_close(error, len));
                }
                return Ok(Some(Item::Control(opcode)));
            } else {
                return Ok(None);
            }
        }
    }

    /// Returns the message, after [`Item::Message`].
    pub(crate) fn message(&self) -> Plain<'_> {
        self.assembly.message()
    }

    /// Returns the payload of a control frame, after [`Item::Control`].
    pub(crate) fn control(&self) -> &[u8] {
        self.assembly.get(self.control_start()..self.start)
    }

    const fn control_start(&self) -> usize {
        self.start.saturating_sub(self.control_len as usize)
    }

    /// A control frame that is complete is no longer needed.
    const fn forget_control(&mut self) {
        if !self.stream.is_within_control() {
            self.control_len = 0;
        }
    }

    /// Frees space for bytes that are read next, and returns whether there is any. What has been lent is
    /// no longer needed.
    pub(crate) fn make_room(&mut self) -> bool {
        self.forget_control();
        if !self.assembly.is_open() {
            self.assembly.clear();
        }
        let mut len = self.assembly.grow(0);
        if mem::take(&mut self.was_filled) && len < READ_AHEAD {
            len = self.assembly.grow(len.saturating_mul(2).clamp(MIN_GROWTH, READ_AHEAD));
        }
        if self.control_len == 0 && self.start == self.end {
            (self.start, self.end) = (self.assembly.end(), self.assembly.end());
        }
        // Moved when less than an eighth is free, so that reads are not short.
        if len.saturating_sub(self.end) <= len / 8 {
            let kept = self.assembly.compact(self.control_start()..self.end);
            let unread = self.end.saturating_sub(self.start);
            self.start = kept.saturating_add(usize::from(self.control_len));
            self.end = self.start.saturating_add(unread);
        }
        // Like above, only grown when it is full, so that it has at most twice the bytes that arrived.
        if self.end >= len {
            let more = self.end.max(MIN_GROWTH);
            len = self.assembly.grow(self.end.saturating_add(more));
        }
        self.end < len
    }

    /// Returns the space for bytes that are read next.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.assembly.after(self.end)
    }

    /// Returns the same, after the buffer has tried to grow by `len`. It discards nothing.
    #[cfg(feature = "alloc")]
    pub(crate) fn reserve(&mut self, len: usize) -> &mut [u8] {
        self.assembly.grow(self.end.saturating_add(len));
        self.space()
    }

    /// This number of bytes was read.
    pub(crate) fn filled(&mut self, len: usize) {
        let max = self.space().len();
        self.was_filled = len >= max && max >= self.end;
        self.end = self.end.saturating_add(len.min(max));
    }

    /// Discards everything.
    pub(crate) const fn discard(&mut self) {
        self.assembly.clear();
        (self.start, self.end, self.control_len) = (0, 0, 0);
    }

    /// Returns whether nothing is stored that is still needed.
    pub(crate) const fn is_idle(&self) -> bool {
        !self.assembly.is_open() && self.start == self.end && !self.stream.is_within_control()
    }

    /// Returns the number of messages and of frames.
    pub(crate) const fn counts(&self) -> (u64, u64) {
        (self.messages, self.frames)
    }

    /// Replaces the buffer, which is idle, and returns the old one.
    pub(crate) fn replace_buffer(&mut self, buffer: B) -> B {
        self.discard();
        mem::replace(&mut self.assembly, Assembly::new(buffer)).into_buffer()
    }

    /// Returns where the bytes are that have not been decoded.
    pub(crate) const fn unread(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the buffer.
    pub(crate) fn into_buffer(self) -> B {
        self.assembly.into_buffer()
    }
}

fn unread<B: Buffer>(assembly: &mut Assembly<B>, start: usize, end: usize) -> &mut [u8] {
    let len = end.saturating_sub(start);
    assembly.after(start).get_mut(..len).unwrap_or_default()
}

#[cfg(test)]
mod tests;
