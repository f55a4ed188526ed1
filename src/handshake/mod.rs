//! The opening handshake (RFC 6455 §4), both sides of it, in the caller's buffers.
//!
//! A server gives all that it has received to a [`HeadReader`], until that has found a whole
//! [`Request`]; asks it for the [`Upgrade`], which checks every rule; and writes what it
//! [accepts](Accept). A client writes an [`Offer`] for a [`Uri`], and asks the [`Response`] what
//! was [accepted](Accepted). Who has an HTTP stack already needs no more than
//! [`check_headers`], or [`accept_key`] alone.
//!
//! A server's loop, with one buffer that is used again for what follows:
//!
//! ```
//! use std::io::{self, Read, Write};
//! use wsparse::handshake::{Accept, HandshakeError, HeadReader, HeadLimits};
//! use wsparse::{Decoder, Input, Limits, Role, Status};
//!
//! /// Gives how much of the buffer is filled with frames: with some, where they came at once.
//! fn open(stream: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<usize> {
//!     let mut reader = HeadReader::new(HeadLimits { max_head: buffer.len(), ..HeadLimits::default() });
//!     let mut filled = 0;
//!     loop {
//!         let read = stream.read(&mut buffer[filled..])?;
//!         if read == 0 {
//!             return Err(io::ErrorKind::UnexpectedEof.into());
//!         }
//!         filled += read;
//!         let mut out = [0; 512];
//!         let answered = match reader.request(&buffer[..filled]) {
//!             Ok(Status::Incomplete { .. }) => continue,
//!             // For `HandshakeError::NotAnUpgrade`, a page may be served here.
//!             Ok(Status::Complete(request)) => request.upgrade().and_then(|upgrade| {
//!                 let chat = upgrade.subprotocols().find(|offered| *offered == "chat");
//!                 let accept = Accept { subprotocol: chat, ..Accept::default() };
//!                 Ok((accept.write(&upgrade, &mut out)?, request.head_len()))
//!             }),
//!             Err(error) => Err(error),
//!         };
//!         return match answered {
//!             Ok((response, head_len)) => {
//!                 stream.write_all(response)?;
//!                 buffer.copy_within(head_len..filled, 0);
//!                 Ok(filled - head_len)
//!             }
//!             Err(error) => {
//!                 stream.write_all(error.answer())?;
//!                 Err(io::Error::other(error))
//!             }
//!         };
//!     }
//! }
//! # struct Client(&'static [u8], Vec<u8>);
//! # impl Read for Client {
//! #     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
//! #         let len = buffer.len().min(100);
//! #         self.0.read(&mut buffer[..len])
//! #     }
//! # }
//! # impl Write for Client {
//! #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
//! #         self.1.write(bytes)
//! #     }
//! #     fn flush(&mut self) -> io::Result<()> {
//! #         Ok(())
//! #     }
//! # }
//!
//! # let mut stream = Client(
//! #     b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
//! #     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
//! #     Origin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n\
//! #     Sec-WebSocket-Version: 13\r\n\r\n\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
//! #     Vec::new(),
//! # );
//! let mut buffer = [0; 4096];
//! let filled = open(&mut stream, &mut buffer)?;
//! let mut decoder = Decoder::new(Role::Server, Limits::DEFAULT);
//! let mut input = Input::new(&mut buffer[..filled]);
//! while let Some(event) = decoder.next(&mut input).map_err(io::Error::other)? {
//!     println!("{event:?}");
//! }
//! # assert_eq!(decoder.offset(), 11);
//! # assert!(stream.1.starts_with(b"HTTP/1.1 101 "));
//! # assert!(stream.1.ends_with(b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n"));
//! # Ok::<(), io::Error>(())
//! ```
//!
//! # What is where
//!
//! | room | duty | RFC 6455 |
//! |---|---|---|
//! | `offer`, `response` | the client: [`Offer`] written, [`Response`] checked, [`Accepted`] | §4.1 |
//! | `request`, `accept` | the server: [`Request`] checked, [`Upgrade`]; [`Accept`] written | §4.2 |
//! | `head` | [`HeadReader`], [`HeadLimits`], [`Headers`]: where a head ends, and what it holds | §4.1 |
//! | `uri` | [`Uri`], and the target of a request | §3 |
//! | `list` | [`Subprotocols`], [`Extensions`] | §4.3, §9.1 |
//! | `key` | [`Key`], [`AcceptKey`], [`accept_key`] | §4.2.2 |
//! | `write` | bytes into the caller's buffer; headers that an application adds | |
//! | `error` | [`HandshakeError`]: a variant for each rule, its section and the answer that refuses | |

mod accept;
mod check;
mod error;
mod head;
mod headers;
mod key;
mod list;
mod offer;
mod request;
mod response;
mod start_line;
mod uri;
mod write;

pub use accept::Accept;
pub use check::check_headers;
pub use error::HandshakeError;
pub use head::{HeadLimits, HeadReader};
pub use headers::{HeaderField, Headers};
pub use key::{AcceptKey, Key, accept_key};
pub use list::{Extension, Extensions, ParamValue, Params, Subprotocols};
pub use offer::Offer;
pub use request::{Request, Upgrade};
pub use response::{Accepted, Response};
pub use uri::Uri;
