//! The rules for the headers of a request (RFC 6455 §4.2.1).

use super::error::HandshakeError;
use super::headers::Headers;
use super::key::Key;
use super::list::{self, Extensions, SmallSet, Subprotocols};
use super::uri::Authority;

/// Checks the head of a request that another HTTP library has parsed, and returns the key of the
/// opening handshake.
///
/// `http_1_1_or_later` states whether the version of the request is HTTP/1.1 or a later HTTP/1.x.
/// Names of headers are compared ignoring case.
///
/// To accept the handshake, send status 101 with the headers `Upgrade: websocket`,
/// `Connection: Upgrade` and `Sec-WebSocket-Accept`, whose value [`Key::accept`] returns. The
/// request target and the lists of subprotocols and extensions are not checked; parse the lists
/// with [`Subprotocols`] and [`Extensions`].
///
/// ```
/// use wsparse::handshake::{HandshakeError, check_headers};
///
/// let mut headers = vec![
///     ("host", b"example.com".as_slice()),
///     ("connection", b"keep-alive, Upgrade"),
///     ("upgrade", b"websocket"),
///     ("sec-websocket-version", b"13"),
///     ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
/// ];
/// let key = check_headers("GET", true, headers.iter().copied())?;
/// assert_eq!(key.accept().as_str(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
///
/// headers[3].1 = b"8";
/// let error = check_headers("GET", true, headers).unwrap_err();
/// assert_eq!((error, error.status()), (HandshakeError::Version, 426));
/// # Ok::<(), HandshakeError>(())
/// ```
///
/// # Errors
///
/// The errors of [`Request::upgrade`](super::Request::upgrade), except
/// [`Target`](HandshakeError::Target), [`Origin`](HandshakeError::Origin),
/// [`Subprotocols`](HandshakeError::Subprotocols) and [`Extensions`](HandshakeError::Extensions).
pub fn check_headers<'h>(
    method: &str,
    http_1_1_or_later: bool,
    headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
) -> Result<Key, HandshakeError> {
    let mut found = Found::default();
    for (name, value) in headers {
        found.add(Headers::NONE, name.as_bytes(), value);
    }
    found.host(method, http_1_1_or_later)?;
    found.key()
}

/// Returns the error of the first rule that is broken.
fn require(rules: &[(bool, HandshakeError)]) -> Result<(), HandshakeError> {
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, error)| Err(*error))
}

/// The headers of a request that the handshake has rules for.
#[derive(Default)]
pub(super) struct Found<'b> {
    websocket: bool,
    connection: bool,
    host: Option<&'b [u8]>,
    origin: Option<&'b [u8]>,
    version: Option<&'b [u8]>,
    key: Option<&'b [u8]>,
    body: bool,
    repeated: bool,
    /// All headers from the first list of subprotocols on.
    pub(super) subprotocols: Option<Headers<'b>>,
    different_subprotocols: SmallSet<&'b str>,
    malformed_subprotocols: bool,
    /// All headers from the first list of extensions on.
    pub(super) extensions: Option<Headers<'b>>,
    malformed_extensions: bool,
}

impl<'b> Found<'b> {
    pub(super) fn new(mut headers: Headers<'b>) -> Self {
        let mut found = Self::default();
        let mut from = headers;
        while let Some((name, value)) = headers.next_bytes() {
            found.add(from, name, value);
            from = headers;
        }
        found
    }

    /// Adds the first header of `from`.
    fn add(&mut self, from: Headers<'b>, name: &[u8], value: &'b [u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let single = match name.len() {
            4 if is("host") => &mut self.host,
            6 if is("origin") => &mut self.origin,
            7 if is("upgrade") => {
                self.websocket |= list::contains(value, "websocket");
                return;
            }
            10 if is("connection") => {
                self.connection |= list::contains(value, "upgrade");
                return;
            }
            14 if is("content-length") => {
                self.body |= value.is_empty() || value.iter().any(|digit| *digit != b'0');
                return;
            }
            17 if is("transfer-encoding") => {
                self.body = true;
                return;
            }
            17 if is("sec-websocket-key") => &mut self.key,
            21 if is("sec-websocket-version") => &mut self.version,
            22 if is("sec-websocket-protocol") => {
                self.subprotocols.get_or_insert(from);
                let different = &mut self.different_subprotocols;
                let is_list =
                    list::is_list_of(Subprotocols::new(value), |name| different.insert(name));
                self.malformed_subprotocols |= !is_list;
                return;
            }
            24 if is("sec-websocket-extensions") => {
                self.extensions.get_or_insert(from);
                self.malformed_extensions |= !list::is_list(Extensions::new(value));
                return;
            }
            _ => return,
        };
        self.repeated |= single.replace(value).is_some();
    }

    /// Returns the host, after checking the rules whose errors come before that of the host.
    pub(super) fn host(
        &self,
        method: &str,
        http_1_1_or_later: bool,
    ) -> Result<(&'b str, Authority<'b>), HandshakeError> {
        require(&[
            (self.websocket || self.key.is_some(), HandshakeError::NotAnUpgrade),
            (method == "GET", HandshakeError::Method),
            (http_1_1_or_later, HandshakeError::HttpVersion),
            (self.websocket, HandshakeError::Upgrade),
            (self.connection, HandshakeError::Connection),
            (!self.repeated, HandshakeError::RepeatedHeader),
        ])?;
        let host = self.host.and_then(|host| str::from_utf8(host).ok());
        host.and_then(|host| Some((host, Authority::parse(host)?))).ok_or(HandshakeError::Host)
    }

    /// Returns the key, after checking the body and the version.
    pub(super) fn key(&self) -> Result<Key, HandshakeError> {
        require(&[
            (!self.body, HandshakeError::Body),
            (self.version == Some(b"13"), HandshakeError::Version),
        ])?;
        Key::parse(self.key.unwrap_or_default())
    }

    /// Checks the subprotocols and the extensions.
    pub(super) fn lists(&self) -> Result<(), HandshakeError> {
        require(&[
            (!self.malformed_subprotocols, HandshakeError::Subprotocols),
            (!self.malformed_extensions, HandshakeError::Extensions),
        ])
    }

    pub(super) fn origin(&self) -> Result<Option<&'b str>, HandshakeError> {
        let Some(origin) = self.origin else { return Ok(None) };
        let is_printable = !origin.is_empty() && origin.iter().all(|b| matches!(b, b' '..=b'~'));
        let origin = str::from_utf8(origin).ok().filter(|_| is_printable);
        origin.map(Some).ok_or(HandshakeError::Origin)
    }
}
