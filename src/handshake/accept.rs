use super::error::HandshakeError;
use super::list::{Extensions, are_offered, is_list};
use super::request::Upgrade;
use super::write::Writer;

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
}

impl Accept<'_> {
    /// Writes the response to `out`, and returns the part of `out` that contains it.
    ///
    /// Without a subprotocol, extensions and additional headers, it takes 129 bytes. After the
    /// request's [head](super::Request::head_len), the client sends frames.
    ///
    /// # Errors
    ///
    /// - [`UnofferedSubprotocol`](HandshakeError::UnofferedSubprotocol) if the client does not
    ///   offer the subprotocol.
    /// - [`UnofferedExtension`](HandshakeError::UnofferedExtension) if the client does not offer
    ///   one of the extensions, or they are not a well-formed list (§9.1).
    /// - [`ExtraHeader`](HandshakeError::ExtraHeader) if the name of an additional header is not a
    ///   token or its value contains a control character.
    /// - [`OwnHeader`](HandshakeError::OwnHeader) if an additional header is one that the handshake
    ///   writes itself, or announces a body.
    /// - [`NoRoom`](HandshakeError::NoRoom) if `out` is too small.
    pub fn write<'o>(
        &self,
        upgrade: &Upgrade<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], HandshakeError> {
        let mut writer = Writer::new(out);
        writer.put(
            "HTTP/1.1 101 Switching Protocols\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Accept: ",
        );
        writer.put(upgrade.key().accept().as_bytes());
        if let Some(subprotocol) = self.subprotocol {
            if upgrade.subprotocols().all(|offered| offered != subprotocol) {
                return Err(HandshakeError::UnofferedSubprotocol);
            }
            writer.put("\r\nSec-WebSocket-Protocol: ");
            writer.put(subprotocol);
        }
        let extensions = self.extensions.as_bytes();
        let is_valid = extensions.is_empty()
            || is_list(Extensions::new(extensions))
                && are_offered(extensions, || upgrade.extensions());
        if !is_valid {
            return Err(HandshakeError::UnofferedExtension);
        }
        writer.finish(self.extensions, self.headers)
    }
}
