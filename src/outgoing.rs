//! Frames that may be sent: illegal ones cannot be made.

use crate::header::CONTROL_MAX;
use crate::{Close, CloseCode, Header, Message, Opcode, Rsv, SendError};
use core::iter::FusedIterator;
use core::num::NonZeroUsize;

/// A frame that may be sent, to be given to an [`Encoder`](crate::Encoder): a whole message, a
/// fragment of one, or a control frame. Its payload is borrowed.
///
/// ```
/// use wsparse::{Close, CloseCode, Message, Outgoing};
///
/// assert_eq!(Outgoing::from(Message::Text("Hello")), Outgoing::text("Hello"));
/// let close = Close { code: Some(CloseCode::NORMAL), reason: "done" };
/// assert_eq!(Outgoing::close(close)?.payload(), b"done");
/// # Ok::<(), wsparse::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    /// Of a message: whether it is text, also in its further fragments.
    pub(crate) is_text: bool,
    /// Of a Close: what comes before the payload.
    pub(crate) code: Option<CloseCode>,
    payload: &'a [u8],
}

impl<'a> Outgoing<'a> {
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

    /// Of octets that are UTF-8, or about to be checked.
    #[inline(always)]
    pub(crate) const fn unchecked_text(octets: &'a [u8]) -> Self {
        Self::new(Opcode::Text, octets)
    }

    /// A binary message in one frame (§5.6).
    #[inline]
    #[must_use]
    pub const fn binary(octets: &'a [u8]) -> Self {
        Self::new(Opcode::Binary, octets)
    }

    /// A Ping (§5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] for more than 125 octets (§5.5).
    #[inline]
    pub const fn ping(payload: &'a [u8]) -> Result<Self, SendError> {
        Self::control(Opcode::Ping, payload)
    }

    /// A Pong: with the payload of a Ping its answer, else a sign of life (§5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] for more than 125 octets (§5.5).
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
    /// [`SendError::ControlTooLong`] for a reason of more than 123 octets (§5.5),
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

    /// What is sent behind the octets that [`Encoder::header`](crate::Encoder::header) gives: the
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
        // No slice has more than 2⁶³ − 1 octets, and one with a code has 123.
        (self.payload.len() as u64).wrapping_add(code_len)
    }

    #[inline(always)]
    pub(crate) const fn header(&self, masking_key: Option<[u8; 4]>) -> Header {
        let Self { opcode, fin, .. } = *self;
        Header { fin, rsv: Rsv::NONE, opcode, payload_len: self.payload_len(), masking_key }
    }
}

impl<'a> From<Message<'a>> for Outgoing<'a> {
    #[inline]
    fn from(message: Message<'a>) -> Self {
        match message {
            Message::Text(text) => Self::text(text),
            Message::Binary(octets) => Self::binary(octets),
        }
    }
}

impl<'a> Message<'a> {
    /// The same message in frames of at most `size` octets of payload (§5.4), to be sent in order;
    /// control frames may stand between them. An empty message is one empty frame.
    ///
    /// Text is cut between characters only, so that each fragment is UTF-8 by itself: a fragment
    /// may have up to three octets less than `size`, and a character that has more than `size`
    /// octets is a fragment of its own.
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
    type Item = Outgoing<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (part, rest) = match self.rest? {
            Message::Text(text) => {
                let (part, rest) =
                    text.split_at_checked(cut(text, self.size)).unwrap_or((text, ""));
                (Message::Text(part), Message::Text(rest))
            }
            Message::Binary(octets) => {
                let (part, rest) = octets.split_at_checked(self.size).unwrap_or((octets, &[]));
                (Message::Binary(part), Message::Binary(rest))
            }
        };
        let fin = rest.as_bytes().is_empty();
        self.rest = if fin { None } else { Some(rest) };
        let frame = Outgoing { fin, ..part.into() };
        if self.is_first {
            self.is_first = false;
            return Some(frame);
        }
        Some(Outgoing { opcode: Opcode::Continuation, ..frame })
    }
}

impl FusedIterator for Fragments<'_> {}

/// The end of the last character that ends within `size` octets; if none does, that of the first.
fn cut(text: &str, size: usize) -> usize {
    let end = text.len();
    if end <= size {
        return end;
    }
    let mut ends = (1..=size).rev().chain(size..end);
    ends.find(|at| text.is_char_boundary(*at)).unwrap_or(end)
}
