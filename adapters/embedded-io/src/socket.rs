use crate::error::Error;
use core::fmt;
use core::time::Duration;
use embedded_io_async::{Read, Write};
use wsparse::handshake::{Accept, Refusal, Upgrade};
use wsparse::{
    Buffer, ClientKeys, ClientOpening, CloseCode, Due, Endpoint, Failure, KeySource, Limits,
    Message, NoKeys, OutgoingFrame, Phase, SendError, Sender, ServerOpening, Step, Timeouts,
};

/// A WebSocket over a stream, at either end.
///
/// `I` and `O` are the buffers for input and output: arrays or slices.
///
/// Call [`next`](Self::next) in a loop. It returns messages, answers Pings, performs the closing
/// handshake, and writes what waits in the buffer for output.
///
/// To send and receive in different tasks, take it apart with [`into_parts`](Self::into_parts), then
/// [split](Endpoint::split) the endpoint.
pub struct WebSocket<S, I, O, K = NoKeys> {
    stream: S,
    endpoint: Endpoint<I, O, K>,
    /// Bytes were written since the last flush.
    needs_flush: bool,
    /// Nothing more is read or written.
    is_over: bool,
}

impl<S: Read + Write, I: Buffer, O: Buffer> WebSocket<S, I, O> {
    /// Accepts a WebSocket as a server: reads the request, and answers it. Every path and every origin is
    /// accepted, without a subprotocol.
    ///
    /// Browsers let any web site connect to your server. If this is a risk, check the
    /// [origin](Upgrade::origin) with [`accept_with`](Self::accept_with).
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if the request was no valid opening handshake, or did not fit into `input`. It
    /// has been answered, so close the stream.
    pub async fn accept(
        stream: S,
        input: I,
        output: O,
        limits: Limits,
    ) -> Result<Self, Error<S::Error>> {
        Self::accept_with(stream, input, output, limits, |_| Ok(Accept::default())).await
    }

    /// Accepts a WebSocket as a server if `choose` does, which may inspect the request.
    ///
    /// ```
    /// # use embedded_io_async::{Read, Write};
    /// # use wsparse::Limits;
    /// # use wsparse_embedded_io::{Error, WebSocket};
    /// use wsparse::handshake::{Accept, Refusal};
    ///
    /// # async fn serve<S: Read + Write>(stream: S) -> Result<(), Error<S::Error>> {
    /// let (input, output) = ([0; 768], [0; 256]);
    /// let socket = WebSocket::accept_with(stream, input, output, Limits::DEFAULT, |request| {
    ///     match request.path() {
    ///         "/chat" => Ok(Accept::default()),
    ///         _ => Err(Refusal::new(404)),
    ///     }
    /// });
    /// # socket.await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`accept`](Self::accept).
    pub async fn accept_with<'a>(
        mut stream: S,
        input: I,
        output: O,
        limits: Limits,
        choose: impl FnOnce(&Upgrade<'_>) -> Result<Accept<'a>, Refusal<'a>>,
    ) -> Result<Self, Error<S::Error>> {
        let mut opening = ServerOpening::new(input);
        while opening.wants_read() {
            let len = stream.read(opening.space()).await.map_err(Error::Io)?;
            opening.filled(len);
        }
        let upgrade = opening.request().ok().and_then(|request| request.upgrade().ok());
        let answer = match upgrade.as_ref().map(choose) {
            Some(Err(refusal)) => opening.refuse(&refusal),
            Some(Ok(accept)) => opening.accept(&accept),
            // The answer tells what is wrong.
            None => opening.accept(&Accept::default()),
        };
        write_all(&mut stream, answer).await?;
        Ok(Self::new(stream, opening.into_endpoint(output, limits)?))
    }
}

impl<S: Read + Write, I: Buffer, O: Buffer, K: ClientKeys> WebSocket<S, I, O, K> {
    /// Opens a WebSocket as a client: writes the request, and reads the response.
    ///
    /// Masking keys must be unpredictable (RFC 6455 §10.3): take them from a hardware generator, or
    /// from a cryptographically secure one that was seeded by it.
    ///
    /// ```
    /// # use embedded_io_async::{Read, Write};
    /// # use wsparse_embedded_io::{Error, WebSocket};
    /// use wsparse::handshake::{Key, Offer, Uri};
    /// use wsparse::{ClientOpening, Limits};
    ///
    /// # async fn talk<S: Read + Write>(
    /// #     stream: S,
    /// #     random: [u8; 16],
    /// #     mut next_key: impl FnMut() -> [u8; 4],
    /// # ) -> Result<(), Error<S::Error>> {
    /// # let uri = Uri::parse("ws://example.com/").unwrap();
    /// let opening = ClientOpening::new(&Offer::new(uri), Key::new(random), [0; 768]);
    /// let keys = || next_key();
    /// let mut socket = WebSocket::connect(stream, opening, [0; 256], Limits::DEFAULT, keys).await?;
    /// socket.send("Hello").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Opening`] if the server has not accepted the offer. To follow a redirect, or to answer a
    /// request for a password, use a [`ClientOpening`] on its own, then [`new`](Self::new).
    pub async fn connect(
        mut stream: S,
        mut opening: ClientOpening<'_, I>,
        output: O,
        limits: Limits,
        keys: K,
    ) -> Result<Self, Error<S::Error>> {
        let request = opening.request().map_err(|error| Error::Opening(error.into()))?;
        write_all(&mut stream, request).await?;
        while opening.wants_read() {
            let len = stream.read(opening.space()).await.map_err(Error::Io)?;
            opening.filled(len);
        }
        Ok(Self::new(stream, opening.into_endpoint(output, limits, keys)?))
    }
}

