//! What the two servers share: `src/bin/tokio.rs`, `src/bin/hyper.rs`.

pub mod echo;
pub mod listen;
