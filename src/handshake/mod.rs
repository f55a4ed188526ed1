//! The opening handshake of clients and servers (RFC 6455 §4), in the caller's buffers.
//!
//! | You have | Use |
//! |---|---|
//! | a server on a raw socket | [`HeadReader::request`], [`Request::upgrade`], [`Accept`] |
//! | a client on a raw socket | [`Uri`], [`Offer`], [`HeadReader::response`], [`Response::accepted`] |
//! | a request that an HTTP library has parsed | [`Upgrade::from_headers`], [`Connect`] |
//! | only the value of `Sec-WebSocket-Key` | [`accept_key`] |
//!
//! # A server
//!
//! `accept` reads the request and answers it. One buffer serves for the request and for the frames
//! that follow, the first of which may arrive together with the request.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use wsparse::handshake::{Accept, HandshakeError, HeadLimits, HeadReader};
//! use wsparse::{Decoder, Input, Limits, Role, Status};
//!
//! /// Accepts a client, and returns how many bytes of frames are already in the buffer.
//! fn accept(stream: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<usize> {
//!     let limits = HeadLimits { max_head: buffer.len(), ..HeadLimits::default() };
//!     let mut reader = HeadReader::new(limits);
//!     let mut filled = 0;
//!     loop {
//!         let len = stream.read(&mut buffer[filled..])?;
//!         if len == 0 {
//!             return Err(io::ErrorKind::UnexpectedEof.into());
//!         }
//!         filled += len;
//!         let mut out = [0; 512];
//!         match respond(&mut reader, &buffer[..filled], &mut out) {
//!             Ok(Status::Incomplete { .. }) => {}
//!             Ok(Status::Complete((response, head_len))) => {
//!                 stream.write_all(response)?;
//!                 buffer.copy_within(head_len..filled, 0);
//!                 return Ok(filled - head_len);
//!             }
//!             Err(error) => {
//!                 stream.write_all(error.answer())?;
//!                 return Err(io::Error::other(error));
//!             }
//!         }
//!     }
//! }
//!
//! /// Writes the response to `out`, and returns it with the length of the request.
//! fn respond<'o>(
//!     reader: &mut HeadReader,
//!     received: &[u8],
//!     out: &'o mut [u8],
//! ) -> Result<Status<(&'o [u8], usize)>, HandshakeError> {
//!     let request = match reader.request(received)? {
//!         Status::Complete(request) => request,
//!         Status::Incomplete { missing } => return Ok(Status::Incomplete { missing }),
//!     };
//!     let upgrade = request.upgrade()?;
//!     let subprotocol = upgrade.subprotocols().find(|offered| *offered == "chat");
//!     let accept = Accept { subprotocol, ..Accept::default() };
//!     Ok(Status::Complete((accept.write(&upgrade, out)?, request.head_len())))
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
//! let filled = accept(&mut stream, &mut buffer)?;
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
//! After the handshake, pass the frames to a [`Connection`](crate::Connection), or to a decoder as
//! here. A server that also serves pages can treat a request as an ordinary one if
//! [`Request::upgrade`] returns [`HandshakeError::NotAnUpgrade`].
//!
//! # A client
//!
//! `connect` writes an [`Offer`] and reads the [`Response`]. The first frames may arrive together
//! with the response. If [`Uri::secure`] returns true, use a TLS stream instead of a `TcpStream`.
//!
//! ```no_run
//! use std::io::{self, Read, Write};
//! use std::net::TcpStream;
//! use wsparse::Status;
//! use wsparse::handshake::{HeadLimits, HeadReader, Key, Offer, Uri};
//!
//! /// Connects to a server. Returns the stream, and how many bytes of frames are already in the
//! /// buffer. `nonce` must be 16 new random bytes.
//! fn connect(uri: &str, nonce: [u8; 16], buffer: &mut [u8]) -> io::Result<(TcpStream, usize)> {
//!     let offer = Offer::new(Uri::parse(uri).map_err(io::Error::other)?);
//!     let key = Key::new(nonce);
//!     let mut stream = TcpStream::connect((offer.uri.host(), offer.uri.port()))?;
//!     stream.write_all(offer.write(key, buffer).map_err(io::Error::other)?)?;
//!
//!     let limits = HeadLimits { max_head: buffer.len(), ..HeadLimits::default() };
//!     let mut reader = HeadReader::new(limits);
//!     let mut filled = 0;
//!     loop {
//!         let len = stream.read(&mut buffer[filled..])?;
//!         if len == 0 {
//!             return Err(io::ErrorKind::UnexpectedEof.into());
//!         }
//!         filled += len;
//!         let received = reader.response(&buffer[..filled]).map_err(io::Error::other)?;
//!         if let Status::Complete(response) = received {
//!             response.accepted(&offer, key).map_err(io::Error::other)?;
//!             let head_len = response.head_len();
//!             buffer.copy_within(head_len..filled, 0);
//!             return Ok((stream, filled - head_len));
//!         }
//!     }
//! }
//! ```
//!
//! The example at [`Offer`] handles a redirect.
//!
//! # Errors
//!
//! A [`HandshakeError`] names the rule that was broken, with its section of the RFC and the HTTP
//! response that refuses the request. A head is refused as early as possible: at a byte that cannot
//! start a request, at a bare LF, or when it exceeds the [`HeadLimits`]. The result does not depend
//! on how the head is split into reads, and each byte is searched once.
//!
//! The rules are checked strictly: the key must be canonical Base64, no header may be folded, and
//! no header of the handshake may be repeated unless its value is a list.

// Of the other modules, this folder imports `wire::status` alone. Inside it:
//
// head         finds the end of a head, and applies the limits and the early errors
// start_line   splits the first line; headers checks and iterates over the other lines
// request      the client's head as a server reads it; check has the rules for its headers (§4.2.1)
// response     the server's head as a client reads it, and its rules (§4.1)
// offer        writes the client's head (§4.1), accept the server's (§4.2.2), both with write
// list         lists in header values (§4.3, §9.1)
// uri          URIs, hosts and request targets (§3)
// key          `Sec-WebSocket-Key` and its answer (§4.2.2)
// error        a row for each error: section, status, description

mod accept;
mod check;
mod connect;
mod error;
mod head;
mod headers;
mod key;
mod list;
mod offer;
mod origin;
mod refusal;
mod request;
mod response;
mod start_line;
mod uri;
mod write;

pub use accept::{Accept, AcceptHeaders};
pub use connect::{Connect, PseudoHeaders};
pub use error::HandshakeError;
pub use head::{HeadLimits, HeadReader};
pub use headers::{HeaderField, Headers};
pub use key::{AcceptKey, Key, accept_key};
pub use list::{Extension, Extensions, ParamValue, Params, Subprotocols};
pub use offer::Offer;
pub use origin::{Origin, OriginPolicy};
pub use refusal::Refusal;
pub use request::{Request, Upgrade};
pub use response::{Accepted, Response};
pub use uri::Uri;
