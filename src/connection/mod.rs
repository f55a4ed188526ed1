//! One endpoint of a connection without its socket: its duties, the closing handshake and
//! time-outs (§5.5, §7).
//!
//! Imports all other modules.

pub(crate) mod timeouts;

use crate::connection::timeouts::Silence;
use crate::connection::timeouts::{Due, Timeouts};
use crate::receive::assembler::Assembler;
use crate::receive::buffer::Buffer;
use crate::receive::input::Input;
use crate::receive::limits::Limits;
use crate::receive::messages::{Messages, Received};
use crate::send::encoder::Encoder;
use crate::send::encoder::{KeySource, NoKeys};
use crate::send::error::SendError;
use crate::send::frame::OutgoingFrame;
use crate::wire::close::Close;
use crate::wire::close_code::CloseCode;
use crate::wire::error::Error;
use crate::wire::header::{CONTROL_FRAME_MAX, CONTROL_MAX};
use crate::wire::role::Role;
use core::fmt;
use core::time::Duration;

/// One endpoint of a WebSocket connection, behind the opening handshake, without the socket: bytes
/// in, messages out, and the other way.
///
/// What was read is given to [`receive`](Self::receive), what [`send`](Self::send) and
/// [`transmit`](Self::transmit) give is written. In `transmit` waits what the connection has to say
/// by itself: a Pong for a Ping, a Close for a Close, or for a rule that the peer broke. So after
/// each read:
///
/// ```
/// use wsparse::{Assembler, Buffer, Connection, Input, Limits, Received, SendError};
///
/// /// Echoes messages, and says whether to read on.
/// fn on_read(
///     connection: &mut Connection,
///     input: &mut [u8],
///     assembler: &mut Assembler<impl Buffer>,
///     output: &mut [u8],
///     mut write: impl FnMut(&[u8]),
/// ) -> Result<bool, SendError> {
///     let mut input = Input::new(input);
///     loop {
///         match connection.next(&mut input, assembler) {
///             Ok(Some(Received::Message(message))) => write(connection.send(message, output)?),
///             Ok(Some(Received::Ping(_))) => write(connection.transmit(output)?),
///             Ok(Some(_)) => {}
///             Ok(None) => break,
///             Err(error) => {
///                 eprintln!("the peer is wrong: {error}");
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
/// let goes_on = on_read(
///     &mut connection,
///     &mut read,
///     &mut Assembler::new([0; 1024]),
///     &mut [0; 1024],
///     |bytes| written.extend_from_slice(bytes),
/// )?;
/// assert_eq!(written, b"\x81\x05Hello\x8a\x00\x88\x00");
/// assert!(!goes_on); // both have said Close: the server closes the socket (§7.1.1)
/// # Ok::<(), SendError>(())
/// ```
///
/// Its own state is at most 256 bytes, and a client's source of keys; messages that do not come in
/// one piece are in the [`Assembler`].
pub struct Connection<K = NoKeys> {
    messages: Messages,
    encoder: Encoder<K>,
    duties: Duties,
    /// The peer's Close: its code, and who said Close first.
    received: Option<(Option<CloseCode>, Side)>,
    ended: bool,
    silence: Silence,
}

/// What is to be sent without being asked for, in this order.
struct Duties {
    /// The payload of the newest Ping that is not answered.
    pong: Option<(u8, [u8; CONTROL_MAX])>,
    ping: bool,
    close: Option<Farewell>,
}

#[derive(Clone, Copy)]
enum Farewell {
    /// To answer a Close.
    Code(Option<CloseCode>),
    Error(Error),
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// This endpoint.
    Local,
    /// The peer.
    Remote,
}

/// How far a [`Connection`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Neither side has said Close: both may send, unless the stream [has ended](Connection::handle_eof).
    Open,
    /// One side has said Close (§7.1.3): where that was [`Side::Local`], the peer's Close is awaited,
    /// before which messages may come; else an answer waits in [`transmit`](Connection::transmit).
    Closing(Side),
    /// Both have said Close, this side first.
    Closed(Side),
    /// The peer broke a rule: nothing that it sends is read any more (§7.1.7).
    Failed(Error),
}

impl Connection {
    /// A server's end; whatever the role in `config` is.
    #[must_use]
    pub const fn server(limits: Limits) -> Self {
        Self::new(Role::Server, limits, Encoder::server())
    }

