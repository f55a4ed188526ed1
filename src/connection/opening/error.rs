use crate::handshake::HandshakeError;
use core::fmt;

/// Why an opening handshake did not lead to a connection.
///
/// ```
/// use wsparse::OpeningError;
/// use wsparse::handshake::HandshakeError;
///
/// /// Returns whether a client should try again later.
/// fn is_temporary(error: OpeningError) -> bool {
///     match error {
///         OpeningError::Cut => true,
///         OpeningError::Handshake(HandshakeError::NotSwitching { status }) => status >= 500,
///         _ => false,
///     }
/// }
///
/// let error = HandshakeError::NotSwitching { status: 401 };
/// assert!(!is_temporary(error.into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum OpeningError {
    /// The peer broke a rule or exceeded a limit, or the caller asked for a head that must not be
    /// written.
    Handshake(HandshakeError),
    /// The stream ended before the head was complete.
    Cut,
    /// The application refused the request.
    Refused {
        /// The status of the refusal.
        status: u16,
    },
    /// The call came too early: the head has not arrived completely, or the request has not been
    /// answered.
    Unfinished,
    /// The call came too late: the answer has replaced the request in the buffer.
    Answered,
}

impl From<HandshakeError> for OpeningError {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(error)
    }
}

impl fmt::Display for OpeningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(error) => error.fmt(f),
            Self::Cut => f.write_str("the stream ended inside the opening handshake"),
            Self::Refused { status } => write!(f, "the request was refused with status {status}"),
            Self::Unfinished => f.write_str("the opening handshake is not complete"),
            Self::Answered => f.write_str("the request has been answered"),
        }
    }
}

impl core::error::Error for OpeningError {}

#[cfg(feature = "std")]
impl From<OpeningError> for std::io::Error {
    /// An error of the kind `UnexpectedEof` if the stream was cut, `PermissionDenied` if the
    /// application refused the request, `InvalidInput` if the call came too early or too late, and
    /// otherwise that of the [`HandshakeError`].
    fn from(error: OpeningError) -> Self {
        use std::io::ErrorKind;
        let kind = match error {
            OpeningError::Handshake(error) => return error.into(),
            OpeningError::Cut => ErrorKind::UnexpectedEof,
            OpeningError::Refused { .. } => ErrorKind::PermissionDenied,
            OpeningError::Unfinished | OpeningError::Answered => ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}
