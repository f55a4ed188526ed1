//! The guide: how to use wsparse, one subject per page.
//!
//! This module contains documentation only. It exists while documentation is built, and adds
//! nothing to a program.
//!
//! | Page | It answers |
//! |---|---|
//! | this one | How do bytes become messages, and messages bytes? |
//! | [`levels`] | Which types should I use? |
//! | [`tls`] | How do I run it over TLS, and when must I flush? |
//! | [`halves`] | How do I receive and send at the same time? How do I broadcast? |
//! | [`compression`] | When are compressed messages worth it, and how do I use them? |
//! | [`limits`] | What can a peer cost me, and how do I limit it? |
//! | [`timeouts`] | How do I notice that a peer is gone? |
//! | [`cancellation`] | May I drop a future? |
//! | [`threads`] | What is `Send`, and what is `Sync`? |
//! | [`no_std`] | What does a small device need? |
//! | [`security`] | Which checks remain my own? |
//! | [`tungstenite`] | I know tungstenite. What is each call named here? |
//! | [`stability`] | What may change, and when? |
//! | [`faq`] | Why does it do that? |
//!
//! # The path of a byte
//!
//! wsparse performs no I/O. Your program reads and writes the socket, and passes the bytes on:
//!
//! ```text
//!                     your socket: TCP, TLS, a pipe, a serial line
//!                        │                               ▲
//!                   read │                               │ write
//!                        ▼                               │
//!          ┌───────────────────────────┐                 │
//!  first:  │ ServerOpening             │ request or      │
//!          │ or ClientOpening          │─────────────────┤
//!          └───────────────────────────┘ response        │
//!                        │                               │
//!                        │ its buffer, with              │
//!                        │ the frames in it              │
//!                        ▼                               │
//!          ┌─────────────────────────────────────────────┴──┐
//!  then:   │ Endpoint                                       │
//!          │                                                │
//!          │  input buffer                   output buffer  │
//!          │      │                                ▲        │
//!          │      ▼          Pong, Close           │        │
//!          │  Receiver ───────────────────────► Sender      │
//!          └──────┬────────────────────────────────▲────────┘
//!                 │ messages                       │ send, close
//!                 ▼                                │
//!                            your program
//! ```
//!
//! 1. **The opening handshake.** [`ServerOpening`] reads the client's HTTP request and writes the
//!    response. [`ClientOpening`] does the opposite. The first frames may arrive in the same read
//!    as the request or the response. They are in the buffer that is passed on, so none are lost.
//! 2. **Input.** You read into the space that the [`Endpoint`](crate::Endpoint) lends you. It finds
//!    the frames, unmasks them in place, checks the rules of the RFC, and joins fragments. A
//!    message that arrived in one piece is lent from the place where it was read.
//! 3. **Output.** What you send is appended to the output buffer. So are the frames that the RFC
//!    requires: a Pong for each Ping, a Close for the peer's Close or for a rule that it broke. You
//!    write this buffer to the socket.
//!
//! # The loop
//!
//! Call [`advance`](crate::Endpoint::advance) and do what it returns: read, write, handle a
//! message. In this example, the "socket" is a copy from one endpoint to the other:
//!
//! ```
//! use wsparse::{CloseCode, Endpoint, Limits, Message, Step};
//!
//! let mut client = Endpoint::client([0; 256], [0; 256], Limits::DEFAULT, rand::random);
//! let mut server = Endpoint::server([0; 256], [0; 256], Limits::DEFAULT);
//!
//! // Sending appends a frame to the output. Then there is something to write.
//! client.send("Hello")?;
//! assert_eq!(client.advance(), Step::Write);
//!
//! // The server has nothing yet, and asks to read.
//! assert_eq!(server.advance(), Step::Read);
//! let len = client.output().len();
//! server.space()[..len].copy_from_slice(client.output());
//! client.wrote(len);
//! server.filled(len);
//!
//! // Now there is a message. It is lent until the next call of `advance`.
//! assert_eq!(server.advance(), Step::Message);
//! assert_eq!(server.message(), Message::Text("Hello"));
//!
//! // Closing also appends a frame. Go on until `Step::Done`.
//! server.close(CloseCode::NORMAL, "")?;
//! assert_eq!(server.advance(), Step::Write);
//! assert_eq!(server.output(), b"\x88\x02\x03\xe8");
//! # Ok::<(), wsparse::SendError>(())
//! ```
//!
//! `advance` never asks you to read while output waits to be written. [`Step`](crate::Step) lists
//! everything that it can return.
//!
//! [`ClientOpening`]: crate::ClientOpening
//! [`ServerOpening`]: crate::ServerOpening

// Without this feature, the links to its items are shown as text.
#![cfg_attr(not(feature = "handshake"), allow(rustdoc::broken_intra_doc_links))]

pub mod cancellation;
pub mod compression;
pub mod faq;
pub mod halves;
pub mod levels;
pub mod limits;
pub mod no_std;
pub mod security;
pub mod stability;
pub mod threads;
pub mod timeouts;
pub mod tls;
pub mod tungstenite;
