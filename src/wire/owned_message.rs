use crate::wire::message::Message;
use alloc::string::String;
use alloc::vec::Vec;

/// A [`Message`] that owns its payload, such as to keep it or to pass it to another thread.
///
/// ```
/// use wsparse::{Message, OwnedMessage};
///
/// let owned = Message::Text("Hello").into_owned();
/// assert_eq!(owned, OwnedMessage::Text("Hello".to_string()));
/// assert_eq!(owned.as_message(), Message::Text("Hello"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OwnedMessage {
    /// Text: the payload is UTF-8 (§5.6).
    Text(String),
    /// Bytes whose meaning is up to the application.
    Binary(Vec<u8>),
}

impl OwnedMessage {
    /// Returns the message, which borrows the payload.
    #[must_use]
    pub const fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text.as_str()),
            Self::Binary(bytes) => Message::Binary(bytes.as_slice()),
        }
    }

    /// Returns the payload.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl Message<'_> {
    /// Returns a copy of the message that owns its payload.
    #[must_use]
    pub fn into_owned(self) -> OwnedMessage {
        match self {
            Self::Text(text) => OwnedMessage::Text(text.into()),
            Self::Binary(bytes) => OwnedMessage::Binary(bytes.into()),
        }
    }
}

impl From<Message<'_>> for OwnedMessage {
    fn from(message: Message<'_>) -> Self {
        message.into_owned()
    }
}

impl From<String> for OwnedMessage {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for OwnedMessage {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a> From<&'a OwnedMessage> for Message<'a> {
    fn from(message: &'a OwnedMessage) -> Self {
        message.as_message()
    }
}

impl<'a> From<&'a String> for Message<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a Vec<u8>> for Message<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for OwnedMessage {
    fn format(&self, f: defmt::Formatter<'_>) {
        self.as_message().format(f);
    }
}
