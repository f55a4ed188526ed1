#[cfg(feature = "deflate")]
use crate::deflate::Direction;
use crate::payload::key::MaskingKey;
use crate::payload::utf8;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::{ClientKeys, KeySource, NoKeys};
use crate::wire::close;
use crate::wire::header::{Header, Opcode, header_len};
use core::fmt;

/// Encodes what one endpoint sends, and refuses what it must not send (§5.1, §5.4, §5.5).
///
/// Send the frames in the order in which they were encoded. A call that returns an error changes
/// nothing.
///
/// | Call | Payload | Output |
/// |---|---|---|
/// | [`encode`](Self::encode) | copied | a slice |
/// | [`encode_uninit`](Self::encode_uninit) | copied | memory that is not initialised |
/// | `append` (feature `alloc`) | copied | a `Vec`, which grows |
/// | [`encode_header`](Self::encode_header) | sent beside the header; servers only | 14 bytes |
/// | [`mask_binary_in_place`](Self::mask_binary_in_place), [`mask_text_in_place`](Self::mask_text_in_place) | masked where it is, if this is a client | 14 bytes |
/// | [`send_encoded`](Self::send_encoded) | encoded once for many connections; servers only | none |
///
/// It does not answer Pings or Closes. To have that done for you, use an
/// [`Endpoint`](crate::Endpoint).
///
/// ```
/// use wsparse::{Close, CloseCode, Encoder, Header, Message, OutgoingFrame, SendError};
///
/// // A server writes a header, and sends the payload without copying it.
/// let mut server = Encoder::server();
/// let hello = OutgoingFrame::text("Hello");
/// assert_eq!(server.encode_header(hello, &mut [0; Header::MAX_LEN])?, b"\x81\x05");
/// assert_eq!(hello.payload(), b"Hello");
///
/// // A client masks. This is the key of RFC 6455 §5.7; yours must be unpredictable.
/// let mut client = Encoder::client(|| [0x37, 0xfa, 0x21, 0x3d]);
/// let mut output = [0; 64];
/// let sent = client.encode(Message::Text("Hello"), &mut output)?;
/// assert_eq!(sent, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
///
/// let close = Close { code: Some(CloseCode::NORMAL), reason: "" };
/// client.encode(OutgoingFrame::close(close)?, &mut output)?;
/// assert_eq!(client.encode(hello, &mut output), Err(SendError::Closed));
/// # Ok::<(), SendError>(())
/// ```
pub struct Encoder<K = NoKeys> {
    pub(super) keys: K,
    pub(super) state: SendState,
    /// How messages may be compressed, if that was negotiated.
    #[cfg(feature = "deflate")]
    pub(super) outgoing: Option<Direction>,
}

/// What may be sent next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum SendState {
    /// Any frame that does not continue a message.
    BetweenMessages,
    /// Control frames, and the next fragment of a text message.
    InText,
    /// Control frames, and the next fragment of a binary message.
    InBinary,
    /// Only the frames that a connection sends on its own: the peer has closed, or broken a rule.
    Shut,
    /// Pongs: a Close has been sent.
    Closed,
}

impl SendState {
    /// Returns the state after `frame` has been sent.
    #[inline(always)]
    pub(super) const fn after(self, frame: &OutgoingFrame<'_>) -> Result<Self, SendError> {
        use Opcode::{Binary, Close, Continuation, Ping, Pong, Text};

        let message = if frame.is_text { Self::InText } else { Self::InBinary };
        match (self, frame.opcode) {
            // §5.5.1 forbids data after a Close; §5.5.2 demands the Pong until the peer's Close.
            (Self::Closed, Pong) => Ok(self),
            (Self::Closed | Self::Shut, _) => Err(SendError::Closed),
            (_, Close) => Ok(Self::Closed),
            // §5.4: control frames may be sent between the fragments of a message.
            (_, Ping | Pong) => Ok(self),
            (Self::BetweenMessages, Text | Binary) => {
                Ok(if frame.fin { Self::BetweenMessages } else { message })
            }
            (_, Text | Binary) => Err(SendError::ExpectedContinuation),
            // A text message must not be continued with binary data.
            (_, Continuation) if self as u8 != message as u8 => {
                Err(SendError::UnexpectedContinuation)
            }
            (_, Continuation) => Ok(if frame.fin { Self::BetweenMessages } else { message }),
        }
    }
}

impl Encoder {
    /// Creates the encoder of a server, which masks nothing (§5.1).
    #[must_use]
    pub const fn server() -> Self {
        Self::new(NoKeys)
    }
}

