use core::fmt;

/// What is wrong with an opening handshake: a rule that a peer breaks, or a limit; or what the
/// caller asked to have written.
///
/// Each knows the answer that refuses it: bytes to send before the connection is closed.
///
/// ```
/// use wsparse::handshake::{HandshakeError, HeadReader, HeadLimits};
///
/// let error = HeadReader::new(HeadLimits::default()).request(b"GET / HTTP/1.1\n").unwrap_err();
/// assert_eq!(error, HandshakeError::LineEnding);
/// assert_eq!(error.section(), "4.1");
/// assert_eq!(error.status(), 400);
/// assert!(error.answer().starts_with(b"HTTP/1.1 400 Bad Request\r\n"));
/// assert_eq!(error.to_string(), "a line does not end in CR LF (RFC 6455 section 4.1)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The head is longer than [`HeadLimits::max_head`](super::HeadLimits::max_head) (§10.4).
    HeadTooLarge,
    /// The head has more headers than [`HeadLimits::max_headers`](super::HeadLimits::max_headers) (§10.4).
    TooManyHeaders,
    /// A line ends in LF alone (§4.1, RFC 7230 §3.5).
    LineEnding,
    /// The first line is not that of an HTTP request, or response (§4.1).
    StartLine,
    /// A header's name is not a token, or its value holds a control character, or it is folded
    /// over two lines (§4.1, RFC 7230 §3.2).
    Header,
    /// The version is not HTTP/1.1 (§4.1). Later ones do not write their heads as text.
    HttpVersion,

    /// The request does not ask for a WebSocket at all: no `Upgrade: websocket`, and no
    /// `Sec-WebSocket-Key` (§4.2.1). A server of both may serve a page.
    NotAnUpgrade,
    /// The method is not GET (§4.2.1).
    Method,
    /// There is no `Upgrade` header with the value `websocket` (§4.1, §4.2.1).
    Upgrade,
    /// There is no `Connection` header with the token `Upgrade` (§4.1, §4.2.1).
    Connection,
    /// A header that may stand once stands twice: `Host`, `Origin`, `Sec-WebSocket-Key` or
    /// `Sec-WebSocket-Version` of a request, `Sec-WebSocket-Accept` or `Sec-WebSocket-Protocol` of
    /// a response (§11.3).
    RepeatedHeader,
    /// There is no `Host`, it is not a host with or without a port, or not that of an absolute
    /// request target (§4.2.1).
    Host,
    /// The request target is neither a path nor an absolute `http`, `https`, `ws` or `wss` URI, or
    /// has a fragment or bytes that are not ASCII (§4.2.1, §3).
    Target,
    /// The request announces a body: `Transfer-Encoding`, or a `Content-Length` that is not 0
    /// (§4.2.1). What follows the head is frames.
    Body,
    /// `Sec-WebSocket-Version` is missing, or not 13 (§4.2.1, §4.4).
    Version,
    /// `Sec-WebSocket-Key` is missing, or not 16 bytes in canonical Base64 (§4.2.1).
    Key,
    /// `Origin` is empty, or holds bytes that are not printable ASCII (§4.2.1).
    Origin,
    /// `Sec-WebSocket-Protocol` is not a list of tokens (§4.3); of those a client is to offer, one
    /// stands twice (§4.1).
    Subprotocols,
    /// `Sec-WebSocket-Extensions` is not a list of extensions (§9.1).
    Extensions,

    /// The status of the response is not 101 (§4.1): the response says what it is instead.
    NotSwitching,
    /// `Sec-WebSocket-Accept` is missing, or not that of the key (§4.1).
    Accept,
    /// The subprotocol chosen is not one that the client offered (§4.1, §4.2.2).
    UnofferedSubprotocol,
    /// An extension accepted is not one that the client offered (§4.1, §9.1).
    UnofferedExtension,

    /// A URI without the scheme `ws` or `wss` (§3).
    UriScheme,
    /// The host of a URI, or its port: or there is user information (§3).
    UriAuthority,
    /// The path or the query of a URI holds what must be percent-encoded (§3).
    UriPath,
    /// A URI with a fragment (§3).
    UriFragment,

    /// An extra header to be written that is none, or could be more than one (§4.1).
    ExtraHeader,
    /// An extra header to be written that is the handshake's own (§4.1).
    OwnHeader,
    /// There is no room for what is to be written (§10.4).
    NoRoom {
        /// How many bytes it takes.
        needed: usize,
    },
}

const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
// RFC 7231 §6.5.5: what is allowed must be said.
const METHOD_NOT_ALLOWED: &[u8] = b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n\
    Connection: close\r\nContent-Length: 0\r\n\r\n";
// RFC 7231 §6.5.15: and here, to what. §4.4: in which versions.
const UPGRADE_REQUIRED: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\
    Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n";
