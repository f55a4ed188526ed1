//! The opening handshake of clients and servers (RFC 6455 §4), in the caller's buffers.
//!
//! | You have | Use |
//! |---|---|
//! | a server on a raw socket | [`ServerOpening`](crate::ServerOpening), [`Accept`], [`Refusal`] |
//! | a client on a raw socket | [`Uri`], [`Offer`], [`ClientOpening`](crate::ClientOpening) |
//! | a request that an HTTP library has parsed | [`Upgrade::from_headers`], [`Accept::headers`] |
//! | a request over HTTP/2 or HTTP/3 | [`Connect`], [`Accept::connect_headers`] |
//! | a head in your own buffer | [`HeadReader`] |
//! | only the value of `Sec-WebSocket-Key` | [`accept_key`] |
//!
//! # A server
//!
//! [`ServerOpening`](crate::ServerOpening) reads the request and answers it. The first frames may
//! arrive together with the request: they stay in the buffer.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::ops::Range;
//! use wsparse::handshake::Accept;
//! use wsparse::{Decoder, Input, Limits, Role, ServerOpening};
//!
//! /// Accepts a client. Returns the buffer, and where the first frames are in it.
//! fn accept(mut stream: impl Read + Write) -> io::Result<([u8; 4096], Range<usize>)> {
//!     let mut opening = ServerOpening::new([0; 4096]);
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!     let upgrade = opening.upgrade().ok();
//!     let subprotocol = upgrade.and_then(|upgrade| upgrade.select_subprotocol(&["chat"]));
//!     // If the request breaks a rule, this is the refusal.
//!     stream.write_all(opening.accept(&Accept { subprotocol, ..Accept::default() }))?;
//!     opening.into_parts().map_err(io::Error::other)
//! }
//! # struct Client(&'static [u8], Vec<u8>);
//! # impl Read for &mut Client {
//! #     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
//! #         let len = buffer.len().min(100);
//! #         self.0.read(&mut buffer[..len])
//! #     }
//! # }
//! # impl Write for &mut Client {
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
//! let (mut buffer, frames) = accept(&mut stream)?;
//! let mut decoder = Decoder::new(Role::Server, Limits::DEFAULT);
//! let mut input = Input::new(&mut buffer[frames]);
//! while let Some(event) = decoder.next(&mut input).map_err(io::Error::other)? {
//!     println!("{event:?}");
//! }
//! # assert_eq!(decoder.offset(), 11);
//! # assert!(stream.1.starts_with(b"HTTP/1.1 101 "));
//! # assert!(stream.1.ends_with(b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n"));
//! # Ok::<(), io::Error>(())
//! ```
//!
//! A [`Refusal`] answers with a status that you choose, such as 404 for an unknown path. A server
//! that also serves pages can treat a request as an ordinary one if
//! [`upgrade`](crate::ServerOpening::upgrade) returns [`HandshakeError::NotAnUpgrade`]. If cookies
//! authenticate your users, choose an [`OriginPolicy`].
//!
//! # A client
//!
//! [`ClientOpening`](crate::ClientOpening) writes an [`Offer`] and reads the [`Response`]. If
//! [`Uri::secure`] returns true, use a TLS stream instead of a `TcpStream`.
//!
//! ```no_run
//! use std::io::{self, Read, Write};
//! use std::net::TcpStream;
//! use std::ops::Range;
//! use wsparse::handshake::{Key, Offer, Uri};
//! use wsparse::ClientOpening;
//!
//! /// Connects to a server. Returns the stream, the buffer, and where the first frames are in it.
//! /// `nonce` must be 16 new random bytes.
//! fn connect(uri: &str, nonce: [u8; 16]) -> io::Result<(TcpStream, [u8; 4096], Range<usize>)> {
//!     let offer = Offer::new(Uri::parse(uri).map_err(io::Error::other)?);
//!     let mut stream = TcpStream::connect((offer.uri.host(), offer.uri.port()))?;
//!     let mut opening = ClientOpening::new(&offer, Key::new(nonce), [0; 4096]);
//!     stream.write_all(opening.request().map_err(io::Error::other)?)?;
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!     let (buffer, frames) = opening.into_parts().map_err(io::Error::other)?;
//!     Ok((stream, buffer, frames))
//! }
//! ```
//!
//! [`ClientOpening::response`](crate::ClientOpening::response) returns the response even if it does
//! not accept the offer. This function looks for a redirect:
//!
//! ```
//! use wsparse::ClientOpening;
//!
//! /// Returns the value of `Location` if the response is a redirect.
//! fn redirect<'o>(opening: &'o ClientOpening<'_, [u8; 4096]>) -> Option<&'o [u8]> {
//!     let response = opening.response().ok()?;
//!     let is_redirect = matches!(response.status(), 301 | 302 | 303 | 307 | 308);
//!     response.header("Location").next().filter(|_| is_redirect)
//! }
//! # use wsparse::handshake::{Key, Offer, Uri};
//! # let offer = Offer::new(Uri::parse("ws://example.com")?);
//! # let mut opening = ClientOpening::new(&offer, Key::new([0; 16]), [0; 4096]);
//! # assert_eq!(redirect(&opening), None);
//! # let response = b"HTTP/1.1 302 Found\r\nLocation: ws://example.com/b\r\n\r\n";
//! # opening.space()[..response.len()].copy_from_slice(response);
//! # opening.filled(response.len());
//! # assert_eq!(redirect(&opening), Some(b"ws://example.com/b".as_slice()));
//! # Ok::<(), wsparse::handshake::HandshakeError>(())
//! ```
//!
//! # A head in your own buffer
//!
//! The openings use a [`HeadReader`], which finds and parses the head in a buffer that contains
//! everything received so far. This function reads and answers a request:
//!
//! ```
//! use wsparse::Status;
//! use wsparse::handshake::{Accept, HandshakeError, HeadReader};
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
//!     let response = Accept::default().write(&request.upgrade()?, out)?;
//!     Ok(Status::Complete((response, request.head_len())))
//! }
//! # use wsparse::handshake::HeadLimits;
//! # let mut reader = HeadReader::new(HeadLimits::default());
//! # let head = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
//! # let mut out = [0; 256];
//! # let status = respond(&mut reader, &head[..100], &mut out);
//! # assert_eq!(status, Ok(Status::Incomplete { missing: 4 }));
//! # let status = respond(&mut reader, head, &mut out);
//! # assert!(matches!(status, Ok(Status::Complete((_, len))) if len == head.len()));
//! ```
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
// offer        writes the client's head (§4.1), accept the server's (§4.2.2), refusal that of a
//              server that does not accept; all with write
// origin       which web pages may connect (§10.2)
// connect      the request of HTTP/2 and HTTP/3 (RFC 8441, RFC 9220)
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
#[cfg(feature = "alloc")]
mod owned_response;
mod refusal;
mod request;
mod response;
mod sha1;
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
#[cfg(feature = "alloc")]
pub use owned_response::OwnedResponse;
pub use refusal::Refusal;
pub use request::{Request, Upgrade};
pub use response::{Accepted, Response};
pub use uri::Uri;
