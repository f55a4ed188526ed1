use crate::connection::duty::{Duty, Kind};
use crate::connection::receiver::{Arrival, Receiver, Traffic};
use crate::connection::sender::Sender;
use crate::connection::state::Phase;
use crate::connection::step::Step;
use crate::connection::timeouts::{Due, Timeouts};
use crate::payload::buffer::Buffer;
use crate::receive::limits::Limits;
use crate::send::encoder::Encoder;
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::send::keys::{ClientKeys, KeySource, NoKeys};
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::message::Message;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

/// One endpoint of a connection after the opening handshake, which owns its buffers.
///
/// Call [`advance`](Self::advance) in a loop, and do what it returns. Pings are answered, and the
/// closing handshake is performed, without your help. You may [`send`](Self::send) and
/// [`close`](Self::close) at any time.
///
/// ```
/// use std::io::{self, Read, Write};
/// use wsparse::{Endpoint, Limits, Step};
///
/// /// Sends every message back. Call it after the opening handshake.
/// fn echo(mut stream: impl Read + Write) -> io::Result<()> {
///     let mut server = Endpoint::server([0; 4096], [0; 4096], Limits::DEFAULT);
///     loop {
///         match server.advance() {
///             Step::Read => server.read_with(|space| stream.read(space))?,
///             Step::Write => server.write_with(|output| stream.write(output))?,
///             Step::Message => server
///                 .reply(|message, sender| sender.send(message))
///                 .map_err(io::Error::other)?,
///             Step::Ping | Step::Pong | Step::Close => {}
///             Step::Shutdown => {} // for a socket: `stream.shutdown(Shutdown::Write)?`
///             Step::Done(outcome) => return outcome.map(drop).map_err(io::Error::other),
///         }
///     }
/// }
/// # struct Peer(&'static [u8], Vec<u8>);
/// # impl Read for &mut Peer {
/// #     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
/// #         self.0.read(buffer)
/// #     }
/// # }
/// # impl Write for &mut Peer {
/// #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
/// #         self.1.write(bytes)
/// #     }
/// #     fn flush(&mut self) -> io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
/// # // The masked "Hello" of RFC 6455 §5.7, an empty Ping, a Close.
/// # let mut peer = Peer(
/// #     b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80abcd\x88\x80abcd",
/// #     Vec::new(),
/// # );
/// # echo(&mut peer)?;
/// # assert_eq!(peer.1, b"\x81\x05Hello\x8a\x00\x88\x00");
/// # Ok::<(), io::Error>(())
/// ```
///
/// `advance` lends nothing, so that a function that returns a message can wait for it in a loop:
///
/// ```
/// # use std::io::{self, Read, Write};
/// # use wsparse::{Endpoint, Message, Step};
/// /// Returns the next message, or `None` at the end of the connection.
/// fn next<'e>(
///     endpoint: &'e mut Endpoint<[u8; 4096], [u8; 4096]>,
///     mut stream: impl Read + Write,
/// ) -> io::Result<Option<Message<'e>>> {
///     loop {
///         match endpoint.advance() {
///             Step::Message => return Ok(Some(endpoint.message())),
///             Step::Read => endpoint.read_with(|space| stream.read(space))?,
///             Step::Write => endpoint.write_with(|output| stream.write(output))?,
///             Step::Done(outcome) => return outcome.map(|_| None).map_err(io::Error::other),
///             Step::Ping | Step::Pong | Step::Close | Step::Shutdown => {}
///         }
///     }
/// }
/// ```
///
/// # Buffers
///
/// `I` is the buffer for input: see [`Receiver`]. `O` is the buffer for output: see [`Sender`]. Both
/// may be arrays, slices, or with feature `alloc` a `Vec` or a `Box`. A message that arrives in one piece
/// is lent where it was read, without a copy.
///
/// To receive and send in different tasks or threads, [`split`](Self::split) it.
pub struct Endpoint<I, O, K = NoKeys> {
    pub(super) receiver: Receiver<I>,
    pub(super) sender: Sender<O, K>,
}

impl<I: Buffer, O: Buffer> Endpoint<I, O> {
    /// Creates the server's end of a connection.
    pub const fn server(input: I, output: O, limits: Limits) -> Self {
        let receiver = Receiver::new(true, limits, input, 0, 0);
        Self::from_halves(receiver, Sender::new(Encoder::server(), output))
    }
}

