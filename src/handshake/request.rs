use super::list::{self, Extension, Extensions, Subprotocols};
use super::uri::{self, Authority, Resource};
use super::{HandshakeError, HeadLimits, Headers, Key};
use core::mem::MaybeUninit;

/// The head of an HTTP/1 request: of an opening handshake, or of any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'b> {
    head_len: usize,
    method: &'b str,
    target: &'b str,
    /// What follows the dot in `HTTP/1.1`.
    minor_version: u8,
    headers: Headers<'b>,
}

impl<'b> Request<'b> {
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
        let mut parsed = httparse::Request::new(&mut []);
        let status = parsed.parse_with_uninit_headers(head, &mut headers)?;
        match (status, parsed.method, parsed.path, parsed.version) {
            // It skips empty lines at the start, and there its head could end earlier.
            (
                httparse::Status::Complete(head_len),
                Some(method),
                Some(target),
                Some(minor_version),
            ) if head_len == head.len() && !head.starts_with(b"\r") => Ok(Self {
                head_len,
                method,
                target,
                minor_version,
                headers: Headers::of_checked_head(head),
            }),
            _ => Err(HandshakeError::StartLine),
        }
    }

    /// How many bytes the head has, with the empty line: what follows are frames, if this is an
    /// opening handshake.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        self.head_len
    }

    /// The method: `GET`, or another.
    #[must_use]
    pub const fn method(&self) -> &'b str {
        self.method
    }

    /// The request target as it is written: any, not only one that names a resource.
    #[must_use]
    pub const fn target(&self) -> &'b str {
        self.target
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

    /// The opening handshake that the request is, every rule of RFC 6455 §4.2.1 checked.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::NotAnUpgrade`] for a request that does not ask for a WebSocket. Else what is wrong
    /// with it: of several, the first in this order: [`HandshakeError::Method`], [`HandshakeError::HttpVersion`],
    /// [`HandshakeError::Upgrade`], [`HandshakeError::Connection`], [`HandshakeError::RepeatedHeader`], [`HandshakeError::Host`],
    /// [`HandshakeError::Target`], [`HandshakeError::Body`], [`HandshakeError::Version`], [`HandshakeError::Key`], [`HandshakeError::Origin`],
    /// [`HandshakeError::Subprotocols`], [`HandshakeError::Extensions`]. The request is there to be answered all the
    /// same.
    pub fn upgrade(&self) -> Result<Upgrade<'b>, HandshakeError> {
        let found = Found::of(self.headers);
        let (host, authority) = found.host(self.method, self.minor_version >= 1)?;
        let resource = uri::target(self.target, authority)?;
        let key = found.key()?;
        let origin = match found.origin {
            None => None,
            Some(origin) => Some(printable(origin).ok_or(HandshakeError::Origin)?),
        };
        let rules = [
            (!found.malformed_subprotocols, HandshakeError::Subprotocols),
            (!found.malformed_extensions, HandshakeError::Extensions),
        ];
        keep(&rules)?;
        let Found { subprotocols, extensions, .. } = found;
        Ok(Upgrade { request: *self, host, resource, key, origin, subprotocols, extensions })
    }
}

/// The key of an opening handshake whose head another HTTP stack has read: checks the rules that
/// the method, the version of HTTP and the headers can break (§4.2.1).
///
/// What is to be sent with status 101 beside [its answer](Key::accept) is `Upgrade: websocket` and
/// `Connection: Upgrade`. The target of the request, and the lists of subprotocols and extensions,
/// are left to the caller.
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
/// assert_eq!(check_headers("GET", true, headers), Err(HandshakeError::Version)); // answered with 426
/// # Ok::<(), HandshakeError>(())
/// ```
///
/// # Errors
///
/// As [`Request::upgrade`], but for [`HandshakeError::Target`], [`HandshakeError::Origin`], [`HandshakeError::Subprotocols`]
/// and [`HandshakeError::Extensions`].
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

/// The error of the first rule that does not hold.
fn keep(rules: &[(bool, HandshakeError)]) -> Result<(), HandshakeError> {
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, error)| Err(*error))
}

fn printable(value: &[u8]) -> Option<&str> {
    let printable = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if printable && !value.is_empty() { str::from_utf8(value).ok() } else { None }
}

/// What the headers say that a handshake has rules for.
#[derive(Default)]
struct Found<'b> {
    websocket: bool,
    connection: bool,
    host: Option<&'b [u8]>,
    origin: Option<&'b [u8]>,
    version: Option<&'b [u8]>,
    key: Option<&'b [u8]>,
    body: bool,
    repeated: bool,
    /// From the first such header on.
    subprotocols: Option<Headers<'b>>,
    malformed_subprotocols: bool,
    /// From the first such header on.
    extensions: Option<Headers<'b>>,
    malformed_extensions: bool,
}

