use super::check::Found;
use super::error::HandshakeError;
use super::headers::Headers;
use super::key::Key;
use super::list::{Extension, Extensions, Subprotocols};
use super::start_line::{request_line, split_head};
use super::uri::{self, Resource};

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
        let (host, authority) = found.host(self.method, self.minor_version >= 1)?;
        let resource = uri::target(self.target, authority)?;
        let (key, origin) = (found.key()?, found.origin()?);
        found.lists()?;
        Ok(Upgrade {
            request: *self,
            host,
            resource,
            key,
            origin,
            subprotocols: found.subprotocols.unwrap_or(Headers::NONE),
            extensions: found.extensions.unwrap_or(Headers::NONE),
        })
    }
}

/// A client's opening handshake, all of whose rules have been checked (RFC 6455 §4.2.1).
///
/// [`Accept::write`](super::Accept::write) writes the response that accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Upgrade<'b> {
    request: Request<'b>,
    host: &'b str,
    resource: Resource<'b>,
    key: Key,
    origin: Option<&'b str>,
    /// All headers from the first list of subprotocols on.
    subprotocols: Headers<'b>,
    /// All headers from the first list of extensions on.
    extensions: Headers<'b>,
}

impl<'b> Upgrade<'b> {
    /// Returns the request, with all its headers.
    #[must_use]
    pub const fn request(&self) -> &Request<'b> {
        &self.request
    }

    /// Returns the value of `Host`: a host with an optional port.
    #[must_use]
    pub const fn host(&self) -> &'b str {
        self.host
    }

    /// Returns the path of the requested resource. It is at least `/`, and still percent-encoded.
    #[must_use]
    pub const fn path(&self) -> &'b str {
        self.resource.path
    }

    /// Returns the query of the requested resource, or an empty string.
    #[must_use]
    pub const fn query(&self) -> &'b str {
        self.resource.query
    }

    /// Returns the origin of the script that opened the connection.
    ///
    /// Every browser sends it. Check it unless any web page may connect to this server (§10.2).
    #[must_use]
    pub const fn origin(&self) -> Option<&'b str> {
        self.origin
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
        let values = self.subprotocols.values("sec-websocket-protocol");
        values.flat_map(Subprotocols::new).filter_map(Result::ok)
    }

    /// Returns the extensions that the client offers, in the order of its preference.
    ///
    /// The same extension may be offered several times with different parameters.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'b>> + use<'b> {
        let values = self.extensions.values("sec-websocket-extensions");
        values.flat_map(Extensions::new).filter_map(Result::ok)
    }
}
