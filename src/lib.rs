//! RFC 6455 WebSocket frames in the caller's own buffers.
//!
//! Read a header where it lies with [`HeaderView`], take all whole frames of a read with
//! [`Frames`], unmask payloads that arrive in chunks with [`unmask_from`], write headers with
//! [`Header`]; or give all that you read to a [`Decoder`], which checks every rule for what a peer
//! sends. Nothing is copied, nothing is allocated, no input panics, and each rule of the RFC is an
//! [`Error`] that names it.
//!
//! What a server does after each read, keeping what is left over for the next:
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
//! // A masked Ping "Hello", and the first octet of the next frame.
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
//! | `decoder` | [`Decoder`]: the stream, any split of it; [`Role`], [`Config`]: limits | §5.4, §10.4 |
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

mod close;
mod close_code;
mod decoder;
mod error;
mod frame;
mod header;
mod mask;
mod message;
mod simd;
mod status;
mod utf8;

pub use close::Close;
pub use close_code::CloseCode;
pub use decoder::{Config, Data, Decoder, End, Event, Role};
pub use error::{Error, Rule};
pub use frame::{Frame, Frames};
pub use header::{Header, HeaderView, Opcode, Rsv};
pub use mask::{copy_masked, unmask, unmask_from};
pub use message::Message;
pub use status::Status;
pub use utf8::{Utf8, unmask_text};

/// Compiles and runs what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
