//! Receiving, from bytes to messages: limits, the stream decoder, and whole messages (§5.4, §10.4).
//!
//! Imports `deflate`, `wire` and `payload`.

pub(crate) mod assembler;
pub(crate) mod decoder;
pub(crate) mod inbox;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod inflated;
pub(crate) mod input;
pub(crate) mod limits;
pub(crate) mod messages;
mod order;
pub(crate) mod part;
mod partial_header;
pub(crate) mod stream;
pub(crate) mod text_pieces;
