//! Messages that are sent compressed (RFC 7692 §6.1).

use crate::deflate::{Agreed, Deflater};
use crate::send::encoded::{DeflatedFrame, EncodedMessage};
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::{Compression, OutgoingFrame};
use crate::send::keys::KeySource;
use crate::wire::header::{Header, Opcode, header_len};
use crate::wire::message::Message;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A message, or a part of one, that you have compressed, such as with a [`Deflater`].
///
/// It is refused with [`SendError::NotNegotiated`] if compression was not negotiated. To have
/// messages compressed and sent in one call, use [`Encoder::encode_deflated`] or the method of the
/// same kind of another type.
///
/// ```
/// use wsparse::deflate::Agreed;
/// use wsparse::{CompressedMessage, Encoder, SendError};
///
/// let agreed = Agreed::WITHOUT_CONTEXT;
/// let mut server = Encoder::server().with_deflate(Some(agreed));
/// let mut output = [0; 64];
/// // "Hello" in two fragments (RFC 7692 §7.2.3.1).
/// let first = CompressedMessage::Text(b"\xf2\x48\xcd").first_fragment();
/// assert_eq!(server.encode(first, &mut output)?, b"\x41\x03\xf2\x48\xcd");
/// let last = CompressedMessage::Text(b"\xc9\xc9\x07\x00").last_fragment();
/// assert_eq!(server.encode(last, &mut output)?, b"\x80\x04\xc9\xc9\x07\x00");
/// # Ok::<(), SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CompressedMessage<'a> {
    /// Text, which must have been UTF-8 before it was compressed.
    Text(&'a [u8]),
    /// A binary message.
    Binary(&'a [u8]),
}

impl<'a> CompressedMessage<'a> {
    /// Returns the first fragment of a message whose end is not known yet: see
    /// [`Message::first_fragment`].
    #[must_use]
    pub const fn first_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { fin: false, ..self.whole() }
    }

    /// Returns a fragment between the first and the last of a message: see
    /// [`Message::next_fragment`].
    #[must_use]
    pub const fn next_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame { fin: false, ..self.last_fragment() }
    }

    /// Returns the last fragment of a message: see [`Message::last_fragment`].
    #[must_use]
    pub const fn last_fragment(self) -> OutgoingFrame<'a> {
        OutgoingFrame {
            opcode: Opcode::Continuation,
            compression: Compression::Forbidden,
            ..self.whole()
        }
    }

    /// Creates it for a message that became this payload.
    const fn of(message: Message<'_>, payload: &'a [u8]) -> Self {
        match message {
            Message::Text(_) => Self::Text(payload),
            Message::Binary(_) => Self::Binary(payload),
        }
    }

    const fn whole(self) -> OutgoingFrame<'a> {
        let frame = match self {
            Self::Text(payload) => OutgoingFrame::unchecked_text(payload),
            Self::Binary(payload) => OutgoingFrame::binary(payload),
        };
        OutgoingFrame { compression: Compression::Done, ..frame }
    }
}

/// Compression needs the feature `deflate`.
impl OutgoingFrame<'_> {
    /// Returns the same frame, to be sent uncompressed wherever messages are compressed as they are sent,
    /// such as by [`Encoder::encode_deflated`]. An [`EncodedMessage`] is still sent in the form that suits
    /// the connection.
    ///
    /// ```
    /// use wsparse::OutgoingFrame;
    ///
    /// let token = OutgoingFrame::text("a secret");
    /// assert!(token.is_compressible() && !token.uncompressed().is_compressible());
    /// ```
    #[must_use]
    pub const fn uncompressed(self) -> Self {
        match self.compression {
            Compression::Allowed => Self { compression: Compression::Forbidden, ..self },
            _ => self,
        }
    }

    /// Returns whether it may be compressed as it is sent: whether it is a whole message, and neither
    /// encoded already nor [`uncompressed`](Self::uncompressed).
    #[must_use]
    pub const fn is_compressible(self) -> bool {
        self.fin
            && matches!(self.opcode, Opcode::Text | Opcode::Binary)
            && matches!(self.compression, Compression::Allowed)
    }

    #[inline(always)]
    pub(super) const fn is_compressed(&self) -> bool {
        matches!(self.compression, Compression::Done)
    }
}

