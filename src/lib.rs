//! The WebSocket protocol (RFC 6455) in your own buffers.
//!
//! wsparse decodes the bytes that you read and encodes the frames that you write. It performs no
//! I/O, needs no async runtime, and allocates only with the feature `alloc`. If a peer breaks a
//! rule of the RFC, you receive an [`Error`], which names the rule, its section, the offset in the
//! stream and the status code to close with. No input causes a panic.
//!
//! In this documentation, "§5.5" is a section of RFC 6455, and a "status code" is the number in a
//! Close frame.
//!
//! # Where to start
//!
//! The [`guide`] explains how the parts work together, one subject per page: TLS, sending and
//! receiving at the same time, [compression](guide::compression), limits, time-outs, small devices, and
//! others. It also has a page for users of [tungstenite](guide::tungstenite).
//!
//! | You have | Start with |
//! |---|---|
//! | a socket, and messages to send and receive | [`ServerOpening`] or [`ClientOpening`], then [`Endpoint`] |
//! | one task that receives and another that sends | [`Receiver`] and [`Sender`] |
//! | a request that an HTTP library has parsed | [`handshake`] (a feature, on by default), then [`Endpoint`] |
//! | one read buffer for many connections | [`Connection`] and an [`Assembler`] |
//! | your own handling of Ping, Pong and Close | [`Messages`] and an [`Encoder`] |
//! | payloads to pass on as they arrive | [`Decoder`] and an [`Encoder`] |
//! | whole frames in a buffer | [`Frames`], or [`HeaderView`] and [`unmask`] |
//!
//! The crates `wsparse-tokio` and `wsparse-embedded-io` connect an endpoint to the streams of tokio
//! and of embedded-io.
//!
//! # A server
//!
//! First, [`ServerOpening`] reads the HTTP request and answers it. Then an [`Endpoint`] receives and
//! sends. Call [`advance`](Endpoint::advance) in a loop, and do what it returns. Pings are answered,
//! and the closing handshake is performed, without your help.
//!
//! ```
//! # #[cfg(feature = "handshake")]
//! # mod server {
//! use std::error::Error;
//! use std::io::{Read, Write};
//! use wsparse::{Limits, ServerOpening, Step, handshake::Accept};
//!
//! /// Sends every message back.
//! pub fn echo(mut stream: impl Read + Write) -> Result<(), Box<dyn Error>> {
//!     let mut opening = ServerOpening::new([0; 4096]);
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!     stream.write_all(opening.accept(&Accept::default()))?;
//!
//!     let mut server = opening.into_endpoint([0; 4096], Limits::DEFAULT)?;
//!     loop {
//!         match server.advance() {
//!             Step::Message => server.reply(|message, sender| sender.send(message))?,
//!             Step::Read => server.read_with(|space| stream.read(space))?,
//!             Step::Write => server.write_with(|output| stream.write(output))?,
//!             Step::Shutdown => {} // for a socket: `stream.shutdown(Shutdown::Write)?`
//!             Step::Done(outcome) => return Ok(outcome.map(drop)?),
//!             Step::Ping | Step::Pong | Step::Close => {}
//!         }
//!     }
//! }
//! # }
//! # #[cfg(feature = "handshake")]
//! # {
//! # use std::io::{self, Read, Write};
//! # struct Peer(&'static [u8], Vec<u8>);
//! # impl Read for &mut Peer {
//! #     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
//! #         self.0.read(buffer)
//! #     }
//! # }
//! # impl Write for &mut Peer {
//! #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
//! #         self.1.write(bytes)
//! #     }
//! #     fn flush(&mut self) -> io::Result<()> {
//! #         Ok(())
//! #     }
//! # }
//! # // A request; then the masked "Hello" of RFC 6455 §5.7, an empty Ping, a Close.
//! # let mut peer = Peer(
//! #     b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\
//! #     \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80abcd\x88\x80abcd",
//! #     Vec::new(),
//! # );
//! # server::echo(&mut peer).unwrap();
//! # assert!(peer.1.starts_with(b"HTTP/1.1 101 "));
//! # assert!(peer.1.ends_with(b"\r\n\r\n\x81\x05Hello\x8a\x00\x88\x00"));
//! # }
//! ```
//!
//! The arrays are the buffers for input and output. They limit the length of messages; [`Limits`]
//! does so as well. With the feature `alloc`, a `Vec` can be used instead, which grows with the
//! bytes that arrive. The repository's `examples/hello.rs` is this program with a listening socket.
//!
//! # A client
//!
//! A client works in the same way. In addition, it needs a source of unpredictable masking keys and
//! a random nonce. Here, both come from the crate `rand`. For a `wss` URI, put a
//! [TLS stream](guide::tls) in place of the `TcpStream`.
//!
//! ```no_run
//! # #[cfg(feature = "handshake")]
//! # mod client {
//! # use std::error::Error;
//! # use std::io::{Read, Write};
//! # use std::net::TcpStream;
//! # use wsparse::handshake::{Key, Offer, Uri};
//! # use wsparse::{ClientOpening, CloseCode, Limits, Step};
//! /// Sends one message, prints the answer, and closes the connection.
//! fn ask(uri: &str, question: &str) -> Result<(), Box<dyn Error>> {
//!     let offer = Offer::new(Uri::parse(uri)?);
//!     let mut stream = TcpStream::connect((offer.uri.host(), offer.uri.port()))?;
//!     let mut opening = ClientOpening::new(&offer, Key::new(rand::random()), [0; 4096]);
//!     stream.write_all(opening.request()?)?;
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!
//!     let mut client = opening.into_endpoint([0; 4096], Limits::DEFAULT, rand::random)?;
//!     client.send(question)?;
//!     loop {
//!         match client.advance() {
//!             Step::Message => {
//!                 println!("{:?}", client.message());
//!                 // If another answer follows, the Close has been sent already.
//!                 _ = client.close(CloseCode::NORMAL, "");
//!             }
//!             Step::Read => client.read_with(|space| stream.read(space))?,
//!             Step::Write => client.write_with(|output| stream.write(output))?,
//!             Step::Done(outcome) => return Ok(outcome.map(drop)?),
//!             Step::Ping | Step::Pong | Step::Close | Step::Shutdown => {}
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `handshake` | yes | the opening handshake: `ServerOpening`, `ClientOpening`, the module `handshake`, and the negotiation of compression |
//! | `alloc` | | buffers that grow: [`Buffer`] for `Vec<u8>`; frames appended to a `Vec`; `OwnedMessage`, `EncodedMessage::shared`, `pair` |
//! | `deflate` | | `alloc`, and [compression](guide::compression) of messages, on targets with an operating system |
//! | `std` | | `alloc`, and conversions of errors into `std::io::Error` |
//! | `defmt` | | `defmt::Format` for the public types |
//! | `rand` | | `masking_keys` and `RandomKeys`: masking keys from a generator that implements `rand_core::CryptoRng` |
//!
//! The crate is always `no_std`.
//!
//! # The lowest level: frames
//!
//! [`Frames`] takes whole frames off the start of a buffer and unmasks each payload in place. It
//! checks the rules for a single frame. [`Decoder`] also checks the rules that depend on the peer's
//! role or on earlier frames.
//!
//! ```
//! use wsparse::{Frames, Header, Opcode};
//!
//! // A masked text frame "Hello" (§5.7), and the first bytes of another frame.
//! let mut read = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x82\xfe\x01";
//!
//! let mut frames = Frames::new(&mut read);
//! for frame in &mut frames {
//!     let frame = frame?;
//!     assert_eq!(frame.header.opcode(), Opcode::Text);
//!     assert_eq!(frame.payload, b"Hello");
//! }
//! // Keep the bytes that follow until at least 5 more have arrived.
//! assert_eq!(frames.consumed(), 11);
//! assert_eq!(frames.missing(), 5);
//!
//! // A server writes a header, and sends the payload without copying it.
//! let header = Header::new(Opcode::Text, 5)?;
//! assert_eq!(header.encode(&mut [0; Header::MAX_LEN]), b"\x81\x05");
//! # Ok::<(), wsparse::Error>(())
//! ```
//!
// Without this feature, these names lead to the guide.
#![cfg_attr(not(feature = "handshake"), doc = "[`ClientOpening`]: guide")]
#![cfg_attr(not(feature = "handshake"), doc = "[`ServerOpening`]: guide")]
#![cfg_attr(not(feature = "handshake"), doc = "[`handshake`]: guide")]
#![no_std]
// On docs.rs, items are labelled with the features that they need.
#![cfg_attr(docsrs, feature(doc_cfg))]
// No input may cause a panic. Tests may panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        unreachable_pub
    )
)]

