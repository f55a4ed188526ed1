//! The parts of the wire format: frame headers, frames, messages, Close payloads, and the rules for
//! a single frame.
//!
//! A rule that depends on an earlier frame belongs in `receive`. Imports `payload` only.

pub(crate) mod close;
pub(crate) mod close_code;
pub(crate) mod error;
pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod message;
#[cfg(feature = "alloc")]
pub(crate) mod owned_message;
pub(crate) mod role;
pub(crate) mod status;