    /// Room for all that [`transmit`](Self::transmit) or [`close`](Self::close) can have to give at
    /// once, at a client, too: 262 bytes.
    pub const MAX_TRANSMIT: usize = 2 * CONTROL_FRAME_MAX;
}

impl<K: FnMut() -> [u8; 4]> Connection<K> {
    /// A client's end; whatever the role in `config` is. The keys are those of
    /// [`Encoder::client`]: unpredictable (§10.3).
    #[must_use]
    pub const fn client(limits: Limits, keys: K) -> Self {
        Self::new(Role::Client, limits, Encoder::client(keys))
    }
}

impl<K> Connection<K> {
    const fn new(role: Role, limits: Limits, encoder: Encoder<K>) -> Self {
        Self {
            messages: Messages::new(role, limits),
            encoder,
            duties: Duties { pong: None, ping: false, close: None },
            received: None,
            ended: false,
            silence: Silence::NONE,
        }
    }
}

impl<K: KeySource> Connection<K> {
    /// Takes bytes off the start of `input`, as they were read, and gives what they are; `None`
    /// when all of them are taken. To be called until it gives that, or an error.
    ///
    /// Pings and Closes are shown, and need no answer of the caller's: what is owed waits in
    /// [`transmit`](Self::transmit). Behind the peer's Close, an error and [the end](Self::handle_eof),
    /// bytes are taken and thrown away (§5.5.1, §7.1.7).
    ///
    /// # Errors
    ///
    /// As [`Messages::next`]; a Close with the error's code waits then, unless this side has said
    /// Close. It is given again for whatever follows.
    #[inline]
    pub fn next<'a, 'b: 'a, B: Buffer>(
        &mut self,
        input: &mut Input<'b>,
        assembler: &'a mut Assembler<B>,
    ) -> Result<Option<Received<'a>>, Error> {
        if self.duties.close.is_some() || self.ended {
            return self.ignore(input);
        }
        if !input.is_empty() {
            self.silence.end();
        }
        let received = self.messages.next(input, assembler);
        match &received {
            Ok(Some(Received::Message(_) | Received::Pong(_)) | None) => {}
            Ok(Some(Received::Ping(payload))) => self.duties.answer(payload),
            Ok(Some(Received::Close(close))) => {
                let first = if self.encoder.is_closed() { Side::Local } else { Side::Remote };
                self.received = Some((close.code, first));
                self.duties.close = Some(Farewell::Code(close.code));
            }
            Err(error) => {
                self.duties.close = Some(Farewell::Error(*error));
                input.take();
            }
        }
        received
    }

    #[cold]
    fn ignore<'a>(&self, input: &mut Input<'_>) -> Result<Option<Received<'a>>, Error> {
        input.take();
        match self.duties.close {
            Some(Farewell::Error(error)) => Err(error),
            _ => Ok(None),
        }
    }

    /// The encoder, as long as frames may be sent: for a header to be written beside its payload,
    /// for masking in place.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] behind a Close in either direction, an error and
    /// [the end](Self::handle_eof) (§5.5.1, §7.1.7).
    #[inline]
    pub fn encoder(&mut self) -> Result<&mut Encoder<K>, SendError> {
        if self.duties.close.is_some() || self.encoder.is_closed() || self.ended {
            return Err(SendError::Closed);
        }
        Ok(&mut self.encoder)
    }

    /// Writes a frame to the start of `output`, a client's masked, and gives the bytes to be sent.
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
    /// As [`encoder`](Self::encoder) and [`Encoder::encode`].
    #[inline]
    pub fn send<'f, 'o>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        self.encoder()?.encode(frame, output)
    }

    /// Begins the closing handshake (§7.1.2): writes a Close to the start of `output`, behind the
    /// Pong that may wait, and gives the bytes to be sent.
    ///
    /// Until the peer's Close comes, messages may still be received; there is then no answering
    /// them, but Pings are answered (§5.5.2).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`SendError::ControlTooLong`] for a reason of more than 123
    /// bytes. [`SendError::Closed`] also where the peer was faster: what was wanted comes to pass
    /// without this.
    pub fn close<'o>(
        &mut self,
        code: CloseCode,
        reason: &str,
        output: &'o mut [u8],
    ) -> Result<&'o [u8], SendError> {
        let close = OutgoingFrame::close(Close { code: Some(code), reason })?;
        self.encoder()?;
        let pong = self.duties.pong();
        let pong_len = pong.map_or(0, |pong| self.encoder.encoded_len(pong));
        let needed = pong_len.saturating_add(self.encoder.encoded_len(close));
        let Some(output) = output.get_mut(..needed) else {
            return Err(SendError::NoRoom { needed });
        };
        let (before, rest) = output.split_at_mut_checked(pong_len).unwrap_or_default();
        if let Some(pong) = pong {
            self.encoder.encode(pong, before)?;
        }
        self.encoder.encode(close, rest)?;
        self.duties.pong = None;
        Ok(output)
    }

    /// Whether [`transmit`](Self::transmit) has something to give.
    #[inline]
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        !self.ended && self.duties.next(self.encoder.is_closed()).is_some()
    }

    /// Writes to the start of `output` what the connection has to say by itself, as far as there is
    /// room, and gives the bytes to be sent: a Pong for the newest Ping, a Ping that is
    /// [due](Self::tick), a Close as an answer or for an error. None where nothing waits.
    ///
    /// To be called after each read, and after [`tick`](Self::tick); at each Ping, too, if each is
    /// to have its Pong: of several that wait, the newest is answered (§5.5.3). Behind this side's
    /// Close Pongs are all that it gives, until the peer's has come (§5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::NoRoom`] where there is not even room for the first of them: 131 bytes are
    /// enough for one, [`MAX_TRANSMIT`](Connection::MAX_TRANSMIT) for all.
    pub fn transmit<'o>(&mut self, output: &'o mut [u8]) -> Result<&'o [u8], SendError> {
        let mut len: usize = 0;
        while !self.ended
            && let Some(frame) = self.duties.next(self.encoder.is_closed())
        {
            let rest = output.get_mut(len..).unwrap_or_default();
            match self.encoder.encode(frame, rest) {
                Ok(sent) => len = len.saturating_add(sent.len()),
                Err(error) if len == 0 => return Err(error),
                Err(_) => break,
            }
            self.duties.done();
        }
        Ok(output.get(..len).unwrap_or_default())
    }

    /// How far the connection is.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match (self.duties.close, self.received, self.encoder.is_closed()) {
            (Some(Farewell::Error(error)), _, _) => Phase::Failed(error),
            (_, Some((_, first)), true) => Phase::Closed(first),
            (_, Some((_, first)), false) => Phase::Closing(first),
            (_, None, true) => Phase::Closing(Side::Local),
            (_, None, false) => Phase::Open,
        }
    }

    /// Whether the socket is to be closed: the stream has ended; or the peer has broken a rule and
    /// the Close that says so was written; or, at a server, both have said Close.
    ///
    /// To close it is to end one's own half, then to read until the peer has ended its half or
    /// [it takes too long](Self::tick): what is unread when a socket is dropped makes some systems
    /// throw away what was written last, the Close. A client leaves it to the server to be the
    /// first (§7.1.1), and reads until [the end](Self::handle_eof).
    #[must_use]
    pub const fn should_close(&self) -> bool {
        match self.phase() {
            _ if self.ended => true,
            Phase::Open | Phase::Closing(_) => false,
            Phase::Closed(_) => !K::MASKED,
            Phase::Failed(_) => self.encoder.is_closed(),
        }
    }

    /// To be called when the peer has ended its stream: nothing more is received or sent.
    ///
    /// In another [phase](Self::phase) than [`Phase::Closed`] the connection was cut (§7.1.5).
    pub const fn handle_eof(&mut self) {
        self.ended = true;
    }

    /// The status code with which the peer has closed the connection (§7.1.5): 1005 if its Close
    /// had none, 1006 if its stream [ended](Self::handle_eof) or failed without a Close; nothing before
    /// that.
    #[must_use]
    pub const fn close_code(&self) -> Option<u16> {
        match self.received {
            Some((Some(code), _)) => Some(code.get()),
            Some((None, _)) => Some(1005),
            None if self.ended || self.duties.close.is_some() => Some(1006),
            None => None,
        }
    }

    /// Judges how long the peer is silent, on any clock that does not go back: to be called after
    /// each read, and when the time of the last call's [`Due::Wait`] has come; or never.
    ///
    /// What was received since the last call counts as received at this one: who calls at regular
    /// intervals waits up to two of them longer. After [`Due::Ping`] an empty Ping waits in
    /// [`transmit`](Self::transmit).
    ///
    /// ```
    /// use core::time::Duration;
    /// use wsparse::{Connection, Due, Limits, Timeouts};
    ///
    /// let [start, later, end] = [0, 30, 50].map(Duration::from_secs);
    /// let timeouts = Timeouts::default();
    /// let mut server = Connection::server(Limits::DEFAULT);
    /// assert_eq!(server.tick(start, &timeouts), Due::Wait { until: later });
    /// assert_eq!(server.tick(later, &timeouts), Due::Ping);
    /// assert_eq!(server.transmit(&mut [0; 131])?, b"\x89\x00");
    /// assert_eq!(server.tick(later, &timeouts), Due::Wait { until: end });
    /// assert_eq!(server.tick(end, &timeouts), Due::GiveUp);
    /// # Ok::<(), wsparse::SendError>(())
    /// ```
    pub fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        let closing = self.ended || !matches!(self.phase(), Phase::Open);
        let due = self.silence.tick(now, closing, timeouts);
        self.duties.ping |= due == Due::Ping;
        due
    }
}

