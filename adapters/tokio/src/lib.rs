//! WebSocket clients and servers over tokio. The protocol is in the crate [`wsparse`], which is
//! available as `wsparse_tokio::wsparse`.
//!
//! ```no_run
//! use wsparse_tokio::Config;
//!
//! # async fn example() -> Result<(), wsparse_tokio::Error> {
//! let mut socket = Config::DEFAULT.connect("ws://127.0.0.1:9001/").await?;
//! socket.send("Hello").await?;
//! while let Some(message) = socket.next().await? {
//!     println!("{message:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | You want | Use |
//! |---|---|
//! | to accept clients | [`Config::accept`], or [`Config::read_request`] to inspect the request first |
//! | to connect to a server | [`Config::connect`], or [`Config::connect_with`] for more headers |
//! | a route of hyper or axum | [`Config::upgraded`] |
//! | to receive and send in two tasks | [`WebSocket::split`] |
//! | to send one message to many clients | [`Writer::send`] with a [`wsparse::EncodedMessage`] |
//! | a `Stream` and a `Sink` | [`Reader`] and [`Writer`], with [`SharedMessage`] |
//! | to stop a server | [`Drain`] |
//!
//! [`Reader::next`] also answers Pings, sends Pings to a silent peer, and returns an error if the peer
//! does not answer. So always have a task that receives, even if it discards the messages.
//!
//! [`Writer::send`] waits for a slow peer, and returns an error if the peer takes nothing for too long.
//! While more than 64 KiB wait to be written, nothing is read.
//!
//! To send a message to all clients, encode it once, and pass it to their tasks through a channel of
//! bounded length:
//!
//! ```no_run
//! use std::sync::Arc;
//! use tokio::net::TcpStream;
//! use tokio::sync::broadcast::{self, error::RecvError};
//! use wsparse_tokio::wsparse::{EncodedMessage, SendError};
//! use wsparse_tokio::{Config, Error};
//!
//! /// Created with `EncodedMessage::shared("news")`.
//! type News = EncodedMessage<Arc<[u8]>>;
//!
//! async fn serve(stream: TcpStream, mut news: broadcast::Receiver<News>) -> Result<(), Error> {
//!     let mut socket = Config::DEFAULT.accept(stream).await?;
//!     loop {
//!         tokio::select! {
//!             message = socket.reader.next() => match message? {
//!                 Some(message) => println!("{message:?}"),
//!                 None => return Ok(()),
//!             },
//!             news = news.recv() => match news {
//!                 Ok(news) => match socket.writer.send(&news).await {
//!                     Err(Error::Send(SendError::Closed)) => {} // `next` returns `None` soon
//!                     sent => sent?,
//!                 },
//!                 Err(RecvError::Lagged(_)) => {} // a slow client misses some news
//!                 Err(RecvError::Closed) => return Ok(()),
//!             },
//!         }
//!     }
//! }
//! ```
//!
//! The futures of an open connection may be dropped at any time, for example by `select!`: no byte is
//! lost, and no frame is cut off.
//!
//! The feature `rustls` adds `wss` with the roots of Mozilla, and `native-roots` with those of the
//! operating system.

// On docs.rs, items are labelled with the features that they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod drain;
mod error;
mod message;
mod opening;
mod reader;
mod shared;
mod stream;
mod websocket;
mod writer;

pub use config::Config;
pub use drain::Drain;
pub use error::{Error, Response};
pub use message::SharedMessage;
pub use opening::Accepting;
pub use reader::Reader;
pub use shared::Io;
pub use stream::Stream;
pub use websocket::WebSocket;
pub use writer::Writer;
pub use wsparse;

/// Compiles what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
