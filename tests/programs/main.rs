//! The examples, run as a user would run them. `cargo test` builds them first.

// Neither Miri nor wasm can start another process.
#![cfg(not(any(miri, target_family = "wasm")))]

#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../support/mod.rs"]
mod support;

#[cfg(all(unix, feature = "handshake"))]
mod client;
#[cfg(all(unix, feature = "handshake"))]
mod echo;
#[cfg(all(unix, feature = "handshake"))]
mod hello;
#[cfg(all(target_os = "linux", feature = "handshake"))]
mod idle;
mod inspect;
