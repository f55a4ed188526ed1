use super::{HandshakeError, Request, Response};
use crate::wire::status::Status;
use core::iter::FusedIterator;
use memchr::{memchr, memchr_iter};

/// How large the head of a request or response may be: its bytes up to the empty line.
///
/// ```
/// use wsparse::handshake::HeadLimits;
///
/// // As much as the buffer holds: a head that fills it is refused, not waited for.
/// let buffer = [0; 512];
/// let limits = HeadLimits { max_head: buffer.len(), ..HeadLimits::default() };
/// assert_eq!(limits.max_headers, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// The most bytes of a head, with the empty line.
    pub max_head: usize,
    /// The most headers: up to [`MAX_HEADERS`](Self::MAX_HEADERS), which more than that counts as.
    ///
    /// They are told apart on the stack, two slices each; 24 at first, and all
    /// [`MAX_HEADERS`](Self::MAX_HEADERS) where more have come.
    pub max_headers: usize,
}

impl HeadLimits {
    /// What [`max_headers`](Self::max_headers) may be at most.
    pub const MAX_HEADERS: usize = 128;
}

impl Default for HeadLimits {
    /// 16 KiB, 100 headers.
    fn default() -> Self {
        Self { max_head: 16 << 10, max_headers: 100 }
    }
}

/// Reads the head of a request or of a response from what has been received so far.
///
/// It remembers how far it has searched for the end of the head: whatever reads bring it, each
/// byte is searched once, and the head parsed once. It holds none of them.
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{HeadReader, HeadLimits};
///
/// let mut reader = HeadReader::new(HeadLimits::default());
/// assert_eq!(reader.request(b"GET / HTTP/1.1\r\nHo")?, Status::Incomplete { missing: 4 });
/// let received = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\nwhat follows";
/// let Status::Complete(request) = reader.request(received)? else { panic!("all there") };
/// assert_eq!(request.method(), "GET");
/// assert_eq!(&received[request.head_len()..], b"what follows");
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeadReader {
    limits: HeadLimits,
    searched: usize,
    /// How many lines end within what has been searched.
    lines: usize,
}

impl HeadReader {
    /// At the start of a connection.
    #[must_use]
    pub const fn new(limits: HeadLimits) -> Self {
        Self { limits, searched: 0, lines: 0 }
    }

