//! Compression of messages: the extension permessage-deflate (RFC 7692).
//!
//! In this module, "§7.1" is a section of RFC 7692.
//!
//! | You have | Use |
//! |---|---|
//! | a server | `ServerOpening::accept_deflate`, or [`Policy::answer`] with the offers of the client |
//! | a client | [`Policy::offer`] and [`Policy::check`] |
//! | a proxy that only observes the handshake | [`Agreed::from_answer`] |
//!
//! # Negotiation
//!
//! It belongs to the feature `handshake`. It needs neither memory of its own nor the codec, so a
//! device or a proxy can use it as well.
//!
//! ```
//! # #[cfg(feature = "handshake")]
//! # {
//! use wsparse::deflate::Policy;
//! use wsparse::handshake::{Accept, Extensions, Upgrade};
//!
//! fn accept(upgrade: &Upgrade<'_>, out: &mut [u8]) -> Option<usize> {
//!     let answer = Policy::DEFAULT.answer(upgrade.extensions());
//!     let extensions = answer.as_ref().map_or("", |answer| answer.as_str());
//!     let accept = Accept { extensions, ..Accept::default() };
//!     Some(accept.write(upgrade, out).ok()?.len())
//! }
//!
//! let offered = Extensions::new(b"permessage-deflate; client_max_window_bits").flatten();
//! let answer = Policy::DEFAULT.answer(offered).unwrap();
//! assert_eq!(
//!     answer.as_str(),
//!     "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
//! );
//! # }
//! ```
//!
//! # Connections
//!
//! With the feature `deflate`, which is for targets with an operating system, a `Deflater` compresses
//! messages and an `Inflater` decompresses them. They are yours: pass them to the methods of a connection
//! that use them. `Codecs` shares them between connections. `agreed` is what was negotiated, or `None`.
//!
//! | | Set up | Receive | Send |
//! |---|---|---|---|
//! | [`Endpoint`](crate::Endpoint) | `with_deflate(agreed)` | `advance_with(&mut inflater)` | `send_deflated(message, &mut deflater)` |
//! | its halves | the same, before `split` | `advance_with(&mut inflater)` | `send_deflated(message, &mut deflater)` |
//! | [`Connection`](crate::Connection) | `with_deflate(agreed)` | `next_inflated(.., &mut inflater)` | `send_deflated`, `append_deflated` |
//! | [`Messages`](crate::Messages) | [`Limits::allowed_rsv`](crate::Limits::allowed_rsv) | `next_inflated(.., &mut inflater)` | |
//! | [`Encoder`](crate::Encoder) | `with_deflate(agreed)` | | `encode_deflated`, `append_deflated` |
//! | [`Decoder`](crate::Decoder) | `Limits::allowed_rsv` | `Inflater::begin` if the first frame of a message has RSV1, then `Inflater::inflate` | |
//!
//! A compressor may find that compression does not pay: the message is then sent as it is. To send any other
//! message uncompressed, call `send`. [`EncodedMessage`](crate::EncodedMessage) has `shared_deflated`, which
//! compresses one message for many connections.
//!
//! # Messages without a connection
//!
//! RSV1 in the first frame of a message says that it is compressed.
//!
//! ```
//! # #[cfg(feature = "deflate")]
//! # {
//! use wsparse::deflate::{Agreed, Deflater, Inflater, Policy};
//!
//! let agreed = Agreed::WITHOUT_CONTEXT;
//! let message = b"{\"id\": 1, \"name\": \"first\"}, ".repeat(10);
//!
//! let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
//! let mut payload = Vec::new();
//! let is_compressed = deflater.compress_to_vec(&message, &mut payload);
//! assert!(is_compressed && payload.len() < 50);
//!
//! let mut inflater = Inflater::new(agreed);
//! let mut text = Vec::new();
//! inflater.begin(true, 1 << 20); // text of at most 1 MiB
//! inflater.inflate_to_vec(&payload, true, &mut text)?;
//! assert_eq!(text, message);
//! # }
//! # Ok::<(), wsparse::Error>(())
//! ```
//!
//! # When to use it
//!
//! Compression costs processor time for each message and memory for each compressor. It pays for
//! text of some hundred bytes or more, such as JSON, on links where bandwidth is scarce. It does not
//! pay for images, video, or data that is compressed or encrypted already.
//!
//! Do not compress a secret together with data that an attacker can choose (§8). The length of the
//! result reveals whether the two have something in common, and an attacker who can repeat the
//! attempt finds out the secret (the attacks CRIME and BREACH). Send such messages uncompressed:
//! every single message may be.
//!
//! # Memory
//!
//! An inflater takes 47 680 bytes of heap, whatever the window. A compressor takes this number of bytes, by its
//! [window bits](Direction::window_bits) and its [memory level](Policy::memory_level):
//!
//! | | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
//! |---|---|---|---|---|---|---|---|---|---|
//! | 9 | 137344 | 138240 | 140032 | 143616 | 150784 | 165120 | 193792 | 251136 | 365824 |
//! | 10 | 139392 | 140288 | 142080 | 145664 | 152832 | 167168 | 195840 | 253184 | 367872 |
//! | 11 | 143488 | 144384 | 146176 | 149760 | 156928 | 171264 | 199936 | 257280 | 371968 |
//! | 12 | 151680 | 152576 | 154368 | 157952 | 165120 | 179456 | 208128 | 265472 | 380160 |
//! | 13 | 168064 | 168960 | 170752 | 174336 | 181504 | 195840 | 224512 | 281856 | 396544 |
//! | 14 | 200832 | 201728 | 203520 | 207104 | 214272 | 228608 | 257280 | 314624 | 429312 |
//! | 15 | 266368 | 267264 | 269056 | 272640 | 279808 | 294144 | 322816 | 380160 | 494848 |
//!
//! Both are allocated when the first compressed message is sent or received. Without context takeover, one
//! pair for each thread serves all its connections, and an idle connection takes no memory. With context
//! takeover, each connection needs a pair; its compressor can be released (`Deflater::release`) while the
//! connection is idle.

// policy       what an endpoint wants, and what two have agreed on
// params       the four parameters as text (§7.1): reading and writing
// negotiation  the rules for offers and answers (§7.1)
// inflater     decompression (§7.2.2)
// message      decompression of whole messages
// deflater     compression (§7.2.1)
// codecs       those that connections share, and the choice between them and a connection's own
// progress     what both report, and how both let a `Vec` grow

#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod codecs;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod deflater;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod inflater;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod message;
#[cfg(feature = "handshake")]
mod negotiation;
#[cfg(feature = "handshake")]
mod params;
mod policy;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod progress;

#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use codecs::Codecs;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use deflater::{Deflater, NoRoom};
#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use inflater::Inflater;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub(crate) use message::Inflated;
#[cfg(feature = "handshake")]
pub use negotiation::Answer;
#[cfg(feature = "handshake")]
pub use params::HeaderValue;
pub use policy::{Agreed, Direction, Policy};
#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use progress::Progress;
