//! One endpoint of a connection without its socket: its duties, the closing handshake and
//! time-outs (§5.5, §7).
//!
//! Imports `receive`, `send`, `deflate`, `wire` and `payload`; `opening` also imports `handshake`.

// opening      the opening handshake as state machines, which lead to an endpoint
// endpoint     owns its buffers, and consists of receiver and sender; step is what it returns, duty
//              what passes between the halves, failure how it ends early, pair two of them in memory
// mod, output  `Connection`: the same without buffers
// deflated     all of them with compression
// state        what both know of the end of the connection; timeouts what they know of the time

#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod deflated;
pub(crate) mod duty;
pub(crate) mod endpoint;
pub(crate) mod failure;
#[cfg(feature = "handshake")]
pub(crate) mod opening;
mod output;
#[cfg(feature = "alloc")]
pub(crate) mod pair;
pub(crate) mod receiver;
pub(crate) mod sender;
pub(crate) mod state;
pub(crate) mod step;
pub(crate) mod timeouts;

use crate::connection::state::{Phase, State};
use crate::connection::timeouts::{Due, Timeouts};
use crate::payload::buffer::Buffer;
use crate::receive::assembler::Assembler;
use crate::receive::input::Input;
use crate::receive::limits::Limits;
use crate::receive::messages::{Messages, Received};
use crate::send::encoder::Encoder;
use crate::send::keys::{ClientKeys, KeySource, NoKeys};
use crate::wire::error::Error;
use crate::wire::role::Role;
use core::fmt;
use core::time::Duration;

/// One endpoint of a WebSocket connection after the opening handshake, without the socket.
///
/// Pass the bytes that you read to [`next`](Self::next), which returns messages and control frames.
/// Write the bytes that [`send`](Self::send), [`pong`](Self::pong), [`transmit`](Self::transmit)
/// and [`close`](Self::close) return, in the order of the calls. `transmit` returns the frame that
/// the connection must send on its own: a Close in answer to the peer's, a Close for a rule that
/// the peer broke, or a Ping to a silent peer.
///
/// The order of calls is the same for servers and clients:
///
/// 1. Call `next` with the bytes of one read until it returns `None` or an error. Answer each
///    [`Received::Ping`] with `pong`.
/// 2. Call [`tick`](Self::tick), if you need time-outs or a limit on the rate of control frames.
///    Then write what `transmit` returns.
/// 3. If [`should_close`](Self::should_close) returns true, close the socket as described there.
/// 4. Read again. At the end of the stream, call [`handle_eof`](Self::handle_eof).
///
/// You may call `send` and `close` at any time. This function performs steps 1 and 2 without
/// time-outs, and returns whether to read on:
///
/// ```
/// use wsparse::{Assembler, Buffer, Connection, Input, Limits, Received, SendError};
///
/// /// Echoes messages, and returns whether to read on.
/// fn on_read(
///     connection: &mut Connection,
///     read: &mut [u8],
///     assembler: &mut Assembler<impl Buffer>,
///     output: &mut [u8],
///     mut write: impl FnMut(&[u8]),
/// ) -> Result<bool, SendError> {
///     let mut input = Input::new(read);
///     loop {
///         match connection.next(&mut input, assembler) {
///             Ok(Some(Received::Message(message))) => write(connection.send(message, output)?),
///             Ok(Some(Received::Ping(payload))) => write(connection.pong(payload, output)?),
///             Ok(Some(_)) => {}
///             Ok(None) => break,
///             Err(error) => {
///                 eprintln!("the peer broke a rule: {error}");
///                 break;
///             }
///         }
///     }
///     write(connection.transmit(output)?);
///     Ok(!connection.should_close())
/// }
///
/// let mut connection = Connection::server(Limits::DEFAULT);
/// let mut written = Vec::new();
/// // The masked "Hello" of RFC 6455 §5.7, then an empty Ping, then a Close.
/// let mut read = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80abcd\x88\x80abcd";
/// let read_on = on_read(
///     &mut connection,
///     &mut read,
///     &mut Assembler::new([0; 1024]),
///     &mut [0; 1024],
///     |bytes| written.extend_from_slice(bytes),
/// )?;
/// assert_eq!(written, b"\x81\x05Hello\x8a\x00\x88\x00");
/// assert!(!read_on); // both sides have sent a Close: the server closes the socket (§7.1.1)
/// # Ok::<(), SendError>(())
/// ```
///
/// It takes at most 128 bytes, plus a client's source of keys. It stores no payload: messages that
/// arrive in several pieces are stored in the [`Assembler`], which connections can share as long as
/// it [is idle](Assembler::is_idle).
pub struct Connection<K = NoKeys> {
    messages: Messages,
    encoder: Encoder<K>,
    state: State,
    /// A Ping is due.
    owes_ping: bool,
}

