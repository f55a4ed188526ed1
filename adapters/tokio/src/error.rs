use std::io;
use wsparse::handshake::HandshakeError;
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
    Response(Response),
    /// The frame must not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
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