impl<I: Buffer, O: Buffer, K: ClientKeys> Endpoint<I, O, K> {
    /// Creates the client's end of a connection, which masks each frame with a key from `keys`.
    ///
    /// The keys must be unpredictable (§10.3): see [`Encoder::client`].
    pub const fn client(input: I, output: O, limits: Limits, keys: K) -> Self {
        let receiver = Receiver::new(false, limits, input, 0, 0);
        Self::from_halves(receiver, Sender::new(Encoder::client(keys), output))
    }
}

impl<I: Buffer, O: Buffer, K: KeySource> Endpoint<I, O, K> {
    /// Creates one end of a connection in a type that serves both roles: the client's if `keys` is
    /// `Some`, otherwise the server's.
    ///
    /// See [`Encoder::new`].
    pub fn new(input: I, output: O, limits: Limits, keys: K) -> Self {
        Self::with_received(input, 0..0, output, limits, keys)
    }

    /// Creates one end of a connection like [`new`](Self::new), to which bytes have arrived already:
    /// those in this range of `input`.
    ///
    /// Use it if you perform the opening handshake in another way, and frames have arrived with it.
    pub fn with_received(
        input: I,
        received: Range<usize>,
        output: O,
        limits: Limits,
        keys: K,
    ) -> Self {
        let encoder = Encoder::new(keys);
        let end = received.end.min(input.as_slice().len());
        let start = received.start.min(end);
        let receiver = Receiver::new(!encoder.masks(), limits, input, start, end);
        Self::from_halves(receiver, Sender::new(encoder, output))
    }

    const fn from_halves(receiver: Receiver<I>, sender: Sender<O, K>) -> Self {
        Self { receiver, sender }
    }

    /// Goes on to the next thing, and returns what it is. What was lent before is discarded.
    pub fn advance(&mut self) -> Step {
        self.advance_by(Receiver::advance)
    }

    /// `advance`, with the method of the receiver to call.
    #[inline(always)]
    pub(super) fn advance_by(
        &mut self,
        mut receive: impl FnMut(&mut Receiver<I>) -> Arrival,
    ) -> Step {
        loop {
            if self.sender.is_crowded() {
                return Step::Write;
            }
            if self.sender.owes_ping {
                self.sender.owes_ping = false;
                self.perform(&Duty::PING);
                continue;
            }
            self.receiver.close_sent = self.sender.is_closed();
            let next = match receive(&mut self.receiver) {
                Arrival::Message => return Step::Message,
                Arrival::Pong => return Step::Pong,
                Arrival::Duty(duty) => {
                    let kind = duty.kind;
                    self.perform(&duty);
                    match kind {
                        Kind::Pong => return Step::Ping,
                        Kind::Close if self.receiver.failed().is_none() => return Step::Close,
                        _ => continue,
                    }
                }
                Arrival::Read => Step::Read,
                Arrival::Done(outcome) => Step::Done(outcome),
            };
            if !self.sender.output().is_empty() {
                return Step::Write;
            }
            let is_finished =
                self.receiver.state.is_finished(self.sender.is_over(), self.sender.masks());
            if next == Step::Read && is_finished && !self.sender.has_shut_down {
                self.sender.has_shut_down = true;
                return Step::Shutdown;
            }
            return next;
        }
    }

    /// Performs a duty. If the buffer is too short for it, a Close is sent empty or not at all, and a
    /// Ping is not answered.
    fn perform(&mut self, duty: &Duty) {
        let is_performed = self.sender.perform(duty).is_ok();
        if !is_performed
            && duty.kind == Kind::Close
            && self.sender.perform(&Duty::close(None, "")).is_err()
        {
            _ = self.sender.perform(&Duty::STOP);
        }
    }

