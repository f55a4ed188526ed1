//! A recipe for small devices.
//!
//! The crate is always `no_std`, and without the feature `alloc` it allocates nothing.
//!
//! ```toml
//! [dependencies]
//! wsparse = { version = "0.1", default-features = false, features = ["handshake"] }
//! ```
//!
//! | Feature | On a device |
//! |---|---|
//! | `handshake` | needed unless something else performs the opening handshake; works without `alloc` |
//! | `alloc` | only if you have an allocator and want buffers that grow |
//! | `rand` | for masking keys from a generator that implements `rand_core::CryptoRng` |
//! | `defmt` | to log the public types with `defmt` |
//! | `std`, `deflate` | not for devices: they need an operating system |
//!
//! # Memory
//!
//! | | Bytes | |
//! |---|---|---|
//! | input buffer | longest message + 125 | first holds the HTTP request: Chromium's takes about 540 bytes, and more with cookies |
//! | output buffer | longest message that you send + 14, but at least 131 | with 131 bytes, every Pong and Close fits |
//! | state of an endpoint | at most 256 | without the buffers and the source of keys |
//! | stack, opening handshake | 740 | for its largest frame, on a 32-bit target |
//!
//! The buffers can be arrays inside the endpoint, or slices of memory that you place yourself, such
//! as a `static` in a certain region.
//!
//! ```
//! use wsparse::{Endpoint, Limits};
//!
//! # #[cfg(not(feature = "deflate"))] // which is not for devices
//! assert!(size_of::<Endpoint<[u8; 0], [u8; 0]>>() <= 256);
//!
//! let (mut input, mut output) = ([0; 512], [0; 131]);
//! let server = Endpoint::server(&mut input[..], &mut output[..], Limits::DEFAULT);
//! ```
//!
//! # A server in 1.5 KiB
//!
//! `read` waits for bytes, and returns how many it has read: 0 when the peer has hung up. `write`
//! writes all bytes.
//!
//! ```
//! # #[cfg(feature = "handshake")]
//! # mod device {
//! use wsparse::handshake::Accept;
//! use wsparse::{CloseCode, Failure, Limits, Message, OpeningError, ServerOpening, Step};
//!
//! /// Serves one connection, and returns how it ended.
//! pub fn serve(
//!     mut read: impl FnMut(&mut [u8]) -> usize,
//!     mut write: impl FnMut(&[u8]),
//! ) -> Result<Result<Option<CloseCode>, Failure>, OpeningError> {
//!     let mut opening = ServerOpening::new([0; 1024]);
//!     while opening.wants_read() {
//!         let len = read(opening.space());
//!         opening.filled(len);
//!     }
//!     write(opening.accept(&Accept::default()));
//!     let mut server = opening.into_endpoint([0; 256], Limits::DEFAULT)?;
//!     loop {
//!         match server.advance() {
//!             Step::Message => {
//!                 // Each reply fits. After a Close, none is needed.
//!                 let reply = obey(server.message());
//!                 _ = server.send(reply);
//!             }
//!             Step::Read => {
//!                 let len = read(server.space());
//!                 server.filled(len);
//!             }
//!             Step::Write => {
//!                 write(server.output());
//!                 server.wrote(server.output().len());
//!             }
//!             Step::Done(outcome) => return Ok(outcome),
//!             Step::Ping | Step::Pong | Step::Close | Step::Shutdown => {}
//!         }
//!     }
//! }
//!
//! fn obey(command: Message<'_>) -> &'static str {
//!     match command {
//!         Message::Text("led on") => "the LED is on",
//!         Message::Text("led off") => "the LED is off",
//!         _ => "the commands are: led on, led off",
//!     }
//! }
//! # }
//! # #[cfg(feature = "handshake")] {
//! # let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\
//! #     \x81\x86\0\0\0\0led on\x88\x80abcd";
//! # let (mut input, mut output) = (&request[..], Vec::new());
//! # let read = |space: &mut [u8]| std::io::Read::read(&mut input, space).unwrap();
//! # let end = device::serve(read, |bytes| output.extend_from_slice(bytes));
//! # assert_eq!(end, Ok(Ok(None)));
//! # assert!(output.ends_with(b"\r\n\r\n\x81\x0dthe LED is on\x88\x00"));
//! # }
//! ```
//!
//! With `embedded-io` or `embedded-io-async`, the crate `wsparse-embedded-io` does this for you.
//!
//! # Masking keys
//!
//! A client needs an unpredictable key for each frame. Use the hardware's generator of random
//! numbers, directly or to seed a cryptographically secure generator. A clock, a counter or a
//! serial number is not enough: see [security](super::security#masking-keys).
//!
//! ```
//! use wsparse::{Endpoint, Limits};
//!
//! # struct Trng;
//! # impl Trng {
//! #     fn next_u32(&mut self) -> u32 {
//! #         4 // chosen by fair dice roll
//! #     }
//! # }
//! # let mut trng = Trng;
//! let keys = move || trng.next_u32().to_ne_bytes();
//! let mut client = Endpoint::client([0; 512], [0; 256], Limits::DEFAULT, keys);
//! client.send("23.5 °C")?;
//! # Ok::<(), wsparse::SendError>(())
//! ```
//!
//! # Time
//!
//! Pass the time since power-on to [`Endpoint::tick`](crate::Endpoint::tick), for example in each
//! turn of your main loop: see [time-outs](super::timeouts).
//!
//! # Long messages
//!
//! A device can send a message that is longer than its buffers, in fragments:
//! [`Message::first_fragment`](crate::Message::first_fragment). To receive one, use a
//! [`Decoder`](crate::Decoder), which lends each part as it arrives.
//!
//! # Code size
//!
//! Only what you call is linked. The lower [levels](super::levels) are smaller: a device that only
//! sends needs an [`Encoder`](crate::Encoder), and no input buffer.