impl<'a> From<CompressedMessage<'a>> for OutgoingFrame<'a> {
    fn from(message: CompressedMessage<'a>) -> Self {
        message.whole()
    }
}

/// Compression needs the feature `deflate`.
impl<K: KeySource> Encoder<K> {
    /// Allows messages to be sent compressed, as was negotiated. `None` forbids it.
    #[must_use]
    pub fn with_deflate(mut self, agreed: Option<Agreed>) -> Self {
        self.set_deflate(agreed);
        self
    }

    pub(crate) fn set_deflate(&mut self, agreed: Option<Agreed>) {
        self.outgoing = agreed.map(|agreed| agreed.outgoing);
    }

    /// Compresses a message and writes it as a frame to the start of `output`. Returns the part that
    /// was written. A client masks the payload.
    ///
    /// The message is sent as it is:
    ///
    /// - if it is not [compressible](OutgoingFrame::is_compressible), such as an [`EncodedMessage`];
    /// - if `deflater` says that it [does not pay](Deflater::compress);
    /// - if the compressed message might not fit into `output`, which needs at most
    ///   [`Deflater::max_len`] and [`Header::MAX_LEN`] bytes;
    /// - if compression was not negotiated, or `deflater` was made for another agreement.
    ///
    /// ```
    /// use wsparse::deflate::{Agreed, Deflater, Policy};
    /// use wsparse::Encoder;
    ///
    /// let agreed = Agreed::WITHOUT_CONTEXT;
    /// let mut server = Encoder::server().with_deflate(Some(agreed));
    /// let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
    /// let mut output = [0; 512];
    /// let sent = server.encode_deflated(&"ten bytes.".repeat(20), &mut deflater, &mut output)?;
    /// assert!(sent.len() < 30 && sent[0] == 0xc1); // FIN, RSV1, text
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`encode`](Self::encode). If the call fails before it compresses, it changes nothing.
    /// If nothing fits into `output`, the next message that `deflater` compresses refers to none before it.
    pub fn encode_deflated<'m, 'o>(
        &mut self,
        message: impl Into<OutgoingFrame<'m>>,
        deflater: &mut Deflater,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let message = message.into();
        match self.deflate(&message, deflater, output)? {
            Some(len) => Ok(output.get(..len).unwrap_or_default()),
            None => self.encode(message, output),
        }
    }

    /// Compresses a message and appends it as a frame to `output`, which grows as needed: see
    /// [`encode_deflated`](Self::encode_deflated).
    ///
    /// # Errors
    ///
    /// The errors of [`append`](Self::append).
    pub fn append_deflated<'m>(
        &mut self,
        message: impl Into<OutgoingFrame<'m>>,
        deflater: &mut Deflater,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let message = message.into();
        let start = output.len();
        let needed = self.max_deflated_len(&message, deflater);
        let Some(needed) = needed.filter(|needed| output.try_reserve(*needed).is_ok()) else {
            return self.append(message, output);
        };
        output.resize(start.saturating_add(needed), 0);
        let space = output.get_mut(start..).unwrap_or_default();
        let sent = self.encode_deflated(message, deflater, space).map(<[u8]>::len);
        output.truncate(start.saturating_add(sent.unwrap_or_default()));
        sent.map(drop)
    }

    /// Returns a number of bytes that suffices for a message, compressed or not. Returns `None` if it is
    /// to be sent as it is.
    pub(crate) fn max_deflated_len(
        &self,
        message: &OutgoingFrame<'_>,
        deflater: &Deflater,
    ) -> Option<usize> {
        let len = message.payload.len();
        let is_wanted = message.is_compressible() && deflater.should_compress(len);
        let len = Deflater::max_len(len);
        is_wanted.then(|| len.saturating_add(header_len(len as u64, self.masks())))
    }

    /// Writes a message compressed, and returns the length of the frame. Returns `None` if it is to be
    /// sent uncompressed.
    fn deflate(
        &mut self,
        message: &OutgoingFrame<'_>,
        deflater: &mut Deflater,
        output: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        let state = self.after(message)?;
        let is_allowed =
            self.outgoing.is_some_and(|outgoing| outgoing.allows(deflater.direction()));
        if !is_allowed || !message.is_compressible() {
            return Ok(None);
        }
        // The length of the header depends on the result. What is compressed is moved if it is shorter
        // than expected.
        let place = header_len(Deflater::max_len(message.payload.len()) as u64, self.masks());
        let space = output.get_mut(place..).unwrap_or_default();
        let Ok(Some(len)) = deflater.compress(message.payload, space) else { return Ok(None) };
        let payload = space.get(..len).unwrap_or_default();
        let frame = OutgoingFrame { payload, compression: Compression::Done, ..*message };
        let mut buffer = [0; Header::MAX_LEN];
        let (header, key) = frame.start(self.keys.next(), &mut buffer);
        let end = header.len().saturating_add(len);
        if header.len() < place {
            output.copy_within(place..place.saturating_add(len), header.len());
        }
        let frame = output.get_mut(..end).unwrap_or_default();
        let (to, payload) = frame.split_at_mut_checked(header.len()).unwrap_or_default();
        to.iter_mut().zip(header).for_each(|(to, byte)| *to = *byte);
        if let Some(key) = key {
            key.apply(payload);
        }
        self.state = state;
        Ok(Some(end))
    }

    /// Returns the compressed form of a message that was compressed for many connections, if it suits
    /// this one.
    #[inline]
    pub(super) fn deflated_form<'f>(&self, frame: &OutgoingFrame<'f>) -> Option<OutgoingFrame<'f>> {
        let deflated = frame.deflated?;
        self.outgoing?.allows(deflated.direction).then_some(OutgoingFrame {
            payload: deflated.payload,
            compression: Compression::Done,
            deflated: None,
            ..*frame
        })
    }
}

