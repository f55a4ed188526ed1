use crate::connection::duty::Duty;
use crate::connection::failure::Failure;
use crate::connection::state::State;
use crate::connection::timeouts::{Due, Timeouts};
#[cfg(feature = "deflate")]
use crate::deflate::Inflated;
use crate::payload::buffer::Buffer;
use crate::payload::utf8::Plain;
use crate::receive::inbox::{Inbox, Item};
use crate::receive::limits::Limits;
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::error::{Error, Rule};
use crate::wire::header::Opcode;
use crate::wire::message::Message;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

/// The receiving half of an [`Endpoint`](crate::Endpoint), for a task or thread of its own.
///
/// Call [`advance`](Self::advance), and do what it returns. Pass each [`Duty`] to the
/// [`Sender`](crate::Sender) of the same connection.
///
/// The buffer `I` holds the bytes that were read and the message that is lent. In an array or a slice
/// of `n` bytes, the longest message has `n - 125` bytes. A `Vec` (feature `alloc`) has
/// 4 KiB after the first read, and grows with the bytes that arrive, to at most twice their number. It
/// grows for longer messages, as far as [`Limits::max_message`] allows, and up to 64 KiB while each read
/// fills it. It does not shrink: see [`replace_buffer`](Self::replace_buffer).
pub struct Receiver<I> {
    pub(super) inbox: Inbox<I>,
    pub(super) state: State,
    /// This side has sent a Close, as far as this half knows.
    pub(super) close_sent: bool,
    /// A read returned 0 bytes.
    is_eof: bool,
    /// The sending half has been informed that reception has ended.
    has_told: bool,
    /// The application has promised to inflate compressed messages.
    #[cfg(feature = "deflate")]
    pub(super) inflates: bool,
    /// The message that is lent, if it was inflated.
    #[cfg(feature = "deflate")]
    pub(super) inflated: Option<Inflated>,
}

/// What a [`Receiver`] returns.
///
/// ```
/// use wsparse::{Arrival, Endpoint, Limits, Message};
///
/// let (mut receiver, mut sender) = Endpoint::server([0; 256], [0; 256], Limits::DEFAULT).split();
/// // An empty Ping, and "Hello" (§5.7), both masked.
/// let received = b"\x89\x80abcd\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// assert_eq!(receiver.advance(), Arrival::Read);
/// receiver.space()[..received.len()].copy_from_slice(received);
/// receiver.filled(received.len());
///
/// let Arrival::Duty(duty) = receiver.advance() else { panic!("no Ping") };
/// sender.perform(&duty)?;
/// assert_eq!(sender.output(), b"\x8a\x00"); // the Pong
///
/// assert_eq!(receiver.advance(), Arrival::Message);
/// assert_eq!(receiver.message(), Message::Text("Hello"));
/// # Ok::<(), wsparse::SendError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Arrival {
    /// Read into [`space`](Receiver::space), then call [`filled`](Receiver::filled).
    Read,
    /// A message: see [`message`](Receiver::message).
    Message,
    /// A Pong: see [`control`](Receiver::control).
    Pong,
    /// Pass this to [`Sender::perform`](crate::Sender::perform). If it answers a Ping or the peer's
    /// Close, [`control`](Receiver::control) returns the payload of that.
    Duty(Duty),
    /// The connection is over, and everything that arrived has been returned.
    ///
    /// The value is the status code of the peer's Close, if it has one, or the reason why there was
    /// none.
    Done(Result<Option<CloseCode>, Failure>),
}

/// How much was received or sent.
///
/// ```
/// use wsparse::{Endpoint, Limits, OutgoingFrame, Traffic};
///
/// let mut server = Endpoint::server([0; 256], [0; 256], Limits::DEFAULT);
/// server.send("Hello")?;
/// server.send(OutgoingFrame::ping(b"")?)?;
/// assert_eq!(server.sent(), Traffic { messages: 1, frames: 2, bytes: 7 + 2 });
/// assert_eq!(server.received(), Traffic::default());
/// # Ok::<(), wsparse::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Traffic {
    /// The number of whole messages.
    pub messages: u64,
    /// The number of frames, including control frames.
    pub frames: u64,
    /// The number of bytes, including headers.
    pub bytes: u64,
}

