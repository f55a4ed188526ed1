//! Payload bytes: masking (§5.3) and UTF-8 (§8.1).
//!
//! All `unsafe` code of the crate is below this module. Imports nothing from the other modules.

pub(crate) mod assembly;
pub(crate) mod buffer;
pub(crate) mod key;
pub(crate) mod mask;
pub(crate) mod simd;
pub(crate) mod utf8;
