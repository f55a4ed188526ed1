use super::refusal::required_headers;
use core::fmt;

/// Why an opening handshake failed: the peer broke a rule or exceeded a limit, or the caller asked
/// for a head that must not be written.
///
/// Each error carries the [section](Self::section) of RFC 6455 that it comes from. If a request
/// caused it, [`answer`](Self::answer) returns the HTTP response to send before closing the
/// connection.
///
/// ```
/// use wsparse::handshake::{HandshakeError, HeadLimits, HeadReader};
///
/// let error = HeadReader::new(HeadLimits::default()).request(b"GET / HTTP/1.1\n").unwrap_err();
/// assert_eq!(error, HandshakeError::LineEnding);
/// assert_eq!(error.section(), "4.1");
/// assert_eq!(error.status(), 400);
/// assert!(error.answer().starts_with(b"HTTP/1.1 400 Bad Request\r\n"));
/// assert_eq!(error.to_string(), "a line does not end in CR LF (RFC 6455 section 4.1)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HandshakeError {
    /// The head is longer than [`HeadLimits::max_head`](super::HeadLimits::max_head) (§10.4).
    HeadTooLarge,
    /// The head has more headers than
    /// [`HeadLimits::max_headers`](super::HeadLimits::max_headers) (§10.4).
    TooManyHeaders,
    /// A line does not end in CR LF (§4.1, RFC 9112 §2.2).
    LineEnding,
    /// The first line is not the start of an HTTP request or response (§4.1).
    StartLine,
    /// A header is malformed: its name is not a token, its value contains a control character, or
    /// it is folded over several lines (§4.1, RFC 9112 §5).
    Header,
    /// The version is not HTTP/1.1 or a later HTTP/1.x (§4.1, §4.2.1).
    HttpVersion,

    /// The request does not ask for a WebSocket: it has neither `Upgrade: websocket` nor a
    /// `Sec-WebSocket-Key` (§4.2.1). A server that also serves pages can treat it as an ordinary
    /// request.
    NotAnUpgrade,
    /// The method is not GET (§4.2.1).
    Method,
    /// No `Upgrade` header contains `websocket`, or that of a response also contains another value
    /// (§4.1, §4.2.1).
    Upgrade,
    /// No `Connection` header contains the token `Upgrade` (§4.1, §4.2.1).
    Connection,
    /// A header that may occur only once occurs twice: `Host`, `Origin`, `Sec-WebSocket-Key` or
    /// `Sec-WebSocket-Version` in a request, and `Sec-WebSocket-Accept`, `Sec-WebSocket-Protocol`
    /// or `Sec-WebSocket-Extensions` in a response (§11.3).
    RepeatedHeader,
    /// `Host` is missing, is not a valid host with an optional port, or differs from the host in
    /// the request target (§4.2.1).
    Host,
    /// The request target is neither a path nor an absolute `http`, `https`, `ws` or `wss` URI, or
    /// it contains a fragment or non-ASCII characters (§4.2.1, §3).
    Target,
    /// The request has a body: a `Transfer-Encoding`, or a `Content-Length` other than 0 (§4.2.1).
    Body,
    /// `Sec-WebSocket-Version` is missing or not 13 (§4.2.1, §4.4).
    Version,
    /// `Sec-WebSocket-Key` is missing or not the canonical Base64 of 16 bytes (§4.2.1).
    Key,
    /// `Origin` is empty or contains bytes other than printable ASCII (§4.2.1).
    Origin,
    /// The [`OriginPolicy`](super::OriginPolicy) does not allow the origin of the request (§10.2).
    OriginNotAllowed,
    /// The subprotocols that a client offers are not a list of tokens (§4.3), are not all different
    /// (§4.1), or are more than 64 (§10.4).
    Subprotocols,
    /// `Sec-WebSocket-Extensions` is not a list of extensions (§9.1).
    Extensions,

    /// The `:protocol` of an extended CONNECT is not `websocket` (RFC 8441 §4, RFC 9220 §3).
    Protocol,
    /// A request over HTTP/2 or HTTP/3 has a header that only HTTP/1 has, such as `Connection` or
    /// `Upgrade` (RFC 8441 §4, RFC 9113 §8.2.2).
    ConnectionHeader,

    /// The status of the response is not 101 (§4.1).
    NotSwitching {
        /// The status of the response.
        status: u16,
    },
    /// `Sec-WebSocket-Accept` is missing or does not match the key (§4.1).
    Accept,
    /// The server selected a subprotocol that the client did not offer (§4.1, §4.2.2).
    UnofferedSubprotocol,
    /// The server selected an extension that the client did not offer (§4.1, §9.1).
    UnofferedExtension,
    /// The server accepted permessage-deflate twice, or with parameters that are unknown, repeated
    /// or invalid, or that do not answer the offer (RFC 7692 §7.1).
    DeflateParameters,

    /// The scheme of the URI is neither `ws` nor `wss` (§3).
    UriScheme,
    /// The host or the port of the URI is missing or invalid, or the URI contains user information
    /// (§3).
    UriAuthority,
    /// The path or query of the URI contains a character that must be percent-encoded (§3).
    UriPath,
    /// The URI has a fragment (§3).
    UriFragment,

    /// An additional header to be written has an invalid name or value (§4.1).
    ExtraHeader,
    /// An additional header to be written is one that the handshake itself controls (§4.1).
    OwnHeader,
    /// The status of a [`Refusal`](super::Refusal) cannot refuse a request (§4.2.2).
    RefusalStatus {
        /// The status of the refusal.
        status: u16,
    },
    /// The output buffer is too small (§10.4).
    NoRoom {
        /// The size in bytes of the whole head.
        needed: usize,
    },
}

