//! Which level to take.
//!
//! wsparse is a stack of types. Each one uses those below it, and each is public. Take the first
//! row of this table that fits. Each row needs more code of your own than the one above it.
//!
//! | You have | Take |
//! |---|---|
//! | a tokio stream, or an axum or hyper request | the crate `wsparse-tokio` |
//! | an `embedded-io` or `embedded-io-async` stream | the crate `wsparse-embedded-io` |
//! | any other socket or event loop | [`ServerOpening`] or [`ClientOpening`], then [`Endpoint`] |
//! | one task that receives and another that sends | [`Receiver`] and [`Sender`]: [`Endpoint::split`] |
//! | one read buffer for many connections | [`Connection`] and an [`Assembler`] for each |
//! | your own handling of Ping, Pong and Close | [`Messages`] and [`Encoder`] |
//! | payloads to pass on as they arrive, as in a proxy | [`Decoder`] and [`Encoder`] |
//! | whole frames in a buffer, as in a capture | [`Frames`], or [`HeaderView`] and [`unmask`] |
//!
//! The opening handshake is independent of this choice. If an HTTP library has parsed the request,
//! see [`Upgrade::from_headers`].
//!
//! # What each level does
//!
//! | | [`Frames`] | [`Decoder`] | [`Messages`] | [`Connection`] | [`Endpoint`] |
//! |---|---|---|---|---|---|
//! | finds and unmasks frames | yes | yes | yes | yes | yes |
//! | checks the rules for a single frame | yes | yes | yes | yes | yes |
//! | accepts frames that are split between reads | | yes | yes | yes | yes |
//! | checks role, order of frames, UTF-8 and limits | | yes | yes | yes | yes |
//! | joins fragments into messages | | | yes | yes | yes |
//! | inflates [compressed](super::compression) messages (feature `deflate`) | | | yes | yes | yes |
//! | performs the closing handshake | | | | yes | yes |
//! | reports time-outs | | | | yes | yes |
//! | answers Pings | | | | when you call `pong` | yes |
//! | owns the buffers | | | | | yes |
//! | several results can be held at once | yes | yes | | | |
//!
//! [`Encoder`] is the sending counterpart of [`Decoder`] and [`Messages`]. It refuses a frame that
//! must not be sent next. `Connection` and `Endpoint` contain one.
//!
//! # When to go below `Endpoint`
//!
//! An `Endpoint` has an input buffer of its own, because it keeps the bytes that have arrived until
//! you ask for them. If you have very many connections and few of them are active, a [`Connection`]
//! can share one read buffer with all others. You pass it the bytes of each read, and it takes all
//! of them. Messages that arrive in several pieces are stored in an [`Assembler`], which can be
//! shared as well while [it is idle](crate::Assembler::is_idle).
//!
//! If memory is the only reason, an endpoint may do as well: while it is idle, its buffers can be
//! [replaced](crate::Endpoint::replace_input) by empty ones.
//!
//! A [`Decoder`] lends a payload as soon as a part of it has arrived, so it needs no memory for
//! messages. It validates text as it goes, and [`TextPieces`](crate::TextPieces) turns its chunks
//! into `str`.
//!
//! [`Assembler`]: crate::Assembler
//! [`ClientOpening`]: crate::ClientOpening
//! [`Connection`]: crate::Connection
//! [`Decoder`]: crate::Decoder
//! [`Encoder`]: crate::Encoder
//! [`Endpoint`]: crate::Endpoint
//! [`Endpoint::split`]: crate::Endpoint::split
//! [`Frames`]: crate::Frames
//! [`HeaderView`]: crate::HeaderView
//! [`Messages`]: crate::Messages
//! [`Receiver`]: crate::Receiver
//! [`Sender`]: crate::Sender
//! [`ServerOpening`]: crate::ServerOpening
//! [`unmask`]: crate::unmask
//! [`Upgrade::from_headers`]: crate::handshake::Upgrade::from_headers
