use std::{fmt, io};
use wsparse::handshake::HandshakeError;
use wsparse::{Failure, OpeningError, SendError};

/// Why a WebSocket could not be opened, or what ended it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The stream failed.
    Io(io::Error),
    /// The peer broke a rule, ended the stream without a Close, or took too long.
    Failure(Failure),
    /// The opening handshake was refused or malformed.
    Opening(OpeningError),
    /// The server answered with a status other than 101, such as a redirect or 401.
    Response(Box<Response>),
    /// The message must not be sent: [`SendError::Closed`] after a Close in either direction.
    Send(SendError),
}

/// What a server answered instead of opening a WebSocket.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The names and values of the headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The part of the body that arrived together with the headers.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns the value of the first header with this name, ignoring case, if it is UTF-8.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        str::from_utf8(value).ok()
    }
}

impl fmt::Debug for Response {
    /// Leaves out the headers and the body, which may be confidential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Failure(failure) => failure.fmt(f),
            Self::Opening(error) => error.fmt(f),
            Self::Response(response) => {
                write!(f, "the server answered with status {}", response.status)
            }
            Self::Send(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Failure(failure) => failure.source(),
            Self::Opening(_) | Self::Response(_) | Self::Send(_) => None,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Io(_) | Error::Opening(OpeningError::Refused { .. }) => io::ErrorKind::Other,
            Error::Failure(Failure::Rule(_)) | Error::Opening(OpeningError::Handshake(_)) => {
                io::ErrorKind::InvalidData
            }
            Error::Failure(Failure::Cut) | Error::Opening(OpeningError::Cut) => {
                io::ErrorKind::UnexpectedEof
            }
            Error::Failure(Failure::TimedOut) => io::ErrorKind::TimedOut,
            Error::Response(_) => io::ErrorKind::ConnectionRefused,
            Error::Send(SendError::Closed) => io::ErrorKind::NotConnected,
            Error::Opening(_) | Error::Send(_) => io::ErrorKind::InvalidInput,
        };
        match error {
            Error::Io(error) => error,
            error => Self::new(kind, error),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<OpeningError> for Error {
    fn from(error: OpeningError) -> Self {
        Self::Opening(error)
    }
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        Self::Opening(OpeningError::Handshake(error))
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}
