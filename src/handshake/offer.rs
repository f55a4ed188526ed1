use super::list::{Extensions, is_list, is_token};
use super::write::Writer;
use super::{HandshakeError, Key, Uri};
use core::fmt::Write;

/// What a client asks for in its opening handshake (RFC 6455 §4.1).
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{HeadReader, Key, HeadLimits, Offer, Uri};
///
/// let uri = Uri::parse("ws://example.com/chat")?;
/// let offer = Offer { subprotocols: &["chat"], ..Offer::new(uri) };
/// let key = Key::new([7; 16]); // 16 random bytes, others for each connection
/// let mut buffer = [0; 512];
/// let request = offer.write(key, &mut buffer)?;
/// assert!(request.starts_with(b"GET /chat HTTP/1.1\r\nHost: example.com\r\n"));
///
/// // All that has been received so far.
/// let received = b"HTTP/1.1 302 Found\r\nLocation: ws://example.com/talk\r\n\r\n";
/// let Status::Complete(response) = HeadReader::new(HeadLimits::default()).response(received)? else {
///     panic!("all there")
/// };
/// match response.accepted(&offer, key) {
///     Ok(accepted) => assert_eq!(accepted.subprotocol(), Some("chat")),
///     Err(_) if response.status() == 302 => {
///         let location = response.header("Location").next();
///         assert_eq!(location, Some(b"ws://example.com/talk".as_slice()));
///     }
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// What to connect to.
    pub uri: Uri<'a>,
    /// The subprotocols that the client speaks, the one it prefers first; all different.
    pub subprotocols: &'a [&'a str],
    /// The value of `Sec-WebSocket-Extensions`; empty for none.
    pub extensions: &'a str,
    /// Further headers, name and value: `Origin`, cookies, authorization.
    pub headers: &'a [(&'a str, &'a str)],
}

impl<'a> Offer<'a> {
    /// No subprotocols, no extensions, no further headers.
    #[must_use]
    pub const fn new(uri: Uri<'a>) -> Self {
        Self { uri, subprotocols: &[], extensions: "", headers: &[] }
    }

    /// Writes the request to `out`, and gives what was written.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Subprotocols`] for one that is no token or stands twice, [`HandshakeError::Extensions`] for
    /// what is no list of extensions; [`HandshakeError::ExtraHeader`] for a name that is no token or a value
    /// with a control character, [`HandshakeError::OwnHeader`] for one that the handshake itself writes, or
    /// that announces a body; [`HandshakeError::NoRoom`].
    pub fn write<'o>(&self, key: Key, out: &'o mut [u8]) -> Result<&'o [u8], HandshakeError> {
        let mut writer = Writer::new(out);
        let resource = self.uri.resource();
        writer.put("GET ");
        writer.put(resource.path);
        if !resource.query.is_empty() {
            writer.put("?");
            writer.put(resource.query);
        }
        // Never refused: what has no room is counted.
        _ = write!(writer, " HTTP/1.1\r\nHost: {}", self.uri.authority());
        writer.put(
            "\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: ",
        );
        writer.put(key.as_str());
        let mut others = self.subprotocols;
        let mut before = "\r\nSec-WebSocket-Protocol: ";
        while let Some((subprotocol, after)) = others.split_first() {
            if !is_token(subprotocol.as_bytes()) || after.contains(subprotocol) {
                return Err(HandshakeError::Subprotocols);
            }
            writer.put(before);
            writer.put(subprotocol);
            (before, others) = (", ", after);
        }
        if !self.extensions.is_empty() {
            if !is_list(Extensions::new(self.extensions.as_bytes())) {
                return Err(HandshakeError::Extensions);
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