impl<'b> Found<'b> {
    fn of(mut headers: Headers<'b>) -> Self {
        let mut found = Self::default();
        let mut here = headers;
        while let Some((name, value)) = headers.next_bytes() {
            found.add(here, name, value);
            here = headers;
        }
        found
    }

    /// The host, if what comes before it in the order of the errors is right.
    fn host(
        &self,
        method: &str,
        http_1_1_or_later: bool,
    ) -> Result<(&'b str, Authority<'b>), HandshakeError> {
        if !self.websocket && self.key.is_none() {
            return Err(HandshakeError::NotAnUpgrade);
        }
        let rules = [
            (method == "GET", HandshakeError::Method),
            (http_1_1_or_later, HandshakeError::HttpVersion),
            (self.websocket, HandshakeError::Upgrade),
            (self.connection, HandshakeError::Connection),
            (!self.repeated, HandshakeError::RepeatedHeader),
        ];
        keep(&rules)?;
        let host =
            self.host.and_then(|host| str::from_utf8(host).ok()).ok_or(HandshakeError::Host)?;
        Ok((host, Authority::parse(host).ok_or(HandshakeError::Host)?))
    }

    /// The key, if what comes before it and behind the target is right.
    fn key(&self) -> Result<Key, HandshakeError> {
        let rules = [
            (!self.body, HandshakeError::Body),
            (self.version == Some(b"13"), HandshakeError::Version),
        ];
        keep(&rules)?;
        Key::parse(self.key.unwrap_or_default())
    }

    fn add(&mut self, here: Headers<'b>, name: &[u8], value: &'b [u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let single = match name.len() {
            4 if is("host") => &mut self.host,
            6 if is("origin") => &mut self.origin,
            7 if is("upgrade") => {
                self.websocket |= list::holds(value, "websocket");
                return;
            }
            10 if is("connection") => {
                self.connection |= list::holds(value, "upgrade");
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
                self.subprotocols.get_or_insert(here);
                self.malformed_subprotocols |= !list::is_list(Subprotocols::new(value));
                return;
            }
            24 if is("sec-websocket-extensions") => {
                self.extensions.get_or_insert(here);
                self.malformed_extensions |= !list::is_list(Extensions::new(value));
                return;
            }
            _ => return,
        };
        self.repeated |= single.replace(value).is_some();
    }
}

/// A client's opening handshake (RFC 6455 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upgrade<'b> {
    request: Request<'b>,
    host: &'b str,
    resource: Resource<'b>,
    key: Key,
    origin: Option<&'b str>,
    /// From the first header on that offers some.
    subprotocols: Option<Headers<'b>>,
    extensions: Option<Headers<'b>>,
}

impl<'b> Upgrade<'b> {
    /// The request that it is: for its other headers.
    #[must_use]
    pub const fn request(&self) -> &Request<'b> {
        &self.request
    }

    /// The `Host`: a host, and a port if it is not the default.
    #[must_use]
    pub const fn host(&self) -> &'b str {
        self.host
    }

    /// The path of the resource name, as it is written: `/` at least.
    #[must_use]
    pub const fn path(&self) -> &'b str {
        self.resource.path
    }

    /// The query of the resource name; empty without one.
    #[must_use]
    pub const fn query(&self) -> &'b str {
        self.resource.query
    }

    /// The origin of the script that connects: all browsers send it, and a server that does not
    /// look at it accepts connections from any page (§10.2).
    #[must_use]
    pub const fn origin(&self) -> Option<&'b str> {
        self.origin
    }

    /// The key that [`Accept::write`](super::Accept::write) answers.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// The version of the protocol: 13, as there is no other.
    #[must_use]
    pub const fn version(&self) -> u8 {
        13
    }

    /// The subprotocols that the client offers, the one it prefers first; over all headers.
    ///
    /// That they differ, as §4.1 asks of clients, is not checked.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'b str> + use<'b> {
        subprotocols(self.subprotocols.unwrap_or(Headers::NONE))
    }

    /// The extensions that the client offers, the one it prefers first, over all headers. One may
    /// be offered several times, with other parameters.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'b>> + use<'b> {
        extensions(self.extensions.unwrap_or(Headers::NONE))
    }
}

/// Of headers whose lists have been checked.
pub(super) fn subprotocols<'b>(headers: Headers<'b>) -> impl Iterator<Item = &'b str> + use<'b> {
    let values = headers.values("sec-websocket-protocol");
    values.flat_map(Subprotocols::new).filter_map(Result::ok)
}

/// Of headers whose lists have been checked.
pub(super) fn extensions<'b>(
    headers: Headers<'b>,
) -> impl Iterator<Item = Extension<'b>> + use<'b> {
    let values = headers.values("sec-websocket-extensions");
    values.flat_map(Extensions::new).filter_map(Result::ok)
}
