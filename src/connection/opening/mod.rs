//! The opening handshake as state machines that own their input buffer (§4).
//!
//! Imports `handshake`.

mod client;
mod error;
mod intake;
mod server;

pub use client::ClientOpening;
pub use error::OpeningError;
pub use server::ServerOpening;