    /// The request at the start of `received`, which is all that has been received so far: what
    /// the call before was given, and more.
    ///
    /// Any HTTP/1 request is read; whether it is an opening handshake, [`Request::upgrade`] says.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::LineEnding`], [`HandshakeError::TooManyHeaders`] and [`HandshakeError::HeadTooLarge`] as soon as
    /// the byte is there that breaks the rule, whichever comes first; when the head is there as
    /// a whole, [`HandshakeError::StartLine`], [`HandshakeError::HttpVersion`] and [`HandshakeError::Header`]. An empty line
    /// before the request is refused, too.
    pub fn request<'b>(
        &mut self,
        received: &'b [u8],
    ) -> Result<Status<Request<'b>>, HandshakeError> {
        Ok(match self.head(received)? {
            Status::Complete(head) => Status::Complete(Request::parse(head, self.lines)?),
            Status::Incomplete { missing } => Status::Incomplete { missing },
        })
    }

    /// The response at the start of `received`, which is all that has been received so far.
    ///
    /// Any HTTP/1 response is read, redirects and refusals as well; whether it accepts the opening
    /// handshake, [`Response::accepted`] says.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn response<'b>(
        &mut self,
        received: &'b [u8],
    ) -> Result<Status<Response<'b>>, HandshakeError> {
        Ok(match self.head(received)? {
            Status::Complete(head) => Status::Complete(Response::parse(head, self.lines)?),
            Status::Incomplete { missing } => Status::Incomplete { missing },
        })
    }

    /// How many bytes have been searched for the end of the head. They are not searched again.
    #[must_use]
    pub const fn searched(&self) -> usize {
        self.searched
    }

    /// The head, with the empty line.
    ///
    /// Line by line: the end could be found in one search for CR LF CR LF, but a line that ends in
    /// LF alone must be found as well, and lines be counted.
    fn head<'b>(&mut self, received: &'b [u8]) -> Result<Status<&'b [u8]>, HandshakeError> {
        let allowed = received.get(..self.limits.max_head).unwrap_or(received);
        let start = self.searched;
        for at in memchr_iter(b'\n', allowed.get(start..).unwrap_or_default()) {
            let len = start.saturating_add(at).saturating_add(1);
            let head = allowed.get(..len).unwrap_or_default();
            match head {
                [.., b'\r', b'\n', b'\r', b'\n'] => return Ok(Status::Complete(head)),
                [.., b'\r', b'\n'] => {}
                _ => return Err(HandshakeError::LineEnding),
            }
            // Of the lines so far, the first is none.
            if self.lines > self.limits.max_headers.min(HeadLimits::MAX_HEADERS) {
                return Err(HandshakeError::TooManyHeaders);
            }
            self.lines = self.lines.saturating_add(1);
            self.searched = len;
        }
        // What comes before an end, or an error, is not searched again, either: it is found at once.
        self.searched = self.searched.max(allowed.len());
        if received.len() >= self.limits.max_head {
            return Err(HandshakeError::HeadTooLarge);
        }
        let missing = match received {
            [.., b'\r', b'\n', b'\r'] => 1,
            [.., b'\r', b'\n'] => 2,
            [.., b'\r'] => 3,
            _ => 4,
        };
        Ok(Status::Incomplete { missing })
    }
}

/// The headers of a request or response, in order: an iterator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers<'b> {
    /// Whole lines, which have been checked.
    lines: &'b [u8],
}

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderField<'b> {
    /// Its name, as it is written: cases do not matter.
    pub name: &'b str,
    /// Its value, without white space around it; it may hold bytes that are not ASCII.
    pub value: &'b [u8],
}

impl<'b> Headers<'b> {
    /// The headers of a head that httparse has accepted.
    pub(super) fn of_checked_head(head: &'b [u8]) -> Self {
        let start = memchr(b'\n', head).map_or(head.len(), |at| at.saturating_add(1));
        let lines = head.get(start..).unwrap_or_default();
        Self { lines: lines.strip_suffix(b"\r\n").unwrap_or_default() }
    }

    /// The name and the value of the next.
    #[inline]
    pub(super) fn next_bytes(&mut self) -> Option<(&'b [u8], &'b [u8])> {
        let (name, rest) = self.lines.split_at_checked(memchr(b':', self.lines)?)?;
        let (value, rest) = rest.split_at_checked(memchr(b'\n', rest)?)?;
        self.lines = rest.get(1..)?;
        Some((name, value.get(1..)?.trim_ascii()))
    }

    /// None.
    pub(super) const NONE: Self = Self { lines: &[] };

    /// The values of all headers with this name, in whatever case.
    pub(super) fn values(mut self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        core::iter::from_fn(move || {
            loop {
                let (found, value) = self.next_bytes()?;
                if found.eq_ignore_ascii_case(name.as_bytes()) {
                    return Some(value);
                }
            }
        })
    }
}

impl<'b> Iterator for Headers<'b> {
    type Item = HeaderField<'b>;

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.next_bytes()?;
        Some(HeaderField { name: str::from_utf8(name).unwrap_or_default(), value })
    }
}

impl FusedIterator for Headers<'_> {}

impl From<httparse::Error> for HandshakeError {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::HeaderName | httparse::Error::HeaderValue => Self::Header,
            httparse::Error::NewLine => Self::LineEnding,
            httparse::Error::TooManyHeaders => Self::TooManyHeaders,
            httparse::Error::Version => Self::HttpVersion,
            httparse::Error::Status | httparse::Error::Token => Self::StartLine,
        }
    }
}
