use crate::payload::utf8::Utf8;
use crate::payload::{mask, utf8};
use crate::receive::buffer::{Buffer, sealed};
use crate::receive::stream::{ControlPart, DataPart, NoRoom};
use crate::wire::header::CONTROL_MAX;
use crate::wire::message::Message;
use core::fmt;

/// Where the messages are put together that do not come in one piece, in memory of the caller.
///
/// A slice or an array holds messages of its length less 125 bytes: that much is kept free for a
/// control frame that comes in pieces between the fragments of a message (§5.4). So one of 250
/// bytes takes messages of 125, also where they come in one piece and need no room: what is
/// accepted does not depend on how reads fall. Below 125 bytes it does: only empty messages are
/// taken, and of the control frames that are longer than the buffer those that come in one piece.
///
/// ```
/// use wsparse::Assembler;
///
/// let mut storage = [0; 4096];
/// let assembler = Assembler::new(&mut storage);
/// assert_eq!(assembler.max_message(), 4096 - 125);
/// ```
///
/// A `Vec` (feature `alloc`) grows with the bytes that have arrived, to at most twice as many; so
/// may a [`Buffer`] of yours. What it has grown to is kept for the messages that follow. To give it
/// back, put another in its place when nothing waits in it:
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// # use wsparse::Assembler;
/// let mut assembler = Assembler::new(Vec::with_capacity(1 << 20));
/// if assembler.is_idle() {
///     assembler = Assembler::new(Vec::new());
/// }
/// # assert_eq!(assembler.into_buffer().capacity(), 0);
/// # }
/// ```
///
/// Beside the buffer it has at most 16 bytes of its own.
pub struct Assembler<B> {
    buffer: B,
    /// How many bytes of a message are at the start of the buffer.
    len: usize,
    kind: Kind,
    /// Whether more of the message is to come.
    open: bool,
    /// How many bytes of a control frame are behind those of the message.
    control_len: u8,
}

/// What the bytes are.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Opaque,
    /// All of them went through this.
    Text(Utf8),
}

/// Why a part cannot be appended.
pub(crate) enum Refused {
    NoRoom,
    /// What came before is not here.
    WrongAssembler,
    /// The offset within the part; its length where the text must not end there.
    InvalidUtf8(usize),
}

