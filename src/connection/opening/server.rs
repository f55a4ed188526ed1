use crate::connection::endpoint::Endpoint;
use crate::connection::opening::error::OpeningError;
use crate::connection::opening::intake::{Intake, Progress, needed};
use crate::deflate::{Agreed, Answer, Policy};
use crate::handshake::{
    Accept, AcceptHeaders, HandshakeError, HeadLimits, HeadReader, Refusal, Request, Upgrade,
};
use crate::payload::buffer::Buffer;
use crate::receive::limits::Limits;
use crate::send::keys::NoKeys;
use crate::wire::status::Status;
use core::fmt;
use core::ops::Range;

/// The opening handshake of a server, which reads a request and answers it (RFC 6455 §4.2).
///
/// It owns the input buffer, and passes it on together with the frames that arrived with the
/// request.
///
/// 1. While [`wants_read`](Self::wants_read) returns true, read from the stream:
///    [`read_with`](Self::read_with), or [`space`](Self::space) and [`filled`](Self::filled).
/// 2. If you need it, inspect the [`upgrade`](Self::upgrade) or any other
///    [`request`](Self::request).
/// 3. Write what [`accept`](Self::accept) or [`refuse`](Self::refuse) returns. If the stream takes only a
///    part of it, [`answer`](Self::answer) returns it again. To compress messages, use
///    [`accept_deflate`](Self::accept_deflate).
/// 4. Call [`into_endpoint`](Self::into_endpoint), which returns an error unless the request was
///    accepted.
///
/// ```
/// use std::io::{self, Read, Write};
/// use wsparse::{Limits, ServerOpening};
/// use wsparse::handshake::{Accept, Refusal};
///
/// fn open(mut stream: impl Read + Write) -> io::Result<()> {
///     let mut opening = ServerOpening::new([0; 1024]);
///     while opening.wants_read() {
///         opening.read_with(|space| stream.read(space))?;
///     }
///     let is_known = opening.upgrade().is_ok_and(|upgrade| upgrade.path() == "/chat");
///     stream.write_all(match is_known {
///         true => opening.accept(&Accept::default()),
///         false => opening.refuse(&Refusal::new(404)),
///     })?;
///     let endpoint = opening.into_endpoint([0; 1024], Limits::DEFAULT).map_err(io::Error::other)?;
///     // Call `endpoint.advance()` in a loop.
///     Ok(())
/// }
/// # struct Client(&'static [u8], Vec<u8>);
/// # impl Read for &mut Client {
/// #     fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
/// #         self.0.read(space)
/// #     }
/// # }
/// # impl Write for &mut Client {
/// #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
/// #         self.1.write(bytes)
/// #     }
/// #     fn flush(&mut self) -> io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
/// # let mut client = Client(
/// #     b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
/// #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
/// #     Vec::new(),
/// # );
/// # open(&mut client)?;
/// # assert!(client.1.starts_with(b"HTTP/1.1 101 "));
/// # client.0 = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// # assert!(open(&mut client).is_err());
/// # assert!(client.1.ends_with(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
/// # Ok::<(), io::Error>(())
/// ```
pub struct ServerOpening<I> {
    intake: Intake<I>,
    reader: HeadReader,
    /// Where the frames start, once the request has been accepted.
    frames: Option<usize>,
    /// The length of the answer, which has replaced the request in the buffer. 0 until then.
    answer: usize,
}

impl<I: Buffer> ServerOpening<I> {
    /// Creates an opening that reads into `input`.
    ///
    /// The head of the request may have at most 16 KiB, 100 headers, and as many bytes as the
    /// buffer can hold. A `Vec` grows with the bytes received.
    #[must_use]
    pub fn new(input: I) -> Self {
        Self::with_limits(input, HeadLimits::default())
    }

    /// Creates an opening with other limits.
    #[must_use]
    pub fn with_limits(input: I, limits: HeadLimits) -> Self {
        let (intake, limits) = Intake::new(input, limits);
        let reader = HeadReader::new(limits);
        let mut opening = Self { intake, reader, frames: None, answer: 0 };
        opening.search(); // A buffer of 0 bytes is too small for any head.
        opening
    }

