use super::error::HandshakeError;
use super::key::Key;
use super::list::{Extensions, is_list, is_token};
use super::uri::Uri;
use super::write::{Writer, check_extra};
use core::fmt::Write;

/// The request of a client that starts an opening handshake (RFC 6455 §4.1).
///
/// ```
/// use wsparse::Status;
/// use wsparse::handshake::{HeadLimits, HeadReader, Key, Offer, Uri};
///
/// let uri = Uri::parse("ws://example.com/chat")?;
/// let offer = Offer { subprotocols: &["chat"], ..Offer::new(uri) };
/// let key = Key::new([7; 16]); // use 16 new random bytes for each connection
/// let mut buffer = [0; 512];
/// let request = offer.write(key, &mut buffer)?;
/// assert!(request.starts_with(b"GET /chat HTTP/1.1\r\nHost: example.com\r\n"));
///
/// // Everything received so far.
/// let received = b"HTTP/1.1 302 Found\r\nLocation: ws://example.com/talk\r\n\r\n";
/// let mut reader = HeadReader::new(HeadLimits::default());
/// let Status::Complete(response) = reader.response(received)? else { panic!("incomplete") };
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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Offer<'a> {
    /// The URI to connect to.
    pub uri: Uri<'a>,
    /// The subprotocols that the client supports, the preferred one first. They must all be
    /// different.
    pub subprotocols: &'a [&'a str],
    /// The value of `Sec-WebSocket-Extensions`. If it is empty, the header is not written.
    pub extensions: &'a str,
    /// The names and values of additional headers, such as `Origin`, `Cookie` or `Authorization`.
    pub headers: &'a [(&'a str, &'a str)],
}

impl<'a> Offer<'a> {
    /// Creates an offer without subprotocols, extensions and additional headers.
    #[must_use]
    pub const fn new(uri: Uri<'a>) -> Self {
        Self { uri, subprotocols: &[], extensions: "", headers: &[] }
    }

    /// Writes the request to `out`, and returns the part of `out` that contains it.
    ///
    /// Send it, then pass everything that the server sends to
    /// [`HeadReader::response`](super::HeadReader::response). Without subprotocols, extensions and
    /// additional headers, the request takes 138 bytes, and those of the host, port, path and
    /// query.
    ///
    /// # Errors
    ///
    /// - [`Subprotocols`](HandshakeError::Subprotocols) if a subprotocol is not a token, or occurs
    ///   twice.
    /// - [`Extensions`](HandshakeError::Extensions) if the extensions are not a well-formed list.
    /// - [`ExtraHeader`](HandshakeError::ExtraHeader) if the name of an additional header is not a
    ///   token or its value contains a control character.
    /// - [`OwnHeader`](HandshakeError::OwnHeader) if an additional header is one that the handshake
    ///   writes itself, or announces a body.
    /// - [`NoRoom`](HandshakeError::NoRoom) if `out` is too small.
    pub fn write<'o>(&self, key: Key, out: &'o mut [u8]) -> Result<&'o [u8], HandshakeError> {
        let mut writer = Writer::new(out);
        let resource = self.uri.resource();
        writer.put("GET ");
        writer.put(resource.path);
        if !resource.query.is_empty() {
            writer.put("?");
            writer.put(resource.query);
        }
        // Always succeeds: the writer counts the bytes that do not fit.
        _ = write!(writer, " HTTP/1.1\r\nHost: {}\r\n", self.uri.authority());
        writer.header("Upgrade", "websocket");
        writer.header("Connection", "Upgrade");
        writer.header("Sec-WebSocket-Version", "13");
        writer.header("Sec-WebSocket-Key", key.as_str());
        let mut others = self.subprotocols;
        let mut before = "Sec-WebSocket-Protocol: ";
        while let Some((subprotocol, after)) = others.split_first() {
            if !is_token(subprotocol.as_bytes()) || after.contains(subprotocol) {
                return Err(HandshakeError::Subprotocols);
            }
            writer.put(before);
            writer.put(subprotocol);
            (before, others) = (", ", after);
        }
        if !self.subprotocols.is_empty() {
            writer.put("\r\n");
        }
        if !self.extensions.is_empty() {
            if !is_list(Extensions::new(self.extensions.as_bytes())) {
                return Err(HandshakeError::Extensions);
            }
            writer.header("Sec-WebSocket-Extensions", self.extensions);
        }
        check_extra(self.headers)?;
        self.headers.iter().for_each(|(name, value)| writer.header(name, value));
        writer.finish()
    }
}