impl Duties {
    /// Remembers to answer this Ping instead of an earlier one (§5.5.3).
    fn answer(&mut self, ping: &[u8]) {
        let (len, payload) = self.pong.get_or_insert((0, [0; CONTROL_MAX]));
        payload.iter_mut().zip(ping).for_each(|(place, byte)| *place = *byte);
        *len = u8::try_from(ping.len()).unwrap_or(0);
    }

    fn pong(&self) -> Option<OutgoingFrame<'_>> {
        let (len, payload) = self.pong.as_ref()?;
        OutgoingFrame::pong(payload.get(..usize::from(*len))?).ok()
    }

    /// The first; `closed` where this side has said Close.
    fn next(&self, closed: bool) -> Option<OutgoingFrame<'_>> {
        if closed {
            // §5.5.2: a Ping is answered until the peer's Close has come.
            return if self.close.is_none() { self.pong() } else { None };
        }
        if let Some(pong) = self.pong() {
            return Some(pong);
        }
        if self.ping && self.close.is_none() {
            return OutgoingFrame::ping(&[]).ok();
        }
        let close = match self.close? {
            Farewell::Code(code) => Close { code, reason: "" },
            Farewell::Error(error) => {
                Close { code: Some(error.close_code()), reason: error.rule().description() }
            }
        };
        OutgoingFrame::close(close).ok()
    }

    /// The first was sent.
    fn done(&mut self) {
        // Of the Close the encoder knows.
        if self.pong.take().is_none() {
            self.ping = false;
        }
    }
}

