#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! | You want | Use |
//! |---|---|
//! | to accept clients | [`Config::accept`], or [`Config::read_request`] to inspect the request first |
//! | to connect to a server | [`Config::connect`], or [`Config::connect_with`] for more headers |
//! | a route of hyper or axum | [`Config::upgraded`] |
//! | to receive and send in two tasks | [`WebSocket::split`] |
//! | to answer many short messages quickly | [`Writer::feed`] |
//! | to compress messages | [`Config::deflate`] |
//! | to send one message to many clients | [`Writer::send`] with a [`SharedMessage`] |
//! | a `Stream` and a `Sink` | [`Reader::into_stream`] and [`Writer`] |
//! | to stop a server | [`Drain`] |

// On docs.rs, items are labelled with the features that they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod input;
mod opening;
mod output;
mod socket;
#[cfg(feature = "rustls")]
mod tls;

pub use error::Error;
pub use opening::{Accepting, Config};
pub use output::{Io, Stream};
pub use socket::{Drain, Reader, WebSocket, Writer};
pub use wsparse;

/// A message that is encoded once, and cheap to clone, for any number of connections. To use its
/// payload as `Bytes`, pass it to `Bytes::from_owner`.
pub type SharedMessage = wsparse::EncodedMessage<std::sync::Arc<[u8]>>;
