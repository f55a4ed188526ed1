use crate::connection::endpoint::Endpoint;
use crate::connection::opening::error::OpeningError;
use crate::connection::opening::intake::{Intake, Progress, needed};
use crate::handshake::{Accepted, HandshakeError, HeadLimits, HeadReader, Key, Offer, Response};
use crate::payload::buffer::Buffer;
use crate::receive::limits::Limits;
use crate::send::keys::ClientKeys;
use crate::wire::status::Status;
use core::fmt;
use core::ops::Range;

/// The opening handshake of a client, which writes a request and reads the response (RFC 6455
/// §4.1).
///
/// It owns the input buffer, and passes it on together with the frames that arrived with the
/// response.
///
/// 1. Write what [`request`](Self::request) returns.
/// 2. While [`wants_read`](Self::wants_read) returns true, read from the stream:
///    [`read_with`](Self::read_with), or [`space`](Self::space) and [`filled`](Self::filled).
/// 3. If you need it, inspect the [`response`](Self::response), which may be a redirect or ask for
///    a password, and what the server has [`accepted`](Self::accepted).
/// 4. Call [`into_endpoint`](Self::into_endpoint), which returns an error unless the server has
///    accepted the offer.
///
/// ```
/// use std::io::{self, Read, Write};
/// use wsparse::handshake::{Key, Offer, Uri};
/// use wsparse::{ClientOpening, Limits};
///
/// /// `nonce` must be 16 new random bytes.
/// fn open(mut stream: impl Read + Write, uri: &str, nonce: [u8; 16]) -> io::Result<()> {
///     let offer = Offer::new(Uri::parse(uri).map_err(io::Error::other)?);
///     let mut opening = ClientOpening::new(&offer, Key::new(nonce), [0; 1024]);
///     stream.write_all(opening.request().map_err(io::Error::other)?)?;
///     while opening.wants_read() {
///         opening.read_with(|space| stream.read(space))?;
///     }
///     let endpoint = opening
///         .into_endpoint([0; 1024], Limits::DEFAULT, rand::random)
///         .map_err(io::Error::other)?;
///     // Call `endpoint.advance()` in a loop.
///     Ok(())
/// }
/// # struct Server(&'static [u8], Vec<u8>);
/// # impl Read for &mut Server {
/// #     fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
/// #         self.0.read(space)
/// #     }
/// # }
/// # impl Write for &mut Server {
/// #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
/// #         self.1.write(bytes)
/// #     }
/// #     fn flush(&mut self) -> io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
/// # let mut server = Server(
/// #     b"HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
/// #     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05Hello",
/// #     Vec::new(),
/// # );
/// # open(&mut server, "ws://example.com", *b"the sample nonce")?;
/// # assert!(server.1.starts_with(b"GET / HTTP/1.1\r\n"));
/// # Ok::<(), io::Error>(())
/// ```
pub struct ClientOpening<'a, I> {
    offer: Offer<'a>,
    key: Key,
    intake: Intake<I>,
    /// What the head may take, together with the informational responses before it.
    limits: HeadLimits,
    reader: HeadReader,
}

impl<'a, I: Buffer> ClientOpening<'a, I> {
    /// Creates an opening that makes this offer and reads into `input`.
    ///
    /// The head of the response may have at most 16 KiB, 100 headers, and as many bytes as the
    /// buffer can hold. A `Vec` grows with the bytes received.
    #[must_use]
    pub fn new(offer: &Offer<'a>, key: Key, input: I) -> Self {
        Self::with_limits(offer, key, input, HeadLimits::default())
    }

    /// Creates an opening with other limits.
    #[must_use]
    pub fn with_limits(offer: &Offer<'a>, key: Key, input: I, limits: HeadLimits) -> Self {
        let (intake, limits) = Intake::new(input, limits);
        let reader = HeadReader::new(limits);
        let mut opening = Self { offer: *offer, key, intake, limits, reader };
        opening.search(); // A buffer of 0 bytes is too small for any head.
        opening
    }

    /// Returns the request: the bytes to write before the first read.
    ///
    /// It is in the input buffer until the first read. If the stream takes only a part of it, call
    /// this again. To write it to another buffer, use [`Offer::write`].
    ///
    /// # Errors
    ///
    /// Those of [`Offer::write`].
    pub fn request(&mut self) -> Result<&[u8], HandshakeError> {
        let len = needed(|out| self.offer.write(self.key, out))?;
        self.offer.write(self.key, self.intake.writable(self.intake.len(), len))
    }

    /// Returns whether to read on: until the head of the response is complete or breaks a rule, or
    /// the stream has ended.
    #[must_use]
    pub const fn wants_read(&self) -> bool {
        self.intake.is_reading()
    }

