//! WebSocket clients and servers over tokio: the adapter of the crate [`wsparse`], which contains
//! the protocol.
//!
//! ```no_run
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut socket = wsparse_tokio::connect("ws://127.0.0.1:9001/").await?;
//!     socket.send("Hello").await?;
//!     while let Some(message) = socket.next().await? {
//!         println!("{message:?}");
//!     }
//!     Ok(())
//! }
//! ```
//!
//! | You want | Use |
//! |---|---|
//! | to accept clients on any stream | [`accept`], or [`Config::read_request`] to inspect the request |
//! | to connect to a server | [`connect`], or [`Config::connect_with`] for headers and subprotocols |
//! | a route of hyper, axum or another HTTP server | [`upgraded`] |
//! | to receive and send | [`WebSocket::next`], [`WebSocket::send`] |
//! | two tasks | [`WebSocket::split`] |
//! | to send one message to many | [`Writer::send`] with a [`wsparse::EncodedMessage`] |
//! | `Stream` and `Sink` | implemented by [`WebSocket`] and its halves, for [`SharedMessage`] |
//! | to stop a server | [`Drain`] |
//!
//! # While you receive
//!
//! [`Reader::next`] does the work of a connection besides messages: it writes Pongs and Closes,
//! sends Pings to a silent peer, and gives up one that does not answer ([`Config::timeouts`]). If
//! you only send, nobody does this. So always have a task that receives, even if it discards the
//! messages.
//!
//! # Back-pressure
//!
//! [`Writer::send`] waits until the stream has taken the message, so that a slow peer slows down
//! its sender. A peer that takes nothing for as long as [`Timeouts::answer`](wsparse::Timeouts) is
//! given up. Nothing is read while more than 64 KiB wait to be written.
//!
//! # Cancellation
//!
//! All futures of an open connection may be dropped at any time, for example by `select!`. No byte
//! is lost, and no frame is cut off.
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `rustls` | `wss` over rustls, with the roots of Mozilla |
//! | `native-roots` | `wss` over rustls, with the roots of the operating system |

mod config;
mod drain;
mod error;
mod halves;
mod message;
mod opening;
mod shared;
mod stream;
mod websocket;

pub use config::Config;
pub use drain::Drain;
pub use error::{Error, Response};
pub use halves::{Reader, Writer};
pub use message::SharedMessage;
pub use opening::Accepting;
pub use stream::{Io, Stream};
pub use websocket::WebSocket;
pub use wsparse;

use tokio::io::{AsyncRead, AsyncWrite};

/// Accepts a client with the default [`Config`]: see [`Config::accept`].
///
/// # Errors
///
/// Those of [`Config::accept`].
pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Result<WebSocket<S>, Error> {
    Config::default().accept(stream).await
}

/// Connects to a server with the default [`Config`]: see [`Config::connect`].
///
/// # Errors
///
/// Those of [`Config::connect`].
pub async fn connect(uri: &str) -> Result<WebSocket<Stream>, Error> {
    Config::default().connect(uri).await
}

/// Creates the server's end of a connection with the default [`Config`]: see [`Config::upgraded`].
pub fn upgraded<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    received: impl Into<Vec<u8>>,
) -> WebSocket<S> {
    Config::default().upgraded(stream, received)
}