// What `Refusal::write` writes for the same status.
const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const FORBIDDEN: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const METHOD_NOT_ALLOWED: &[u8] = b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n\
    Connection: close\r\nContent-Length: 0\r\n\r\n";
const UPGRADE_REQUIRED: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\
    Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n";
const HEAD_TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\n\
    Connection: close\r\nContent-Length: 0\r\n\r\n";
const INTERNAL_ERROR: &[u8] =
    b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

impl HandshakeError {
    /// Returns the section of RFC 6455 that states the rule; for
    /// [`DeflateParameters`](Self::DeflateParameters), of RFC 7692.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.facts().0
    }

    /// Returns the HTTP status that a server refuses the request with: 400, 403, 405, 426 or
    /// 431.
    ///
    /// Errors that no request can cause have status 500.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.facts().1
    }

    /// Returns a complete HTTP response with this [`status`](Self::status). Send it, then close the
    /// connection.
    ///
    /// A response with status 426 contains `Sec-WebSocket-Version: 13` (§4.4).
    #[must_use]
    pub const fn answer(self) -> &'static [u8] {
        match self.status() {
            400 => BAD_REQUEST,
            403 => FORBIDDEN,
            405 => METHOD_NOT_ALLOWED,
            426 => UPGRADE_REQUIRED,
            431 => HEAD_TOO_LARGE,
            _ => INTERNAL_ERROR,
        }
    }

    /// Returns the headers that a response with this [`status`](Self::status) must have, for an
    /// HTTP library that writes it.
    ///
    /// They are `Allow` for 405, and `Upgrade`, `Connection` and `Sec-WebSocket-Version` for 426.
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        required_headers(self.status())
    }

    /// Returns a description of the error, without the section.
    #[must_use]
    pub const fn description(self) -> &'static str {
        self.facts().2
    }

    /// Section, status and description.
    ///
    /// Always inlined, so that a program that needs only the status does not contain the texts.
    #[inline(always)]
    const fn facts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::HeadTooLarge => ("10.4", 431, "the head is too large"),
            Self::TooManyHeaders => ("10.4", 431, "there are too many headers"),
            Self::LineEnding => ("4.1", 400, "a line does not end in CR LF"),
            Self::StartLine => ("4.1", 400, "the first line is not valid HTTP"),
            Self::Header => ("4.1", 400, "a header is malformed"),
            Self::HttpVersion => ("4.1", 400, "the version is not HTTP/1.1 or a later HTTP/1.x"),

            Self::NotAnUpgrade => ("4.2.1", 426, "the request does not ask for a WebSocket"),
            Self::Method => ("4.2.1", 405, "the method is not GET"),
            Self::Upgrade => ("4.2.1", 400, "the Upgrade header is missing or not \"websocket\""),
            Self::Connection => {
                ("4.2.1", 400, "the Connection header does not contain \"Upgrade\"")
            }
            Self::RepeatedHeader => ("11.3", 400, "a header occurs twice that may occur only once"),
            Self::Host => (
                "4.2.1",
                400,
                "the Host header is missing or malformed, or differs from the request target",
            ),
            Self::Target => ("4.2.1", 400, "the request target is not a valid resource name"),
            Self::Body => ("4.2.1", 400, "the request has a body"),
            Self::Version => ("4.2.1", 426, "the Sec-WebSocket-Version is not 13"),
            Self::Key => {
                ("4.2.1", 400, "the Sec-WebSocket-Key is not 16 bytes in canonical Base64")
            }
            Self::Origin => ("4.2.1", 400, "the Origin header is malformed"),
            Self::OriginNotAllowed => ("10.2", 403, "the origin of the request is not allowed"),
            Self::Subprotocols => {
                ("4.3", 400, "the subprotocols are not a list of at most 64 different tokens")
            }
            Self::Extensions => ("9.1", 400, "the Sec-WebSocket-Extensions header is malformed"),

            Self::Protocol => ("4.2.1", 400, "the :protocol is not \"websocket\""),
            Self::ConnectionHeader => {
                ("4.2.1", 400, "a header is not allowed in HTTP/2 and HTTP/3")
            }

            Self::NotSwitching { .. } => ("4.1", 500, "the status of the response is not 101"),
            Self::Accept => ("4.1", 500, "the Sec-WebSocket-Accept does not match the key"),
            Self::UnofferedSubprotocol => {
                ("4.1", 500, "the subprotocol was not offered by the client")
            }
            Self::UnofferedExtension => ("9.1", 500, "an extension was not offered by the client"),
            Self::DeflateParameters => {
                ("7.1", 500, "the parameters of permessage-deflate do not answer an offer")
            }

            Self::UriScheme => ("3", 500, "the scheme of the URI is neither ws nor wss"),
            Self::UriAuthority => ("3", 500, "the host or port of the URI is missing or invalid"),
            Self::UriPath => {
                ("3", 500, "the path or query has a character that must be percent-encoded")
            }
            Self::UriFragment => ("3", 500, "the URI has a fragment"),

            Self::ExtraHeader => ("4.1", 500, "an additional header is malformed"),
            Self::OwnHeader => ("4.1", 500, "an additional header belongs to the handshake"),
            Self::RefusalStatus { .. } => {
                ("4.2.2", 500, "the status of the refusal cannot refuse a request")
            }
            Self::NoRoom { .. } => ("10.4", 500, "the output buffer is too small"),
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rfc = if matches!(self, Self::DeflateParameters) { 7692 } else { 6455 };
        write!(f, "{} (RFC {rfc} section {})", self.description(), self.section())
    }
}

impl core::error::Error for HandshakeError {}

#[cfg(feature = "std")]
impl From<HandshakeError> for std::io::Error {
    /// An error of the kind `ConnectionRefused` if the server did not switch protocols,
    /// `PermissionDenied` if the origin is not allowed, `InvalidInput` for a URI or for what the
    /// application adds, `WriteZero` if a buffer is too small, and otherwise `InvalidData`: the peer
    /// broke a rule.
    fn from(error: HandshakeError) -> Self {
        use HandshakeError as E;
        use std::io::ErrorKind;
        let kind = match error {
            E::NotSwitching { .. } => ErrorKind::ConnectionRefused,
            E::OriginNotAllowed => ErrorKind::PermissionDenied,
            E::UriScheme | E::UriAuthority | E::UriPath | E::UriFragment => ErrorKind::InvalidInput,
            E::ExtraHeader | E::OwnHeader | E::RefusalStatus { .. } => ErrorKind::InvalidInput,
            E::NoRoom { .. } => ErrorKind::WriteZero,
            _ => ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