impl<I: Buffer> Receiver<I> {
    pub(super) const fn new(
        is_server: bool,
        limits: Limits,
        input: I,
        start: usize,
        end: usize,
    ) -> Self {
        Self {
            inbox: Inbox::new(is_server, limits, input, start, end),
            state: State::NEW,
            close_sent: false,
            is_eof: false,
            has_told: false,
            #[cfg(feature = "deflate")]
            inflates: false,
            #[cfg(feature = "deflate")]
            inflated: None,
        }
    }

    /// Goes on to the next thing, and returns what it is. What was lent before is discarded.
    ///
    /// After the peer's Close or a rule that it broke, what arrives is discarded: read until
    /// [`Arrival::Done`], because some systems discard what was written last if a socket is dropped
    /// while it has unread bytes.
    pub fn advance(&mut self) -> Arrival {
        let arrival = self.step();
        #[cfg(feature = "deflate")]
        if self.inflates
            && matches!(arrival, Arrival::Message)
            && self.inbox.stream().compressed().is_some()
        {
            self.fail(Rule::NoInflater);
            return self.end();
        }
        arrival
    }

    /// `advance`, without a look at whether a message is compressed.
    pub(super) fn step(&mut self) -> Arrival {
        #[cfg(feature = "deflate")]
        {
            self.inflated = None;
        }
        if self.state.is_receiving() {
            match self.inbox.advance() {
                Ok(Some(Item::Message)) => {
                    self.state.message();
                    return Arrival::Message;
                }
                Ok(Some(Item::Control(opcode))) => return self.control_frame(opcode),
                Ok(None) if self.is_eof => self.state.handle_eof(),
                Ok(None) => {
                    if self.inbox.make_room() {
                        return Arrival::Read;
                    }
                    let is_control = self.inbox.stream().is_within_control();
                    self.fail(if is_control { Rule::FrameTooBig } else { Rule::MessageTooBig });
                }
                Err(_) => self.state.failed(),
            }
        }
        self.end()
    }

    /// Handles a Ping, Pong or Close.
    fn control_frame(&mut self, opcode: Opcode) -> Arrival {
        self.state.control(self.inbox.stream().is_within());
        match opcode {
            Opcode::Ping => Arrival::Duty(Duty::pong(self.inbox.control())),
            Opcode::Pong => Arrival::Pong,
            _ => {
                let code = self.close().code;
                self.state.closed_by_peer(code, self.close_sent);
                self.has_told = true;
                Arrival::Duty(Duty::close(code, ""))
            }
        }
    }

    /// Reception has ended.
    pub(super) fn end(&mut self) -> Arrival {
        if !self.has_told {
            self.has_told = true;
            return Arrival::Duty(match self.failed() {
                Some(error) => Duty::close(Some(error.close_code()), error.rule().reason()),
                None => Duty::STOP,
            });
        }
        self.inbox.discard();
        if !self.is_eof && self.inbox.make_room() {
            return Arrival::Read;
        }
        Arrival::Done(self.state.outcome(self.failed()))
    }

    pub(super) fn fail(&mut self, rule: Rule) {
        self.inbox.stream_mut().fail_here(rule);
        self.state.failed();
    }

    pub(super) const fn failed(&self) -> Option<Error> {
        self.inbox.stream().failed()
    }