    /// Returns whether to read on: until the head is complete or breaks a rule, or the stream has
    /// ended.
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
        if !self.wants_read() {
            return;
        }
        match self.reader.find_request(self.intake.received()) {
            Ok(true) => self.intake.progress = Progress::Complete,
            Ok(false) => {}
            Err(error) => self.intake.progress = Progress::Failed(error.into()),
        }
    }

    /// Returns the request.
    ///
    /// It may be any HTTP/1 request. [`upgrade`](Self::upgrade) also checks the rules of the
    /// handshake.
    ///
    /// # Errors
    ///
    /// - [`Handshake`](OpeningError::Handshake) if the head is malformed or too large.
    /// - [`Cut`](OpeningError::Cut) if the stream ended inside the head.
    /// - [`Unfinished`](OpeningError::Unfinished) while [`wants_read`](Self::wants_read) returns
    ///   true.
    /// - [`Answered`](OpeningError::Answered) after `accept`, and
    ///   [`Refused`](OpeningError::Refused) after [`refuse`](Self::refuse).
    pub fn request(&self) -> Result<Request<'_>, OpeningError> {
        match self.intake.progress {
            Progress::Complete if self.answer == 0 => {}
            Progress::Complete => return Err(OpeningError::Answered),
            Progress::Reading => return Err(OpeningError::Unfinished),
            Progress::Failed(error) => return Err(error),
        }
        // The reader has searched these bytes already.
        match self.reader.clone().request(self.intake.received())? {
            Status::Complete(request) => Ok(request),
            Status::Incomplete { .. } => Err(OpeningError::Unfinished),
        }
    }

    /// Checks every rule of RFC 6455 §4.2.1, and returns what the client asks for: the path, the
    /// origin and the subprotocols.
    ///
    /// [`accept`](Self::accept) does so too. Call this to decide how to answer.
    ///
    /// # Errors
    ///
    /// Those of [`request`](Self::request) and of [`Request::upgrade`].
    pub fn upgrade(&self) -> Result<Upgrade<'_>, OpeningError> {
        Ok(self.request()?.upgrade()?)
    }

    /// Accepts the request, and returns the bytes to write: the response with status 101, or the
    /// refusal if the request is no valid opening handshake.
    ///
    /// The response replaces the request in the input buffer, so it needs no memory of its own.
    /// A response without extensions and additional headers always fits. One that is longer than
    /// the request takes the space after it; without enough space, the request is refused with
    /// status 500, and [`into_parts`](Self::into_parts) returns
    /// [`NoRoom`](HandshakeError::NoRoom). To keep the request, use
    /// [`accept_into`](Self::accept_into).
    ///
    /// The result is empty if the stream ended inside the head.
    ///
    /// ```
    /// use wsparse::ServerOpening;
    /// use wsparse::handshake::{Accept, OriginPolicy};
    ///
    /// # fn accept(mut opening: ServerOpening<&mut [u8]>) {
    /// let upgrade = opening.upgrade();
    /// let subprotocol = upgrade.ok().and_then(|upgrade| upgrade.select_subprotocol(&["chat"]));
    /// let origins = OriginPolicy::SameHost;
    /// let answer = opening.accept(&Accept { subprotocol, origins, ..Accept::default() });
    /// # _ = answer;
    /// # }
    /// ```
    pub fn accept(&mut self, accept: &Accept<'_>) -> &[u8] {
        self.accept_in_place(accept).unwrap_or_else(|error| self.fail(error));
        self.answer()
    }

    /// Accepts the request like [`accept`](Self::accept), and agrees to compression if the client offers it
    /// and `accept` has no extensions. Returns what was agreed on. Then write the
    /// [`answer`](Self::answer).
    ///
    /// ```
    /// use wsparse::ServerOpening;
    /// use wsparse::deflate::{Agreed, Policy};
    /// use wsparse::handshake::Accept;
    ///
    /// let mut opening = ServerOpening::new([0; 1024]);
    /// let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    ///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    ///     Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    /// opening.space()[..request.len()].copy_from_slice(request.as_bytes());
    /// opening.filled(request.len());
    ///
    /// let agreed = opening.accept_deflate(&Accept::default(), Some(Policy::DEFAULT));
    /// assert_eq!(agreed, Some(Agreed::WITHOUT_CONTEXT));
    /// assert!(opening.answer().starts_with(b"HTTP/1.1 101 "));
    /// ```
    pub fn accept_deflate(
        &mut self,
        accept: &Accept<'_>,
        policy: Option<Policy>,
    ) -> Option<Agreed> {
        let policy = policy.filter(|_| accept.extensions.is_empty() && self.is_open());
        let answer = policy.and_then(|policy| policy.answer(self.upgrade().ok()?.extensions()));
        let extensions = answer.as_ref().map_or(accept.extensions, Answer::as_str);
        self.accept(&Accept { extensions, ..*accept });
        answer.filter(|_| self.frames.is_some()).map(|answer| answer.agreed)
    }

    fn accept_in_place(&mut self, accept: &Accept<'_>) -> Result<(), OpeningError> {
        let (head_len, headers) = self.headers(accept)?;
        let len = needed(|out| headers.write(out))?;
        let frames = len.max(head_len);
        headers.write(self.intake.make_room(head_len, frames)?)?;
        (self.frames, self.answer) = (Some(frames), len);
        Ok(())
    }

    /// Accepts the request like [`accept`](Self::accept), but writes the response to `out`. The
    /// [`request`](Self::request) can still be inspected afterwards.
    ///
    /// # Errors
    ///
    /// [`NoRoom`](HandshakeError::NoRoom) if `out` is too small. You may call it again with more
    /// space.
    pub fn accept_into<'o>(
        &mut self,
        accept: &Accept<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], HandshakeError> {
        let (head_len, headers) = match self.headers(accept) {
            Ok(found) => found,
            Err(error) => {
                self.fail(error);
                return Ok(self.error_answer());
            }
        };
        let response = headers.write(out)?;
        self.frames = Some(head_len);
        Ok(response)
    }

    /// Returns the length of the request and the headers of the response.
    fn headers<'a>(&self, accept: &Accept<'a>) -> Result<(usize, AcceptHeaders<'a>), OpeningError> {
        if self.frames.is_some() {
            return Err(OpeningError::Answered);
        }
        let request = self.request()?;
        Ok((request.head_len(), accept.headers(&request.upgrade()?)?))
    }

    /// Refuses the request, and returns the bytes to write. Then close the connection.
    ///
    /// The response replaces everything in the input buffer. If the head is malformed or too large,
    /// the result is the [answer](HandshakeError::answer) of that error. If the refusal cannot be
    /// [written](Refusal::write), the result has status 500.
    ///
    /// The result is empty if the stream ended inside the head.
    pub fn refuse(&mut self, refusal: &Refusal<'_>) -> &[u8] {
        self.refuse_in_place(refusal).unwrap_or_else(|error| self.fail(error));
        self.answer()
    }

    fn refuse_in_place(&mut self, refusal: &Refusal<'_>) -> Result<(), OpeningError> {
        if !self.is_open() {
            return Err(OpeningError::Answered);
        }
        let len = needed(|out| refusal.write(out))?;
        refusal.write(self.intake.writable(0, len))?;
        let error = OpeningError::Refused { status: refusal.status };
        self.intake.progress = Progress::Failed(error);
        self.answer = len;
        Ok(())
    }

    /// Returns the answer again, if the stream could take only a part of it.
    ///
    /// It is what [`accept`](Self::accept) or [`refuse`](Self::refuse) has returned. The first call
    /// of them counts: another one has no effect, and returns the same bytes.
    #[must_use]
    pub fn answer(&self) -> &[u8] {
        if self.answer > 0 { self.intake.first(self.answer) } else { self.error_answer() }
    }

    const fn error_answer(&self) -> &'static [u8] {
        match self.intake.progress {
            Progress::Failed(OpeningError::Handshake(error)) => error.answer(),
            _ => &[],
        }
    }

    /// Returns whether the request has arrived and has not been answered.
    const fn is_open(&self) -> bool {
        matches!(self.intake.progress, Progress::Complete) && self.frames.is_none()
    }

    /// Ends the handshake with an error, unless it has ended or is still reading.
    const fn fail(&mut self, error: OpeningError) {
        if self.is_open() {
            self.intake.progress = Progress::Failed(error);
        }
    }

    /// Returns the connection. The input buffer becomes its own, with the frames that arrived with
    /// the request; `output` is its buffer for output.
    ///
    /// # Errors
    ///
    /// Why the request was not accepted: see [`into_parts`](Self::into_parts).
    pub fn into_endpoint<O: Buffer>(
        self,
        output: O,
        limits: Limits,
    ) -> Result<Endpoint<I, O>, OpeningError> {
        let (input, received) = self.into_parts()?;
        Ok(Endpoint::with_received(input, received, output, limits, NoKeys))
    }

    /// Returns the input buffer, and where the bytes received after the request are in it: the
    /// first frames.
    ///
    /// # Errors
    ///
    /// Why the request was not accepted:
    ///
    /// - [`Handshake`](OpeningError::Handshake) if it was no valid opening handshake, or the
    ///   response could not be written.
    /// - [`Refused`](OpeningError::Refused) after [`refuse`](Self::refuse).
    /// - [`Cut`](OpeningError::Cut) if the stream ended inside the head.
    /// - [`Unfinished`](OpeningError::Unfinished) if it has not been answered.
    pub fn into_parts(self) -> Result<(I, Range<usize>), OpeningError> {
        match (self.frames, self.intake.progress) {
            (Some(frames), _) => {
                let frames = frames..self.intake.len();
                Ok((self.intake.into_buffer(), frames))
            }
            (None, Progress::Failed(error)) => Err(error),
            (None, _) => Err(OpeningError::Unfinished),
        }
    }
}

impl<I> fmt::Debug for ServerOpening<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOpening")
            .field("progress", &self.intake.progress)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<I> defmt::Format for ServerOpening<I> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "ServerOpening {{ progress: {} }}", self.intake.progress);
    }
}

#[cfg(test)]
mod tests {
    use super::ServerOpening;

    #[test]
    fn state_is_small() {
        assert!(size_of::<ServerOpening<[u8; 0]>>() <= 128);
    }
}
