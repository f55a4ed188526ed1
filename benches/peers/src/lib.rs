//! The benchmark groups of wsparse, with the public functions of other libraries as further
//! subjects.
//!
//! `cargo run --release --bin compare` measures all of them in one run of two minutes and judges
//! the figures; `cargo bench` hands the same groups to criterion. With
//! `RUSTFLAGS='--cfg wsparse_backend="avx2"'` (or `sse2`, `portable`) ours, its limit and yawc
//! keep to that width.

pub mod decode;
pub mod handshake;
pub mod header;
pub mod mask;
pub mod rounds;
pub mod targets;

/// The groups themselves, as wsparse's own benchmarks have them.
#[path = "../../groups"]
pub mod groups {
    pub mod common;
    pub mod copy;
    pub mod frame;
    pub mod handshake;
    pub mod header;
    pub mod limit;
    pub mod mask;
    pub mod with_criterion;
}
