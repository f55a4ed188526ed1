#[cfg(feature = "deflate")]
use crate::deflate::Direction;
use crate::payload::key::MaskingKey;
use crate::send::error::SendError;
use crate::wire::close::{self, Close};
use crate::wire::close_code::CloseCode;
use crate::wire::header::{CONTROL_MAX, Header, Opcode, Rsv};
use crate::wire::message::Message;

/// A frame to be sent: a whole message, a fragment of one, or a control frame.
///
/// It borrows its payload, and is legal on its own: the constructors refuse anything else. Pass it
/// to [`Connection::send`](crate::Connection::send) or an [`Encoder`](crate::Encoder), which check
/// whether it may be sent next. Fragments are created by [`Message::first_fragment`] and
/// [`Message::fragments`].
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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OutgoingFrame<'a> {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    /// The message is text; also set in its later fragments.
    pub(crate) is_text: bool,
    /// The code of a Close, which precedes the payload.
    pub(crate) code: Option<CloseCode>,
    pub(super) payload: &'a [u8],
    #[cfg(feature = "deflate")]
    pub(super) compression: Compression,
    /// Another form of the same message.
    #[cfg(feature = "deflate")]
    pub(super) deflated: Option<Deflated<'a>>,
}

/// Whether the payload is compressed.
#[cfg(feature = "deflate")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Compression {
    /// It is not, but may be as it is sent.
    Allowed,
    /// It is sent as it is.
    Forbidden,
    /// It is, and the message begins with it.
    Done,
}

/// The payload of a message that was compressed for any number of connections.
#[cfg(feature = "deflate")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Deflated<'a> {
    pub(super) payload: &'a [u8],
    /// The direction that the compressor was made for.
    pub(super) direction: Direction,
}

impl<'a> OutgoingFrame<'a> {
    const fn new(opcode: Opcode, payload: &'a [u8]) -> Self {
        Self {
            opcode,
            fin: true,
            is_text: matches!(opcode, Opcode::Text),
            code: None,
            payload,
            #[cfg(feature = "deflate")]
            compression: Compression::Allowed,
            #[cfg(feature = "deflate")]
            deflated: None,
        }
    }

    /// Creates a text message in one frame (§5.6).
    #[inline]
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::unchecked_text(text.as_bytes())
    }

    /// Creates a text message of bytes that are UTF-8, or about to be validated.
    #[inline(always)]
    pub(crate) const fn unchecked_text(bytes: &'a [u8]) -> Self {
        Self::new(Opcode::Text, bytes)
    }

    /// Creates a binary message in one frame (§5.6).
    #[inline]
    #[must_use]
    pub const fn binary(bytes: &'a [u8]) -> Self {
        Self::new(Opcode::Binary, bytes)
    }

    /// Creates a Ping (§5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] for more than 125 bytes (§5.5).
    #[inline]
    pub const fn ping(payload: &'a [u8]) -> Result<Self, SendError> {
        Self::control(Opcode::Ping, payload)
    }

    /// Creates a Pong: the answer to a Ping if it has the same payload, otherwise a heartbeat
    /// (§5.5.3).
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

    /// Creates a Close, after which only Pongs may be sent (§5.5.1, §5.5.2).
    ///
    /// # Errors
    ///
    /// - [`SendError::ControlTooLong`] for a reason of more than 123 bytes (§5.5)
    /// - [`SendError::ReasonWithoutCode`] for a reason without a code (§5.5.1)
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

    /// Returns the bytes to send after those that
    /// [`Encoder::encode_header`](crate::Encoder::encode_header) returns: the payload, or for a
    /// Close only its reason, because the status code is among those bytes.
    #[inline]
    #[must_use]
    pub const fn payload(self) -> &'a [u8] {
        self.payload
    }

    /// Returns the opcode.
    #[inline]
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        self.opcode
    }

    /// Returns FIN: whether this is the last fragment of a message, or the only one.
    #[inline]
    #[must_use]
    pub const fn fin(self) -> bool {
        self.fin
    }

    /// Returns the length of the payload, with the code of a Close.
    #[inline(always)]
    pub(crate) const fn payload_len(&self) -> u64 {
        close::encoded_len(self.code, self.payload.len())
    }

    /// Returns RSV1 if the frame begins a compressed message (RFC 7692 §6).
    #[inline(always)]
    pub(super) const fn rsv(&self) -> Rsv {
        #[cfg(feature = "deflate")]
        if self.is_compressed() {
            return Rsv::RSV1;
        }
        Rsv::NONE
    }

    #[inline(always)]
    pub(crate) const fn header(&self, masking_key: Option<[u8; 4]>) -> Header {
        let Self { opcode, fin, .. } = *self;
        Header { fin, rsv: self.rsv(), opcode, payload_len: self.payload_len(), masking_key }
    }
}

impl OutgoingFrame<'_> {
    /// Writes what precedes the payload to `buffer`: the header, and the code of a Close. Returns
    /// the part that was written, and the key for the first byte of the payload.
    #[inline(always)]
    pub(super) fn start<'b>(
        &self,
        masking_key: Option<[u8; 4]>,
        buffer: &'b mut [u8; Header::MAX_LEN],
    ) -> (&'b [u8], Option<MaskingKey>) {
        let header_len = self.header(masking_key).encode(buffer).len();
        let mut key = masking_key.map(MaskingKey::new);
        let mut end = header_len;
        if let Some(code) = self.code {
            let place = buffer.get_mut(header_len..).unwrap_or_default();
            let code_len = close::encode(code, &[], place);
            end = header_len.saturating_add(code_len);
            if let Some(first) = key {
                first.apply(place.get_mut(..code_len).unwrap_or_default());
                key = Some(first.at(code_len));
            }
        }
        (buffer.get(..end).unwrap_or_default(), key)
    }
}

impl<'a> From<Message<'a>> for OutgoingFrame<'a> {
    #[inline]
    fn from(message: Message<'a>) -> Self {
        message.whole()
    }
}

/// Whatever a [`Message`] can borrow: text for a `str`, a binary message for bytes.
impl<'a, T: ?Sized> From<&'a T> for OutgoingFrame<'a>
where
    Message<'a>: From<&'a T>,
{
    #[inline]
    fn from(payload: &'a T) -> Self {
        Message::from(payload).whole()
    }
}
