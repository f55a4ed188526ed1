use super::list::{self, Extension, Extensions};
use super::{HandshakeError, HeadLimits, Headers, Key, Offer, request};
use core::mem::MaybeUninit;

/// The head of an HTTP/1 response: one that accepts the opening handshake, a redirect, a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'b> {
    head_len: usize,
    status: u16,
    /// What follows the dot in `HTTP/1.1`.
    minor_version: u8,
    headers: Headers<'b>,
}

impl<'b> Response<'b> {
    /// The head has so many lines, without the empty one.
    pub(super) fn parse(head: &'b [u8], lines: usize) -> Result<Self, HandshakeError> {
        if lines <= 24 { Self::tell_apart::<24>(head) } else { Self::tell_apart_many(head) }
    }

    /// Not to be inlined: it takes kilobytes of the stack.
    #[inline(never)]
    fn tell_apart_many(head: &'b [u8]) -> Result<Self, HandshakeError> {
        Self::tell_apart::<{ HeadLimits::MAX_HEADERS }>(head)
    }

    fn tell_apart<const HEADERS: usize>(head: &'b [u8]) -> Result<Self, HandshakeError> {
        let mut headers = [const { MaybeUninit::uninit() }; HEADERS];
        let mut parsed = httparse::Response::new(&mut []);
        let status = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut parsed,
            head,
            &mut headers,
        )?;
        match (status, parsed.code, parsed.version) {
            // It skips empty lines at the start, and there its head could end earlier.
            (httparse::Status::Complete(head_len), Some(status), Some(minor_version))
                if head_len == head.len() && !head.starts_with(b"\r") =>
            {
                let headers = Headers::of_checked_head(head);
                Ok(Self { head_len, status, minor_version, headers })
            }
            _ => Err(HandshakeError::StartLine),
        }
    }

    /// How many bytes the head has, with the empty line: what follows are frames, if it accepts
    /// the opening handshake; else a body, or after an informational response (1xx) another head.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        self.head_len
    }

    /// The status code: 101 where the server accepts.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// All headers, in order.
    #[must_use]
    pub const fn headers(&self) -> Headers<'b> {
        self.headers
    }

    /// The values of all headers with this name, in whatever case; without white space around
    /// them.
    pub fn header<'n>(&self, name: &'n str) -> impl Iterator<Item = &'b [u8]> + use<'b, 'n> {
        self.headers.values(name)
    }

    /// What the server has accepted, every rule of RFC 6455 §4.1 checked; `offer` and `key` are
    /// those that the request was written with.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::NotSwitching`] for any status but 101: the response tells what it is instead. Of
    /// several others, the first in this order: [`HandshakeError::HttpVersion`], [`HandshakeError::Upgrade`],
    /// [`HandshakeError::Connection`], [`HandshakeError::RepeatedHeader`], [`HandshakeError::Accept`],
    /// [`HandshakeError::UnofferedSubprotocol`], [`HandshakeError::Extensions`], [`HandshakeError::UnofferedExtension`].
    pub fn accepted(&self, offer: &Offer<'_>, key: Key) -> Result<Accepted<'b>, HandshakeError> {
        if self.status != 101 {
            return Err(HandshakeError::NotSwitching);
        }
        if self.minor_version < 1 {
            return Err(HandshakeError::HttpVersion);
        }
        // §4.1: a value that is not "websocket" fails, also beside one that is.
        let mut protocols = self.header("Upgrade").flat_map(list::elements);
        let is_websocket = |value: &[u8]| value.eq_ignore_ascii_case(b"websocket");
        if !protocols.next().is_some_and(is_websocket) || !protocols.all(is_websocket) {
            return Err(HandshakeError::Upgrade);
        }
        if !self.header("Connection").any(|value| list::holds(value, "upgrade")) {
            return Err(HandshakeError::Connection);
        }
        let accept = self.single("Sec-WebSocket-Accept")?;
        let subprotocol = self.single("Sec-WebSocket-Protocol")?;
        if accept != Some(key.accept().as_str().as_bytes()) {
            return Err(HandshakeError::Accept);
        }
        let subprotocol = match subprotocol.map(str::from_utf8) {
            None => None,
            Some(Ok(chosen)) if offer.subprotocols.contains(&chosen) => Some(chosen),
            Some(_) => return Err(HandshakeError::UnofferedSubprotocol),
        };
        let is_offered = |name: &str| {
            let mut offered = Extensions::new(offer.extensions.as_bytes()).flatten();
            offered.any(|offered| offered.name() == name)
        };
        for value in self.header("Sec-WebSocket-Extensions") {
            if !list::is_list(Extensions::new(value)) {
                return Err(HandshakeError::Extensions);
            }
            if !Extensions::new(value).flatten().all(|one| is_offered(one.name())) {
                return Err(HandshakeError::UnofferedExtension);
            }
        }
        Ok(Accepted { response: *self, subprotocol })
    }

    /// The value of a header that may stand once.
    fn single(&self, name: &str) -> Result<Option<&'b [u8]>, HandshakeError> {
        let mut values = self.header(name);
        let value = values.next();
        if values.next().is_some() { Err(HandshakeError::RepeatedHeader) } else { Ok(value) }
    }
}

/// A server's opening handshake that accepts the client's (RFC 6455 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted<'b> {
    response: Response<'b>,
    subprotocol: Option<&'b str>,
}

impl<'b> Accepted<'b> {
    /// The subprotocol in use, one of those offered; `None` where the server has chosen none.
    #[must_use]
    pub const fn subprotocol(&self) -> Option<&'b str> {
        self.subprotocol
    }

    /// The extensions in use, in the order in which they work on the data (§9.1). Each name was
    /// offered; whether its parameters are an answer to the offer, the extension's own rules say.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'b>> + use<'b> {
        request::extensions(self.response.headers)
    }
}
