//! The examples, run as a user would run them. `cargo test` builds them first.

// Neither Miri nor wasm can start another process.
#![cfg(not(any(miri, target_family = "wasm")))]

#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../support/mod.rs"]
mod support;

// Examples whose code a test calls in its own process.
#[allow(dead_code, reason = "main is not called")]
#[path = "../../examples/blocking.rs"]
mod blocking_example;
#[allow(dead_code, reason = "main is not called")]
#[path = "../../examples/embedded/main.rs"]
mod embedded_example;

mod blocking;
#[cfg(all(unix, feature = "handshake"))]
mod client;
#[cfg(all(unix, feature = "handshake"))]
mod echo;
mod embedded;
#[cfg(all(unix, feature = "handshake"))]
mod hello;
#[cfg(all(target_os = "linux", feature = "handshake"))]
mod idle;
mod inspect;
mod proxy;
