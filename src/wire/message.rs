/// A whole text or binary message, received or to be sent.
///
/// A function that sends one also accepts what converts into one: a `&str` is text, a slice, an
/// array or a `Vec` of bytes is binary.
///
/// ```
/// use wsparse::Message;
///
/// let message = Message::from("Grüße");
/// assert_eq!(message.len(), 7);
/// assert_eq!(message.as_text(), Some("Grüße"));
/// assert_eq!(Message::from(b"\x00\xff"), Message::Binary(&[0, 255]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

    /// Returns the text, or `None` if the message is binary, even if it is valid UTF-8.
    #[must_use]
    pub const fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns whether the message is text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Returns whether the message is binary.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::Binary(_))
    }

    /// Returns the length of the payload, in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.as_bytes().len()
    }

    /// Returns whether the payload is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl<'a> From<&'a str> for Message<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Message<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Message<'a> {
    #[inline]
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Binary(bytes)
    }
}
