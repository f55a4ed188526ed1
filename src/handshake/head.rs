use super::error::HandshakeError;
use super::headers::split_once;
use super::list::is_token_byte;
use super::request::Request;
use super::response::Response;
use crate::wire::status::Status;

/// How large the head of a request or response may be.
///
/// The head is everything up to and including the empty line after the headers.
///
/// ```
/// use wsparse::handshake::HeadLimits;
///
/// // A head that does not fit into the buffer is refused as soon as the buffer is full.
/// let buffer = [0; 512];
/// let limits = HeadLimits { max_head: buffer.len(), ..HeadLimits::default() };
/// assert_eq!(limits.max_headers, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeadLimits {
    /// The maximum length of the head in bytes.
    pub max_head: usize,
    /// The maximum number of headers. Values above [`MAX_HEADERS`](Self::MAX_HEADERS) have the
    /// same effect as `MAX_HEADERS`. It does not change how much stack space the check takes.
    pub max_headers: usize,
}

impl HeadLimits {
    /// The upper bound of [`max_headers`](Self::max_headers).
    pub const MAX_HEADERS: usize = 128;
}

impl Default for HeadLimits {
    /// 16 KiB and 100 headers.
    fn default() -> Self {
        Self { max_head: 16 << 10, max_headers: 100 }
    }
}

/// Reads the head of a request or response from the bytes received so far.
///
/// Keep all received bytes in one buffer, and pass all of them to [`request`](Self::request) or
/// [`response`](Self::response) after each read. The reader remembers how far it has searched, so
/// each byte is searched once and the head is parsed once, however the reads split it. It stores
/// none of the bytes.
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{HeadLimits, HeadReader};
///
/// let mut reader = HeadReader::new(HeadLimits::default());
/// assert_eq!(reader.request(b"GET / HTTP/1.1\r\nHo")?, Status::Incomplete { missing: 4 });
/// let received = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\nframes";
/// let Status::Complete(request) = reader.request(received)? else { panic!("incomplete") };
/// assert_eq!(request.method(), "GET");
/// assert_eq!(&received[request.head_len()..], b"frames");
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HeadReader {
    limits: HeadLimits,
    searched: usize,
    /// Where the first line starts: after an empty line that is ignored.
    start: usize,
    method_complete: bool,
    /// The number of lines that end within the bytes searched.
    lines: usize,
}

impl HeadReader {
    /// Creates a reader for the first head of a connection.
    #[must_use]
    pub const fn new(limits: HeadLimits) -> Self {
        Self { limits, searched: 0, start: 0, method_complete: false, lines: 0 }
    }

