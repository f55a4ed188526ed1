//! Security: which checks remain your own.
//!
//! wsparse checks every rule of RFC 6455 that a receiver can observe, and no input causes a panic
//! or unbounded memory. The repository's `SECURITY.md` lists these promises and how each is tested.
//! This page is about the rest.
//!
//! # Cross-site hijacking
//!
//! A browser lets any web page open a WebSocket to any server, and sends the user's cookies with
//! the request. If your server identifies users by a cookie, a hostile page can therefore talk to
//! it in the name of any user who visits that page. The same-origin policy does not prevent this.
//!
//! The browser states the origin of the page in the header `Origin`, which the page cannot change
//! (RFC 6455 §10.2). State in [`Accept`] which origins you trust. All others are refused with
//! status 403:
//!
//! ```
//! # #[cfg(feature = "handshake")]
//! # mod server {
//! use std::io::{self, Read, Write};
//! use wsparse::ServerOpening;
//! use wsparse::handshake::{Accept, OriginPolicy};
//!
//! pub fn open(mut stream: impl Read + Write) -> io::Result<ServerOpening<[u8; 1024]>> {
//!     let mut opening = ServerOpening::new([0; 1024]);
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!     let origins = OriginPolicy::Listed(&["https://example.com"]);
//!     stream.write_all(opening.accept(&Accept { origins, ..Accept::default() }))?;
//!     Ok(opening)
//! }
//! # }
//! # #[cfg(feature = "handshake")]
//! # for (origin, expected) in [
//! #     ("Origin: https://example.com\r\n", "HTTP/1.1 101"),
//! #     ("Origin: https://example.org\r\n", "HTTP/1.1 403"),
//! #     ("", "HTTP/1.1 101"),
//! # ] {
//! #     let mut stream = std::io::Cursor::new(Vec::new());
//! #     let request = format!(
//! #         "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{origin}\
//! #         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
//! #     );
//! #     stream.get_mut().extend_from_slice(request.as_bytes());
//! #     server::open(&mut stream).unwrap();
//! #     let answer = &stream.get_ref()[request.len()..];
//! #     assert!(answer.starts_with(expected.as_bytes()), "{origin}");
//! # }
//! ```
//!
//! | Policy | Use it if |
//! |---|---|
//! | [`OriginPolicy::SameHost`] | your pages come from the same host and port as the WebSocket |
//! | [`OriginPolicy::Listed`] | they come from other hosts |
//! | [`OriginPolicy::Any`], the default | cookies mean nothing to your server |
//!
//! The check protects users of browsers. It does not authenticate anyone: other programs can send
//! any origin, or none.
//!
//! # Authentication
//!
//! A page cannot add headers to the request of a WebSocket, so an `Authorization` header is not
//! available to it. There are three usual ways: a cookie, together with the check of the origin; a
//! token in the first message; or a short-lived token in the query of the URI, which may appear in
//! logs. Other clients can send any header: see [`Offer::headers`].
//!
//! # Masking keys
//!
//! A client masks each frame with a key (§5.3). Without an unpredictable key, someone who controls
//! the payload could choose the bytes on the wire. A proxy that does not know WebSockets might then
//! take them for an HTTP request, and poison its cache (§10.3). So the keys must come from a
//! cryptographically secure generator:
//!
//! | You have | Use |
//! |---|---|
//! | an operating system and the crate `rand` | `rand::random` |
//! | an operating system, and no more dependencies | a closure that reads four bytes of its generator, such as `/dev/urandom` |
//! | a generator that implements `rand_core::CryptoRng` | `masking_keys` (feature `rand`) |
//! | a hardware generator | a closure that returns four bytes of it |
//!
//! There is no default, because the crate has no source of randomness.
//!
//! Masking is not encryption. The key is sent with the frame.
//!
//! # The nonce of the opening handshake
//!
//! [`Key::new`] needs 16 new random bytes for each connection (§4.1). The server's response depends
//! on them, which shows that it is not a cached one. They are not a secret.
//!
//! # Limits and time
//!
//! The default [limits](super::limits) are generous, and [time-outs](super::timeouts) apply only if
//! you call `tick`. A server for the public internet needs both, a time-out for the opening
//! handshake, and a bound on the number of connections.
//!
//! # Compression
//!
//! The length of a compressed message can reveal a secret in it:
//! [when to use it](crate::deflate#when-to-use-it).
//!
//! # Logs
//!
//! The `Debug` output of an endpoint or an opening leaves out payloads, headers and keys. That of a
//! message, a Close or a request contains them. Text that the peer has chosen may contain control
//! characters and line breaks: escape it before you write it to a log.
//!
//! # TLS
//!
//! Use `wss` for anything that leaves the machine: see [TLS](super::tls). Browsers block `ws`
//! connections from pages that were loaded over HTTPS.
//!
//! [`Accept`]: crate::handshake::Accept
//! [`Key::new`]: crate::handshake::Key::new
//! [`Offer::headers`]: crate::handshake::Offer::headers
//! [`OriginPolicy::Any`]: crate::handshake::OriginPolicy::Any
//! [`OriginPolicy::Listed`]: crate::handshake::OriginPolicy::Listed
//! [`OriginPolicy::SameHost`]: crate::handshake::OriginPolicy::SameHost
