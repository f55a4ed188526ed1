use super::list::{Extensions, is_list};
use super::write::Writer;
use super::{HandshakeError, Upgrade};

/// What a server accepts an opening handshake with (RFC 6455 §4.2.2).
///
/// ```
/// use wsparse::handshake::Accept;
///
/// let accept = Accept { subprotocol: Some("chat"), ..Accept::default() };
/// assert!(accept.extensions.is_empty() && accept.headers.is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accept<'a> {
    /// One of those that the client offers, or none.
    pub subprotocol: Option<&'a str>,
    /// The value of `Sec-WebSocket-Extensions`: of those that the client offers, the extensions
    /// in use, with the parameters that were agreed on; empty for none.
    pub extensions: &'a str,
    /// Further headers, name and value: a cookie to be set, perhaps.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Accept<'_> {
    /// Writes the response to `out`, and gives what was written.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::UnofferedSubprotocol`]; [`HandshakeError::UnofferedExtension`], also for extensions that are
    /// no list (§9.1); [`HandshakeError::ExtraHeader`] for a name that is no token or a value with a control
    /// character, [`HandshakeError::OwnHeader`] for one that the handshake itself writes, or that says where
    /// a message ends; [`HandshakeError::NoRoom`].
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
        writer.put(upgrade.key().accept().as_str());
        if let Some(subprotocol) = self.subprotocol {
            if upgrade.subprotocols().all(|offered| offered != subprotocol) {
                return Err(HandshakeError::UnofferedSubprotocol);
            }
            writer.put("\r\nSec-WebSocket-Protocol: ");
            writer.put(subprotocol);
        }
        if !self.extensions.is_empty() {
            let accepted = Extensions::new(self.extensions.as_bytes());
            let is_offered = |name| upgrade.extensions().any(|offered| offered.name() == name);
            if !is_list(accepted) || !accepted.flatten().all(|one| is_offered(one.name())) {
                return Err(HandshakeError::UnofferedExtension);
            }
            writer.put("\r\nSec-WebSocket-Extensions: ");
            writer.put(self.extensions);
        }
        writer.put("\r\n");
        writer.put_extra(self.headers)?;
        writer.put("\r\n");
        writer.finish()
    }
}
