//! What a peer sends, from bytes to messages: limits, the stream decoder, whole messages and the
//! buffers that hold them (§5.4, §10.4).
//!
//! Imports `wire` and `payload`.

pub(crate) mod assembler;
pub(crate) mod buffer;
pub(crate) mod decoder;
pub(crate) mod input;
pub(crate) mod limits;
pub(crate) mod messages;
pub(crate) mod stream;
