use bytes::Bytes;
use std::sync::Arc;
use wsparse::Message;

/// A message that owns its payload, for `Stream`, `Sink` and channels. A clone shares the payload.
///
/// To send one message to many clients, a [`wsparse::EncodedMessage`] costs less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedMessage {
    /// Text.
    Text(Arc<str>),
    /// Bytes whose meaning is up to the application.
    Binary(Bytes),
}

impl SharedMessage {
    /// Lends the message, for example to [`Writer::send`](crate::Writer::send).
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
