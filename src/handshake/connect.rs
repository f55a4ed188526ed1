use super::check::{Found, Terms};
use super::error::HandshakeError;
use super::list::Extension;
use super::uri::{self, Authority};

/// RFC 9113 §8.2.2: the headers that concern one connection of HTTP/1.
const FORBIDDEN: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// The pseudo-headers of an extended CONNECT, as an HTTP library for HTTP/2 or HTTP/3 returns them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PseudoHeaders<'b> {
    /// `:method`
    pub method: &'b str,
    /// `:protocol`
    pub protocol: Option<&'b str>,
    /// `:scheme`
    pub scheme: Option<&'b str>,
    /// `:authority`. Without it, the header `Host` takes its place.
    pub authority: Option<&'b str>,
    /// `:path`, with the query.
    pub path: Option<&'b str>,
}

/// A client's opening handshake over HTTP/2 (RFC 8441) or HTTP/3 (RFC 9220), all of whose rules
/// have been checked: an extended CONNECT.
///
/// The stream of the request then carries the same frames as a TCP connection would, masked by the
/// client. To allow such requests, a server sends the setting `SETTINGS_ENABLE_CONNECT_PROTOCOL`
/// with the value 1; your HTTP library has an option for it.
///
/// To accept the request, send status 200 with the headers that
/// [`Accept::connect_headers`](super::Accept::connect_headers) returns. There is no key. To refuse
/// it, send the [status](HandshakeError::connect_status) and the
/// [headers](HandshakeError::connect_headers) of the error.
///
/// ```
/// use wsparse::handshake::{Accept, Connect, HandshakeError, PseudoHeaders};
///
/// let pseudo = PseudoHeaders {
///     method: "CONNECT",
///     protocol: Some("websocket"),
///     scheme: Some("https"),
///     authority: Some("server.example.com"),
///     path: Some("/chat"),
/// };
/// let mut headers = vec![
///     ("sec-websocket-protocol", b"chat, superchat".as_slice()),
///     ("sec-websocket-version", b"13"),
///     ("origin", b"http://www.example.com"),
/// ];
/// let connect = Connect::from_headers(pseudo, headers.iter().copied())?;
/// assert_eq!(connect.path(), "/chat");
/// let accept = Accept { subprotocol: Some("chat"), ..Accept::default() };
/// let headers_of_200 = accept.connect_headers(&connect)?;
/// assert!(headers_of_200.iter().eq([("sec-websocket-protocol", "chat")]));
///
/// headers[1].1 = b"8";
/// let error = Connect::from_headers(pseudo, headers).unwrap_err();
/// assert_eq!((error, error.connect_status()), (HandshakeError::Version, 400));
/// assert_eq!(error.connect_headers(), [("sec-websocket-version", "13")]);
/// # Ok::<(), HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Connect<'b> {
    is_secure: bool,
    terms: Terms<'b>,
}

impl<'b> Connect<'b> {
    /// Checks the request: its pseudo-headers and its other headers.
    ///
    /// Names of headers are compared ignoring case. `Sec-WebSocket-Key` has no meaning here and is
    /// ignored (RFC 8441 §5).
    ///
    /// # Errors
    ///
    /// [`NotAnUpgrade`](HandshakeError::NotAnUpgrade) if there is no `:protocol`: the request is an
    /// ordinary one. Otherwise the first of these errors that applies:
    /// [`Method`](HandshakeError::Method),
    /// [`Protocol`](HandshakeError::Protocol),
    /// [`ConnectionHeader`](HandshakeError::ConnectionHeader),
    /// [`RepeatedHeader`](HandshakeError::RepeatedHeader),
    /// [`Host`](HandshakeError::Host) if `:authority` is missing, malformed, or differs from `Host`,
    /// [`Target`](HandshakeError::Target) if `:scheme` is neither `http` nor `https`, or `:path` is
    /// not a path,
    /// [`Body`](HandshakeError::Body),
    /// [`Version`](HandshakeError::Version),
    /// [`Origin`](HandshakeError::Origin),
    /// [`Subprotocols`](HandshakeError::Subprotocols),
    /// [`Extensions`](HandshakeError::Extensions).
    pub fn from_headers(
        pseudo: PseudoHeaders<'b>,
        headers: impl IntoIterator<Item = (&'b str, &'b [u8])>,
    ) -> Result<Self, HandshakeError> {
        let mut forbidden = false;
        let found = Found::parsed(headers.into_iter().inspect(|(name, _)| {
            forbidden |= FORBIDDEN.iter().any(|other| other.eq_ignore_ascii_case(name));
        }));
        let protocol = pseudo.protocol.ok_or(HandshakeError::NotAnUpgrade)?;
        // RFC 8441 §4: `:protocol` extends CONNECT alone.
        if pseudo.method != "CONNECT" {
            return Err(HandshakeError::Method);
        }
        if !protocol.eq_ignore_ascii_case("websocket") {
            return Err(HandshakeError::Protocol);
        }
        if forbidden {
            return Err(HandshakeError::ConnectionHeader);
        }
        found.not_repeated()?;
        let (host, authority) = match pseudo.authority {
            None => found.host()?,
            Some(host) => (host, Authority::parse(host).ok_or(HandshakeError::Host)?),
        };
        // RFC 9113 §8.3.1
        if found.host_value().is_some_and(|value| !value.eq_ignore_ascii_case(host.as_bytes())) {
            return Err(HandshakeError::Host);
        }
        // RFC 8441 §5: the schemes of HTTP stand for `ws` and `wss`.
        let scheme = pseudo.scheme.unwrap_or_default();
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return Err(HandshakeError::Target);
        }
        let path = pseudo.path.filter(|path| path.starts_with('/'));
        let resource = uri::target(path.ok_or(HandshakeError::Target)?, authority)?;
        found.version()?;
        Ok(Self { is_secure, terms: found.terms(host, resource)? })
    }

    /// Returns whether `:scheme` is `https`, which stands for `wss`.
    #[must_use]
    pub const fn secure(&self) -> bool {
        self.is_secure
    }

    /// Returns the value of `:authority`: a host with an optional port.
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

impl HandshakeError {
    /// Returns the HTTP status that refuses a request over HTTP/2 or HTTP/3: 400, 403 or 501.
    ///
    /// It is 400 where HTTP/1 has 405 and 426: there is no other method and no upgrade. Errors that
    /// no request can cause have status 500.
    #[must_use]
    pub const fn connect_status(self) -> u16 {
        match (self, self.status()) {
            // RFC 9220 §3
            (Self::Protocol, _) => 501,
            (_, 405 | 426) => 400,
            (_, status) => status,
        }
    }

    /// Returns the headers that a response with this [`connect_status`](Self::connect_status) must
    /// have: `sec-websocket-version` for [`Version`](Self::Version) (§4.4).
    #[must_use]
    pub const fn connect_headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Version => &[("sec-websocket-version", "13")],
            _ => &[],
        }
    }
}
