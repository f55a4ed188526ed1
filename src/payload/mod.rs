//! Payload bytes: masking (§5.3), UTF-8 (§8.1), and the buffers for messages.
//!
//! All `unsafe` code of the crate is in this folder. Imports no other module.

pub(crate) mod assembly;
pub(crate) mod automaton;
pub(crate) mod buffer;
pub(crate) mod key;
pub(crate) mod mask;
pub(crate) mod simd;
pub(crate) mod utf8;
