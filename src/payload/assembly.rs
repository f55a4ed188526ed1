use crate::payload::buffer::{Buffer, sealed};
use crate::payload::key::MaskingKey;
use crate::payload::utf8::{self, Plain, Utf8};

/// The payload of a message that arrives in parts: copied to the start of a buffer, unmasked, and
/// validated if it is text.
///
/// Nothing else may write to the first [`len`](Self::len) bytes of the buffer: text that was
/// validated is not validated again.
pub(crate) struct Assembly<B> {
    buffer: B,
    len: usize,
    kind: Kind,
    /// More of the message will follow.
    is_open: bool,
    /// The number of bytes that are in use after those of the message.
    pub(crate) spare_used: u8,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Opaque,
    /// All bytes have been validated with this.
    Text(Utf8),
}

/// Why a part cannot be appended.
pub(crate) enum AppendError {
    NoRoom,
    /// The offset within the part; its length if the text must not end there.
    InvalidUtf8(usize),
}

impl<B: Buffer> Assembly<B> {
    pub(crate) const fn new(buffer: B) -> Self {
        Self { buffer, len: 0, kind: Kind::Opaque, is_open: false, spare_used: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text(_))
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

    /// Begins a message, and discards the last one.
    pub(crate) const fn begin(&mut self, is_text: bool) {
        self.len = 0;
        self.is_open = true;
        self.kind = if is_text { Kind::Text(Utf8::new()) } else { Kind::Opaque };
    }

    /// Appends a part of the message; text must not end inside a code point if this is the last.
    pub(crate) fn append(
        &mut self,
        part: &[u8],
        key: Option<MaskingKey>,
        is_last: bool,
    ) -> Result<(), AppendError> {
        let end = self.len.saturating_add(part.len());
        let free = self.buffer.grow(end).get_mut(self.len..).unwrap_or_default();
        let to = free.get_mut(..part.len()).ok_or(AppendError::NoRoom)?;
        match (&mut self.kind, key) {
            (Kind::Text(text), key) => {
                let key = key.unwrap_or(MaskingKey::NONE);
                text.copy_part(part, key, to, is_last).map_err(AppendError::InvalidUtf8)?;
            }
            (Kind::Opaque, Some(key)) => key.copy(part, to),
            (Kind::Opaque, None) => to.copy_from_slice(part),
        }
        self.len = end;
        self.is_open = !is_last;
        Ok(())
    }

    /// Returns the payload, all parts of which have been appended. Text that a buffer of another
    /// crate has not kept unchanged is returned as binary.
    pub(crate) fn message(&self) -> Plain<'_> {
        let bytes = self.buffer.as_slice().get(..self.len).unwrap_or_default();
        match self.kind {
            Kind::Text(text) if text.is_complete() && self.buffer.is_trusted(sealed::Token) => {
                #[expect(unsafe_code, reason = "validating the text again costs a pass")]
                // SAFETY: `append` wrote each of these bytes, and validated them in order with
                // `text`, which is complete. The buffer is one of this crate's, or a `&mut` or `Box`
                // of one, so that nothing else can have changed the bytes; `spare` lends only what
                // follows them.
                let text = unsafe { str::from_utf8_unchecked(bytes) };
                Plain::Text(text)
            }
            Kind::Text(_) => utf8::text(bytes).map_or(Plain::Binary(bytes), Plain::Text),
            Kind::Opaque => Plain::Binary(bytes),
        }
    }

    /// Returns the memory after the open message: `len` bytes if there is space for them.
    pub(crate) fn spare(&mut self, len: usize) -> &mut [u8] {
        if !self.is_open {
            self.len = 0;
        }
        self.buffer.grow(self.len.saturating_add(len)).get_mut(self.len..).unwrap_or_default()
    }
}
