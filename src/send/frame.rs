//! Frames that may be sent: illegal ones cannot be made.

use crate::send::error::SendError;
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::header::CONTROL_MAX;
use crate::wire::header::{Header, Opcode, Rsv};
use crate::wire::message::Message;
use core::iter::FusedIterator;
use core::mem;
use core::num::NonZeroUsize;

/// A frame that may be sent, to be given to an [`Encoder`](crate::Encoder): a whole message, a
/// fragment of one, or a control frame. Its payload is borrowed.
///
/// ```
/// use wsparse::{Close, CloseCode, Message, OutgoingFrame};
///
/// assert_eq!(OutgoingFrame::from(Message::Text("Hello")), OutgoingFrame::text("Hello"));
/// let close = Close { code: Some(CloseCode::NORMAL), reason: "done" };
/// assert_eq!(OutgoingFrame::close(close)?.payload(), b"done");
/// # Ok::<(), wsparse::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingFrame<'a> {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    /// Of a message: whether it is text, also in its further fragments.
    pub(crate) is_text: bool,
    /// Of a Close: what comes before the payload.
    pub(crate) code: Option<CloseCode>,
    payload: &'a [u8],
}

impl<'a> OutgoingFrame<'a> {
    const fn new(opcode: Opcode, payload: &'a [u8]) -> Self {
        let is_text = matches!(opcode, Opcode::Text);
        Self { opcode, fin: true, is_text, code: None, payload }
    }

    /// A text message in one frame (§5.6).
    #[inline]
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::unchecked_text(text.as_bytes())
    }

    /// Of bytes that are UTF-8, or about to be checked.
    #[inline(always)]
    pub(crate) const fn unchecked_text(bytes: &'a [u8]) -> Self {
        Self::new(Opcode::Text, bytes)
    }

    /// A binary message in one frame (§5.6).
    #[inline]
    #[must_use]
    pub const fn binary(bytes: &'a [u8]) -> Self {
        Self::new(Opcode::Binary, bytes)
    }

    /// A Ping (§5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] for more than 125 bytes (§5.5).
    #[inline]
    pub const fn ping(payload: &'a [u8]) -> Result<Self, SendError> {
        Self::control(Opcode::Ping, payload)
    }

    /// A Pong: with the payload of a Ping its answer, else a sign of life (§5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] for more than 125 bytes (§5.5).
    #[inline]
    pub const fn pong(payload: &'a [u8]) -> Result<Self, SendError> {
        Self::control(Opcode::Pong, payload)
    }

    const fn control(opcode: Opcode, payload: &'a [u8]) -> Result<Self, SendError> {
        if payload.len() > CONTROL_MAX {
            return Err(SendError::ControlTooLong);
        }
        Ok(Self::new(opcode, payload))
    }

    /// A Close, behind which only Pongs may be sent (§5.5.1, §5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] for a reason of more than 123 bytes (§5.5),
    /// [`SendError::ReasonWithoutCode`] for one without a code (§5.5.1).
    pub const fn close(close: Close<'a>) -> Result<Self, SendError> {
        let Close { code, reason } = close;
        if code.is_none() && !reason.is_empty() {
            return Err(SendError::ReasonWithoutCode);
        }
        let frame = Self { code, ..Self::new(Opcode::Close, reason.as_bytes()) };
        if frame.payload_len() > CONTROL_MAX as u64 {
            return Err(SendError::ControlTooLong);
        }
        Ok(frame)
    }

    /// What is sent behind the bytes that [`Encoder::encode_header`](crate::Encoder::encode_header) gives: the
    /// payload; of a Close the reason, as its code is among those.
    #[inline]
    #[must_use]
    pub const fn payload(self) -> &'a [u8] {
        self.payload
    }

    /// What the frame carries.
    #[inline]
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        self.opcode
    }

    /// FIN: this is the last fragment of a message, or the only one.
    #[inline]
    #[must_use]
    pub const fn fin(self) -> bool {
        self.fin
    }

    /// With the code of a Close.
    #[inline(always)]
    const fn payload_len(&self) -> u64 {
        let code_len = if self.code.is_some() { 2 } else { 0 };
        // No slice has more than 2⁶³ − 1 bytes, and one with a code has 123.
        (self.payload.len() as u64).wrapping_add(code_len)
    }

    #[inline(always)]
    pub(crate) const fn header(&self, masking_key: Option<[u8; 4]>) -> Header {
        let Self { opcode, fin, .. } = *self;
        Header { fin, rsv: Rsv::NONE, opcode, payload_len: self.payload_len(), masking_key }
    }
}

impl<'a> From<Message<'a>> for OutgoingFrame<'a> {
    #[inline]
    fn from(message: Message<'a>) -> Self {
        message.whole()
    }
}

impl<'a> Message<'a> {
    #[inline]
    const fn whole(self) -> OutgoingFrame<'a> {
        match self {
            Self::Text(text) => OutgoingFrame::text(text),
            Self::Binary(bytes) => OutgoingFrame::binary(bytes),
        }
    }

    /// This as the first part of a message whose end is not known yet (§5.4): it can be sent before
    /// the rest is there. Any number of [further](Self::next_fragment) parts and the
    /// [last](Self::last_fragment) are to follow, of the same type; each may be empty, and text is
    /// cut between characters only. Control frames may stand between them.
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

    /// This as a part between the [first](Self::first_fragment) and the last of a message (§5.4).
    #[inline]
    #[must_use]
    pub const fn next_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { opcode: Opcode::Continuation, ..self.first_fragment() }
    }

    /// This as the last part of a message that a [first](Self::first_fragment) has begun (§5.4).
    #[inline]
    #[must_use]
    pub const fn last_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { opcode: Opcode::Continuation, ..self.whole() }
    }

    /// The same message, which is all there, in frames of at most `size` bytes of payload (§5.4), to
    /// be sent in order; control frames may stand between them. An empty message is one empty frame.
    ///
    /// Text is cut between characters only, so that each fragment is UTF-8 by itself: a fragment
    /// may have up to three bytes less than `size`, and a character that has more than `size`
    /// bytes is a fragment of its own.
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

/// The frames of a fragmented message (§5.4): see [`Message::fragments`].
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    rest: Option<Message<'a>>,
    /// More than 0.
    size: usize,
    is_first: bool,
}

impl<'a> Iterator for Fragments<'a> {
    type Item = OutgoingFrame<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (part, rest) = match self.rest? {
            Message::Text(text) => {
                let (part, rest) =
                    text.split_at_checked(cut(text, self.size)).unwrap_or((text, ""));
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

/// The end of the last character that ends within `size` bytes; if none does, that of the first.
fn cut(text: &str, size: usize) -> usize {
    let end = text.len();
    if end <= size {
        return end;
    }
    let mut ends = (1..=size).rev().chain(size..end);
    ends.find(|at| text.is_char_boundary(*at)).unwrap_or(end)
}
