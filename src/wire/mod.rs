//! What travels on the wire: frame headers, frames, messages, Close payloads, and the rules that
//! one frame on its own can break.
//!
//! A rule that needs an earlier frame belongs to `receive`. Imports `payload` only.

pub(crate) mod close;
pub(crate) mod close_code;
pub(crate) mod error;
pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod message;
pub(crate) mod role;
pub(crate) mod status;
