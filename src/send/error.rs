use core::fmt;

/// Why a frame was not encoded. The attempt changed nothing.
///
/// ```
/// use wsparse::{OutgoingFrame, SendError};
///
/// let error = OutgoingFrame::ping(&[0; 126]).unwrap_err();
/// assert_eq!(error, SendError::ControlTooLong);
/// assert_eq!(
///     error.to_string(),
///     "a control frame's payload is longer than 125 bytes (RFC 6455 section 5.5)",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SendError {
    /// The output is too short.
    NoRoom {
        /// The number of bytes that the call writes: the frame with its header. For
        /// [`Connection::close`](crate::Connection::close), this includes a Pong before the Close.
        needed: usize,
    },
    /// A Close was sent (§5.5.1). A [`Connection`](crate::Connection) also returns this error after
    /// a Close was received, the peer broke a rule, or the stream has ended (§7.1).
    Closed,
    /// A new message was begun inside a fragmented one (§5.4).
    ExpectedContinuation,
    /// A message was continued, but no fragmented message of its type is open (§5.4).
    UnexpectedContinuation,
    /// The payload of a Close, Ping or Pong is longer than 125 bytes (§5.5). The code of a Close
    /// leaves 123 of them for the reason.
    ControlTooLong,
    /// A Close has a reason, but no code, which must precede it (§5.5.1).
    ReasonWithoutCode,
    /// A client cannot send a payload without copying it, because it must be masked (§5.1).
    MustMask,
    /// The message is compressed, but compression was not negotiated (RFC 7692 §6).
    #[cfg(feature = "deflate")]
    NotNegotiated,
    /// Text is not UTF-8 (§8.1).
    InvalidUtf8 {
        /// The offset of the first invalid byte from the start of the payload. It is the length of
        /// the payload if the text ends inside a character.
        offset: usize,
    },
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, section) = match self {
            Self::NoRoom { needed } => {
                return write!(f, "the output is too short for a frame of {needed} bytes");
            }
            Self::InvalidUtf8 { offset } => {
                return write!(f, "text is not UTF-8 (RFC 6455 section 8.1), at offset {offset}");
            }
            #[cfg(feature = "deflate")]
            Self::NotNegotiated => {
                return f.write_str("compression was not negotiated (RFC 7692 section 6)");
            }
            Self::Closed => ("the connection is closing or closed", "7.1"),
            Self::ExpectedContinuation => ("a new message inside one that has not ended", "5.4"),
            Self::UnexpectedContinuation => ("a continuation of a message that is not open", "5.4"),
            Self::ControlTooLong => ("a control frame's payload is longer than 125 bytes", "5.5"),
            Self::MustMask => ("a client must mask the payload", "5.1"),
            Self::ReasonWithoutCode => ("a Close with a reason but no status code", "5.5.1"),
        };
        write!(f, "{what} (RFC 6455 section {section})")
    }
}

impl core::error::Error for SendError {}

#[cfg(feature = "std")]
impl From<SendError> for std::io::Error {
    /// Creates an error of the kind `WriteZero` for [`NoRoom`](SendError::NoRoom), `BrokenPipe` for
    /// [`Closed`](SendError::Closed), and otherwise `InvalidInput`, because the caller has made a
    /// mistake.
    fn from(error: SendError) -> Self {
        use std::io::ErrorKind;
        let kind = match error {
            SendError::NoRoom { .. } => ErrorKind::WriteZero,
            SendError::Closed => ErrorKind::BrokenPipe,
            _ => ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}