impl Connection {
    /// Creates the server's end of a connection.
    #[must_use]
    pub const fn server(limits: Limits) -> Self {
        Self::with_role(Role::Server, limits, Encoder::server())
    }
}

impl<K: ClientKeys> Connection<K> {
    /// Creates the client's end of a connection, which masks each frame with a key from `keys`.
    ///
    /// The keys must be unpredictable (§10.3): see [`Encoder::client`].
    ///
    /// ```
    /// # #[cfg(feature = "rand")] {
    /// use rand::SeedableRng;
    /// use rand::rngs::{StdRng, SysRng};
    /// use wsparse::{CloseCode, Connection, Limits, Message, masking_keys};
    ///
    /// let generator = StdRng::try_from_rng(&mut SysRng)?;
    /// let mut client = Connection::client(Limits::DEFAULT, masking_keys(generator));
    /// let mut output = [0; 1024];
    /// let hello = client.send(Message::Text("Hello"), &mut output)?;
    /// // Write `hello` to the socket, then:
    /// let close = client.close(CloseCode::NORMAL, "", &mut output)?;
    /// // Write `close`, and go on reading until the server has ended its stream (§7.1.1).
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn client(limits: Limits, keys: K) -> Self {
        Self::with_role(Role::Client, limits, Encoder::client(keys))
    }
}

impl<K: KeySource> Connection<K> {
    /// Creates one end of a connection in a type that serves both roles: the client's if `keys` is
    /// `Some`, otherwise the server's.
    ///
    /// See [`Encoder::new`].
    #[must_use]
    pub fn new(limits: Limits, keys: K) -> Self {
        let encoder = Encoder::new(keys);
        let role = if encoder.masks() { Role::Client } else { Role::Server };
        Self::with_role(role, limits, encoder)
    }

    const fn with_role(role: Role, limits: Limits, encoder: Encoder<K>) -> Self {
        Self { messages: Messages::new(role, limits), encoder, state: State::NEW, owes_ping: false }
    }
}

