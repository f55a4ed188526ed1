//! The rules for the headers of a request (RFC 6455 §4.2.1).

use super::error::HandshakeError;
use super::headers::{Headers, Values};
use super::key::Key;
use super::list::{self, Extension, Extensions, SmallSet, Subprotocols};
use super::uri::{Authority, Resource};

/// Returns the error if the rule is broken.
#[inline(always)]
const fn require(holds: bool, error: HandshakeError) -> Result<(), HandshakeError> {
    if holds { Ok(()) } else { Err(error) }
}

/// The maximum number of subprotocols that a client may offer (§10.4).
const MAX_SUBPROTOCOLS: usize = 64;

/// The name of a header that the handshake has rules for.
#[derive(Clone, Copy, Debug)]
enum Name {
    Host,
    Origin,
    Upgrade,
    Connection,
    ContentLength,
    TransferEncoding,
    Key,
    Version,
    Subprotocols,
    Extensions,
}

impl Name {
    /// Returns the header with this name, ignoring case.
    fn new(name: &[u8]) -> Option<Self> {
        let is_name = |known: &str| name.len() == known.len() && is(name, known);
        Self::which(name, is_name).map(|(name, _)| name)
    }

    /// Returns the header whose line this is, and what follows its colon. Most lines are of no header,
    /// so nothing searches for their colons.
    fn of_line(line: &[u8]) -> Option<(Self, &[u8])> {
        let is_name = |known: &str| {
            line.split_at_checked(known.len())
                .is_some_and(|(name, rest)| rest.first() == Some(&b':') && is(name, known))
        };
        let (name, len) = Self::which(line, is_name)?;
        Some((name, line.get(len..)?.strip_prefix(b":")?))
    }

    /// Returns the header that `start` starts with, and the length of its name. `is_name` compares the
    /// whole name.
    #[inline(always)]
    fn which(start: &[u8], is_name: impl Fn(&str) -> bool) -> Option<(Self, usize)> {
        let one = |header, name: &str| is_name(name).then_some((header, name.len()));
        match start.first()? | 0x20 {
            b'h' => one(Self::Host, "host"),
            b'o' => one(Self::Origin, "origin"),
            b'u' => one(Self::Upgrade, "upgrade"),
            b'c' => match start.get(3)? | 0x20 {
                b'n' => one(Self::Connection, "connection"),
                _ => one(Self::ContentLength, "content-length"),
            },
            b't' => one(Self::TransferEncoding, "transfer-encoding"),
            b's' => match start.get(14)? | 0x20 {
                b'k' => one(Self::Key, "sec-websocket-key"),
                b'v' => one(Self::Version, "sec-websocket-version"),
                b'p' => one(Self::Subprotocols, "sec-websocket-protocol"),
                b'e' => one(Self::Extensions, "sec-websocket-extensions"),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Compares a name, ignoring case. Inlined, it is faster, because each known name has its own length,
/// but ten copies of it are too much for a device.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
fn is(name: &[u8], known: &str) -> bool {
    name.eq_ignore_ascii_case(known.as_bytes())
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
    subprotocols: Values<'b>,
    malformed_subprotocols: bool,
    extensions: Values<'b>,
    malformed_extensions: bool,
}

/// What a client asks for, in any version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Terms<'b> {
    pub(super) host: &'b str,
    pub(super) resource: Resource<'b>,
    pub(super) origin: Option<&'b str>,
    subprotocols: Values<'b>,
    extensions: Values<'b>,
}

impl<'b> Terms<'b> {
    pub(super) fn subprotocols(&self) -> impl Iterator<Item = &'b str> + use<'b> {
        let values = self.subprotocols.iter("sec-websocket-protocol");
        values.flat_map(Subprotocols::new).filter_map(Result::ok)
    }

    pub(super) fn select_subprotocol<'s>(&self, supported: &[&'s str]) -> Option<&'s str> {
        let is_supported = |offered| supported.iter().copied().find(|name| *name == offered);
        self.subprotocols().find_map(is_supported)
    }

    pub(super) fn extensions(&self) -> impl Iterator<Item = Extension<'b>> + use<'b> {
        let values = self.extensions.iter("sec-websocket-extensions");
        values.flat_map(Extensions::new).filter_map(Result::ok)
    }
}

impl<'b> Found<'b> {
    // Never inlined, so that the set is on the stack only here.
    #[inline(never)]
    pub(super) fn new(mut headers: Headers<'b>) -> Self {
        let mut found = Self::default();
        let mut memory = [0; MAX_SUBPROTOCOLS];
        let mut subprotocols = SmallSet::new(&mut memory);
        let mut from = headers;
        while let Some(line) = headers.next_line() {
            if let Some((name, value)) = Name::of_line(line) {
                found.add(Some(from), name, value.trim_ascii(), &mut subprotocols);
            }
            from = headers;
        }
        found
    }

