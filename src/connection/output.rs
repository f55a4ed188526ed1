//! What a connection sends: the application's frames, and its own.

use crate::connection::Connection;
use crate::send::encoded::EncodedMessage;
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::{KeySource, ServerKeys};
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::header::{CONTROL_FRAME_MAX, Header};
use core::mem::MaybeUninit;

impl Connection {
    /// The largest number of bytes that one call of [`transmit`](Self::transmit),
    /// [`pong`](Self::pong) or [`close`](Self::close) can write, in either role: 131.
    pub const MAX_TRANSMIT: usize = CONTROL_FRAME_MAX;
}

impl<K: ServerKeys> Connection<K> {
    /// Writes the part of a frame before its payload, so that the payload need not be copied: see
    /// [`Encoder::encode_header`].
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send), except [`NoRoom`](SendError::NoRoom).
    #[inline]
    pub fn encode_header<'f, 'b>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        buffer: &'b mut [u8; Header::MAX_LEN],
    ) -> Result<&'b [u8], SendError> {
        self.open_encoder()?.encode_header(frame, buffer)
    }

    /// Returns the bytes to send for a message that is already encoded: see
    /// [`Encoder::send_encoded`]. Nothing is copied.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send), except [`NoRoom`](SendError::NoRoom).
    #[inline]
    pub fn send_encoded<'e, B: AsRef<[u8]>>(
        &mut self,
        message: &'e EncodedMessage<B>,
    ) -> Result<&'e [u8], SendError> {
        self.open_encoder()?.send_encoded(message)
    }
}

impl<K: KeySource> Connection<K> {
    /// Returns the encoder if the application may send.
    #[inline]
    pub(super) fn open_encoder(&mut self) -> Result<&mut Encoder<K>, SendError> {
        if self.encoder.is_open() { Ok(&mut self.encoder) } else { Err(SendError::Closed) }
    }

