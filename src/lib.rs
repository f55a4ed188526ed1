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
//! | You have | Start with |
//! |---|---|
//! | a socket, and messages to send and receive | [`Connection`] and an [`Assembler`] |
//! | an HTTP request for a WebSocket, or a server to connect to | `handshake` (a feature, on by default) |
//! | your own handling of Ping, Pong and Close | [`Messages`] and an [`Encoder`] |
//! | payloads to pass on as they arrive | [`Decoder`] and an [`Encoder`] |
//! | whole frames in a buffer | [`Frames`], or [`HeaderView`] and [`unmask`] |
//!
//! # A connection
//!
//! [`Connection`] is one endpoint after the opening handshake. Pass it the bytes that you have
//! read, and write the bytes that it returns. It answers Pings and performs the closing handshake.
//! This function is an echo server for any stream:
//!
//! ```
//! use std::io::{self, Read, Write};
//! use wsparse::{Assembler, Connection, Header, Input, Limits, Received};
//!
//! /// Sends every message back. Call it after the opening handshake.
//! fn echo(mut stream: impl Read + Write) -> io::Result<()> {
//!     let mut connection = Connection::server(Limits::DEFAULT);
//!     let mut assembler = Assembler::new([0; 4096]);
//!     let (mut buffer, mut output) = ([0; 4096], [0; 4096 + Header::MAX_LEN]);
//!     while !connection.should_close() {
//!         let len = stream.read(&mut buffer)?;
//!         if len == 0 {
//!             connection.handle_eof();
//!         }
//!         let mut input = Input::new(&mut buffer[..len]);
//!         loop {
//!             match connection.next(&mut input, &mut assembler) {
//!                 Ok(Some(Received::Message(message))) => {
//!                     let frame = connection.send(message, &mut output).map_err(io::Error::other)?;
//!                     stream.write_all(frame)?;
//!                 }
//!                 Ok(Some(Received::Ping(payload))) => {
//!                     let pong = connection.pong(payload, &mut output).map_err(io::Error::other)?;
//!                     stream.write_all(pong)?;
//!                 }
//!                 Ok(Some(_)) => {} // a Pong or a Close
//!                 Ok(None) => break,
//!                 Err(error) => {
//!                     eprintln!("the peer broke a rule: {error}");
//!                     break;
//!                 }
//!             }
//!         }
//!         // A frame that the connection must send on its own: a Close.
//!         stream.write_all(connection.transmit(&mut output).map_err(io::Error::other)?)?;
//!     }
//!     Ok(())
//! }
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
//! # // The masked "Hello" of RFC 6455 §5.7, an empty Ping, a Close.
//! # let mut peer = Peer(
//! #     b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80abcd\x88\x80abcd",
//! #     Vec::new(),
//! # );
//! # echo(&mut peer)?;
//! # assert_eq!(peer.1, b"\x81\x05Hello\x8a\x00\x88\x00");
//! # Ok::<(), io::Error>(())
//! ```
//!
//! The assembler stores messages that arrive in several frames or reads. [`Limits`] bounds what a
//! peer may send, and [`Timeouts`] how long it may take. A client works in the same way, with
//! [`Connection::client`] and a source of unpredictable masking keys.
//!
//! Before you drop a socket, close it as described at [`Connection::should_close`]. Otherwise the
//! peer may not receive the last frames. The repository's `examples/hello.rs` is a complete server,
//! from the listening socket to the end, and `examples/client` a complete client.
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `handshake` | yes | the opening handshake of servers and clients: the module `handshake` |
//! | `alloc` | | messages in a `Vec` that grows with the bytes received: [`Buffer`] for `Vec<u8>` |
//! | `std` | | `alloc`, and conversions of errors into `std::io::Error` |
//! | `rand` | | `masking_keys`: masking keys from a generator that implements `rand_core::CryptoRng` |
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
#![no_std]
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

pub use connection::Connection;
pub use connection::duty::Duty;
pub use connection::endpoint::{Endpoint, Step};
pub use connection::failure::Failure;
#[cfg(feature = "handshake")]
pub use connection::opening::{ClientOpening, OpeningError, ServerOpening};
#[cfg(feature = "alloc")]
pub use connection::pair::{pair, transfer};
pub use connection::receiver::{Arrival, Receiver, Traffic};
pub use connection::sender::Sender;
pub use connection::state::{Phase, Side};
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
