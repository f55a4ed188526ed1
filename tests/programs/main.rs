//! The examples, run as a user runs them: `cargo test` builds them first.

// Neither Miri nor wasm can start another process.
#![cfg(not(any(miri, target_family = "wasm")))]

#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../support/mod.rs"]
mod support;

// Code of the examples that a test calls in its own process.
#[allow(dead_code, reason = "its main is the program's")]
#[path = "../../examples/blocking.rs"]
mod blocking_example;
#[allow(dead_code, reason = "its main is the program's")]
#[path = "../../examples/embedded/main.rs"]
mod embedded_example;

mod blocking;
#[cfg(all(unix, feature = "handshake"))]
mod client;
#[cfg(all(unix, feature = "handshake"))]
mod echo;
mod embedded;
mod inspect;
mod proxy;