    /// Writes a message or another frame to the start of `output`, and returns the part that was
    /// written. A client masks the payload while it copies it.
    ///
    /// `output` needs space for the payload and [`Header::MAX_LEN`] bytes.
    ///
    /// ```
    /// use core::num::NonZeroUsize;
    /// use wsparse::{Connection, Limits, Message};
    ///
    /// let mut server = Connection::server(Limits::DEFAULT);
    /// let mut output = [0; 64];
    /// assert_eq!(server.send(Message::Text("Hello"), &mut output)?, b"\x81\x05Hello");
    ///
    /// // In fragments of at most 3 bytes.
    /// let Some(size) = NonZeroUsize::new(3) else { return Ok(()) };
    /// let mut sent = Vec::new();
    /// for fragment in Message::Text("Hello").fragments(size) {
    ///     sent.extend_from_slice(server.send(fragment, &mut output)?);
    /// }
    /// assert_eq!(sent, b"\x01\x03Hel\x80\x02lo");
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`SendError::Closed`] after a Close in either direction, after an error, and after
    ///   [the end of the stream](Self::handle_eof) (§5.5.1, §7.1.7)
    /// - [`ExpectedContinuation`](SendError::ExpectedContinuation) or
    ///   [`UnexpectedContinuation`](SendError::UnexpectedContinuation) for a frame that must not
    ///   come next (§5.4)
    /// - [`NoRoom`](SendError::NoRoom) if `output` is too short: see
    ///   [`encoded_len`](Self::encoded_len)
    #[inline]
    pub fn send<'f, 'o>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        self.open_encoder()?.encode(frame, output)
    }

    /// Writes a message or another frame like [`send`](Self::send), but `output` need not be
    /// initialised.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_uninit<'f, 'o>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &'o mut [MaybeUninit<u8>],
    ) -> Result<&'o mut [u8], SendError> {
        self.open_encoder()?.encode_uninit(frame, output)
    }

    /// Appends a message or another frame to `output`, which grows as needed.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send). [`NoRoom`](SendError::NoRoom) means that no memory can be
    /// allocated.
    #[cfg(feature = "alloc")]
    pub fn append<'f>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &mut alloc::vec::Vec<u8>,
    ) -> Result<(), SendError> {
        self.open_encoder()?.append(frame, output)
    }

    /// Returns the number of bytes that [`send`](Self::send) writes for this frame.
    #[inline]
    #[must_use]
    pub fn encoded_len<'f>(&self, frame: impl Into<OutgoingFrame<'f>>) -> usize {
        self.encoder.encoded_len(frame)
    }

    /// Writes the header of a binary message, and masks its payload in place if this is a client:
    /// see [`Encoder::mask_binary_in_place`].
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send), except [`NoRoom`](SendError::NoRoom).
    #[inline]
    pub fn mask_binary_in_place<'h>(
        &mut self,
        payload: &mut [u8],
        header: &'h mut [u8; Header::MAX_LEN],
    ) -> Result<&'h [u8], SendError> {
        self.open_encoder()?.mask_binary_in_place(payload, header)
    }

    /// Writes the header of a text message, and masks its payload in place if this is a client: see
    /// [`Encoder::mask_text_in_place`].
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send), except [`NoRoom`](SendError::NoRoom); and
    /// [`InvalidUtf8`](SendError::InvalidUtf8).
    #[inline]
    pub fn mask_text_in_place<'h>(
        &mut self,
        payload: &mut [u8],
        header: &'h mut [u8; Header::MAX_LEN],
    ) -> Result<&'h [u8], SendError> {
        self.open_encoder()?.mask_text_in_place(payload, header)
    }

    /// Begins the closing handshake (§7.1.2): writes a Close to the start of `output`, and returns
    /// the part that was written.
    ///
    /// Go on reading. Until the peer's Close arrives, messages may still be received, but a call of
    /// [`send`](Self::send) returns [`SendError::Closed`]. Go on answering Pings with
    /// [`pong`](Self::pong) (§5.5.2).
    ///
    /// # Errors
    ///
    /// - [`SendError::Closed`] if this side has already sent a Close, or the connection is ending
    ///   for another reason: the peer closed first, it broke a rule, or the stream has ended
    /// - [`SendError::ControlTooLong`] for a reason of more than 123 bytes
    /// - [`SendError::NoRoom`] if `output` is too short: [`MAX_TRANSMIT`](Connection::MAX_TRANSMIT)
    ///   bytes are always enough
    pub fn close<'o>(
        &mut self,
        code: CloseCode,
        reason: &str,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let close = OutgoingFrame::close(Close { code: Some(code), reason })?;
        self.send(close, output)
    }

    /// Answers a Ping (§5.5.2): writes a Pong with the same payload to the start of `output`, and
    /// returns the part that was written.
    ///
    /// Call it with the payload of each [`Received::Ping`](crate::Received::Ping), also after this
    /// side's Close. If several Pings are waiting for an answer, you may answer only the newest
    /// (§5.5.3). After the peer's Close, an error, or [the end of the stream](Self::handle_eof), no
    /// answer is needed, and nothing is written.
    ///
    /// ```
    /// use wsparse::{Assembler, Connection, Input, Limits, Received};
    ///
    /// let mut server = Connection::server(Limits::DEFAULT);
    /// let mut assembler = Assembler::new([0; 1024]);
    /// let mut output = [0; Connection::MAX_TRANSMIT];
    /// let mut read = *b"\x89\x82\0\0\0\0hi";
    /// if let Some(Received::Ping(payload)) = server.next(&mut Input::new(&mut read), &mut assembler)? {
    ///     assert_eq!(server.pong(payload, &mut output)?, b"\x8a\x02hi");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`SendError::ControlTooLong`] for a payload of more than 125 bytes, which no Ping has
    /// - [`SendError::NoRoom`] if `output` is too short: [`MAX_TRANSMIT`](Connection::MAX_TRANSMIT)
    ///   bytes are always enough
    pub fn pong<'o>(&mut self, ping: &[u8], output: &'o mut [u8]) -> Result<&'o [u8], SendError> {
        let pong = OutgoingFrame::pong(ping)?;
        if !self.state.is_receiving() {
            return Ok(&[]);
        }
        self.encoder.encode_owed(&pong, output)
    }

    /// Returns whether [`transmit`](Self::transmit) has a frame to write.
    #[inline]
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        self.next_owed().is_some()
    }

    #[inline]
    fn next_owed(&self) -> Option<OutgoingFrame<'static>> {
        if self.encoder.is_closed() || self.state.is_eof() {
            return None;
        }
        if self.owes_ping && self.state.is_receiving() {
            return OutgoingFrame::ping(&[]).ok();
        }
        self.state.answer(self.failed())
    }

    /// Returns the number of bytes that the next call of [`transmit`](Self::transmit) writes.
    #[must_use]
    pub fn transmit_len(&self) -> usize {
        self.next_owed().map_or(0, |frame| self.encoder.encoded_len(frame))
    }

    /// Appends what [`transmit`](Self::transmit) writes to `output`, which grows as needed.
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`] if no memory can be allocated.
    #[cfg(feature = "alloc")]
    pub fn append_transmit(&mut self, output: &mut alloc::vec::Vec<u8>) -> Result<(), SendError> {
        let mut frame = [0; CONTROL_FRAME_MAX];
        let needed = self.transmit_len();
        output.try_reserve(needed).map_err(|_| SendError::NoRoom { needed })?;
        output.extend_from_slice(self.transmit(&mut frame)?);
        Ok(())
    }

    /// Writes the frame that the connection must send on its own to the start of `output`, and
    /// returns the part that was written. It is empty if there is no such frame.
    ///
    /// The frame is a Ping that is [due](Self::tick), the answer to the peer's Close, or the Close
    /// that reports an error. There is never more than one at a time, and none after this side's
    /// Close.
    ///
    /// Call it after each read and after [`tick`](Self::tick).
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`] if `output` is too short: [`MAX_TRANSMIT`](Connection::MAX_TRANSMIT)
    /// bytes are always enough.
    pub fn transmit<'o>(&mut self, output: &'o mut [u8]) -> Result<&'o [u8], SendError> {
        match self.next_owed() {
            None => Ok(&[]),
            Some(frame) => {
                let output = self.encoder.encode_owed(&frame, output)?;
                self.owes_ping = false;
                Ok(output)
            }
        }
    }
}

/// A connection does not lend its encoder: a caller could replace it, and so undo a Close.
///
/// ```compile_fail,E0599
/// use wsparse::{Connection, Encoder, Limits};
///
/// let mut server = Connection::server(Limits::DEFAULT);
/// *server.encoder()? = Encoder::server();
/// # Ok::<(), wsparse::SendError>(())
/// ```
#[cfg(doctest)]
struct CloseCannotBeUndone;
