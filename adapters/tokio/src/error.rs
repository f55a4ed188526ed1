use std::io;
use wsparse::handshake::{HandshakeError, OwnedResponse};
use wsparse::{Failure, OpeningError, SendError};

/// Why a WebSocket could not be opened, or what ended it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream failed.
    #[error(transparent)]
    Io(io::Error),
    /// The peer broke a rule, ended the stream without a Close, or took too long.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The opening handshake was refused or malformed.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// The server answered with a status other than 101, such as a redirect or 401.
    #[error("the server answered {}", .0.status)]
    Response(OwnedResponse),
    /// The frame must not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        Self::Opening(error.into())
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Failure(Failure::TimedOut),
            _ => Self::Io(error),
        }
    }
}
