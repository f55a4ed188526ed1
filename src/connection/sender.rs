use crate::connection::duty::{Duty, Kind};
use crate::connection::receiver::Traffic;
use crate::payload::buffer::Buffer;
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::{KeySource, NoKeys, ServerKeys};
use crate::send::outbox::Outbox;
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::header::Header;
use core::fmt;

/// The sending half of an [`Endpoint`](crate::Endpoint), for a task or thread of its own.
///
/// [`send`](Self::send), [`close`](Self::close) and [`perform`](Self::perform) append frames to the
/// [`output`](Self::output), which you write to the socket.
///
/// In an array or a slice, the output has as many bytes as that; a frame that does not fit after those
/// that wait is refused with [`SendError::NoRoom`]. It needs at least 131 bytes, so that every Pong
/// fits. A `Vec` (feature `alloc`) grows: check the [length](Self::output) of what waits before you
/// send more.
pub struct Sender<O, K = NoKeys> {
    pub(super) encoder: Encoder<K>,
    outbox: Outbox<O>,
    /// The peer has closed or failed, or the stream has ended.
    is_receiving_over: bool,
    /// An endpoint owes a Ping that did not fit into the output.
    pub(super) owes_ping: bool,
    /// An endpoint has asked for the sending half of the socket to be shut down.
    pub(super) has_shut_down: bool,
    /// How much is left of a payload that is not in the buffer: see `send_header`.
    payload_left: usize,
    /// How many bytes of the buffer come before that payload. The others follow it.
    before_payload: usize,
    sent: Traffic,
}

impl<O: Buffer, K: KeySource> Sender<O, K> {
    pub(super) const fn new(encoder: Encoder<K>, output: O) -> Self {
        let sent = Traffic { messages: 0, frames: 0, bytes: 0 };
        Self {
            encoder,
            outbox: Outbox::new(output),
            is_receiving_over: false,
            owes_ping: false,
            has_shut_down: false,
            payload_left: 0,
            before_payload: 0,
            sent,
        }
    }

    /// Appends a message or another frame to the output.
    ///
    /// # Errors
    ///
    /// - [`SendError::Closed`] after a Close in either direction, after a rule that the peer broke, and
    ///   after the end of the stream (§5.5.1, §7.1.7)
    /// - [`ExpectedContinuation`](SendError::ExpectedContinuation) or
    ///   [`UnexpectedContinuation`](SendError::UnexpectedContinuation) for a frame that must not come
    ///   next (§5.4)
    /// - [`NoRoom`](SendError::NoRoom) if it does not fit after the bytes that wait
    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<(), SendError> {
        if !self.encoder.is_open() {
            return Err(SendError::Closed);
        }
        let frame = frame.into();
        self.append(&frame, |encoder, output| encoder.encode(frame, output).map(<[u8]>::len))
    }

    fn append(
        &mut self,
        frame: &OutgoingFrame<'_>,
        encode: impl FnOnce(&mut Encoder<K>, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        self.append_at_most(frame, self.encoder.encoded_len(*frame), encode)
    }

    /// Appends a frame that takes at most `max_len` bytes.
    pub(super) fn append_at_most(
        &mut self,
        frame: &OutgoingFrame<'_>,
        max_len: usize,
        encode: impl FnOnce(&mut Encoder<K>, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        let space = self.outbox.space(max_len);
        let len = encode(&mut self.encoder, space)?;
        self.outbox.appended(len);
        self.count(frame, len);
        Ok(())
    }

    fn count(&mut self, frame: &OutgoingFrame<'_>, len: usize) {
        let is_message = frame.fin() && !frame.opcode().is_control();
        self.sent.messages = self.sent.messages.wrapping_add(is_message.into());
        self.sent.frames = self.sent.frames.wrapping_add(1);
        self.sent.bytes = self.sent.bytes.wrapping_add(len as u64);
    }

    /// Begins the closing handshake (§7.1.2): appends a Close to the output. Messages may still arrive
    /// before the peer's Close, but nothing more can be [sent](Self::send).
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send), and [`SendError::ControlTooLong`] for a reason of more than
    /// 123 bytes.
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        self.send(OutgoingFrame::close(Close { code: Some(code), reason })?)
    }