impl<K: KeySource> Connection<K> {
    /// Takes the next message or control frame off the start of `input`, or returns `None` if all
    /// bytes have been taken.
    ///
    /// Call it until it returns `None` or an error. Answer a Ping with [`pong`](Self::pong). The
    /// answer to a Close is waiting in [`transmit`](Self::transmit). After the peer's Close, an
    /// error, or [the end of the stream](Self::handle_eof), all bytes of `input` are discarded
    /// (§5.5.1, §7.1.7).
    ///
    /// Pass the same assembler to every call for this connection. An assembler that
    /// [is idle](Assembler::is_idle) may be replaced.
    ///
    /// # Errors
    ///
    /// The errors of [`Messages::next`], and
    /// [`Rule::TooManyControls`](crate::Rule::TooManyControls) after a [`tick`](Self::tick) that
    /// found too many control frames. A Close with the error's status code is then waiting in
    /// `transmit`, unless this side has already sent a Close. Every later call returns the same
    /// error.
    #[inline]
    pub fn next<'a, 'b: 'a, B: Buffer>(
        &mut self,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
    ) -> Result<Option<Received<'a>>, Error> {
        #[cfg(feature = "deflate")]
        let inflates = self.encoder.has_deflate();
        self.receive(input, |messages, input| {
            let received = messages.next(input, assembler);
            #[cfg(feature = "deflate")]
            if inflates
                && matches!(received, Ok(Some(Received::Message(_))))
                && messages.stream().compressed().is_some()
            {
                return Err(messages.stream_mut().fail_here(crate::wire::error::Rule::NoInflater));
            }
            received
        })
    }

    /// `next`, with the method of [`Messages`] to call.
    #[inline(always)]
    fn receive<'a, 'b: 'a>(
        &mut self,
        input: &mut Input<'b>,
        next: impl FnOnce(&mut Messages, &mut Input<'b>) -> Result<Option<Received<'a>>, Error>,
    ) -> Result<Option<Received<'a>>, Error> {
        if !self.state.is_receiving() {
            return self.discard(input);
        }
        if !input.is_empty() {
            self.state.arrived();
        }
        let received = next(&mut self.messages, input);
        match &received {
            Ok(None) => {}
            Ok(Some(Received::Message(_))) => self.state.message(),
            Ok(Some(control)) => self.control(control),
            Err(_) => {
                self.state.failed();
                self.encoder.shut();
                input.take();
            }
        }
        received
    }

    /// A control frame has arrived.
    fn control(&mut self, received: &Received<'_>) {
        self.state.control(self.messages.stream().is_within());
        if let Received::Close(close) = received {
            self.state.closed_by_peer(close.code, self.encoder.is_closed());
            // From now on, only the answer is sent.
            self.encoder.shut();
        }
    }

    #[cold]
    fn discard<'a>(&self, input: &mut Input<'_>) -> Result<Option<Received<'a>>, Error> {
        input.take();
        self.failed().map_or(Ok(None), Err)
    }

    const fn failed(&self) -> Option<Error> {
        self.messages.stream().failed()
    }

    /// Returns the state of the connection.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.state.phase(self.failed(), self.encoder.is_closed())
    }

    /// Returns whether to close the socket:
    ///
    /// - after [the end of the stream](Self::handle_eof);
    /// - after the peer broke a rule, once this side has sent a Close:
    ///   [`transmit`](Self::transmit) returns the one that reports the rule;
    /// - at a server, once both sides have sent a Close. A client lets the server close first
    ///   (§7.1.1), and reads until the end of the stream.
    ///
    /// To close the socket, write everything that `transmit` has returned, shut down the sending
    /// half, then read until the peer has ended its half or [takes too long](Self::tick). If a
    /// socket is dropped while it has unread bytes, some systems discard what was written last: the
    /// Close.
    #[must_use]
    pub fn should_close(&self) -> bool {
        self.state.is_finished(self.encoder.is_closed(), self.encoder.masks())
    }

    /// Handles the end of the peer's stream: a read of 0 bytes. Nothing is received or sent after
    /// it.
    ///
    /// If the [phase](Self::phase) is [`Phase::Cut`] then, the peer sent no Close.
    pub const fn handle_eof(&mut self) {
        self.state.handle_eof();
        self.encoder.shut();
    }

    /// Returns the status code with which the peer closed the connection (§7.1.5), or `None` if it
    /// has not closed yet.
    ///
    /// The code is 1005 if the peer's Close had none. It is 1006 if no Close arrived, because the
    /// stream [ended](Self::handle_eof) or the peer broke a rule.
    #[must_use]
    pub const fn close_code(&self) -> Option<u16> {
        self.state.close_code()
    }

    /// Checks the time-outs and the rate of control frames. Returns what to do next: wait, send a
    /// Ping, or give up.
    ///
    /// `now` is the time since any fixed moment, such as `start.elapsed()` for an `Instant`. Call
    /// it after each read, and again at the time in the last [`Due::Wait`]. If you need neither
    /// time-outs nor a limit on the rate, never call it. After [`Due::Ping`], an empty Ping is
    /// waiting in [`transmit`](Self::transmit).
    ///
    /// Bytes that arrived since the last call count as received at `now`. If you call it at fixed
    /// intervals, a time-out may therefore fire up to two intervals late.
    ///
    /// If more Pings and Pongs arrived than [`Limits::max_control_rate`] allows, the connection
    /// fails with [`Rule::TooManyControls`](crate::Rule::TooManyControls), and the Close that
    /// reports it is waiting in `transmit`. They are counted in whole seconds of `now`, so a short
    /// burst of up to twice the limit may pass. If you call `tick` rarely, the limit applies to the
    /// average since the last call.
    ///
    /// ```
    /// use core::time::Duration;
    /// use wsparse::{Connection, Due, Limits, Timeouts};
    ///
    /// let [start, later, end] = [0, 30, 50].map(Duration::from_secs);
    /// let timeouts = Timeouts::DEFAULT;
    /// let mut server = Connection::server(Limits::DEFAULT);
    /// assert_eq!(server.tick(start, &timeouts), Due::Wait { until: later });
    /// assert_eq!(server.tick(later, &timeouts), Due::Ping);
    /// assert_eq!(server.transmit(&mut [0; 131])?, b"\x89\x00");
    /// assert_eq!(server.tick(later, &timeouts), Due::Wait { until: end });
    /// assert_eq!(server.tick(end, &timeouts), Due::GiveUp);
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    ///
    /// Over `std::net`, the time-out of the socket does the waiting:
    ///
    /// ```no_run
    /// use std::io::{self, ErrorKind, Read, Write};
    /// use std::net::TcpStream;
    /// use std::time::{Duration, Instant};
    /// use wsparse::{Connection, Due, Timeouts};
    ///
    /// fn is_time_out(error: &io::Error) -> bool {
    ///     matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
    /// }
    ///
    /// /// Reads once. Returns `None` if it is time to give up.
    /// fn read(
    ///     connection: &mut Connection,
    ///     start: Instant,
    ///     mut stream: &TcpStream,
    ///     buffer: &mut [u8],
    /// ) -> io::Result<Option<usize>> {
    ///     loop {
    ///         match connection.tick(start.elapsed(), &Timeouts::DEFAULT) {
    ///             Due::Wait { until } => {
    ///                 let wait = until.saturating_sub(start.elapsed());
    ///                 stream.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
    ///                 match stream.read(buffer) {
    ///                     Err(error) if is_time_out(&error) => {}
    ///                     result => return result.map(Some),
    ///                 }
    ///             }
    ///             Due::Ping => {
    ///                 let mut output = [0; Connection::MAX_TRANSMIT];
    ///                 let ping = connection.transmit(&mut output).map_err(io::Error::other)?;
    ///                 stream.write_all(ping)?;
    ///             }
    ///             Due::GiveUp => return Ok(None),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        let close_sent = self.encoder.is_closed();
        let due = self.state.tick(now, timeouts, close_sent, self.messages.stream_mut());
        if self.failed().is_some() {
            self.encoder.shut();
        }
        self.owes_ping |= due == Due::Ping;
        due
    }
}

