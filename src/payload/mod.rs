//! Payload bytes: masking (§5.3) and UTF-8 (§8.1).
//!
//! All `unsafe` code of the crate is below this module, in `simd`. Imports nothing of the crate.

pub(crate) mod mask;
pub(crate) mod simd;
pub(crate) mod utf8;
