use core::fmt;
use wsparse::{Failure, OpeningError, SendError};

/// Why a WebSocket could not be opened, or what ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E> {
    /// The stream failed.
    Io(E),
    /// The peer broke a rule, ended the stream without a Close, or takes no more bytes.
    Failure(Failure),
    /// The opening handshake was refused or malformed.
    Opening(OpeningError),
    /// The frame must not be sent, or does not fit into the buffer for output.
    Send(SendError),
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Failure(failure) => failure.fmt(f),
            Self::Opening(error) => error.fmt(f),
            Self::Send(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Failure(failure) => failure.source(),
            Self::Opening(_) | Self::Send(_) => None,
        }
    }
}

impl<E> From<Failure> for Error<E> {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E> From<OpeningError> for Error<E> {
    fn from(error: OpeningError) -> Self {
        Self::Opening(error)
    }
}

impl<E> From<SendError> for Error<E> {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}
