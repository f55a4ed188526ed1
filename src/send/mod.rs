//! Sending: the frames that may be sent, their order, and their encoding (§5.1, §5.4).
//!
//! Imports `wire` and `payload`.

pub(crate) mod encoded;
pub(crate) mod encoder;
pub(crate) mod error;
pub(crate) mod fragments;
pub(crate) mod frame;
pub(crate) mod keys;
pub(crate) mod outbox;
mod output;
mod uncopied;
