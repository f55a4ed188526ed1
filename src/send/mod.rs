//! Sending: the frames that may be sent, their order, and their encoding (§5.1, §5.4).
//!
//! Imports `deflate`, `wire` and `payload`.

#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub(crate) mod deflated;
pub(crate) mod encoded;
pub(crate) mod encoder;
pub(crate) mod error;
pub(crate) mod fragments;
pub(crate) mod frame;
pub(crate) mod keys;
pub(crate) mod outbox;
mod output;
mod uncopied;
