use super::check::Terms;
use super::connect::Connect;
use super::error::HandshakeError;
use super::key::AcceptKey;
use super::list::{Extensions, are_offered, is_list};
use super::origin::OriginPolicy;
use super::request::Upgrade;
use super::write::{Writer, check_extra};

/// The response of a server that accepts an opening handshake (RFC 6455 §4.2.2).
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{Accept, HeadLimits, HeadReader};
///
/// let received = b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
///     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
///     Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// let mut reader = HeadReader::new(HeadLimits::default());
/// let Status::Complete(request) = reader.request(received)? else { panic!("incomplete") };
/// let accept = Accept { subprotocol: Some("chat"), ..Accept::default() };
/// let mut buffer = [0; 512];
/// let response = accept.write(&request.upgrade()?, &mut buffer)?;
/// assert!(response.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Accept<'a> {
    /// The subprotocol to use: one that the client offers, or none.
    pub subprotocol: Option<&'a str>,
    /// The value of `Sec-WebSocket-Extensions`: the extensions to use, with the parameters agreed
    /// on. The client must have offered each of them. If it is empty, the header is not written.
    pub extensions: &'a str,
    /// The names and values of additional headers, such as `Set-Cookie`.
    pub headers: &'a [(&'a str, &'a str)],
    /// Which web pages may connect. By default, all may: see [`OriginPolicy`].
    pub origins: OriginPolicy<'a>,
}

impl<'a> Accept<'a> {
    /// Writes the response to `out`, and returns the part of `out` that contains it.
    ///
    /// Without a subprotocol, extensions and additional headers, it takes 129 bytes. After the
    /// request's [head](super::Request::head_len), the client sends frames.
    ///
    /// # Errors
    ///
    /// Those of [`headers`](Self::headers), and [`NoRoom`](HandshakeError::NoRoom) if `out` is too
    /// small.
    pub fn write<'o>(
        &self,
        upgrade: &Upgrade<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], HandshakeError> {
        self.headers(upgrade)?.write(out)
    }

    /// Returns the headers of the response, for an HTTP library that writes it.
    ///
    /// The status of the response is 101.
    ///
    /// # Errors
    ///
    /// - [`OriginNotAllowed`](HandshakeError::OriginNotAllowed) if the request comes from a web page
    ///   that may not connect.
    /// - [`UnofferedSubprotocol`](HandshakeError::UnofferedSubprotocol) if the client does not
    ///   offer the subprotocol.
    /// - [`UnofferedExtension`](HandshakeError::UnofferedExtension) if the client does not offer
    ///   one of the extensions, or they are not a well-formed list (§9.1).
    /// - [`ExtraHeader`](HandshakeError::ExtraHeader) if the name of an additional header is not a
    ///   token or its value contains a control character.
    /// - [`OwnHeader`](HandshakeError::OwnHeader) if an additional header is one that the handshake
    ///   writes itself, or announces a body.
    pub fn headers(&self, upgrade: &Upgrade<'_>) -> Result<AcceptHeaders<'a>, HandshakeError> {
        self.check(upgrade.terms())?;
        Ok(AcceptHeaders { key: Some(upgrade.key().accept()), accept: *self })
    }

    /// Returns the headers of the response over HTTP/2 or HTTP/3, whose status is 200.
    ///
    /// The names are in lower case, as these versions require. Write those of additional headers so
    /// too.
    ///
    /// # Errors
    ///
    /// Those of [`headers`](Self::headers).
    pub fn connect_headers(
        &self,
        connect: &Connect<'_>,
    ) -> Result<AcceptHeaders<'a>, HandshakeError> {
        self.check(connect.terms())?;
        Ok(AcceptHeaders { key: None, accept: *self })
    }

    fn check(&self, terms: &Terms<'_>) -> Result<(), HandshakeError> {
        self.origins.check(terms.origin, terms.host)?;
        if let Some(subprotocol) = self.subprotocol
            && terms.subprotocols().all(|offered| offered != subprotocol)
        {
            return Err(HandshakeError::UnofferedSubprotocol);
        }
        let extensions = self.extensions.as_bytes();
        let is_valid = extensions.is_empty()
            || is_list(Extensions::new(extensions))
                && are_offered(extensions, || terms.extensions());
        if !is_valid {
            return Err(HandshakeError::UnofferedExtension);
        }
        check_extra(self.headers)
    }
}

/// The headers of the response that accepts an opening handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AcceptHeaders<'a> {
    /// None in HTTP/2 and HTTP/3.
    key: Option<AcceptKey>,
    /// It has been checked.
    accept: Accept<'a>,
}

impl AcceptHeaders<'_> {
    /// Returns the names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let key = self.key.as_ref();
        let own = [
            key.map(|_| ("Upgrade", "websocket")),
            key.map(|_| ("Connection", "Upgrade")),
            key.map(|key| ("Sec-WebSocket-Accept", key.as_str())),
        ];
        own.into_iter().flatten().chain(self.negotiated())
    }

    /// Returns the names and values of the other headers.
    fn negotiated(&self) -> impl Iterator<Item = (&str, &str)> {
        let Accept { subprotocol, extensions, headers, .. } = self.accept;
        let (protocol_name, extensions_name) = match self.key {
            Some(_) => ("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"),
            None => ("sec-websocket-protocol", "sec-websocket-extensions"),
        };
        let own = [
            subprotocol.map(|subprotocol| (protocol_name, subprotocol)),
            (!extensions.is_empty()).then_some((extensions_name, extensions)),
        ];
        own.into_iter().flatten().chain(headers.iter().copied())
    }

    /// Writes the whole response with status 101.
    pub(crate) fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], HandshakeError> {
        let mut writer = Writer::new(out);
        // The first three headers at once. A test compares them with those of `iter`.
        writer.put(
            "HTTP/1.1 101 Switching Protocols\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Accept: ",
        );
        writer.put(self.key.as_ref().map_or(&[][..], AcceptKey::as_bytes));
        writer.put("\r\n");
        self.negotiated().for_each(|(name, value)| writer.header(name, value));
        writer.finish()
    }
}
