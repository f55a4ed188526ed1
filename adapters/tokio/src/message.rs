use bytes::Bytes;
use std::sync::Arc;
use wsparse::{Message, OutgoingFrame};

/// A message that owns its payload, for `Stream`, `Sink` and channels. A clone shares the payload.
///
/// To send a message to many servers' connections, use a `wsparse::EncodedMessage`: it is encoded
/// only once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SharedMessage {
    /// Text.
    Text(Arc<str>),
    /// Bytes whose meaning is up to the application.
    Binary(Bytes),
}

impl SharedMessage {
    /// Lends the message.
    #[must_use]
    pub fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }
}

impl From<Message<'_>> for SharedMessage {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.into()),
            Message::Binary(bytes) => Self::Binary(Bytes::copy_from_slice(bytes)),
        }
    }
}

impl From<&str> for SharedMessage {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Bytes> for SharedMessage {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl<'m> From<&'m SharedMessage> for OutgoingFrame<'m> {
    fn from(message: &'m SharedMessage) -> Self {
        message.as_message().into()
    }
}
