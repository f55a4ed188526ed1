#[cfg(feature = "deflate")]
use crate::deflate::Direction;
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
#[cfg(feature = "deflate")]
use crate::send::frame::{Compression, Deflated};
use crate::wire::message::Message;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
use alloc::sync::Arc;

/// A message that is encoded once and sent over any number of connections.
///
/// It holds one unmasked frame: a header and a copy of the payload. A server sends these bytes as
/// they are, with [`Encoder::send_encoded`]. Wherever a frame is accepted, such as by
/// [`Encoder::encode`], a reference to it is accepted as well; a client then masks the payload with
/// a key of its own while it copies it.
///
/// It is stored in a slice, or with the feature `alloc` in an `Arc`, which is cheap to clone.
///
/// ```
/// use wsparse::{EncodedMessage, Encoder, Message, SendError};
///
/// let mut buffer = [0; 64];
/// let news = EncodedMessage::new(Message::Text("Hello"), &mut buffer)?;
///
/// let mut servers = [Encoder::server(), Encoder::server()];
/// for server in &mut servers {
///     assert_eq!(server.send_encoded(&news)?, b"\x81\x05Hello");
/// }
///
/// // This is the key of RFC 6455 §5.7; yours must be unpredictable.
/// let mut client = Encoder::client(|| [0x37, 0xfa, 0x21, 0x3d]);
/// let mut output = [0; 64];
/// let sent = client.encode(&news, &mut output)?;
/// assert_eq!(sent, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
/// # Ok::<(), SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodedMessage<B> {
    /// The frame. Only the constructors choose `B`, so that its bytes never change.
    bytes: B,
    header_len: u8,
    is_text: bool,
    /// The same message compressed.
    #[cfg(feature = "deflate")]
    pub(super) deflated: Option<DeflatedFrame<B>>,
}

#[cfg(feature = "deflate")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeflatedFrame<B> {
    pub(super) bytes: B,
    pub(super) header_len: usize,
    pub(super) direction: Direction,
}

impl<B: AsRef<[u8]>> EncodedMessage<B> {
    /// Creates it from the whole frame of `message`.
    fn from_frame(bytes: B, message: Message<'_>) -> Self {
        let header_len = bytes.as_ref().len().saturating_sub(message.as_bytes().len());
        Self {
            bytes,
            // At most 10.
            header_len: u8::try_from(header_len).unwrap_or_default(),
            is_text: matches!(message, Message::Text(_)),
            #[cfg(feature = "deflate")]
            deflated: None,
        }
    }

    fn frame(&self) -> OutgoingFrame<'_> {
        let payload = self.as_ref();
        let frame = if self.is_text {
            OutgoingFrame::unchecked_text(payload)
        } else {
            OutgoingFrame::binary(payload)
        };
        #[cfg(feature = "deflate")]
        let frame = OutgoingFrame {
            deflated: self.deflated.as_ref().map(|deflated| Deflated {
                payload: after(deflated.bytes.as_ref(), deflated.header_len),
                direction: deflated.direction,
            }),
            compression: Compression::Forbidden,
            ..frame
        };
        frame
    }

    /// Returns the message. If it is text, this validates it again, in linear time.
    ///
    /// ```
    /// use wsparse::{EncodedMessage, Message};
    ///
    /// let mut buffer = [0; 64];
    /// let news = EncodedMessage::new("Hello", &mut buffer)?;
    /// assert_eq!(news.as_message(), Message::Text("Hello"));
    /// assert_eq!(news.as_ref(), b"Hello");
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    #[must_use]
    pub fn as_message(&self) -> Message<'_> {
        if self.is_text {
            Message::Text(str::from_utf8(self.as_ref()).unwrap_or_default())
        } else {
            Message::Binary(self.as_ref())
        }
    }

    /// Returns the bytes of the frame, in the form that the encoder has chosen.
    #[inline]
    #[cfg_attr(not(feature = "deflate"), expect(unused_variables, reason = "there is one form"))]
    pub(super) fn encoded(&self, form: &OutgoingFrame<'_>) -> &[u8] {
        #[cfg(feature = "deflate")]
        if let Some(deflated) = self.deflated.as_ref().filter(|_| form.is_compressed()) {
            return deflated.bytes.as_ref();
        }
        self.bytes.as_ref()
    }
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for EncodedMessage<B> {
    /// Returns the payload.
    fn as_ref(&self) -> &[u8] {
        after(self.bytes.as_ref(), self.header_len.into())
    }
}

fn after(frame: &[u8], header_len: usize) -> &[u8] {
    frame.get(header_len..).unwrap_or_default()
}

impl<'b> EncodedMessage<&'b [u8]> {
    /// Encodes `message` at the start of `buffer`, which needs space for the payload and 10 bytes.
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`] if `buffer` is too short.
    pub fn new<'m>(
        message: impl Into<Message<'m>>,
        buffer: &'b mut [u8],
    ) -> Result<Self, SendError> {
        let message = message.into();
        let bytes = Encoder::server().encode(message, buffer)?;
        Ok(Self::from_frame(bytes, message))
    }
}

#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
impl EncodedMessage<Arc<[u8]>> {
    /// Encodes `message` in memory of its own. A clone shares that memory.
    ///
    /// It needs the feature `alloc`, and a target with atomic pointers. If memory runs out, the
    /// program is aborted, as by any `Arc`.
    ///
    /// ```
    /// use wsparse::{EncodedMessage, Encoder};
    ///
    /// let news = EncodedMessage::shared("Hello");
    /// let task = std::thread::spawn({
    ///     let news = news.clone();
    ///     move || Encoder::server().send_encoded(&news).map(<[u8]>::to_vec)
    /// });
    /// assert_eq!(task.join().unwrap().unwrap(), b"\x81\x05Hello");
    /// ```
    #[must_use]
    pub fn shared<'m>(message: impl Into<Message<'m>>) -> Self {
        let message = message.into();
        let mut server = Encoder::server();
        let len = server.encoded_len(message);
        let mut bytes: Arc<[u8]> = core::iter::repeat_n(0, len).collect();
        // It is not shared yet, and has the length of the frame.
        if let Some(bytes) = Arc::get_mut(&mut bytes) {
            _ = server.encode(message, bytes);
        }
        Self::from_frame(bytes, message)
    }
}

impl<'a, B: AsRef<[u8]>> From<&'a EncodedMessage<B>> for OutgoingFrame<'a> {
    /// The message as a frame that is encoded again, and masked by a client.
    #[inline]
    fn from(encoded: &'a EncodedMessage<B>) -> Self {
        encoded.frame()
    }
}

#[cfg(feature = "defmt")]
impl<B: AsRef<[u8]>> defmt::Format for EncodedMessage<B> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "EncodedMessage {{ bytes: {} }}", self.bytes.as_ref());
    }
}