    /// Returns the message, after [`Arrival::Message`] and until the next call of
    /// [`advance`](Self::advance).
    pub fn message(&self) -> Message<'_> {
        #[cfg(feature = "deflate")]
        let message =
            self.inflated.as_ref().map_or_else(|| self.inbox.message(), Inflated::message);
        #[cfg(not(feature = "deflate"))]
        let message = self.inbox.message();
        match message {
            Plain::Text(text) => Message::Text(text),
            Plain::Binary(bytes) => Message::Binary(bytes),
        }
    }

    /// Returns the payload of the Ping, Pong or Close that has just arrived, until the next call of
    /// [`advance`](Self::advance).
    pub fn control(&self) -> &[u8] {
        self.inbox.control()
    }

    /// Returns the Close that has just arrived, until the next call of [`advance`](Self::advance).
    pub fn close(&self) -> Close<'_> {
        Close::parse(self.inbox.control()).unwrap_or(Close { code: None, reason: "" })
    }

    /// Returns the space to read into. It is not empty after [`Arrival::Read`].
    pub fn space(&mut self) -> &mut [u8] {
        self.inbox.space()
    }

    /// Returns the space to read into: at least `len` bytes if the buffer can grow.
    #[cfg(feature = "alloc")]
    pub(super) fn reserve(&mut self, len: usize) -> &mut [u8] {
        self.inbox.reserve(len)
    }

    /// Tells it that this number of bytes was read into the start of [`space`](Self::space). 0 means
    /// that the stream has ended.
    pub fn filled(&mut self, len: usize) {
        if len == 0 {
            self.is_eof = true;
            return;
        }
        if self.state.is_receiving() {
            self.state.arrived();
        }
        self.inbox.filled(len);
    }

    /// Reads once with `read`, which is called with [`space`](Self::space) and returns the number of
    /// bytes that it has read, as [`Read::read`](https://doc.rust-lang.org/std/io/trait.Read.html)
    /// does.
    ///
    /// # Errors
    ///
    /// The errors of `read`, after which nothing has changed. So you may call it again after a time-out,
    /// or after `ErrorKind::Interrupted`.
    pub fn read_with<E>(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let len = read(self.space())?;
        self.filled(len);
        Ok(())
    }

    /// Checks the time-outs, and returns what to do next: see
    /// [`Connection::tick`](crate::Connection::tick). For [`Due::Ping`], pass [`Duty::PING`] to the
    /// sender. After too many Pings and Pongs, the next [`advance`](Self::advance) returns the Close as a
    /// duty.
    pub fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        self.state.tick(now, timeouts, self.close_sent, self.inbox.stream_mut())
    }

    /// Tells it that the sender has sent a Close, so that [`tick`](Self::tick) waits for the peer's
    /// no longer than [`Timeouts::close`]. [`wants_shutdown`](Self::wants_shutdown) depends on it too.
    pub const fn close_was_sent(&mut self) {
        self.close_sent = true;
    }

    /// Returns whether to shut down the sending half of the socket, once the sender's output is
    /// written: nothing more will be sent.
    ///
    /// A server does so when both sides have sent a Close, which the receiver must
    /// [know](Self::close_was_sent). A client lets the server go first (§7.1.1). Both do so after a
    /// rule that the peer broke.
    ///
    /// If the sender lives in another thread, ask it instead: [`Sender::is_over`](crate::Sender::is_over).
    pub const fn wants_shutdown(&self) -> bool {
        self.state.is_finished(self.close_sent, !self.inbox.stream().is_masked())
    }

    /// Returns how much has been received.
    pub const fn received(&self) -> Traffic {
        let (messages, frames) = self.inbox.counts();
        Traffic { messages, frames, bytes: self.inbox.stream().offset() }
    }

    /// Returns whether nothing is stored: no part of a message, and no byte that was not decoded.
    pub const fn is_idle(&self) -> bool {
        self.inbox.is_idle()
    }

    /// Replaces the buffer, and returns the old one. It discards what is lent.
    ///
    /// Use it to release the memory of a long message, or to share one buffer between connections of
    /// which few are active. If `buffer` is empty, call [`advance`](Self::advance) before the next read:
    /// until then, [`space`](Self::space) is empty, and a read into it returns 0, as at the end of a
    /// stream.
    ///
    /// # Errors
    ///
    /// The new buffer if the old one is in use.
    pub fn replace_buffer(&mut self, buffer: I) -> Result<I, I> {
        if self.is_idle() { Ok(self.inbox.replace_buffer(buffer)) } else { Err(buffer) }
    }

    /// Returns where the bytes are in the buffer that have arrived and have not been decoded.
    ///
    /// Use it with [`into_buffer`](Self::into_buffer) to go on in another way, such as with a
    /// [`Decoder`](crate::Decoder).
    pub const fn unread(&self) -> Range<usize> {
        self.inbox.unread()
    }

    /// Returns the buffer.
    pub fn into_buffer(self) -> I {
        self.inbox.into_buffer()
    }
}

impl<I> fmt::Debug for Receiver<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<I: Buffer> defmt::Format for Receiver<I> {
    fn format(&self, f: defmt::Formatter<'_>) {
        let phase = self.state.phase(self.failed(), self.close_sent);
        defmt::write!(f, "Receiver {{ phase: {} }}", phase);
    }
}