impl EncodedMessage<Arc<[u8]>> {
    /// Encodes `message` both compressed and uncompressed, in memory of its own.
    ///
    /// Each connection sends the form that suits it: the compressed one if compression was
    /// [negotiated](Encoder::with_deflate) without context takeover, and with the window of
    /// `deflater` or a larger one. The message is compressed only once.
    ///
    /// If `deflater` keeps its context, or says that the message should not be
    /// [compressed](Deflater::compress), this is the same as [`shared`](Self::shared). It needs the
    /// feature `deflate`.
    ///
    /// ```
    /// use wsparse::deflate::{Agreed, Deflater, Policy};
    /// use wsparse::{EncodedMessage, Encoder};
    ///
    /// let agreed = Agreed::WITHOUT_CONTEXT;
    /// let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
    /// let news = EncodedMessage::shared_deflated(&"news ".repeat(100), &mut deflater);
    ///
    /// let mut plain = Encoder::server();
    /// assert_eq!(plain.send_encoded(&news)?.len(), 4 + 500);
    /// let mut compressed = Encoder::server().with_deflate(Some(agreed));
    /// assert!(compressed.send_encoded(&news)?.len() < 30);
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    #[must_use]
    pub fn shared_deflated<'m>(message: impl Into<Message<'m>>, deflater: &mut Deflater) -> Self {
        let message = message.into();
        let direction = deflater.direction();
        let mut payload = Vec::new();
        if direction.context_takeover || !deflater.compress_to_vec(message.as_bytes(), &mut payload)
        {
            return Self::shared(message);
        }
        let agreed = Agreed { outgoing: direction, incoming: direction };
        let mut frame = Vec::new();
        let compressed = CompressedMessage::of(message, &payload);
        // A new encoder refuses no message. If memory runs out, `Arc` aborts the program.
        _ = Encoder::server().with_deflate(Some(agreed)).append(compressed, &mut frame);
        let header_len = frame.len().saturating_sub(payload.len());
        let mut encoded = Self::shared(message);
        encoded.deflated = Some(DeflatedFrame { bytes: frame.into(), header_len, direction });
        encoded
    }
}
