use super::check::{Found, Terms};
use super::error::HandshakeError;
use super::headers::Headers;
use super::key::Key;
use super::list::Extension;
use super::start_line::{request_line, split_head};
use super::uri;

/// The head of an HTTP/1 request, which may be an opening handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Request<'b> {
    head_len: usize,
    method: &'b str,
    target: &'b str,
    /// The digit after the dot in `HTTP/1.1`.
    minor_version: u8,
    headers: Headers<'b>,
}

impl<'b> Request<'b> {
    /// Parses a head of `lines` lines, not counting the empty line. `skipped` is the number of
    /// bytes received before it.
    pub(super) fn parse(
        head: &'b [u8],
        skipped: usize,
        lines: usize,
    ) -> Result<Self, HandshakeError> {
        let (line, headers) = split_head(head);
        let (method, target, minor_version) = request_line(line)?;
        let headers = Headers::parse(headers, lines)?;
        let head_len = skipped.saturating_add(head.len());
        Ok(Self { head_len, method, target, minor_version, headers })
    }

    /// Returns the length of the head in bytes, including the empty line at its end and an ignored
    /// empty line before it. In an opening handshake, the bytes after it are frames.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        self.head_len
    }

    /// Returns the method, such as `GET`.
    #[must_use]
    pub const fn method(&self) -> &'b str {
        self.method
    }

    /// Returns the request target as it was received.
    ///
    /// [`Upgrade::path`] and [`Upgrade::query`] return its parts once it has been checked.
    #[must_use]
    pub const fn target(&self) -> &'b str {
        self.target
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

    /// Checks every rule of RFC 6455 §4.2.1, and returns the opening handshake.
    ///
    /// # Errors
    ///
    /// [`NotAnUpgrade`](HandshakeError::NotAnUpgrade) if the request does not ask for a WebSocket.
    /// Otherwise the first of these errors that applies:
    /// [`Method`](HandshakeError::Method),
    /// [`HttpVersion`](HandshakeError::HttpVersion),
    /// [`Upgrade`](HandshakeError::Upgrade),
    /// [`Connection`](HandshakeError::Connection),
    /// [`RepeatedHeader`](HandshakeError::RepeatedHeader),
    /// [`Host`](HandshakeError::Host),
    /// [`Target`](HandshakeError::Target),
    /// [`Body`](HandshakeError::Body),
    /// [`Version`](HandshakeError::Version),
    /// [`Key`](HandshakeError::Key),
    /// [`Origin`](HandshakeError::Origin),
    /// [`Subprotocols`](HandshakeError::Subprotocols),
    /// [`Extensions`](HandshakeError::Extensions).
    pub fn upgrade(&self) -> Result<Upgrade<'b>, HandshakeError> {
        let found = Found::new(self.headers);
        Upgrade::check(self.method, self.target, self.minor_version >= 1, &found)
    }
}

/// A client's opening handshake, all of whose rules have been checked (RFC 6455 §4.2.1).
///
/// [`Request::upgrade`] returns it. If an HTTP library has parsed the request, use
/// [`from_headers`](Self::from_headers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Upgrade<'b> {
    key: Key,
    terms: Terms<'b>,
}