impl<K> fmt::Debug for Connection<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, encoder, state, .. } = self;
        f.debug_struct("Connection")
            .field("messages", messages)
            .field("encoder", encoder)
            .field("state", state)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<K: KeySource> defmt::Format for Connection<K> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Connection {{ phase: {}, encoder: {} }}", self.phase(), self.encoder);
    }
}

#[cfg(test)]
mod tests {
    use super::Connection;
    use crate::connection::timeouts::Timeouts;
    use crate::receive::assembler::Assembler;
    use crate::receive::input::Input;
    use crate::receive::limits::Limits;
    use crate::wire::close_code::CloseCode;
    use core::time::Duration;

    /// A client to which a Ping is due.
    fn busy_client() -> Connection<fn() -> [u8; 4]> {
        let mut client = Connection::client(Limits::DEFAULT, (|| [1; 4]) as fn() -> _);
        client.tick(Duration::ZERO, &Timeouts::default());
        client.tick(Duration::from_secs(30), &Timeouts::default());
        client
    }

    #[test]
    fn there_is_room_for_any_one() {
        let len = |result: Result<&[u8], _>| result.map(<[u8]>::len);
        let mut output = [0; Connection::MAX_TRANSMIT];
        assert_eq!(len(busy_client().pong(&[b'p'; 125], &mut output)), Ok(131));
        let reason = str::from_utf8(&[b'r'; 123]).unwrap();
        assert_eq!(len(busy_client().close(CloseCode::NORMAL, reason, &mut output)), Ok(131));

        // The Ping is of no use any more; the reason is not echoed.
        let mut client = busy_client();
        let mut close = *b"\x88\x05\x03\xe8bye";
        let mut assembler = Assembler::new([0; 125]);
        assert!(client.next(&mut Input::new(&mut close), &mut assembler).is_ok());
        assert_eq!(len(client.transmit(&mut output)), Ok(8));
        assert!(!client.wants_transmit());
    }

    #[test]
    fn state_is_small() {
        assert!(size_of::<Connection>() <= 128, "{}", size_of::<Connection>());
        let client = Connection::client(Limits::DEFAULT, || [1; 4]);
        assert!(size_of_val(&client) <= 128, "{}", size_of_val(&client));
    }
}