impl<B: Buffer> Assembler<B> {
    /// Messages go to the start of this buffer, over whatever is there.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, len: 0, kind: Kind::Opaque, open: false, control_len: 0 }
    }

    /// The longest message that it can hold, in bytes.
    pub fn max_message(&self) -> usize {
        self.buffer.max_len().saturating_sub(CONTROL_MAX)
    }

    /// Whether nothing that was received waits here for the rest of it: then another may take its
    /// place, and it may serve another connection. Where the rest will not come, because the
    /// connection has failed or was cut, it is to be [cleared](Self::clear).
    pub const fn is_idle(&self) -> bool {
        !self.open && self.control_len == 0
    }

    /// Forgets what waits here for the rest of it, and keeps the memory: then it
    /// [is idle](Self::is_idle), also after a connection that has failed or was cut. Of one that
    /// goes on, the rest is then refused ([`Rule::WrongAssembler`](crate::Rule::WrongAssembler)).
    ///
    /// ```
    /// use wsparse::{Assembler, Input, Limits, Messages, Role};
    ///
    /// let mut assembler = Assembler::new([0; 256]);
    /// let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
    /// let mut read = *b"\x01\x03Hel";
    /// assert_eq!(messages.next(&mut Input::new(&mut read), &mut assembler)?, None);
    /// assert!(!assembler.is_idle());
    /// assembler.clear(); // no more came
    /// assert!(assembler.is_idle());
    /// # Ok::<(), wsparse::Error>(())
    /// ```
    pub const fn clear(&mut self) {
        self.len = 0;
        self.kind = Kind::Opaque;
        self.open = false;
        self.control_len = 0;
    }

    /// The buffer, for other use.
    pub fn into_buffer(self) -> B {
        self.buffer
    }

    pub(crate) fn begin(&mut self, is_text: bool) {
        self.len = 0;
        self.open = true;
        self.kind = if is_text { Kind::Text(Utf8::new()) } else { Kind::Opaque };
    }

    /// Whether so many bytes of such a message wait here for the rest of it.
    pub(crate) const fn has(&self, len: usize, is_text: bool) -> bool {
        self.open && self.len == len && matches!(self.kind, Kind::Text(_)) == is_text
    }

    /// Appends a part of the message, unmasked; of text, checked, and if the message `ends` here,
    /// as the end.
    pub(crate) fn append(&mut self, part: &DataPart<'_>, ends: bool) -> Result<(), Refused> {
        let end = self.len.saturating_add(part.bytes.len());
        let free = self.buffer.grow(end).get_mut(self.len..).unwrap_or_default();
        // As long as the part, also to the compiler's knowledge.
        let places = free.get_mut(..part.bytes.len()).ok_or(Refused::NoRoom)?;
        match (&mut self.kind, part.masking_key) {
            (Kind::Text(text), key) => {
                let key = key.unwrap_or_default();
                let checked = text.copy_unmasked(part.bytes, key, 0, places);
                let ends_within = ends && !text.is_complete();
                let wrong = checked.err().or(ends_within.then_some(part.bytes.len()));
                if let Some(offset) = wrong {
                    self.clear();
                    return Err(Refused::InvalidUtf8(offset));
                }
            }
            (Kind::Opaque, Some(key)) => mask::copy_masked_over(part.bytes, key, places),
            (Kind::Opaque, None) => places.copy_from_slice(part.bytes),
        }
        self.len = end;
        self.open = !ends;
        Ok(())
    }

    /// What has been appended. Text that a buffer of another crate has not kept is no text.
    pub(crate) fn message(&self) -> Message<'_> {
        let bytes = self.buffer.as_slice().get(..self.len).unwrap_or_default();
        match self.kind {
            Kind::Text(text) if text.is_complete() && self.buffer.is_known(sealed::Here) => {
                #[expect(unsafe_code, reason = "a second look at all of the text costs a pass")]
                // SAFETY: `append` put each of these bytes there and through `text`, in order,
                // which found them to be UTF-8 that may end here. The buffer is one that this crate
                // implements, or a `&mut` or `Box` of one, which owns it or borrows it from all
                // others: nobody else can reach the bytes, and they are as they were put there.
                let text = unsafe { str::from_utf8_unchecked(bytes) };
                Message::Text(text)
            }
            Kind::Text(_) => utf8::text(bytes).map_or(Message::Binary(bytes), Message::Text),
            Kind::Opaque => Message::Binary(bytes),
        }
    }

    /// Unmasks a part of a control frame, and keeps it behind the message until all is there.
    pub(crate) fn control<'a>(
        &'a mut self,
        part: ControlPart<'a>,
    ) -> Result<Option<&'a mut [u8]>, Refused> {
        if part.have > 0 && part.have != usize::from(self.control_len) {
            return Err(Refused::WrongAssembler);
        }
        let len = part.have.saturating_add(part.bytes.len());
        self.control_len = match part.whole {
            Some(_) => 0,
            None => u8::try_from(len).unwrap_or(0),
        };
        let storage = self.buffer.grow(self.len.saturating_add(len)).get_mut(self.len..);
        part.unmask_into(storage.unwrap_or_default()).map_err(|NoRoom| Refused::NoRoom)
    }
}

impl<B: Buffer> fmt::Debug for Assembler<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { len, kind, .. } = self;
        f.debug_struct("Assembler").field("len", len).field("kind", kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Assembler;

    #[test]
    fn state_is_small() {
        assert!(size_of::<Assembler<[u8; 0]>>() <= 16, "{}", size_of::<Assembler<[u8; 0]>>());
    }
}