    /// The headers that an HTTP library has parsed.
    pub(super) fn parsed(headers: impl IntoIterator<Item = (&'b str, &'b [u8])>) -> Self {
        let mut found = Self::default();
        let mut memory = [0; MAX_SUBPROTOCOLS];
        let mut subprotocols = SmallSet::new(&mut memory);
        for (name, value) in headers {
            if let Some(name) = Name::new(name.as_bytes()) {
                found.add(None, name, value, &mut subprotocols);
            }
        }
        found
    }

    /// Adds the first header of `from`, or one that an HTTP library has parsed. `different` has the
    /// [places](Values::place_of) of the subprotocols in the headers before it, which take less memory
    /// than slices.
    fn add(
        &mut self,
        from: Option<Headers<'b>>,
        name: Name,
        value: &'b [u8],
        different: &mut SmallSet<'_, u32>,
    ) {
        let single = match name {
            Name::Host => &mut self.host,
            Name::Origin => &mut self.origin,
            Name::Key => &mut self.key,
            Name::Version => &mut self.version,
            Name::Upgrade => {
                self.websocket |= list::contains(value, "websocket");
                return;
            }
            Name::Connection => {
                self.connection |= list::contains(value, "upgrade");
                return;
            }
            Name::ContentLength => {
                self.body |= value.is_empty() || value.iter().any(|digit| *digit != b'0');
                return;
            }
            Name::TransferEncoding => {
                self.body = true;
                return;
            }
            Name::Subprotocols => {
                self.malformed_subprotocols |= !self.subprotocols.add(from, value);
                let values = &self.subprotocols;
                let is_list = list::is_list_of(Subprotocols::new(value), |name| {
                    let is_same = |other| list::starts_with_token(values.at(other), name);
                    let place = values.place_of(name.as_bytes());
                    place.is_some_and(|place| different.insert(place, is_same))
                });
                self.malformed_subprotocols |= !is_list;
                return;
            }
            Name::Extensions => {
                self.malformed_extensions |= !self.extensions.add(from, value);
                self.malformed_extensions |= !list::is_list(Extensions::new(value));
                return;
            }
        };
        self.repeated |= single.replace(value).is_some();
    }

    /// Checks that the request asks for a WebSocket in HTTP/1.
    pub(super) fn upgrade(
        &self,
        method: &str,
        http_1_1_or_later: bool,
    ) -> Result<(), HandshakeError> {
        require(self.websocket || self.key.is_some(), HandshakeError::NotAnUpgrade)?;
        require(method == "GET", HandshakeError::Method)?;
        require(http_1_1_or_later, HandshakeError::HttpVersion)?;
        require(self.websocket, HandshakeError::Upgrade)?;
        require(self.connection, HandshakeError::Connection)?;
        self.not_repeated()
    }

    pub(super) fn not_repeated(&self) -> Result<(), HandshakeError> {
        require(!self.repeated, HandshakeError::RepeatedHeader)
    }

    pub(super) const fn host_value(&self) -> Option<&'b [u8]> {
        self.host
    }

    pub(super) fn host(&self) -> Result<(&'b str, Authority<'b>), HandshakeError> {
        let host = self.host.and_then(|host| str::from_utf8(host).ok());
        host.and_then(|host| Some((host, Authority::parse(host)?))).ok_or(HandshakeError::Host)
    }

    /// Checks the body and the version.
    pub(super) fn version(&self) -> Result<(), HandshakeError> {
        require(!self.body, HandshakeError::Body)?;
        require(self.version == Some(b"13"), HandshakeError::Version)
    }

    pub(super) fn key(&self) -> Result<Key, HandshakeError> {
        Key::parse(self.key.unwrap_or_default())
    }

    /// Checks the origin, the subprotocols and the extensions.
    pub(super) fn terms(
        &self,
        host: &'b str,
        resource: Resource<'b>,
    ) -> Result<Terms<'b>, HandshakeError> {
        let origin = self.origin()?;
        require(!self.malformed_subprotocols, HandshakeError::Subprotocols)?;
        require(!self.malformed_extensions, HandshakeError::Extensions)?;
        let (subprotocols, extensions) = (self.subprotocols, self.extensions);
        Ok(Terms { host, resource, origin, subprotocols, extensions })
    }

    fn origin(&self) -> Result<Option<&'b str>, HandshakeError> {
        let Some(origin) = self.origin else { return Ok(None) };
        let is_printable = !origin.is_empty() && origin.iter().all(|b| matches!(b, b' '..=b'~'));
        let origin = str::from_utf8(origin).ok().filter(|_| is_printable);
        origin.map(Some).ok_or(HandshakeError::Origin)
    }
}