impl<K: ClientKeys> Encoder<K> {
    /// Creates the encoder of a client, which masks each frame with a fresh key (§5.3): `keys` is
    /// called once for each frame.
    ///
    /// The keys must be unpredictable; otherwise someone who controls the payload can make an
    /// intermediary misread it (§10.3). With the crate `rand` and an operating system,
    /// `Encoder::client(rand::random)` is enough. For other generators, see `masking_keys` (feature
    /// `rand`).
    #[must_use]
    pub const fn client(keys: K) -> Self {
        Self::new(keys)
    }
}

impl<K: KeySource> Encoder<K> {
    /// Creates the encoder of the role that `keys` stand for: see [`KeySource`].
    ///
    /// With an `Option`, one type serves both roles:
    ///
    /// ```
    /// use wsparse::{Encoder, Header, Message, SendError};
    ///
    /// struct Peer {
    ///     encoder: Encoder<Option<fn() -> [u8; 4]>>,
    /// }
    ///
    /// impl Peer {
    ///     /// Sends the payload without a copy if this is a server.
    ///     fn send(&mut self, message: Message<'_>, mut write: impl FnMut(&[u8])) -> Result<(), SendError> {
    ///         match self.encoder.encode_header(message, &mut [0; Header::MAX_LEN]) {
    ///             Ok(header) => {
    ///                 write(header);
    ///                 write(message.as_bytes());
    ///             }
    ///             Err(SendError::MustMask) => {
    ///                 let mut output = vec![0; self.encoder.encoded_len(message)];
    ///                 write(self.encoder.encode(message, &mut output)?);
    ///             }
    ///             Err(error) => return Err(error),
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut server = Peer { encoder: Encoder::new(None) };
    /// let mut client = Peer { encoder: Encoder::new(Some(|| [0x37, 0xfa, 0x21, 0x3d])) };
    /// let mut written = Vec::new();
    /// server.send(Message::Text("Hello"), |bytes| written.extend_from_slice(bytes))?;
    /// assert_eq!(written, b"\x81\x05Hello");
    /// written.clear();
    /// client.send(Message::Text("Hello"), |bytes| written.extend_from_slice(bytes))?;
    /// assert_eq!(written, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    /// # Ok::<(), SendError>(())
    /// ```
    #[must_use]
    pub const fn new(keys: K) -> Self {
        Self {
            keys,
            state: SendState::BetweenMessages,
            #[cfg(feature = "deflate")]
            outgoing: None,
        }
    }

    /// Returns whether payloads are masked: whether this is the encoder of a client (§5.1).
    #[inline]
    #[must_use]
    pub fn masks(&self) -> bool {
        self.keys.is_masked()
    }

