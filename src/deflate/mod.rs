//! Compression of messages: the extension permessage-deflate (RFC 7692).
//!
//! In this module, "§7.1" is a section of RFC 7692.
//!
//! | You have | Use |
//! |---|---|
//! | a server | [`Policy::answer`], with the offers of the client |
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

// policy       what an endpoint wants, and what two have agreed on
// params       the four parameters as text (§7.1): reading and writing
// negotiation  the rules for offers and answers (§7.1)

#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod inflater;
#[cfg(feature = "handshake")]
mod negotiation;
#[cfg(feature = "handshake")]
mod params;
mod policy;
#[cfg(all(feature = "deflate", not(target_os = "none")))]
mod progress;

#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use inflater::Inflater;
#[cfg(feature = "handshake")]
pub use negotiation::Answer;
#[cfg(feature = "handshake")]
pub use params::HeaderValue;
pub use policy::{Agreed, Direction, Policy};
#[cfg(all(feature = "deflate", not(target_os = "none")))]
pub use progress::Progress;
