//! RFC 6455 WebSocket frames in the caller's own buffers.
//!
//! No I/O, no runtime, no allocation that was not asked for; no input panics, and each rule of the
//! RFC that a peer breaks is an [`Error`] that names it. What to start from:
//!
//! | you have | take |
//! |---|---|
//! | a socket, and messages to send and receive | [`Connection`], with an [`Assembler`] |
//! | something of your own that answers Ping and Close | [`Messages`] and an [`Encoder`] |
//! | payloads to be passed on as they arrive | [`Decoder`] |
//! | whole frames in a buffer | [`Frames`], or [`HeaderView`] and [`unmask`] |
//! | an HTTP request that asks for a WebSocket | `handshake` |
//!
//! At the bottom, all frames of a read are taken where they lie, and headers written beside
//! payloads. What a server does there after each read, keeping what is left over for the next:
//!
//! ```
//! use wsparse::{CloseCode, Frames, Header, Opcode};
//!
//! /// Handles the frames in `buffer[..filled]`, and says how much of it is left over; or with
//! /// which code to close.
//! fn on_read(
//!     buffer: &mut [u8],
//!     filled: usize,
//!     mut send: impl FnMut(&[u8], &[u8]),
//! ) -> Result<usize, CloseCode> {
//!     let mut frames = Frames::new(&mut buffer[..filled]);
//!     for frame in &mut frames {
//!         let frame = frame.map_err(|error| error.close_code())?;
//!         if !frame.header.masked() {
//!             return Err(CloseCode::PROTOCOL_ERROR); // §5.1: clients mask
//!         }
//!         if frame.header.opcode() == Opcode::Ping {
//!             // §5.5.3: the same payload. The header is written beside it, the payload not copied.
//!             let pong = Header::new(Opcode::Pong, frame.header.payload_len());
//!             let pong = pong.map_err(|error| error.close_code())?;
//!             send(pong.encode(&mut [0; Header::MAX_LEN]), frame.payload);
//!         }
//!     }
//!     let (used, missing) = (frames.consumed(), frames.missing());
//!     buffer.copy_within(used..filled, 0);
//!     let left = filled - used;
//!     if missing > (buffer.len() - left) as u64 {
//!         return Err(CloseCode::MESSAGE_TOO_BIG); // the next frame will not fit
//!     }
//!     Ok(left)
//! }
//!
//! // A masked Ping "Hello", and the first byte of the next frame.
//! let mut buffer = *b"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x81";
//! let mut sent = Vec::new();
//! let left = on_read(&mut buffer, 12, |header, payload| sent.push([header, payload].concat()))?;
//! assert_eq!(sent, [b"\x8a\x05Hello"]);
//! assert_eq!(left, 1);
//! # Ok::<(), CloseCode>(())
//! ```
//!
//! # What is where
//!
//! Each room works without those above it, and imports only downwards.
//!
//! | room | duty | RFC 6455 |
//! |---|---|---|
//! | `handshake` | the opening handshake, both sides (feature, on by default) | §4, §9.1, §11 |
//! | `connection` | [`Connection`]: one endpoint, its duties, its closing handshake | §5.5, §7 |
//! | `timeouts` | [`Timeouts`], [`Due`]: how long a peer may be silent | |
//! | `encoder` | [`Encoder`]: what one endpoint sends, in order; [`KeySource`]: whose keys mask it | §5.1, §5.3 |
//! | `outgoing` | [`OutgoingFrame`], [`Fragments`]: frames that may be sent | §5.4, §5.5 |
//! | `send_error` | [`SendError`]: what may not be sent | |
//! | `messages` | [`Messages`]: whole messages, where they lie or put together | §5.4 |
//! | `assembler`, `buffer` | [`Assembler`]: where they are put together; [`Buffer`]: in what | §5.4 |
//! | `message` | [`Message`]: text or bytes | §5.6 |
//! | `decoder` | [`Decoder`]: payloads as they arrive, any split of the stream | §5.4, §5.5 |
//! | `stream` | what both of them remember of a stream, and judge its frames by | §5.1–§5.5, §10.4 |
//! | `config` | [`Role`], [`Limits`]: limits | §10.4 |
//! | `close` | [`Close`]: the payload of a Close frame | §5.5.1 |
//! | `frame` | [`Frame`], [`Frames`]: whole frames of one slice, unmasked in place | §5.2 |
//! | `utf8` | [`Utf8`]: text that arrives in parts; [`unmask_text`]: a whole one | §8.1 |
//! | `mask` | [`unmask`], [`unmask_from`], [`copy_masked`] | §5.3 |
//! | `header` | [`HeaderView`], [`Header`], [`Opcode`], [`Rsv`]: all bits and offsets | §5.2, §5.5 |
//! | `error` | [`Error`], [`Rule`]: a variant for each rule, its section and close code | §7.4.1 |
//! | `close_code` | [`CloseCode`]: the status codes that may be sent | §7.4 |
//! | `status` | [`Status`]: complete, or how much is missing | |
//! | `simd` | the kernels, an instruction set each, and the choice between them | |
#![no_std]
// No input may panic. Tests may.
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

pub use connection::timeouts::{Due, Timeouts};
pub use connection::{Connection, Phase, Side};
pub use payload::buffer::Buffer;
pub use payload::mask::{copy_masked, unmask, unmask_from};
pub use payload::utf8::{Utf8, unmask_text};
pub use receive::assembler::Assembler;
pub use receive::decoder::{Chunk, Decoder, Event};
pub use receive::input::Input;
pub use receive::limits::Limits;
pub use receive::messages::{Messages, Received};
pub use receive::part::Boundary;
pub use send::encoder::Encoder;
pub use send::error::SendError;
pub use send::fragments::Fragments;
pub use send::frame::OutgoingFrame;
#[cfg(feature = "rand")]
pub use send::keys::masking_keys;
pub use send::keys::{KeySource, NoKeys};
pub use wire::close::Close;
pub use wire::close_code::CloseCode;
pub use wire::error::{Error, Rule};
pub use wire::frame::{Frame, Frames};
pub use wire::header::{Header, HeaderView, Opcode, Rsv};
pub use wire::message::Message;
pub use wire::role::Role;
pub use wire::status::Status;

/// Compiles and runs what the README shows.
#[cfg(all(doctest, feature = "handshake"))]
#[doc = include_str!("../README.md")]
struct Readme;
