use crate::send::frame::OutgoingFrame;
use crate::wire::header::Opcode;
use crate::wire::message::Message;
use core::iter::FusedIterator;
use core::mem;
use core::num::NonZeroUsize;

/// How a message is sent: in one frame, or in fragments.
impl<'a> Message<'a> {
    #[inline]
    pub(super) const fn whole(self) -> OutgoingFrame<'a> {
        match self {
            Self::Text(text) => OutgoingFrame::text(text),
            Self::Binary(bytes) => OutgoingFrame::binary(bytes),
        }
    }

    /// Returns the first fragment of a message whose end is not known yet (§5.4).
    ///
    /// It can be sent before the rest exists. After it, send any number of
    /// [further fragments](Self::next_fragment) and a [last one](Self::last_fragment), all of the
    /// same type. Each may be empty. Because each fragment is a `str`, text is split between
    /// characters only. Control frames may be sent between fragments.
    ///
    /// ```
    /// use wsparse::{Connection, Limits, Message, SendError};
    ///
    /// /// Sends readings as they come, as one text.
    /// fn report(
    ///     device: &mut Connection,
    ///     readings: impl Iterator<Item = u16>,
    ///     output: &mut [u8],
    ///     mut write: impl FnMut(&[u8]),
    /// ) -> Result<(), SendError> {
    ///     write(device.send(Message::Text("mV:").first_fragment(), output)?);
    ///     for reading in readings {
    ///         let reading = format!(" {reading}");
    ///         write(device.send(Message::Text(&reading).next_fragment(), output)?);
    ///     }
    ///     write(device.send(Message::Text("").last_fragment(), output)?);
    ///     Ok(())
    /// }
    ///
    /// let mut device = Connection::server(Limits::DEFAULT);
    /// let mut written = Vec::new();
    /// let write = |bytes: &[u8]| written.extend_from_slice(bytes);
    /// report(&mut device, [1203, 998].into_iter(), &mut [0; 64], write)?;
    /// assert_eq!(written, b"\x01\x03mV:\x00\x05 1203\x00\x04 998\x80\x00");
    /// # Ok::<(), SendError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn first_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { fin: false, ..self.whole() }
    }

    /// Returns a fragment between the [first](Self::first_fragment) and the
    /// [last](Self::last_fragment) of a message (§5.4).
    #[inline]
    #[must_use]
    pub const fn next_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { opcode: Opcode::Continuation, ..self.first_fragment() }
    }

    /// Returns the last fragment of a message that a [first fragment](Self::first_fragment) began
    /// (§5.4).
    #[inline]
    #[must_use]
    pub const fn last_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { opcode: Opcode::Continuation, ..self.whole() }
    }

    /// Splits the message into frames with payloads of at most `size` bytes (§5.4).
    ///
    /// Send them in order; control frames may be sent between them. An empty message is one empty
    /// frame.
    ///
    /// Text is split between characters only, so that each fragment is valid UTF-8. A fragment may
    /// therefore be up to three bytes shorter than `size`. A character that is longer than `size`
    /// is a fragment of its own.
    ///
    /// ```
    /// use core::num::NonZeroUsize;
    /// use wsparse::{Message, Opcode};
    ///
    /// let mut fragments = Message::Text("Grüße").fragments(NonZeroUsize::new(3).unwrap());
    /// let first = fragments.next().unwrap();
    /// assert_eq!((first.opcode(), first.fin(), first.payload()), (Opcode::Text, false, &b"Gr"[..]));
    /// assert_eq!(fragments.next().unwrap().payload(), "ü".as_bytes());
    /// let last = fragments.next().unwrap();
    /// assert_eq!((last.opcode(), last.fin()), (Opcode::Continuation, true));
    /// assert_eq!(last.payload(), "ße".as_bytes());
    /// assert_eq!(fragments.next(), None);
    /// ```
    #[must_use]
    pub const fn fragments(self, size: NonZeroUsize) -> Fragments<'a> {
        Fragments { rest: Some(self), size: size.get(), is_first: true }
    }
}

/// An iterator over the frames of a fragmented message (§5.4), created by [`Message::fragments`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Fragments<'a> {
    rest: Option<Message<'a>>,
    /// Not 0.
    size: usize,
    is_first: bool,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = OutgoingFrame<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (part, rest) = match self.rest? {
            Message::Text(text) => {
                let at = split_point(text, self.size);
                let (part, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                (Message::Text(part), Message::Text(rest))
            }
            Message::Binary(bytes) => {
                let (part, rest) = bytes.split_at_checked(self.size).unwrap_or((bytes, &[]));
                (Message::Binary(part), Message::Binary(rest))
            }
        };
        let fin = rest.as_bytes().is_empty();
        self.rest = if fin { None } else { Some(rest) };
        Some(match (mem::replace(&mut self.is_first, false), fin) {
            (true, true) => part.whole(),
            (true, false) => part.first_fragment(),
            (false, false) => part.next_fragment(),
            (false, true) => part.last_fragment(),
        })
    }
}

impl FusedIterator for Fragments<'_> {}

/// Returns the end of the last character that ends within `size` bytes, or else of the first
/// character.
fn split_point(text: &str, size: usize) -> usize {
    let end = text.len();
    if end <= size {
        return end;
    }
    let mut ends = (1..=size).rev().chain(size..end);
    ends.find(|at| text.is_char_boundary(*at)).unwrap_or(end)
}