    /// Returns whether a Close was encoded. After that, only Pongs can be encoded, because Pings
    /// must be answered until the peer's Close arrives (§5.5.1, §5.5.2).
    #[inline]
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, SendState::Closed)
    }

    /// Returns the number of bytes that [`encode`](Self::encode) writes for this frame.
    #[inline]
    #[must_use]
    pub fn encoded_len<'f>(&self, frame: impl Into<OutgoingFrame<'f>>) -> usize {
        self.frame_len(&self.form(frame))
    }

    /// Returns the frame in the form in which this endpoint sends it.
    #[inline(always)]
    pub(crate) fn form<'f>(&self, frame: impl Into<OutgoingFrame<'f>>) -> OutgoingFrame<'f> {
        let frame = frame.into();
        #[cfg(feature = "deflate")]
        if let Some(deflated) = self.deflated_form(&frame) {
            return deflated;
        }
        frame
    }

    /// Returns the state after `frame` has been sent.
    #[inline(always)]
    pub(super) fn after(&self, frame: &OutgoingFrame<'_>) -> Result<SendState, SendError> {
        #[cfg(feature = "deflate")]
        if frame.is_compressed() && self.outgoing.is_none() {
            return Err(SendError::NotNegotiated);
        }
        self.state.after(frame)
    }

    /// Writes a whole frame to the start of `output`, and returns the part that was written. A
    /// client masks the payload while it copies it.
    ///
    /// `output` needs space for the payload and [`Header::MAX_LEN`] bytes;
    /// [`encoded_len`](Self::encoded_len) returns the exact number.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`UnexpectedContinuation`](SendError::UnexpectedContinuation),
    /// [`NoRoom`](SendError::NoRoom).
    #[inline]
    pub fn encode<'f, 'o>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let frame = self.form(frame);
        let state = self.after(&frame)?;
        let output = self.write(&frame, output)?;
        self.state = state;
        Ok(output)
    }

    /// Writes the header of a binary message, and returns the part of `header` that was written.
    /// A client masks `payload` in place; a server leaves it unchanged. Send the header, then
    /// `payload`.
    ///
    /// ```
    /// use wsparse::{Encoder, Header};
    ///
    /// let mut client = Encoder::client(|| [1, 2, 4, 8]); // do not use such a key
    /// let mut payload = [0; 6];
    /// let mut header = [0; Header::MAX_LEN];
    /// let written = client.mask_binary_in_place(&mut payload, &mut header)?;
    /// assert_eq!(written, b"\x82\x86\x01\x02\x04\x08");
    /// assert_eq!(payload, [1, 2, 4, 8, 1, 2]);
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation).
    #[inline]
    pub fn mask_binary_in_place<'h>(
        &mut self,
        payload: &mut [u8],
        header: &'h mut [u8; Header::MAX_LEN],
    ) -> Result<&'h [u8], SendError> {
        let frame = OutgoingFrame::binary(payload);
        self.state.after(&frame)?;
        Ok(self.mask_in_place(frame.header(None), payload, header))
    }

    /// Writes the header of a text message and masks `payload` in place, like
    /// [`mask_binary_in_place`](Self::mask_binary_in_place). The text is validated first.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`ExpectedContinuation`](SendError::ExpectedContinuation),
    /// [`InvalidUtf8`](SendError::InvalidUtf8).
    #[inline]
    pub fn mask_text_in_place<'h>(
        &mut self,
        payload: &mut [u8],
        header: &'h mut [u8; Header::MAX_LEN],
    ) -> Result<&'h [u8], SendError> {
        let frame = OutgoingFrame::unchecked_text(payload);
        self.state.after(&frame)?;
        utf8::text(payload).map_err(|offset| SendError::InvalidUtf8 { offset })?;
        Ok(self.mask_in_place(frame.header(None), payload, header))
    }

    #[inline(always)]
    fn mask_in_place<'h>(
        &mut self,
        header: Header,
        payload: &mut [u8],
        buffer: &'h mut [u8; Header::MAX_LEN],
    ) -> &'h [u8] {
        let masking_key = self.keys.next();
        if let Some(key) = masking_key {
            MaskingKey::new(key).apply(payload);
        }
        Header { masking_key, ..header }.encode(buffer)
    }

    /// Returns whether compression was negotiated.
    #[cfg(feature = "deflate")]
    pub(crate) const fn has_deflate(&self) -> bool {
        self.outgoing.is_some()
    }

    /// Returns whether messages may be sent.
    #[inline]
    pub(crate) const fn is_open(&self) -> bool {
        !matches!(self.state, SendState::Closed | SendState::Shut)
    }

    /// Refuses all frames from now on, except those that a connection sends on its own.
    pub(crate) const fn shut(&mut self) {
        if self.is_open() {
            self.state = SendState::Shut;
        }
    }

    /// Writes a control frame that a connection sends on its own.
    pub(crate) fn encode_owed<'o>(
        &mut self,
        frame: &OutgoingFrame<'_>,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let output = self.write(frame, output)?;
        if matches!(frame.opcode, Opcode::Close) {
            self.state = SendState::Closed;
        }
        Ok(output)
    }

    #[inline(always)]
    pub(super) fn frame_len(&self, frame: &OutgoingFrame<'_>) -> usize {
        let payload_len = frame.payload_len();
        let len = usize::try_from(payload_len).unwrap_or(usize::MAX);
        len.saturating_add(header_len(payload_len, self.masks()))
    }

    // Faster if it is inlined, because the frame stays in registers.
    #[cfg_attr(target_os = "none", inline)]
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn write<'o>(
        &mut self,
        frame: &OutgoingFrame<'_>,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let needed = self.frame_len(frame);
        let Some((output, _)) = output.split_at_mut_checked(needed) else {
            return Err(SendError::NoRoom { needed });
        };
        let header = frame.header(self.keys.next());
        let header_len = header.encode_over(output);
        let place = output.get_mut(header_len..).unwrap_or_default();
        match (frame.code, header.masking_key.map(MaskingKey::new)) {
            (None, key) => MaskingKey::copy(key, frame.payload(), place),
            (Some(code), key) => {
                close::encode(code, frame.payload(), place);
                if let Some(key) = key {
                    key.apply(place);
                }
            }
        }
        Ok(output)
    }
}

impl<K> fmt::Debug for Encoder<K> {
    /// Leaves out the source of keys, which might reveal future keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<K> defmt::Format for Encoder<K> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Encoder {{ state: {} }}", self.state);
    }
}
