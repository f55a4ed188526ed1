use crate::wire::error::Error;
use core::fmt;

/// Why a connection ended without a complete closing handshake.
///
/// With the feature `std`, the operator `?` converts it into an `std::io::Error` with a fitting kind.
///
/// ```
/// use wsparse::{CloseCode, Failure};
///
/// /// Describes the result of `Step::Done` or `Arrival::Done`.
/// fn describe(outcome: Result<Option<CloseCode>, Failure>) -> String {
///     match outcome {
///         Ok(None) => "closed".to_string(),
///         Ok(Some(code)) => format!("closed with the code {}", code.get()),
///         Err(Failure::Rule(error)) => format!("byte {} breaks a rule: {error}", error.offset()),
///         Err(Failure::Cut) => "the stream has broken off".to_string(),
///         Err(Failure::TimedOut) => "the peer has been silent for too long".to_string(),
///     }
/// }
///
/// assert_eq!(describe(Ok(Some(CloseCode::NORMAL))), "closed with the code 1000");
/// assert_eq!(describe(Err(Failure::Cut)), "the stream has broken off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Failure {
    /// The peer broke a rule.
    Rule(Error),
    /// The stream ended before the peer's Close (§7.1.5).
    Cut,
    /// The peer took too long: [`Due::GiveUp`](crate::Due::GiveUp). An endpoint does not return this
    /// on its own; it is for programs that wait.
    TimedOut,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Cut => f.write_str("the stream ended before the peer's Close"),
            Self::TimedOut => f.write_str("the peer took too long"),
        }
    }
}

impl core::error::Error for Failure {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Rule(error) => Some(error),
            Self::Cut | Self::TimedOut => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

#[cfg(feature = "std")]
impl From<Failure> for std::io::Error {
    /// An error of the kind `UnexpectedEof` if the stream was cut, `TimedOut` if the peer took too
    /// long, and otherwise that of the rule.
    fn from(failure: Failure) -> Self {
        use std::io::ErrorKind;
        match failure {
            Failure::Rule(error) => error.into(),
            Failure::Cut => Self::new(ErrorKind::UnexpectedEof, failure),
            Failure::TimedOut => Self::new(ErrorKind::TimedOut, failure),
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::Failure;
    use crate::wire::error::{Error, Rule};
    use std::io::{self, ErrorKind};

    #[test]
    fn each_has_its_kind() {
        for (failure, kind) in [
            (Failure::Cut, ErrorKind::UnexpectedEof),
            (Failure::TimedOut, ErrorKind::TimedOut),
            (Error::new(Rule::InvalidUtf8, 7).into(), ErrorKind::InvalidData),
        ] {
            assert_eq!(io::Error::from(failure).kind(), kind);
        }
    }
}