impl<'b> Upgrade<'b> {
    /// Checks a request that an HTTP library has parsed.
    ///
    /// `target` is the path with the query, or the absolute URI. `http_1_1_or_later` states whether
    /// the version of the request is HTTP/1.1 or a later HTTP/1.x; for HTTP/2 and HTTP/3, see
    /// [`Connect`](super::Connect). Names of headers are compared ignoring case.
    ///
    /// [`Accept::headers`](super::Accept::headers) returns the headers of the response with status
    /// 101. If the request is refused, the response needs the [status](HandshakeError::status) and
    /// the [headers](HandshakeError::headers) of the error.
    ///
    /// ```
    /// use wsparse::handshake::{Accept, HandshakeError, Upgrade};
    ///
    /// /// A response, as your HTTP library builds it.
    /// #[derive(Default)]
    /// struct Response(u16, Vec<(String, String)>);
    ///
    /// fn respond(headers: &[(&str, &[u8])]) -> Result<Response, HandshakeError> {
    ///     let upgrade = Upgrade::from_headers("GET", "/chat", true, headers.iter().copied())?;
    ///     let mut response = Response(101, Vec::new());
    ///     for (name, value) in Accept::default().headers(&upgrade)?.iter() {
    ///         response.1.push((name.to_owned(), value.to_owned()));
    ///     }
    ///     Ok(response)
    /// }
    ///
    /// let mut headers = vec![
    ///     ("host", b"example.com".as_slice()),
    ///     ("connection", b"keep-alive, Upgrade"),
    ///     ("upgrade", b"websocket"),
    ///     ("sec-websocket-version", b"13"),
    ///     ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    /// ];
    /// let Response(status, answer) = respond(&headers)?;
    /// assert_eq!((status, answer.len()), (101, 3));
    /// assert_eq!(answer[2].1, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    ///
    /// headers[3].1 = b"8";
    /// let error = respond(&headers).map(drop).unwrap_err();
    /// assert_eq!(error, HandshakeError::Version);
    /// assert_eq!(error.status(), 426);
    /// assert!(error.headers().contains(&("Sec-WebSocket-Version", "13")));
    /// # Ok::<(), HandshakeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Request::upgrade`]. [`Subprotocols`](HandshakeError::Subprotocols) and
    /// [`Extensions`](HandshakeError::Extensions) also if they are in more than 4 headers each.
    pub fn from_headers(
        method: &str,
        target: &'b str,
        http_1_1_or_later: bool,
        headers: impl IntoIterator<Item = (&'b str, &'b [u8])>,
    ) -> Result<Self, HandshakeError> {
        Self::check(method, target, http_1_1_or_later, &Found::parsed(headers))
    }

    fn check(
        method: &str,
        target: &'b str,
        http_1_1_or_later: bool,
        found: &Found<'b>,
    ) -> Result<Self, HandshakeError> {
        found.upgrade(method, http_1_1_or_later)?;
        let (host, authority) = found.host()?;
        let resource = uri::target(target, authority)?;
        found.version()?;
        let key = found.key()?;
        Ok(Self { key, terms: found.terms(host, resource)? })
    }

    /// Returns the value of `Host`: a host with an optional port.
    #[must_use]
    pub const fn host(&self) -> &'b str {
        self.terms.host
    }

    /// Returns the path of the requested resource. It is at least `/`, and still percent-encoded.
    #[must_use]
    pub const fn path(&self) -> &'b str {
        self.terms.resource.path
    }

    /// Returns the query of the requested resource, or an empty string.
    #[must_use]
    pub const fn query(&self) -> &'b str {
        self.terms.resource.query
    }

    /// Returns the origin of the script that opened the connection.
    ///
    /// Every browser sends it. Unless any web page may connect to this server, check it with an
    /// [`OriginPolicy`](super::OriginPolicy).
    #[must_use]
    pub const fn origin(&self) -> Option<&'b str> {
        self.terms.origin
    }

    /// Returns the client's key.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// Returns the version of the protocol. It is always 13.
    #[must_use]
    pub const fn version(&self) -> u8 {
        13
    }

    /// Returns the subprotocols that the client offers, in the order of its preference.
    ///
    /// They are all different (§4.1), and at most 64.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'b str> + use<'b> {
        self.terms.subprotocols()
    }

    /// Returns the first subprotocol in [`subprotocols`](Self::subprotocols) that the server
    /// supports, or `None` if there is none.
    #[must_use]
    pub fn select_subprotocol<'s>(&self, supported: &[&'s str]) -> Option<&'s str> {
        self.terms.select_subprotocol(supported)
    }

    /// Returns the extensions that the client offers, in the order of its preference.
    ///
    /// The same extension may be offered several times with different parameters.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'b>> + use<'b> {
        self.terms.extensions()
    }
    pub(super) const fn terms(&self) -> &Terms<'b> {
        &self.terms
    }
}
