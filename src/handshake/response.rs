use super::error::HandshakeError;
use super::headers::Headers;
use super::key::Key;
use super::list::{self, Extension, Extensions};
use super::offer::Offer;
use super::start_line::{split_head, status_line};

/// The head of an HTTP/1 response: one that accepts the opening handshake, or any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Response<'b> {
    head_len: usize,
    status: u16,
    /// The digit after the dot in `HTTP/1.1`.
    minor_version: u8,
    headers: Headers<'b>,
}

impl<'b> Response<'b> {
    /// Parses a head of `lines` lines, not counting the empty line.
    pub(super) fn parse(head: &'b [u8], lines: usize) -> Result<Self, HandshakeError> {
        let (line, headers) = split_head(head);
        let (minor_version, status) = status_line(line)?;
        let headers = Headers::parse(headers, lines)?;
        Ok(Self { head_len: head.len(), status, minor_version, headers })
    }

    /// Returns the length of the head in bytes, including the empty line at its end.
    ///
    /// Frames follow if the response accepts the opening handshake, another head if the status is
    /// an informational one (1xx) other than 101, and otherwise a body.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        self.head_len
    }

    /// Returns the status code. It is 101 if the server accepts the handshake.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns all headers.
    #[must_use]
    pub const fn headers(&self) -> Headers<'b> {
        self.headers
    }

    /// Returns the values of all headers with this name, ignoring case.
    ///
    /// Leading and trailing white space is not part of a value.
    pub fn header<'n>(&self, name: &'n str) -> impl Iterator<Item = &'b [u8]> + use<'b, 'n> {
        self.headers.values(name)
    }

    /// Checks every rule of RFC 6455 §4.1, and returns what the server has accepted.
    ///
    /// Pass the `offer` and the `key` that the request was written with.
    ///
    /// # Errors
    ///
    /// [`NotSwitching`](HandshakeError::NotSwitching) if the status is not 101. Inspect
    /// [`status`](Self::status) and [`header`](Self::header) to handle a redirect or a refusal.
    /// Otherwise the first of these errors that applies:
    /// [`HttpVersion`](HandshakeError::HttpVersion),
    /// [`Upgrade`](HandshakeError::Upgrade),
    /// [`Connection`](HandshakeError::Connection),
    /// [`RepeatedHeader`](HandshakeError::RepeatedHeader),
    /// [`Accept`](HandshakeError::Accept),
    /// [`UnofferedSubprotocol`](HandshakeError::UnofferedSubprotocol),
    /// [`Extensions`](HandshakeError::Extensions),
    /// [`UnofferedExtension`](HandshakeError::UnofferedExtension).
    pub fn accepted(&self, offer: &Offer<'_>, key: Key) -> Result<Accepted<'b>, HandshakeError> {
        if self.status != 101 {
            return Err(HandshakeError::NotSwitching { status: self.status });
        }
        if self.minor_version < 1 {
            return Err(HandshakeError::HttpVersion);
        }
        // §4.1: any other value fails the connection, even next to "websocket".
        let mut protocols = self.header("Upgrade").flat_map(list::elements);
        let is_websocket = |value: &[u8]| value.eq_ignore_ascii_case(b"websocket");
        if !protocols.next().is_some_and(is_websocket) || !protocols.all(is_websocket) {
            return Err(HandshakeError::Upgrade);
        }
        if !self.header("Connection").any(|value| list::contains(value, "upgrade")) {
            return Err(HandshakeError::Connection);
        }
        let accept = self.single("Sec-WebSocket-Accept")?;
        let subprotocol = self.single("Sec-WebSocket-Protocol")?;
        // §11.3.2
        let extensions = self.single("Sec-WebSocket-Extensions")?;
        if accept != Some(key.accept().as_bytes()) {
            return Err(HandshakeError::Accept);
        }
        let subprotocol = match subprotocol.map(str::from_utf8) {
            None => None,
            Some(Ok(selected)) if offer.subprotocols.contains(&selected) => Some(selected),
            Some(_) => return Err(HandshakeError::UnofferedSubprotocol),
        };
        if let Some(extensions) = extensions {
            if !list::is_list(Extensions::new(extensions)) {
                return Err(HandshakeError::Extensions);
            }
            let offered = || Extensions::new(offer.extensions.as_bytes()).flatten();
            if !list::are_offered(extensions, offered) {
                return Err(HandshakeError::UnofferedExtension);
            }
        }
        Ok(Accepted { subprotocol, extensions: extensions.unwrap_or_default() })
    }

    /// Returns the value of a header that may occur only once.
    fn single(&self, name: &str) -> Result<Option<&'b [u8]>, HandshakeError> {
        let mut values = self.header(name);
        let value = values.next();
        if values.next().is_some() { Err(HandshakeError::RepeatedHeader) } else { Ok(value) }
    }
}

/// What the server has accepted: a subprotocol and extensions that the client offered (RFC 6455
/// §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Accepted<'b> {
    subprotocol: Option<&'b str>,
    /// A well-formed list, or nothing.
    extensions: &'b [u8],
}

impl<'b> Accepted<'b> {
    /// Returns the subprotocol in use, or `None` if the server has not selected one.
    #[must_use]
    pub const fn subprotocol(&self) -> Option<&'b str> {
        self.subprotocol
    }

    /// Returns the extensions in use, in the order in which they are applied to the data (§9.1).
    ///
    /// The client has offered extensions of these names. Check their parameters by the rules of
    /// each extension.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'b>> + use<'b> {
        Extensions::new(self.extensions).flatten()
    }
}
