//! The benchmark groups of wsparse, with the public functions of other libraries as further
//! subjects.
//!
//! `cargo run --release --bin compare` measures all of them in one run of two minutes and judges
//! the figures; `cargo bench` hands the same groups to criterion. With
//! `RUSTFLAGS='--cfg wsparse_backend="avx2"'` (or `ssse3`, `sse2`, `portable`) ours, its limit and yawc
//! keep to that width.

pub mod assemble;
pub mod decode;
pub mod encode;
pub mod handshake;
pub mod header;
pub mod mask;
pub mod rounds;
pub mod targets;
pub mod text;

/// The groups themselves, as wsparse's own benchmarks have them.
#[path = "../../groups"]
pub mod groups {
    pub mod assemble;
    pub mod common;
    pub mod copy;
    pub mod encode;
    pub mod frame;
    pub mod handshake;
    pub mod header;
    pub mod limit;
    pub mod mask;
    pub mod stream;
    pub mod text;
    pub mod with_criterion;
}
