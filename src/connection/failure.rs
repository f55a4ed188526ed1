use crate::wire::error::Error;
use core::fmt;

/// Why a connection ended without a complete closing handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