    /// Returns the request at the start of `received`, or [`Status::Incomplete`] if its head has
    /// not arrived completely.
    ///
    /// `received` is everything received so far: the bytes of the previous call and those that
    /// have arrived since. Any HTTP/1 request is accepted. Call [`Request::upgrade`] to find out
    /// whether it is a valid opening handshake. One empty line before the request is ignored
    /// (RFC 9112 §2.2).
    ///
    /// # Errors
    ///
    /// These errors are returned as soon as the byte that breaks the rule has arrived:
    ///
    /// - [`StartLine`](HandshakeError::StartLine) if the method is empty or is not a token. A TLS
    ///   client, for example, is refused at its first byte.
    /// - [`LineEnding`](HandshakeError::LineEnding) if a line ends in a bare LF.
    /// - [`TooManyHeaders`](HandshakeError::TooManyHeaders) and
    ///   [`HeadTooLarge`](HandshakeError::HeadTooLarge) if a limit is exceeded.
    ///
    /// Everything else is checked when the head is complete. A malformed one returns
    /// [`StartLine`](HandshakeError::StartLine), [`HttpVersion`](HandshakeError::HttpVersion),
    /// [`LineEnding`](HandshakeError::LineEnding) or [`Header`](HandshakeError::Header).
    pub fn request<'b>(
        &mut self,
        received: &'b [u8],
    ) -> Result<Status<Request<'b>>, HandshakeError> {
        self.check_method(received)?;
        Ok(match self.head(received)? {
            Some(head) => Status::Complete(Request::parse(head, self.start, self.lines)?),
            None => Status::Incomplete { missing: missing(received) },
        })
    }

    /// Returns whether the head of a request has arrived completely, without parsing it.
    ///
    /// `received` and the errors are those of [`request`](Self::request).
    pub(crate) fn find_request(&mut self, received: &[u8]) -> Result<bool, HandshakeError> {
        self.check_method(received)?;
        Ok(self.head(received)?.is_some())
    }

    /// Returns the response at the start of `received`, or [`Status::Incomplete`] if its head has
    /// not arrived completely.
    ///
    /// `received` is everything received so far. Any HTTP/1 response is accepted, including
    /// redirects and refusals. Call [`Response::accepted`] to find out whether it accepts the
    /// opening handshake.
    ///
    /// # Errors
    ///
    /// The errors of [`request`](Self::request).
    /// [`StartLine`](HandshakeError::StartLine) is returned as soon as the response differs from
    /// `HTTP/`; an empty line before it is not ignored.
    pub fn response<'b>(
        &mut self,
        received: &'b [u8],
    ) -> Result<Status<Response<'b>>, HandshakeError> {
        self.check_protocol(received)?;
        Ok(match self.head(received)? {
            Some(head) => Status::Complete(Response::parse(head, self.lines)?),
            None => Status::Incomplete { missing: missing(received) },
        })
    }

    /// Returns how many bytes have been searched for the end of the head. They are not searched
    /// again.
    #[must_use]
    pub const fn searched(&self) -> usize {
        self.searched
    }

    fn allowed<'b>(&self, received: &'b [u8]) -> &'b [u8] {
        received.get(..self.limits.max_head).unwrap_or(received)
    }

    /// Fails at the first byte that cannot belong to a request's method.
    fn check_method(&mut self, received: &[u8]) -> Result<(), HandshakeError> {
        if self.method_complete {
            return Ok(());
        }
        let allowed = self.allowed(received);
        if self.searched < 2 {
            match allowed {
                // RFC 9112 §2.2: an empty line before the request is ignored.
                [b'\r', b'\n', ..] => (self.start, self.searched) = (2, 2),
                [b'\r', _, ..] => return Err(HandshakeError::StartLine),
                [b'\r'] => return Ok(()),
                _ => {}
            }
        }
        let unread = allowed.get(self.searched..).unwrap_or_default();
        let Some(len) = unread.iter().position(|byte| !is_token_byte(*byte)) else {
            return Ok(());
        };
        match unread.get(len) {
            Some(b' ') if self.searched.saturating_add(len) > self.start => {
                self.method_complete = true;
                Ok(())
            }
            byte => Err(misplaced(byte)),
        }
    }

    /// Fails at the first byte that differs from `HTTP/`.
    fn check_protocol(&self, received: &[u8]) -> Result<(), HandshakeError> {
        let mut start = self.allowed(received).iter().zip(b"HTTP/").skip(self.searched);
        match start.find(|(byte, expected)| byte != expected) {
            None => Ok(()),
            Some((byte, _)) => Err(misplaced(Some(byte))),
        }
    }

    /// Finds the head, and returns it from its first line to the empty line at its end.
    ///
    /// It searches for line endings, not for CR LF CR LF, to find a bare LF and to count the lines.
    fn head<'b>(&mut self, received: &'b [u8]) -> Result<Option<&'b [u8]>, HandshakeError> {
        let allowed = self.allowed(received);
        let mut rest = allowed.get(self.searched..).unwrap_or_default();
        while let Some((_, after)) = split_once(rest, b'\n') {
            rest = after;
            let len = allowed.len().saturating_sub(rest.len());
            let head = allowed.get(self.start..len).unwrap_or_default();
            match head {
                [.., b'\r', b'\n', b'\r', b'\n'] => return Ok(Some(head)),
                [.., b'\r', b'\n'] => {}
                _ => return Err(HandshakeError::LineEnding),
            }
            // The first line is not a header.
            if self.lines > self.limits.max_headers.min(HeadLimits::MAX_HEADERS) {
                return Err(HandshakeError::TooManyHeaders);
            }
            self.lines = self.lines.saturating_add(1);
            self.searched = len;
        }
        // After a complete head or an error, nothing is searched again either: a repeated call
        // finds the same line ending first.
        self.searched = self.searched.max(allowed.len());
        if received.len() >= self.limits.max_head {
            return Err(HandshakeError::HeadTooLarge);
        }
        Ok(None)
    }
}

/// How many bytes are missing at least in an incomplete head: the rest of CR LF CR LF.
const fn missing(received: &[u8]) -> u64 {
    match received {
        [.., b'\r', b'\n', b'\r'] => 1,
        [.., b'\r', b'\n'] => 2,
        [.., b'\r'] => 3,
        _ => 4,
    }
}

/// The error for a byte that must not occur in this place of the first line.
const fn misplaced(byte: Option<&u8>) -> HandshakeError {
    match byte {
        Some(b'\n') => HandshakeError::LineEnding,
        _ => HandshakeError::StartLine,
    }
}