const HEAD_TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\n\
    Connection: close\r\nContent-Length: 0\r\n\r\n";
const INTERNAL_ERROR: &[u8] =
    b"HTTP/1.1 500 Internal Server HandshakeError\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

impl HandshakeError {
    /// The section of RFC 6455 that states the rule.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::UriScheme | Self::UriAuthority | Self::UriPath | Self::UriFragment => "3",
            Self::LineEnding
            | Self::StartLine
            | Self::Header
            | Self::HttpVersion
            | Self::NotSwitching
            | Self::Accept
            | Self::UnofferedSubprotocol
            | Self::ExtraHeader
            | Self::OwnHeader => "4.1",
            Self::NotAnUpgrade
            | Self::Method
            | Self::Upgrade
            | Self::Connection
            | Self::Host
            | Self::Target
            | Self::Body
            | Self::Version
            | Self::Key
            | Self::Origin => "4.2.1",
            Self::Subprotocols => "4.3",
            Self::Extensions | Self::UnofferedExtension => "9.1",
            Self::HeadTooLarge | Self::TooManyHeaders | Self::NoRoom { .. } => "10.4",
            Self::RepeatedHeader => "11.3",
        }
    }

    /// The HTTP status that a server refuses the request with: 400, 405, 426 or 431; 500 for what
    /// no request can do wrong.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::HeadTooLarge | Self::TooManyHeaders => 431,
            Self::Method => 405,
            Self::NotAnUpgrade | Self::Version => 426,
            Self::LineEnding
            | Self::StartLine
            | Self::Header
            | Self::HttpVersion
            | Self::Upgrade
            | Self::Connection
            | Self::RepeatedHeader
            | Self::Host
            | Self::Target
            | Self::Body
            | Self::Key
            | Self::Origin
            | Self::Subprotocols
            | Self::Extensions => 400,
            Self::NotSwitching
            | Self::Accept
            | Self::UnofferedSubprotocol
            | Self::UnofferedExtension
            | Self::UriScheme
            | Self::UriAuthority
            | Self::UriPath
            | Self::UriFragment
            | Self::ExtraHeader
            | Self::OwnHeader
            | Self::NoRoom { .. } => 500,
        }
    }

    /// A whole HTTP response with [`status`](Self::status), to be sent before the connection is
    /// closed; one of 426 says `Sec-WebSocket-Version: 13` (§4.4).
    #[must_use]
    pub const fn answer(self) -> &'static [u8] {
        match self.status() {
            400 => BAD_REQUEST,
            405 => METHOD_NOT_ALLOWED,
            426 => UPGRADE_REQUIRED,
            431 => HEAD_TOO_LARGE,
            _ => INTERNAL_ERROR,
        }
    }

    /// What is wrong, without the section.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::HeadTooLarge => "the head is larger than allowed",
            Self::TooManyHeaders => "there are more headers than allowed",
            Self::LineEnding => "a line does not end in CR LF",
            Self::StartLine => "the first line is not one of HTTP",
            Self::Header => "a header is malformed",
            Self::HttpVersion => "the version is not HTTP/1.1",
            Self::NotAnUpgrade => "the request does not ask for a WebSocket",
            Self::Method => "the method is not GET",
            Self::Upgrade => "there is no Upgrade to websocket",
            Self::Connection => "there is no Connection with the token Upgrade",
            Self::RepeatedHeader => "a header that may stand once stands twice",
            Self::Host => "the Host is missing or malformed, or not that of the request target",
            Self::Target => "the request target names no resource",
            Self::Body => "the request has a body",
            Self::Version => "the Sec-WebSocket-Version is not 13",
            Self::Key => "the Sec-WebSocket-Key is not 16 bytes in canonical Base64",
            Self::Origin => "the Origin is malformed",
            Self::Subprotocols => "the subprotocols are not a list of different tokens",
            Self::Extensions => "the extensions are not a list of extensions",
            Self::NotSwitching => "the status is not 101",
            Self::Accept => "the Sec-WebSocket-Accept is not that of the key",
            Self::UnofferedSubprotocol => "the subprotocol was not offered",
            Self::UnofferedExtension => "an extension was not offered",
            Self::UriScheme => "the scheme is neither ws nor wss",
            Self::UriAuthority => "the URI has no valid host and port",
            Self::UriPath => "the path or query has bytes that must be percent-encoded",
            Self::UriFragment => "the URI has a fragment",
            Self::ExtraHeader => "an extra header is malformed",
            Self::OwnHeader => "an extra header is one that the handshake writes",
            Self::NoRoom { .. } => "there is too little room for what is to be written",
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (RFC 6455 section {})", self.description(), self.section())
    }
}

impl core::error::Error for HandshakeError {}
