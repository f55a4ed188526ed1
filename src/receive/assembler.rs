use crate::payload::assembly::{AppendError, Assembly};
use crate::payload::buffer::Buffer;
use crate::payload::utf8::Plain;
use crate::receive::part::{ControlPart, DataPart, NoRoom};
use crate::wire::header::CONTROL_MAX;
use core::fmt;

/// Assembles messages that arrive in several frames or reads, in the caller's memory.
///
/// In an array or a slice of `n` bytes, the longest message has `n - 125` bytes. The other 125 are
/// kept free for a control frame that arrives in pieces between the fragments of a message (§5.4).
/// The limit also applies to a message that arrives in one read and needs no memory, so that what
/// is accepted does not depend on how the stream is split into reads.
///
/// With 125 bytes or fewer, only empty messages are accepted. A control frame that is longer than
/// the buffer is then accepted only if it arrives in one read.
///
/// ```
/// use wsparse::Assembler;
///
/// let mut storage = [0; 4096];
/// let assembler = Assembler::new(&mut storage);
/// assert_eq!(assembler.max_message(), 4096 - 125);
/// ```
///
/// A `Vec` (feature `alloc`) grows with the bytes that have arrived, to at most twice their number.
/// [`Limits::max_message`](crate::Limits::max_message) is then the only bound. The `Vec` keeps its
/// memory for later messages. To release it, replace the assembler while it is idle:
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
/// For memory of another kind, implement [`Buffer`]. The assembler takes at most 24 bytes in
/// addition to its buffer.
pub struct Assembler<B> {
    /// The message, and after it the part of a control frame that has arrived.
    assembly: Assembly<B>,
}

/// Why a part is refused.
pub(crate) enum Refused {
    NoRoom,
    /// The parts before it are in another assembler.
    WrongAssembler,
    /// The offset within the part; its length if the text must not end there.
    InvalidUtf8(usize),
}

impl<B: Buffer> Assembler<B> {
    /// Creates an assembler that stores messages in `buffer`, whose contents it overwrites.
    pub const fn new(buffer: B) -> Self {
        Self { assembly: Assembly::new(buffer) }
    }

    /// Returns the length of the longest message that is accepted, in bytes.
    pub fn max_message(&self) -> usize {
        self.assembly.max_len().saturating_sub(CONTROL_MAX)
    }

    /// Returns whether no message or control frame is incomplete.
    ///
    /// An idle assembler may be replaced, or used for another connection. If the rest of a message
    /// will not arrive, because the connection has failed or was cut, [clear](Self::clear) the
    /// assembler.
    pub const fn is_idle(&self) -> bool {
        !self.assembly.is_open() && self.assembly.spare_used == 0
    }

    /// Discards an incomplete message or control frame, and keeps the memory. The assembler
    /// [is idle](Self::is_idle) afterwards.
    ///
    /// Call it after a connection has failed or was cut. If the connection continues after all, the
    /// rest of the message is refused with [`Rule::WrongAssembler`](crate::Rule::WrongAssembler).
    ///
    /// ```
    /// use wsparse::{Assembler, Input, Limits, Messages, Role};
    ///
    /// let mut assembler = Assembler::new([0; 256]);
    /// let mut messages = Messages::new(Role::Client, Limits::DEFAULT);
    /// let mut read = *b"\x01\x03Hel";
    /// assert_eq!(messages.next(&mut Input::new(&mut read), &mut assembler)?, None);
    /// assert!(!assembler.is_idle());
    /// assembler.clear(); // the connection was cut
    /// assert!(assembler.is_idle());
    /// # Ok::<(), wsparse::Error>(())
    /// ```
    pub const fn clear(&mut self) {
        self.assembly.clear();
    }

    /// Returns the buffer.
    pub fn into_buffer(self) -> B {
        self.assembly.into_buffer()
    }

    pub(crate) const fn begin(&mut self, is_text: bool) {
        self.assembly.begin(is_text);
    }

    /// Returns whether it holds this many bytes of such a message, which has not ended.
    pub(crate) const fn has(&self, len: usize, is_text: bool) -> bool {
        self.assembly.is_open() && self.assembly.len() == len && self.assembly.is_text() == is_text
    }

    /// Appends a part of the message, unmasked, and validated if it is text.
    pub(crate) fn append(&mut self, part: &DataPart<'_>) -> Result<(), Refused> {
        match self.assembly.append(part.bytes, part.key, part.is_last()) {
            Ok(()) => Ok(()),
            Err(AppendError::NoRoom) => Err(Refused::NoRoom),
            Err(AppendError::InvalidUtf8(offset)) => {
                self.clear();
                Err(Refused::InvalidUtf8(offset))
            }
        }
    }

    /// Returns the message, whose last part was appended.
    pub(crate) fn message(&self) -> Plain<'_> {
        self.assembly.message()
    }

    /// Unmasks a part of a control frame; returns the payload when it is complete, and keeps its
    /// parts after those of the message until then. A frame in one piece needs no memory.
    pub(crate) fn control<'a>(
        &'a mut self,
        part: ControlPart<'a>,
    ) -> Result<Option<&'a mut [u8]>, Refused> {
        if part.is_whole() {
            return Ok(Some(part.unmask()));
        }
        if part.start > 0 && part.start != usize::from(self.assembly.spare_used) {
            return Err(Refused::WrongAssembler);
        }
        let len = part.start.saturating_add(part.bytes.len());
        self.assembly.spare_used = if part.is_last { 0 } else { u8::try_from(len).unwrap_or(0) };
        let storage = self.assembly.spare(len);
        part.unmask_into(storage).map_err(|NoRoom| Refused::NoRoom)
    }
}

impl<B: Buffer> fmt::Debug for Assembler<B> {
    /// Leaves out the payload, which may be confidential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assembler")
            .field("len", &self.assembly.len())
            .field("is_text", &self.assembly.is_text())
            .field("is_open", &self.assembly.is_open())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<B: Buffer> defmt::Format for Assembler<B> {
    fn format(&self, f: defmt::Formatter<'_>) {
        let (len, is_open) = (self.assembly.len(), self.assembly.is_open());
        defmt::write!(f, "Assembler {{ len: {}, is_open: {} }}", len, is_open);
    }
}

#[cfg(test)]
mod tests {
    use super::Assembler;

    #[test]
    fn state_is_small() {
        assert!(size_of::<Assembler<[u8; 0]>>() <= 24, "{}", size_of::<Assembler<[u8; 0]>>());
    }
}
