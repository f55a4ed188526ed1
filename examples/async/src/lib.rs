//! Shared by the two servers, `src/bin/tokio.rs` and `src/bin/hyper.rs`.

pub mod echo;
pub mod listen;
