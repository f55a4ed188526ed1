//! WebSocket clients and servers over [`embedded_io_async`], and [over `embedded_io`](blocking): the
//! adapter of the crate [`wsparse`].
//!
//! It is `no_std`, and allocates nothing: the buffers are arrays or slices of the caller. 1 KiB is
//! enough for the opening handshake of a browser and for short messages.
//!
//! ```
//! use embedded_io_async::{Read, Write};
//! use wsparse::Limits;
//! use wsparse_embedded_io::{Error, WebSocket};
//!
//! /// Sends every message back.
//! async fn serve<S: Read + Write>(stream: &mut S) -> Result<(), Error<S::Error>> {
//!     // Each reply fits into the output, with a header of 4 bytes.
//!     let limits = Limits { max_message: 252, ..Limits::DEFAULT };
//!     let mut socket = WebSocket::accept(stream, [0; 768], [0; 256], limits).await?;
//!     while socket.next().await?.is_some() {
//!         socket.reply(|message, sender| sender.send(message))?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Buffers
//!
//! The buffer for input holds the request of the opening handshake, then the messages. The longest
//! message has 125 bytes less than the buffer, and the limits that you choose apply too.
//!
//! The buffer for output needs at least 131 bytes. A message that is longer than the buffer, less 14
//! bytes for the header, is refused with [`NoRoom`](wsparse::SendError::NoRoom): send it
//! in [fragments](wsparse::Message::fragments).
//!
//! # The end
//!
//! After [`next`](WebSocket::next) has returned `None` or an error, close the stream with the functions
//! of your network stack, so that it sends what it has buffered: the traits of `embedded_io` cannot do
//! that.
//!
//! # Time-outs
//!
//! The traits of `embedded_io` have no clock, so you combine `next` with your own timer. `next` may be
//! dropped at any time without losing anything, if that is true of the stream's `read` and `write`.
//!
//! ```
//! # use core::future::Future;
//! # use embedded_io_async::{Read, Write};
//! # use wsparse::{Buffer, Due, Failure, Message, Timeouts};
//! # use wsparse_embedded_io::{Error, WebSocket};
//! # use core::time::Duration;
//! # async fn select<T>(next: impl Future<Output = T>, until: Duration) -> Option<T> {
//! #     Some(next.await)
//! # }
//! # fn now() -> Duration {
//! #     Duration::ZERO
//! # }
//! /// Waits for something to arrive, no longer than the time-outs allow.
//! async fn wait<S: Read + Write, I: Buffer, O: Buffer>(
//!     socket: &mut WebSocket<S, I, O>,
//! ) -> Result<bool, Error<S::Error>> {
//!     loop {
//!         let until = match socket.tick(now(), &Timeouts::DEFAULT) {
//!             Due::Wait { until } => until,
//!             Due::Ping => continue, // `next` writes it
//!             Due::GiveUp => return Err(Failure::TimedOut.into()),
//!         };
//!         // `select` stands for what your executor offers, such as `with_timeout` of embassy.
//!         if let Some(next) = select(socket.next(), until).await {
//!             return Ok(next?.is_some());
//!         }
//!     }
//! }
//! ```

#![no_std]
#![warn(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod blocking;
mod error;
mod socket;

pub use error::Error;
pub use socket::WebSocket;
pub use wsparse;

/// Compiles what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