impl<K> fmt::Debug for Connection<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, encoder, received, .. } = self;
        f.debug_struct("Connection")
            .field("messages", messages)
            .field("encoder", encoder)
            .field("received", received)
            .finish_non_exhaustive()
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

    /// A client that has a Pong of 125 bytes and a Ping to transmit.
    fn busy_client() -> Connection<fn() -> [u8; 4]> {
        let mut client = Connection::client(Limits::DEFAULT, (|| [1; 4]) as fn() -> _);
        let mut ping = [b'p'; 127];
        ping[..2].copy_from_slice(&[0x89, 125]);
        let mut assembler = Assembler::new([0; 125]);
        assert!(matches!(client.next(&mut Input::new(&mut ping), &mut assembler), Ok(Some(_))));
        client.tick(Duration::ZERO, &Timeouts::default());
        client.tick(Duration::from_secs(30), &Timeouts::default());
        client
    }

    #[test]
    fn there_is_room_for_all_at_once() {
        let mut output = [0; Connection::MAX_TRANSMIT];
        let reason = str::from_utf8(&[b'r'; 123]).unwrap();
        let closing = busy_client().close(CloseCode::NORMAL, reason, &mut output).map(<[u8]>::len);
        assert_eq!(closing, Ok(131 + 131));

        // The Ping is of no use any more; the reason is not echoed.
        let mut client = busy_client();
        let mut close = *b"\x88\x02\x03\xe8";
        let mut assembler = Assembler::new([0; 125]);
        assert!(client.next(&mut Input::new(&mut close), &mut assembler).is_ok());
        assert_eq!(client.transmit(&mut output).map(<[u8]>::len), Ok(131 + 8));
        assert!(!client.wants_transmit());
    }

    #[test]
    fn state_is_small() {
        assert!(size_of::<Connection>() <= 256, "{}", size_of::<Connection>());
        let client = Connection::client(Limits::DEFAULT, || [1; 4]);
        assert!(size_of_val(&client) <= 256, "{}", size_of_val(&client));
    }
}
