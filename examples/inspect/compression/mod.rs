//! Compressed messages (RFC 7692).
//!
//! Two features are needed to show what is in them: `handshake` to read what was negotiated, and
//! `deflate` to inflate. Without them, they are only counted.

#[cfg_attr(not(all(feature = "deflate", feature = "handshake")), path = "opaque.rs")]
mod inflate;

pub(crate) use inflate::{Codec, HINT, Responses};

/// What is known about the compression of a stream's messages.
#[allow(dead_code, reason = "without the features, nothing is known")]
pub(crate) enum Negotiated {
    /// The response of the server is not known, or cannot be understood.
    Unknown,
    /// There is no extension, so no message may be compressed.
    Nothing,
    Deflate(Codec),
}

impl Negotiated {
    pub(crate) fn codec(&mut self) -> Option<&mut Codec> {
        match self {
            Self::Deflate(codec) => Some(codec),
            Self::Unknown | Self::Nothing => None,
        }
    }

    /// Returns what it means for people, or nothing.
    pub(crate) fn description(&self) -> &'static str {
        match self {
            Self::Deflate(codec) => codec.description(),
            Self::Unknown | Self::Nothing => "",
        }
    }
}
