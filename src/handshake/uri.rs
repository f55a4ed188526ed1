use super::error::HandshakeError;
use core::fmt;

/// A `ws` or `wss` URI (RFC 6455 §3).
///
/// ```
/// use wsparse::handshake::Uri;
///
/// let uri = Uri::parse("wss://example.com/chat?room=7")?;
/// assert!(uri.secure());
/// assert_eq!((uri.host(), uri.port()), ("example.com", 443));
/// assert_eq!((uri.path(), uri.query()), ("/chat", "room=7"));
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Uri<'a> {
    secure: bool,
    authority: Authority<'a>,
    resource: Resource<'a>,
}

/// A host and an optional port, as in a URI or a `Host` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Authority<'a> {
    host: &'a str,
    /// Whether the host is in brackets: an IPv6 address.
    is_literal: bool,
    port: Option<u16>,
}

/// The resource name (§3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Resource<'a> {
    pub(super) path: &'a str,
    pub(super) query: &'a str,
}

impl<'a> Uri<'a> {
    /// Parses a URI. The scheme may be in upper or lower case.
    ///
    /// In the path and query, characters such as `|` are accepted that RFC 3986 requires to be
    /// percent-encoded, because the [URL Standard](https://url.spec.whatwg.org) does not.
    ///
    /// # Errors
    ///
    /// The first of these errors that applies:
    ///
    /// - [`UriScheme`](HandshakeError::UriScheme) if the scheme is neither `ws` nor `wss`.
    /// - [`UriFragment`](HandshakeError::UriFragment) if the URI has a fragment.
    /// - [`UriAuthority`](HandshakeError::UriAuthority) if the host or port is missing or invalid,
    ///   or the URI contains user information.
    /// - [`UriPath`](HandshakeError::UriPath) if the path or query contains white space, control or
    ///   non-ASCII characters.
    pub fn parse(uri: &'a str) -> Result<Self, HandshakeError> {
        let (scheme, rest) = split_scheme(uri).ok_or(HandshakeError::UriScheme)?;
        let secure = scheme.eq_ignore_ascii_case("wss");
        if !secure && !scheme.eq_ignore_ascii_case("ws") {
            return Err(HandshakeError::UriScheme);
        }
        if rest.as_bytes().contains(&b'#') {
            return Err(HandshakeError::UriFragment);
        }
        let (authority, resource) = split_authority(rest);
        Ok(Self {
            secure,
            authority: Authority::parse(authority).ok_or(HandshakeError::UriAuthority)?,
            resource: Resource::parse(resource).ok_or(HandshakeError::UriPath)?,
        })
    }

    /// Returns whether the scheme is `wss`: whether to connect over TLS.
    #[must_use]
    pub const fn secure(&self) -> bool {
        self.secure
    }

    /// Returns the host to connect to. An IPv6 address is returned without its brackets.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.authority.host
    }

    /// Returns the port to connect to. The default is 80, or 443 over TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.authority.port.unwrap_or(default_port(self.secure))
    }

    /// Returns the path. It is at least `/`.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.resource.path
    }

    /// Returns the query without its question mark, or an empty string.
    #[must_use]
    pub const fn query(&self) -> &'a str {
        self.resource.query
    }

    /// The value of `Host`, which has a port if it is not the default (§4.1).
    pub(super) fn authority(&self) -> Authority<'a> {
        let port = self.authority.port.filter(|port| *port != default_port(self.secure));
        Authority { port, ..self.authority }
    }

    pub(super) const fn resource(&self) -> Resource<'a> {
        self.resource
    }
}

const fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// Splits before the first byte that `is_end` accepts.
///
/// The compiler cannot prove that `str::split_once` and similar functions do not panic.
fn split_before(text: &str, is_end: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(is_end).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

pub(super) fn split_scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = split_before(uri, |byte| byte == b':');
    Some((scheme, rest.strip_prefix("://")?))
}

/// Splits before the path or query.
fn split_authority(rest: &str) -> (&str, &str) {
    split_before(rest, |byte| matches!(byte, b'/' | b'?'))
}

/// Parses the target of a request with this `Host`: a path, or an absolute URI with the same
/// authority (§4.2.1, RFC 9112 §3.2).
pub(super) fn target<'a>(
    target: &'a str,
    host: Authority<'_>,
) -> Result<Resource<'a>, HandshakeError> {
    if target.starts_with('/') {
        return Resource::parse(target).ok_or(HandshakeError::Target);
    }
    let (scheme, rest) = split_scheme(target).ok_or(HandshakeError::Target)?;
    let is = |known: &[&str]| known.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let secure = is(&["wss", "https"]);
    if !secure && !is(&["ws", "http"]) {
        return Err(HandshakeError::Target);
    }
    let (authority, resource) = split_authority(rest);
    let authority = Authority::parse(authority).ok_or(HandshakeError::Target)?;
    let port = |port: Option<u16>| port.unwrap_or(default_port(secure));
    if !authority.host.eq_ignore_ascii_case(host.host) || port(authority.port) != port(host.port) {
        return Err(HandshakeError::Host);
    }
    Resource::parse(resource).ok_or(HandshakeError::Target)
}

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.is_literal { ("[", "]") } else { ("", "") };
        [open, self.host, close].into_iter().try_for_each(|part| f.write_str(part))?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl<'a> Authority<'a> {
    pub(super) const fn host(&self) -> &'a str {
        self.host
    }

    pub(super) const fn port(&self) -> Option<u16> {
        self.port
    }

    /// RFC 3986 §3.2, without user information.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // An address in brackets may have colons.
        let end = if text.starts_with('[') { b']' } else { b':' };
        let (host, rest) = split_before(text, |byte| byte == end);
        let literal = host.strip_prefix('[');
        let rest = match literal {
            Some(_) => rest.strip_prefix(']')?,
            None => rest,
        };
        let port = match rest.strip_prefix(':') {
            None if !rest.is_empty() => return None,
            None | Some("") => None,
            Some(port) => Some(parse_port(port)?),
        };
        let (valid, is_literal) = match literal {
            Some(address) => (is_address(address), true),
            None => (is_registered_name(host), false),
        };
        let host = literal.unwrap_or(host);
        valid.then_some(Self { host, is_literal, port })
    }
}

/// Parses digits. Unlike `str::parse`, it accepts no sign.
fn parse_port(digits: &str) -> Option<u16> {
    digits.bytes().try_fold(0_u16, |port, byte| {
        let digit = byte.is_ascii_digit().then_some(byte & 0xF)?;
        port.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Whether the text consists of the characters of an IPv6 address (RFC 3986 §3.2.2). Connecting
/// to it shows whether the address is valid.
fn is_address(literal: &str) -> bool {
    let byte = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    literal.bytes().filter(|byte| *byte == b':').nth(1).is_some() && literal.bytes().all(byte)
}

/// RFC 3986 §3.2.2, `unreserved` and `sub-delims`.
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}

fn is_registered_name(host: &str) -> bool {
    let mut rest = host.as_bytes();
    loop {
        rest = match rest {
            [] => return !host.is_empty(),
            [b'%', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                after
            }
            [byte, after @ ..] if is_name_byte(*byte) => after,
            _ => return false,
        }
    }
}

impl<'a> Resource<'a> {
    /// Parses a path with an optional query. It may contain everything that a request line can,
    /// except a fragment.
    fn parse(text: &'a str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return None;
        }
        let (path, query) = split_before(text, |byte| byte == b'?');
        let query = query.strip_prefix('?').unwrap_or_default();
        Some(Self { path: if path.is_empty() { "/" } else { path }, query })
    }
}
