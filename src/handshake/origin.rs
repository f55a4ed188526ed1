use super::error::HandshakeError;
use super::uri::{Authority, split_scheme};

/// The origin of the web page whose script opens a connection: the value of an `Origin` header
/// (RFC 6454).
///
/// ```
/// use wsparse::handshake::Origin;
///
/// let origin = Origin::parse("https://Example.com").unwrap();
/// assert_eq!((origin.scheme(), origin.host()), ("https", "Example.com"));
/// assert_eq!(origin.port(), Some(443));
/// assert!(origin.is_same(&Origin::parse("https://example.com:443").unwrap()));
/// assert!(origin.has_host("example.com"));
/// assert_eq!(Origin::parse("null"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Origin<'a> {
    scheme: &'a str,
    authority: Authority<'a>,
}

impl<'a> Origin<'a> {
    /// Parses an origin: a scheme, a host and an optional port.
    ///
    /// Returns `None` for anything else. `null` is the origin of pages that keep theirs secret,
    /// such as a sandboxed frame. Any web page can contain such a frame.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let (scheme, authority) = split_scheme(value)?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        Some(Self { scheme, authority: Authority::parse(authority)? }).filter(|_| is_scheme)
    }

    /// Returns the scheme as it was received, such as `https` or `chrome-extension`.
    #[must_use]
    pub const fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// Returns the host as it was received. An IPv6 address is returned without its brackets.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.authority.host()
    }

    /// Returns the port. The default is 80 for `http` and 443 for `https`, and none for other
    /// schemes.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        match self.authority.port() {
            None if self.scheme.eq_ignore_ascii_case("https") => Some(443),
            None if self.scheme.eq_ignore_ascii_case("http") => Some(80),
            port => port,
        }
    }

    /// Returns whether both are the same origin: they have the same scheme, host and port (RFC 6454
    /// §5). Schemes and hosts are compared ignoring case.
    #[must_use]
    pub const fn is_same(&self, other: &Origin<'_>) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme) && self.is_same_authority(other)
    }

    /// Returns whether the page comes from this host: the value of the request's `Host`, which may
    /// have a port.
    ///
    /// The scheme is not compared, because a server behind a proxy does not know whether the client
    /// has used TLS. A host without a port has the default port of the origin's scheme.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        let authority = Authority::parse(host);
        authority.is_some_and(|authority| {
            self.is_same_authority(&Origin { scheme: self.scheme, authority })
        })
    }

    const fn is_same_authority(&self, other: &Origin<'_>) -> bool {
        let is_same_port = match (self.port(), other.port()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => true,
            _ => false,
        };
        is_same_port && self.host().eq_ignore_ascii_case(other.host())
    }
}

/// Which web pages may connect to a server (RFC 6455 §10.2).
///
/// Any web page may open a WebSocket to any server, and the browser sends the user's cookies along.
/// If cookies authenticate your users, a page of someone else can therefore act as a user who
/// visits it: this is cross-site WebSocket hijacking. Browsers state in `Origin` where a page comes
/// from, and this policy refuses the pages that you do not trust with
/// [`OriginNotAllowed`](HandshakeError::OriginNotAllowed), status 403.
///
/// ```
/// use wsparse::handshake::{HandshakeError, OriginPolicy};
///
/// let policy = OriginPolicy::Listed(&["https://example.com", "https://www.example.com"]);
/// assert_eq!(policy.check(Some("https://example.com"), "ws.example.com"), Ok(()));
/// let error = policy.check(Some("https://evil.example"), "ws.example.com").unwrap_err();
/// assert_eq!((error, error.status()), (HandshakeError::OriginNotAllowed, 403));
/// // A client that is not a browser.
/// assert_eq!(policy.check(None, "ws.example.com"), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OriginPolicy<'a> {
    /// All web pages may connect. Use it if a page cannot act as a user, for example because it
    /// must send a token in its first message.
    #[default]
    Any,
    /// Pages from the host and port that the request is sent to may connect.
    SameHost,
    /// Pages from these origins may connect. Each has a scheme, a host and an optional port, as in
    /// `https://example.com`.
    Listed(&'a [&'a str]),
}

impl OriginPolicy<'_> {
    /// Checks the `Origin` and the `Host` of a request.
    ///
    /// A request without `Origin` is allowed: every browser sends it, and other clients could send
    /// what they like. The origin `null` is allowed only by [`Any`](Self::Any).
    ///
    /// # Errors
    ///
    /// [`OriginNotAllowed`](HandshakeError::OriginNotAllowed).
    pub fn check(&self, origin: Option<&str>, host: &str) -> Result<(), HandshakeError> {
        let Some(origin) = origin else { return Ok(()) };
        let origin = || Origin::parse(origin);
        let is_allowed = match self {
            Self::Any => true,
            Self::SameHost => origin().is_some_and(|origin| origin.has_host(host)),
            Self::Listed(listed) => origin().is_some_and(|origin| {
                let mut listed = listed.iter().filter_map(|listed| Origin::parse(listed));
                listed.any(|listed| listed.is_same(&origin))
            }),
        };
        if is_allowed { Ok(()) } else { Err(HandshakeError::OriginNotAllowed) }
    }
}
