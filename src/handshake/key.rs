use super::error::HandshakeError;
use super::sha1::sha1;
use base64ct::{Base64, Encoding};
use core::fmt;

/// §1.3: only a server that implements this protocol appends it to the key.
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of a `Sec-WebSocket-Key` header: 16 bytes in Base64 (RFC 6455 §11.3.1).
///
/// ```
/// use wsparse::handshake::Key;
///
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==")?;
/// assert_eq!(key, Key::new(*b"the sample nonce"));
/// assert_eq!(key.accept().as_str(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key([u8; 24]);

/// The value of a `Sec-WebSocket-Accept` header, which proves that the server has read the key
/// (RFC 6455 §11.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AcceptKey([u8; 28]);

/// Returns the `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
///
/// Use it if your HTTP library does the rest of the opening handshake. If it only parses the
/// request, use [`Upgrade::from_headers`](super::Upgrade::from_headers).
///
/// # Errors
///
/// [`HandshakeError::Key`] if the key is not 16 bytes in canonical Base64 (§4.2.1).
///
/// ```
/// use wsparse::handshake::accept_key;
///
/// let accept = accept_key("dGhlIHNhbXBsZSBub25jZQ==")?;
/// assert_eq!(accept.as_str(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// # Ok::<(), wsparse::handshake::HandshakeError>(())
/// ```
pub fn accept_key(key: impl AsRef<[u8]>) -> Result<AcceptKey, HandshakeError> {
    Key::parse(key.as_ref()).map(Key::accept)
}

impl Key {
    /// Creates the key of a client's handshake from 16 random bytes.
    ///
    /// Use new, unpredictable bytes for each connection (§4.1).
    #[must_use]
    pub fn new(nonce: [u8; 16]) -> Self {
        let mut text = [b'='; 24];
        // Always succeeds: 16 bytes are 24 characters.
        _ = Base64::encode(&nonce, &mut text);
        Self(text)
    }

    /// Parses the value of a `Sec-WebSocket-Key` header.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Key`] if the value is not 16 bytes in canonical Base64: if it has another
    /// length or alphabet, no padding, or unused bits that are set in its last character.
    pub fn parse(value: &[u8]) -> Result<Self, HandshakeError> {
        // The last digit must have no bits that are unused, but set.
        let Some((digits, [b'A' | b'Q' | b'g' | b'w', b'=', b'='])) =
            value.split_first_chunk::<21>()
        else {
            return Err(HandshakeError::Key);
        };
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        match value.try_into() {
            Ok(text) if digits.iter().all(is_digit) => Ok(Self(text)),
            _ => Err(HandshakeError::Key),
        }
    }

    /// Returns the value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the value of `Sec-WebSocket-Accept` that answers this key (§4.2.2).
    #[must_use]
    pub fn accept(self) -> AcceptKey {
        let mut hashed = [0; 60];
        if let Some(key) = hashed.first_chunk_mut() {
            *key = self.0;
        }
        if let Some(guid) = hashed.last_chunk_mut() {
            *guid = *GUID;
        }
        let mut text = [b'='; 28];
        // Always succeeds: 20 bytes are 28 characters.
        _ = Base64::encode(&sha1(&hashed), &mut text);
        AcceptKey(text)
    }
}

impl AcceptKey {
    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AcceptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
