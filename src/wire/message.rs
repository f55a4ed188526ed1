/// A whole text or binary message, received or to be sent.
///
/// ```
/// use wsparse::Message;
///
/// let message = Message::Text("Grüße");
/// assert_eq!(message.as_bytes().len(), 7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message<'a> {
    /// Text: the payload is UTF-8 (RFC 6455 §5.6).
    Text(&'a str),
    /// Bytes whose meaning is up to the application.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Returns the payload.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl<'a> From<&'a str> for Message<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