    /// Returns the message, after [`Step::Message`] and until the next call of
    /// [`advance`](Self::advance).
    pub fn message(&self) -> Message<'_> {
        self.receiver.message()
    }

    /// Calls `reply` with the message, as [`message`](Self::message) returns it, and with the sender, so
    /// that an answer can borrow the message.
    pub fn reply<R>(&mut self, reply: impl FnOnce(Message<'_>, &mut Sender<O, K>) -> R) -> R {
        reply(self.receiver.message(), &mut self.sender)
    }

    /// Returns the payload of the Ping, Pong or Close that has just arrived, until the next call of
    /// [`advance`](Self::advance).
    pub fn control(&self) -> &[u8] {
        self.receiver.control()
    }

    /// Returns the peer's Close, after [`Step::Close`] and until the next call of
    /// [`advance`](Self::advance).
    pub fn close_frame(&self) -> Close<'_> {
        self.receiver.close()
    }

    #[cfg(feature = "alloc")]
    pub(super) const fn receiver_mut(&mut self) -> &mut Receiver<I> {
        &mut self.receiver
    }

    /// Returns the space to read into. It is not empty after [`Step::Read`].
    pub fn space(&mut self) -> &mut [u8] {
        self.receiver.space()
    }

    /// Tells it that this number of bytes was read into the start of [`space`](Self::space). 0 means
    /// that the stream has ended.
    pub fn filled(&mut self, len: usize) {
        self.receiver.filled(len);
    }

    /// Reads once: see [`Receiver::read_with`].
    ///
    /// # Errors
    ///
    /// The errors of `read`, after which nothing has changed.
    pub fn read_with<E>(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.receiver.read_with(read)
    }

    /// Appends a message or another frame to the output: see [`Sender::send`].
    ///
    /// # Errors
    ///
    /// The errors of [`Sender::send`].
    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<(), SendError> {
        self.sender.send(frame)
    }

    /// Begins the closing handshake: see [`Sender::close`].
    ///
    /// # Errors
    ///
    /// The errors of [`Sender::close`].
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        self.sender.close(code, reason)
    }

    /// Returns the bytes that wait to be written: see [`Sender::output`].
    pub fn output(&self) -> &[u8] {
        self.sender.output()
    }

    /// Tells it that the first `len` bytes of [`output`](Self::output) were written.
    pub fn wrote(&mut self, len: usize) {
        self.sender.wrote(len);
    }

    /// Writes once: see [`Sender::write_with`].
    ///
    /// # Errors
    ///
    /// The errors of `write`, after which nothing has changed.
    pub fn write_with<E>(
        &mut self,
        write: impl FnOnce(&[u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.sender.write_with(write)
    }

    /// Checks the time-outs, and returns what to do next: see
    /// [`Connection::tick`](crate::Connection::tick). A [`Due::Ping`] is in the output already. After
    /// too many Pings and Pongs, the next [`advance`](Self::advance) appends the Close.
    pub fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        self.receiver.close_sent = self.sender.is_closed();
        let due = self.receiver.tick(now, timeouts);
        if due == Due::Ping {
            self.sender.owes_ping = self.sender.perform(&Duty::PING).is_err();
        }
        due
    }

    /// Returns the state of the connection.
    pub fn phase(&self) -> Phase {
        self.receiver.state.phase(self.receiver.failed(), self.sender.is_closed())
    }

    /// Returns the status code with which the peer closed the connection: see
    /// [`Connection::close_code`](crate::Connection::close_code).
    pub fn close_code(&self) -> Option<u16> {
        self.receiver.state.close_code()
    }

    /// Returns how much has been received.
    pub const fn received(&self) -> Traffic {
        self.receiver.received()
    }

    /// Returns how much has been sent, or waits to be written.
    pub const fn sent(&self) -> Traffic {
        self.sender.sent()
    }

    /// Replaces the buffer for input: see [`Receiver::replace_buffer`].
    ///
    /// # Errors
    ///
    /// The new buffer if the old one is in use.
    pub fn replace_input(&mut self, input: I) -> Result<I, I> {
        self.receiver.replace_buffer(input)
    }

    /// Replaces the buffer for output: see [`Sender::replace_buffer`].
    ///
    /// # Errors
    ///
    /// The new buffer if bytes wait in the old one.
    pub fn replace_output(&mut self, output: O) -> Result<O, O> {
        self.sender.replace_buffer(output)
    }

    /// Splits it into halves that can live in different tasks or threads.
    pub fn split(self) -> (Receiver<I>, Sender<O, K>) {
        let Self { mut receiver, sender } = self;
        receiver.close_sent = sender.is_closed();
        (receiver, sender)
    }
}

impl<I, O, K> fmt::Debug for Endpoint<I, O, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { receiver, sender } = self;
        f.debug_struct("Endpoint")
            .field("receiver", receiver)
            .field("sender", sender)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<I: Buffer, O, K> defmt::Format for Endpoint<I, O, K> {
    fn format(&self, f: defmt::Formatter<'_>) {
        let Self { receiver, sender } = self;
        defmt::write!(f, "Endpoint {{ receiver: {}, sender: {} }}", receiver, sender);
    }
}