mod connection;
#[cfg(any(feature = "deflate", feature = "handshake"))]
pub mod deflate;
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(feature = "handshake")]
pub mod handshake;
mod payload;
mod receive;
mod send;
mod wire;

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(all(feature = "deflate", target_os = "none"))]
compile_error!(
    "the feature `deflate` is for targets with an operating system: zlib-rs needs the standard \
     library. Without it, the feature `handshake` still negotiates the extension."
);

pub use connection::Connection;
pub use connection::duty::Duty;
pub use connection::endpoint::Endpoint;
pub use connection::failure::Failure;
#[cfg(feature = "handshake")]
pub use connection::opening::{ClientOpening, OpeningError, ServerOpening};
#[cfg(feature = "alloc")]
pub use connection::pair::{pair, transfer};
pub use connection::receiver::{Arrival, Receiver, Traffic};
pub use connection::sender::Sender;
pub use connection::state::{Phase, Side};
pub use connection::step::Step;
pub use connection::timeouts::{Due, Timeouts};
pub use payload::buffer::Buffer;
pub use payload::mask::{copy_masked, unmask, unmask_from};
pub use payload::utf8::{Utf8, unmask_text};
pub use receive::assembler::Assembler;
pub use receive::decoder::{Chunk, Decoder, Event};
pub use receive::input::Input;
pub use receive::limits::Limits;
pub use receive::messages::{Messages, Received};
pub use receive::part::Boundary;
pub use receive::text_pieces::TextPieces;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use send::deflated::CompressedMessage;
pub use send::encoded::EncodedMessage;
pub use send::encoder::Encoder;
pub use send::error::SendError;
pub use send::fragments::Fragments;
pub use send::frame::OutgoingFrame;
pub use send::keys::{ClientKeys, KeySource, NoKeys, ServerKeys};
#[cfg(feature = "rand")]
pub use send::keys::{RandomKeys, masking_keys};
pub use wire::close::Close;
pub use wire::close_code::CloseCode;
pub use wire::error::{Error, Found, Rule};
pub use wire::frame::{Frame, Frames};
pub use wire::header::{Header, HeaderView, Opcode, Rsv};
pub use wire::message::Message;
#[cfg(feature = "alloc")]
pub use wire::owned_message::OwnedMessage;
pub use wire::role::Role;
pub use wire::status::Status;

/// Compiles and runs what the README shows.
#[cfg(all(doctest, feature = "handshake"))]
#[doc = include_str!("../README.md")]
struct Readme;
