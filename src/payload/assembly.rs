use crate::payload::buffer::{Buffer, sealed};
use crate::payload::key::MaskingKey;
use crate::payload::utf8::{self, Plain, Utf8};
use core::ops::Range;

/// The payload of a message that arrives in parts: unmasked, and validated if it is text.
///
/// The parts are copied to the start of a buffer, or have been read into it and are joined where
/// they are.
///
/// Nothing else may write to the `len` bytes of the buffer from `start` on: text that was validated
/// is not validated again.
pub(crate) struct Assembly<B> {
    buffer: B,
    start: usize,
    len: usize,
    is_text: bool,
    /// All bytes of a text have been validated with this.
    text: Utf8,
    /// More of the message will follow.
    is_open: bool,
    /// The number of bytes that are in use after those of the message.
    pub(crate) spare_used: u8,
}

/// Why a part cannot be appended.
pub(crate) enum AppendError {
    NoRoom,
    /// The offset within the part; its length if the text must not end there.
    InvalidUtf8(usize),
}

impl<B: Buffer> Assembly<B> {
    pub(crate) const fn new(buffer: B) -> Self {
        Self {
            buffer,
            start: 0,
            len: 0,
            is_text: false,
            text: Utf8::new(),
            is_open: false,
            spare_used: 0,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn is_text(&self) -> bool {
        self.is_text
    }

    pub(crate) fn max_len(&self) -> usize {
        self.buffer.max_len()
    }

    pub(crate) fn into_buffer(self) -> B {
        self.buffer
    }

    /// Returns whether a message has begun and not ended.
    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Discards everything.
    pub(crate) const fn clear(&mut self) {
        self.begin(false);
        self.is_open = false;
        self.spare_used = 0;
    }

    /// Begins a message at the start of the buffer, and discards the last one.
    pub(crate) const fn begin(&mut self, is_text: bool) {
        self.begin_at(0, is_text);
    }

    /// Begins a message at this place in the buffer, and discards the last one.
    pub(crate) const fn begin_at(&mut self, start: usize, is_text: bool) {
        self.start = start;
        self.len = 0;
        self.is_open = true;
        self.is_text = is_text;
        self.text = Utf8::new();
    }

    /// Appends a part of the message; text must not end inside a code point if this is the last.
    pub(crate) fn append(
        &mut self,
        part: &[u8],
        key: Option<MaskingKey>,
        is_last: bool,
    ) -> Result<(), AppendError> {
        let start = self.end();
        let free = self.buffer.grow(start.saturating_add(part.len())).get_mut(start..);
        let to = free.unwrap_or_default().get_mut(..part.len()).ok_or(AppendError::NoRoom)?;
        if self.is_text {
            let key = key.unwrap_or(MaskingKey::NONE);
            self.text.copy_part(part, key, to, is_last).map_err(AppendError::InvalidUtf8)?;
        } else {
            MaskingKey::copy(key, part, to);
        }
        self.len = self.len.saturating_add(part.len());
        self.is_open = !is_last;
        Ok(())
    }

    /// Returns where the message ends in the buffer.
    pub(crate) const fn end(&self) -> usize {
        self.start.saturating_add(self.len)
    }

    /// Appends a part of the message that was read into the buffer, to `at` or beyond it: unmasks
    /// and validates it in place, and moves it to the end of the message.
    ///
    /// # Errors
    ///
    /// The offset within the part of the first invalid byte; its length if the text must not end
    /// there.
    pub(crate) fn append_within(
        &mut self,
        at: usize,
        len: usize,
        key: Option<MaskingKey>,
        is_last: bool,
    ) -> Result<(), usize> {
        let (message_end, part_end) = (self.end(), at.saturating_add(len));
        let buffer = self.buffer.grow(part_end);
        let at = at.max(message_end);
        let Some(part) = buffer.get_mut(at..part_end) else { return Err(0) };
        if self.is_text {
            let key = key.unwrap_or(MaskingKey::NONE);
            if let Err(offset) = self.text.unmask_part(part, key, is_last) {
                self.clear();
                return Err(offset);
            }
        } else if let Some(key) = key {
            key.apply(part);
        }
        if at > message_end {
            move_down(buffer, at..part_end, message_end);
        }
        self.len = self.len.saturating_add(part_end.saturating_sub(at));
        self.is_open = !is_last;
        Ok(())
    }

    /// Unmasks and validates in place a whole message that was read into the buffer.
    ///
    /// # Errors
    ///
    /// The errors of [`append_within`](Self::append_within).
    #[inline(always)]
    pub(crate) fn set_within(
        &mut self,
        at: usize,
        len: usize,
        key: Option<MaskingKey>,
        is_text: bool,
    ) -> Result<(), usize> {
        self.begin_at(at, is_text);
        let end = at.saturating_add(len);
        let Some(payload) = self.buffer.grow(end).get_mut(at..end) else { return Err(0) };
        utf8::unmask_message(payload, key, is_text)?;
        self.len = len;
        self.is_open = false;
        Ok(())
    }

    /// Moves the message to the start of the buffer, and these bytes from after the message to its new
    /// end. Returns where they start.
    pub(crate) fn compact(&mut self, after: Range<usize>) -> usize {
        let (start, len) = (self.start, self.len);
        let buffer = self.buffer.grow(after.end);
        move_down(buffer, start..start.saturating_add(len), 0);
        move_down(buffer, after, len);
        self.start = 0;
        len
    }

    /// Returns the bytes of the buffer from `start` on, but none of the message's.
    pub(crate) fn after(&mut self, start: usize) -> &mut [u8] {
        let start = start.max(self.end());
        self.buffer.grow(start).get_mut(start..).unwrap_or_default()
    }

    /// Returns these bytes of the buffer.
    pub(crate) fn get(&self, range: Range<usize>) -> &[u8] {
        self.buffer.as_slice().get(range).unwrap_or_default()
    }

    /// Returns the number of bytes in the buffer, after it has tried to grow to `len`.
    pub(crate) fn grow(&mut self, len: usize) -> usize {
        self.buffer.grow(len).len()
    }

    /// Returns the payload, all parts of which have been appended. Text that a buffer of another
    /// crate has not kept unchanged is returned as binary.
    pub(crate) fn message(&self) -> Plain<'_> {
        let bytes = self.get(self.start..self.end());
        if !self.is_text || !self.text.is_complete() {
            return Plain::Binary(bytes);
        }
        if !self.buffer.is_trusted(sealed::Token) {
            return utf8::text(bytes).map_or(Plain::Binary(bytes), Plain::Text);
        }
        #[expect(unsafe_code, reason = "validating the text again costs a pass")]
        // SAFETY: each of these bytes was validated, in order, with `text`, which is complete, or
        // with `unmask_message`. The buffer is one of this crate's, or a `&mut` or `Box` of one, so
        // that nothing else can have changed the bytes; `spare` and `after` lend only what follows
        // them.
        let text = unsafe { str::from_utf8_unchecked(bytes) };
        Plain::Text(text)
    }

    /// Returns the memory after the open message: `len` bytes if there is space for them.
    pub(crate) fn spare(&mut self, len: usize) -> &mut [u8] {
        if !self.is_open {
            (self.start, self.len) = (0, 0);
        }
        let end = self.end();
        self.buffer.grow(end.saturating_add(len)).get_mut(end..).unwrap_or_default()
    }
}

/// Moves these bytes towards the start, to `to`. Does nothing if they are not in `bytes`, or not after
/// `to`.
fn move_down(bytes: &mut [u8], from: Range<usize>, to: usize) {
    let distance = from.start.saturating_sub(to);
    if let Some(bytes) = bytes.get_mut(to..from.end)
        && distance > 0
        && distance <= bytes.len()
    {
        bytes.copy_within(distance.., 0);
    }
}