impl<S: Read + Write, I: Buffer, O: Buffer, K: KeySource> WebSocket<S, I, O, K> {
    /// Joins a stream and an endpoint, after an opening handshake of your own.
    pub const fn new(stream: S, endpoint: Endpoint<I, O, K>) -> Self {
        Self { stream, endpoint, needs_flush: false, is_over: false }
    }

    /// Receives the next message, or `None` at the end of the connection.
    ///
    /// It may be dropped at any time without losing anything, if that is true of the stream's `read` and
    /// `write`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the stream fails, and [`Error::Failure`] if the peer breaks a rule or ends the
    /// stream without a Close. Every later call returns the same failure.
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error<S::Error>> {
        while !self.is_over {
            match self.endpoint.advance() {
                Step::Message => return Ok(Some(self.endpoint.message())),
                Step::Read => self.read().await?,
                Step::Write => self.write().await?,
                Step::Ping | Step::Pong | Step::Close => {}
                // The traits of embedded-io cannot shut down a half, and a client would wait for it.
                Step::Shutdown | Step::Done(_) => {
                    self.flush().await?;
                    self.is_over = true;
                }
            }
        }
        match self.endpoint.phase() {
            Phase::Failed(error) => Err(Failure::Rule(error).into()),
            Phase::Cut => Err(Failure::Cut.into()),
            Phase::Open | Phase::Closing(_) | Phase::Closed(_) => Ok(None),
        }
    }

    async fn read(&mut self) -> Result<(), Error<S::Error>> {
        self.flush().await?;
        let len = self.stream.read(self.endpoint.space()).await.map_err(Error::Io)?;
        self.endpoint.filled(len);
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Error<S::Error>> {
        let len = self.stream.write(self.endpoint.output()).await.map_err(Error::Io)?;
        if len == 0 {
            return Err(Failure::Cut.into());
        }
        self.needs_flush = true;
        self.endpoint.wrote(len);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Error<S::Error>> {
        if self.needs_flush {
            self.stream.flush().await.map_err(Error::Io)?;
            self.needs_flush = false;
        }
        Ok(())
    }

    /// Calls `reply` with the message that [`next`](Self::next) has returned, and with the sender, so that
    /// an answer can borrow the message. The next call of `next` writes the answer.
    pub fn reply<R>(&mut self, reply: impl FnOnce(Message<'_>, &mut Sender<O, K>) -> R) -> R {
        self.endpoint.reply(reply)
    }

    /// Sends a message or another frame, and waits until the stream has taken it.
    ///
    /// If it is dropped half-way, the rest is written by the next call of any function that writes.
    ///
    /// # Errors
    ///
    /// - [`SendError::Closed`] after a Close in either direction
    /// - [`SendError::NoRoom`] if the frame is longer than the buffer for output
    /// - [`Error::Io`] if the stream fails
    pub async fn send<'f>(
        &mut self,
        frame: impl Into<OutgoingFrame<'f>>,
    ) -> Result<(), Error<S::Error>> {
        let frame = frame.into();
        loop {
            match self.endpoint.send(frame) {
                Err(SendError::NoRoom { .. }) if !self.endpoint.output().is_empty() => {
                    self.write().await?;
                }
                result => break result?,
            }
        }
        while !self.endpoint.output().is_empty() {
            self.write().await?;
        }
        self.flush().await
    }

    /// Closes the connection: sends a Close, and waits for the peer's. Messages that arrive before that are
    /// discarded; to receive them, send an [`OutgoingFrame::close`] and go on with [`next`](Self::next).
    ///
    /// The code of the peer's Close is then [`close_code`](Endpoint::close_code).
    ///
    /// # Errors
    ///
    /// The errors of [`next`](Self::next), and [`SendError::ControlTooLong`] for a reason of more than
    /// 123 bytes.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error<S::Error>> {
        let close = wsparse::Close { code: Some(code), reason };
        match self.send(OutgoingFrame::close(close)?).await {
            // The peer was faster.
            Ok(()) | Err(Error::Send(SendError::Closed)) => {}
            Err(error) => return Err(error),
        }
        while self.next().await?.is_some() {}
        Ok(())
    }

    /// Checks the time-outs by your clock: see [`Endpoint::tick`]. A Ping that is due is written by the next
    /// call of [`next`](Self::next).
    pub fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        self.endpoint.tick(now, timeouts)
    }

    /// Returns the endpoint, for its counters and its state.
    pub const fn endpoint(&self) -> &Endpoint<I, O, K> {
        &self.endpoint
    }

    /// Returns the stream and the endpoint.
    pub fn into_parts(self) -> (S, Endpoint<I, O, K>) {
        (self.stream, self.endpoint)
    }
}

async fn write_all<S: Write>(stream: &mut S, mut bytes: &[u8]) -> Result<(), Error<S::Error>> {
    while !bytes.is_empty() {
        let len = stream.write(bytes).await.map_err(Error::Io)?;
        bytes = match bytes.get(len..) {
            Some(rest) if len > 0 => rest,
            _ => return Err(Failure::Cut.into()),
        };
    }
    stream.flush().await.map_err(Error::Io)
}

impl<S, I, O, K> fmt::Debug for WebSocket<S, I, O, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