    /// Returns the space to read into. Afterwards, call [`filled`](Self::filled).
    ///
    /// It is not empty while [`wants_read`](Self::wants_read) returns true, unless the buffer
    /// cannot grow: then `wants_read` returns false from now on.
    pub fn space(&mut self) -> &mut [u8] {
        self.intake.space()
    }

    /// Tells the opening how many bytes were read into [`space`](Self::space). 0 is the end of the
    /// stream.
    pub fn filled(&mut self, len: usize) {
        self.intake.add(len);
        self.search();
    }

    /// Reads once: calls `read` with the [`space`](Self::space), then [`filled`](Self::filled) with
    /// the number of bytes that it returns.
    ///
    /// # Errors
    ///
    /// The error of `read`.
    pub fn read_with<E>(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let len = read(self.space())?;
        self.filled(len);
        Ok(())
    }

    fn search(&mut self) {
        while self.wants_read() {
            let response = match self.reader.response(self.intake.received()) {
                Ok(Status::Complete(response)) => response,
                Ok(Status::Incomplete { .. }) => return,
                Err(error) => return self.intake.progress = Progress::Failed(error.into()),
            };
            match response.status() {
                // RFC 9110 §15.2: another response follows. Together they must not be too large.
                100 | 102..=199 => {
                    let len = response.head_len();
                    self.intake.discard(len);
                    self.limits.max_head = self.limits.max_head.saturating_sub(len);
                    self.reader = HeadReader::new(self.limits);
                }
                _ => self.intake.progress = Progress::Complete,
            }
        }
    }

    /// Returns the response, whatever its status.
    ///
    /// Informational responses before it have been skipped, such as 103.
    ///
    /// # Errors
    ///
    /// - [`Handshake`](OpeningError::Handshake) if the head is malformed or too large.
    /// - [`Cut`](OpeningError::Cut) if the stream ended inside the head.
    /// - [`Unfinished`](OpeningError::Unfinished) while [`wants_read`](Self::wants_read) returns
    ///   true.
    pub fn response(&self) -> Result<Response<'_>, OpeningError> {
        match self.intake.progress {
            Progress::Complete => {}
            Progress::Reading => return Err(OpeningError::Unfinished),
            Progress::Failed(error) => return Err(error),
        }
        // The reader has searched these bytes already.
        match self.reader.clone().response(self.intake.received())? {
            Status::Complete(response) => Ok(response),
            Status::Incomplete { .. } => Err(OpeningError::Unfinished),
        }
    }

    /// Checks the response, and returns the subprotocol and the extensions that the server has
    /// accepted.
    ///
    /// # Errors
    ///
    /// Those of [`response`](Self::response) and of [`Response::accepted`]:
    /// [`NotSwitching`](HandshakeError::NotSwitching) if the status is not 101.
    pub fn accepted(&self) -> Result<Accepted<'_>, OpeningError> {
        Ok(self.response()?.accepted(&self.offer, self.key)?)
    }

    /// Returns the bytes received after the head: the first frames, or the start of the body if the
    /// server has not accepted the offer.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        let head_len = self.response().map_or(usize::MAX, |response| response.head_len());
        self.intake.received().get(head_len..).unwrap_or_default()
    }

    /// Returns the connection, which masks its frames with `keys`. The input buffer becomes its own,
    /// with the frames that arrived with the response; `output` is its buffer for output.
    ///
    /// # Errors
    ///
    /// Those of [`accepted`](Self::accepted).
    pub fn into_endpoint<O: Buffer, K: ClientKeys>(
        self,
        output: O,
        limits: Limits,
        keys: K,
    ) -> Result<Endpoint<I, O, K>, OpeningError> {
        let (input, received) = self.into_parts()?;
        Ok(Endpoint::with_received(input, received, output, limits, keys))
    }

    /// Returns the input buffer, and where the bytes received after the response are in it: the
    /// first frames.
    ///
    /// # Errors
    ///
    /// Those of [`accepted`](Self::accepted).
    pub fn into_parts(self) -> Result<(I, Range<usize>), OpeningError> {
        self.accepted()?;
        let frames = self.response()?.head_len()..self.intake.len();
        Ok((self.intake.into_buffer(), frames))
    }
}

impl<I> fmt::Debug for ClientOpening<'_, I> {
    /// Leaves out the offer, which may contain passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOpening")
            .field("progress", &self.intake.progress)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<I> defmt::Format for ClientOpening<'_, I> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "ClientOpening {{ progress: {} }}", self.intake.progress);
    }
}
