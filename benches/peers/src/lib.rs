//! The benchmark groups of wsparse, with the public functions of other libraries as further
//! subjects.
//!
//! `cargo run --release --bin compare` measures all of them in two minutes and compares the
//! figures with the targets. `RUSTFLAGS='--cfg wsparse_backend="avx2"'` (or `ssse3`, `sse2`,
//! `portable`) restricts wsparse, its limit and yawc to that width.

pub mod assemble;
pub mod charts;
pub mod decode;
pub mod deflate;
pub mod encode;
pub mod handshake;
pub mod header;
pub mod mask;
pub mod report;
pub mod rounds;
pub mod targets;
pub mod text;

#[path = "../../codecs.rs"]
pub mod codecs;
#[path = "../../json.rs"]
pub mod json;

/// The groups themselves, as wsparse's own benchmarks have them.
#[path = "../../groups/mod.rs"]
pub mod groups;