    /// Performs what the receiving half has found due: appends a Pong, a Ping or a Close to the output
    /// if it must still be sent.
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`] if it does not fit after the bytes that wait. Write them, then call this
    /// again.
    pub fn perform(&mut self, duty: &Duty) -> Result<(), SendError> {
        match (duty.kind, duty.frame()) {
            (Kind::Ping, Some(ping)) if self.encoder.is_open() => self.owed(&ping)?,
            // §5.5.2: a Ping is answered until the peer's Close has arrived.
            (Kind::Pong, Some(pong)) if !self.is_receiving_over => self.owed(&pong)?,
            (Kind::Ping | Kind::Pong, _) => {}
            (Kind::Close, Some(close)) => {
                if !self.encoder.is_closed() {
                    self.owed(&close)?;
                }
                self.is_receiving_over = true;
            }
            (Kind::Stop | Kind::Close, _) => {
                self.encoder.shut();
                self.is_receiving_over = true;
            }
        }
        Ok(())
    }

    fn owed(&mut self, frame: &OutgoingFrame<'_>) -> Result<(), SendError> {
        self.append(frame, |encoder, output| encoder.encode_owed(frame, output).map(<[u8]>::len))
    }

    /// Appends the part of a frame before its payload to the output, so that the payload need not be
    /// copied.
    ///
    /// Returns the payload. Write the output and then the payload, with one vectored write if possible,
    /// and count both in [`wrote`](Self::wrote). Frames that are appended meanwhile follow the payload:
    /// they are not in the output until all of it is written. To give up half-way, call
    /// [`append_payload`](Self::append_payload).
    ///
    /// Of an [`EncodedMessage`](crate::EncodedMessage), it is the compressed payload if this connection
    /// sends that.
    ///
    /// ```
    /// use wsparse::{Endpoint, Limits, SendError};
    ///
    /// let (_, mut sender) = Endpoint::server([0; 256], [0; 256], Limits::DEFAULT).split();
    /// let payload = sender.send_header("Hello")?;
    /// assert_eq!((sender.output(), sender.payload_left()), (&b"\x81\x05"[..], 5));
    /// sender.wrote(2 + 1);
    /// sender.send("more")?;
    /// assert_eq!((sender.output(), sender.payload_left()), (&b""[..], 4));
    /// sender.append_payload(payload)?;
    /// assert_eq!(sender.output(), b"ello\x81\x04more");
    /// # Ok::<(), SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send), [`NoRoom`](SendError::NoRoom) while another payload is being
    /// written, and [`MustMask`](SendError::MustMask) at a client.
    pub fn send_header<'f>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
    ) -> Result<&'f [u8], SendError>
    where
        K: ServerKeys,
    {
        if !self.encoder.is_open() {
            return Err(SendError::Closed);
        }
        let (frame, needed) = (self.encoder.form(frame), Header::MAX_LEN);
        if self.payload_left > 0 {
            return Err(SendError::NoRoom { needed });
        }
        let space = self.outbox.space(needed);
        let Some(space) = space.first_chunk_mut() else { return Err(SendError::NoRoom { needed }) };
        let len = self.encoder.encode_header(frame, space)?.len();
        self.outbox.appended(len);
        self.before_payload = self.outbox.waiting().len();
        self.payload_left = frame.payload().len();
        self.count(&frame, len.saturating_add(self.payload_left));
        Ok(frame.payload())
    }

    /// Returns how many bytes at the end of a payload must be written after the output: see
    /// [`send_header`](Self::send_header).
    pub const fn payload_left(&self) -> usize {
        self.payload_left
    }

    /// Copies the bytes that are [left](Self::payload_left) of a payload to the output, after
    /// [`send_header`](Self::send_header). Pass the whole payload.
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`] if they do not fit with the bytes that wait. Nothing has changed then.
    pub fn append_payload(&mut self, payload: &[u8]) -> Result<(), SendError> {
        let written = payload.len().saturating_sub(self.payload_left);
        let rest = payload.get(written..).unwrap_or_default();
        let needed = rest.len();
        self.outbox.insert(self.before_payload, rest).ok_or(SendError::NoRoom { needed })?;
        self.payload_left = 0;
        Ok(())
    }

    /// Returns whether payloads are masked: whether this is a client's.
    pub fn masks(&self) -> bool {
        self.encoder.masks()
    }

    /// Returns the bytes that wait to be written, in the order in which they must be written.
    ///
    /// A large number of them means that the peer is slow: stop reading or sending until there are
    /// fewer.
    pub fn output(&self) -> &[u8] {
        let all = self.outbox.waiting();
        if self.payload_left == 0 {
            return all;
        }
        all.get(..self.before_payload).unwrap_or_default()
    }

    /// Returns how many bytes wait in the buffer: those of the [`output`](Self::output), and frames that
    /// follow a payload after [`send_header`](Self::send_header).
    pub fn waiting(&self) -> usize {
        self.outbox.waiting().len()
    }

    /// Tells it that the first `len` bytes of [`output`](Self::output) were written, and of a payload
    /// after it: see [`send_header`](Self::send_header).
    pub fn wrote(&mut self, len: usize) {
        let of_output = len.min(self.output().len());
        self.outbox.wrote(of_output);
        self.before_payload = self.before_payload.saturating_sub(of_output);
        self.payload_left = self.payload_left.saturating_sub(len.saturating_sub(of_output));
    }

    /// Writes once with `write`, which is called with [`output`](Self::output) and returns the number
    /// of bytes that it has written, as
    /// [`Write::write`](https://doc.rust-lang.org/std/io/trait.Write.html) does. If that number can be 0
    /// for a stream that takes no more bytes, return an error instead: otherwise, the loop never ends.
    ///
    /// # Errors
    ///
    /// The errors of `write`, after which nothing has changed. So you may call it again after a time-out,
    /// or after `ErrorKind::Interrupted`.
    pub fn write_with<E>(
        &mut self,
        write: impl FnOnce(&[u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let len = write(self.output())?;
        self.wrote(len);
        Ok(())
    }

    /// Returns the number of bytes that [`send`](Self::send) appends for this frame.
    pub fn encoded_len<'f>(&self, frame: impl Into<OutgoingFrame<'f>>) -> usize {
        self.encoder.encoded_len(frame)
    }

    /// Returns whether a Close was sent.
    pub const fn is_closed(&self) -> bool {
        self.encoder.is_closed()
    }

    /// Returns whether nothing more will be sent: both sides have sent a Close, the peer broke a rule, or
    /// the stream has ended. Write the rest of the output, then shut down the sending half of the
    /// socket. After a clean close, a client waits for the server to do so first (§7.1.1).
    pub const fn is_over(&self) -> bool {
        self.is_receiving_over
    }

    /// Returns how much has been sent, or waits to be written.
    pub const fn sent(&self) -> Traffic {
        self.sent
    }

    /// Returns whether a frame that the endpoint owes might not fit.
    pub(super) fn is_crowded(&self) -> bool {
        !self.outbox.is_empty() && !self.outbox.is_unbounded()
    }

    /// Replaces the buffer, and returns the old one.
    ///
    /// # Errors
    ///
    /// The new buffer if bytes wait in the old one.
    pub fn replace_buffer(&mut self, buffer: O) -> Result<O, O> {
        self.outbox.replace_buffer(buffer)
    }

    /// Returns the buffer.
    pub fn into_buffer(self) -> O {
        self.outbox.into_buffer()
    }
}

impl<O, K> fmt::Debug for Sender<O, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { encoder, sent, .. } = self;
        f.debug_struct("Sender")
            .field("encoder", encoder)
            .field("sent", sent)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<O, K> defmt::Format for Sender<O, K> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Sender {{ encoder: {}, sent: {} }}", self.encoder, self.sent);
    }
}
