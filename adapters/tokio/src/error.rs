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
    Response(Response),
    /// The frame must not be sent: [`SendError::Closed`] after a Close in either direction.
    Send(SendError),
}

/// What a server answered instead of opening a WebSocket.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The names and values of the headers. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub headers: Vec<(String, String)>,
    /// The part of the body that arrived together with the headers.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns the value of the first header with this name, ignoring case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Failure(failure) => failure.fmt(f),
            Self::Opening(error) => error.fmt(f),
            Self::Response(response) => write!(f, "the server answered {}", response.status),
            Self::Send(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            Error::Failure(failure) => failure.into(),
            Error::Send(error) => error.into(),
            Error::Opening(_) | Error::Response(_) => Self::other(error),
        }
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
        Self::Opening(error.into())
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}
