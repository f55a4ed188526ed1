//! Coming from tungstenite: call by call.
//!
//! The names on the left are those of tungstenite 0.30.
//!
//! The main difference is who owns the stream. A tungstenite `WebSocket` contains it, and reads and
//! writes on its own. An [`Endpoint`] contains only buffers. You do the reading and writing, so any
//! kind of stream works, blocking or not. The crate `wsparse-tokio` combines an endpoint with a
//! tokio stream. Its calls are much like those of tokio-tungstenite.
//!
//! # The same program twice
//!
//! An echo server with tungstenite:
//!
//! ```ignore (tungstenite is not a dependency of this crate)
//! fn serve(stream: TcpStream) -> Result<(), Box<dyn Error>> {
//!     let mut socket = tungstenite::accept(stream)?;
//!     loop {
//!         match socket.read() {
//!             Ok(message @ (Message::Text(_) | Message::Binary(_))) => socket.send(message)?,
//!             Ok(_) => {}
//!             Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
//!             Err(error) => return Err(error.into()),
//!         }
//!     }
//! }
//! ```
//!
//! With wsparse:
//!
//! ```no_run
//! # #[cfg(feature = "handshake")]
//! # mod server {
//! # use std::error::Error;
//! # use std::io::{Read, Write};
//! # use std::net::{Shutdown, TcpStream};
//! # use wsparse::{Limits, ServerOpening, Step, handshake::Accept};
//! fn serve(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
//!     let mut opening = ServerOpening::new([0; 4096]);
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!     stream.write_all(opening.accept(&Accept::default()))?;
//!     let mut server = opening.into_endpoint([0; 4096], Limits::DEFAULT)?;
//!     loop {
//!         match server.advance() {
//!             Step::Message => server.reply(|message, sender| sender.send(message))?,
//!             Step::Read => server.read_with(|space| stream.read(space))?,
//!             Step::Write => server.write_with(|output| stream.write(output))?,
//!             Step::Shutdown => stream.shutdown(Shutdown::Write)?,
//!             Step::Done(outcome) => return Ok(outcome.map(drop)?),
//!             Step::Ping | Step::Pong | Step::Close => {}
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! # The opening handshake
//!
//! | tungstenite | wsparse |
//! |---|---|
//! | `accept(stream)` | [`ServerOpening`]: `accept`, then `into_endpoint` |
//! | `accept_hdr(stream, callback)` | between reading and `accept`, look at [`ServerOpening::request`] |
//! | headers that the callback adds | [`Accept`]` { subprotocol, headers, .. }` |
//! | an `ErrorResponse` from the callback | [`ServerOpening::refuse`] with a [`Refusal`] |
//! | `client(request, stream)` | [`ClientOpening`] with an [`Offer`] |
//! | `connect(url)` | the same, after [`Uri::parse`] and `TcpStream::connect` |
//! | the `Response` that these return | [`ClientOpening::response`], whatever its status |
//! | `connect` follows redirects | you follow them: `Response::header("Location")` |
//! | `ClientRequestBuilder::with_header`, `with_sub_protocol` | [`Offer`]` { headers, subprotocols, .. }` |
//! | `HandshakeError::Interrupted` | not needed: call `read_with` again, or write the rest of `answer`, when the stream is ready |
//! | `derive_accept_key` | [`accept_key`] |
//! | `WebSocket::from_raw_socket` | [`Endpoint::server`], [`Endpoint::client`] |
//! | `WebSocket::from_partially_read` | `into_endpoint` passes these bytes on |
//!
//! # tokio-tungstenite
//!
//! | tokio-tungstenite | wsparse-tokio |
//! |---|---|
//! | `accept_async(stream)` | `Config::DEFAULT.accept(stream)` |
//! | `accept_hdr_async(stream, callback)` | `Config::read_request(stream)`, then `accept` or `refuse` |
//! | `connect_async(url)` | `Config::DEFAULT.connect(uri)`, or `connect_with` an `Offer` |
//! | `client_async(request, stream)` | `Config::client(stream, &offer)` |
//! | `from_raw_socket` after hyper or axum | `Config::upgraded(stream, received)` |
//! | `next()` of `StreamExt` returns an owned message | `next()` lends a message; `Reader::into_stream` is a `Stream` of owned ones |
//! | `send(message)` of `SinkExt` | `send(message)`; `Writer` is also a `Sink` |
//! | `split()`, `SplitStream`, `SplitSink` | `split()`, `Reader`, `Writer` |
//! | `close(Some(CloseFrame { code, reason }))` | `close(code, reason)`, which waits for the peer's answer |
//! | `WebSocketConfig` | `Config { limits, timeouts, opening }` |
//!
//! # Receiving
//!
//! | tungstenite | wsparse |
//! |---|---|
//! | `read()` returns a message | [`advance`] returns [`Step::Message`]; [`message`] lends it |
//! | `Message::Text(Utf8Bytes)`, `Message::Binary(Bytes)` | [`Message::Text`]`(&str)`, [`Message::Binary`]`(&[u8])`; `OwnedMessage` (feature `alloc`) |
//! | `Message::Ping`, `Message::Pong` | [`Step::Ping`], [`Step::Pong`]; [`control`] lends the payload |
//! | `Message::Close(frame)` | [`Step::Close`]; [`close_frame`] lends the code and the reason |
//! | `is_text()`, `to_text()`, `len()` | [`is_text`](crate::Message::is_text), [`as_text`](crate::Message::as_text), [`len`](crate::Message::len) |
//! | a Pong is sent by the next `read`, `write` or `flush` | the Pong is in the output; [`Step::Write`] follows |
//! | `Err(Error::Io(WouldBlock))` | the `io::Error` of your own read; call [`advance`] again later |
//!
//! # Sending
//!
//! | tungstenite | wsparse |
//! |---|---|
//! | `write(message)` | [`send`](crate::Endpoint::send) |
//! | `send(message)`: `write` and `flush` | [`send`](crate::Endpoint::send), then write the [`output`](crate::Endpoint::output) |
//! | `flush()` | write until the output is empty, then flush the stream |
//! | `Message::text("…")`, `Message::binary(…)` | `"…"` and `&[u8]` are accepted as they are |
//! | `Message::Ping(…)`, `Message::Pong(…)` | [`OutgoingFrame::ping`](crate::OutgoingFrame::ping), [`OutgoingFrame::pong`](crate::OutgoingFrame::pong) |
//! | `Message::Frame` for fragments | [`Message::fragments`](crate::Message::fragments), [`Message::first_fragment`](crate::Message::first_fragment) |
//! | `message.clone()` for each client | one [`EncodedMessage`](crate::EncodedMessage) |
//! | `close(Some(CloseFrame { code, reason }))` | [`close(code, reason)`](crate::Endpoint::close), then go on until [`Step::Done`] |
//! | `close(None)` | `send(OutgoingFrame::close(Close { code: None, reason: "" })?)` |
//!
//! # Errors and state
//!
//! | tungstenite | wsparse |
//! |---|---|
//! | `Error::ConnectionClosed` | [`Step::Done`]`(Ok(_))` |
//! | `Error::AlreadyClosed` | [`SendError::Closed`]; [`advance`] returns `Done` again |
//! | `Error::Protocol(ResetWithoutClosingHandshake)` | `Done(Err(`[`Failure::Cut`]`))` |
//! | other `Error::Protocol`, `Error::Utf8`, `Error::Capacity` | `Done(Err(`[`Failure::Rule`]`(error))`, with the rule, its section and the offset |
//! | `Error::WriteBufferFull` | [`SendError::NoRoom`] |
//! | `Error::Io` | the errors of your own stream |
//! | `can_read()`, `can_write()` | [`phase`](crate::Endpoint::phase) |
//! | `get_ref()`, `get_mut()`, `into_inner()` | the stream is yours |
//!
//! # Configuration
//!
//! | tungstenite | wsparse |
//! |---|---|
//! | `max_message_size`: 64 MiB | [`Limits::max_message`](crate::Limits::max_message): 64 MiB |
//! | `max_frame_size`: 16 MiB | [`Limits::max_frame`](crate::Limits::max_frame): 16 MiB |
//! | `read_buffer_size`: 128 KiB | the buffer that you pass as input |
//! | `max_write_buffer_size`: unlimited | the length of an array, or a check of `output().len()`: see [limits](super::limits#slow-readers) |
//! | `write_buffer_size` | none: the endpoint never writes on its own |
//! | `accept_unmasked_frames` | none: such frames are refused |
//! | no time-outs | [`tick`](crate::Endpoint::tick) and [`Timeouts`](crate::Timeouts) |
//!
//! # What to watch for
//!
//! - **A message is lent**, until the next call of [`advance`]. Copy it if you need it for longer.
//!   To answer while it is lent, use [`reply`](crate::Endpoint::reply).
//! - **The input buffer limits messages**: an array of `n` bytes holds messages of up to `n - 125`
//!   bytes. A `Vec` (feature `alloc`) grows up to the limit.
//! - **Some frames are refused that tungstenite accepts**: those whose length is not written in the
//!   shortest form. The status code 1014 is accepted.
//!
//! [`Accept`]: crate::handshake::Accept
//! [`accept_key`]: crate::handshake::accept_key
//! [`advance`]: crate::Endpoint::advance
//! [`ClientOpening`]: crate::ClientOpening
//! [`ClientOpening::response`]: crate::ClientOpening::response
//! [`close_frame`]: crate::Endpoint::close_frame
//! [`control`]: crate::Endpoint::control
//! [`Endpoint`]: crate::Endpoint
//! [`Endpoint::client`]: crate::Endpoint::client
//! [`Endpoint::server`]: crate::Endpoint::server
//! [`Failure::Cut`]: crate::Failure::Cut
//! [`Failure::Rule`]: crate::Failure::Rule
//! [`message`]: crate::Endpoint::message
//! [`Message::Binary`]: crate::Message::Binary
//! [`Message::Text`]: crate::Message::Text
//! [`Offer`]: crate::handshake::Offer
//! [`Refusal`]: crate::handshake::Refusal
//! [`SendError::Closed`]: crate::SendError::Closed
//! [`SendError::NoRoom`]: crate::SendError::NoRoom
//! [`ServerOpening`]: crate::ServerOpening
//! [`ServerOpening::refuse`]: crate::ServerOpening::refuse
//! [`ServerOpening::request`]: crate::ServerOpening::request
//! [`Step::Close`]: crate::Step::Close
//! [`Step::Done`]: crate::Step::Done
//! [`Step::Message`]: crate::Step::Message
//! [`Step::Ping`]: crate::Step::Ping
//! [`Step::Pong`]: crate::Step::Pong
//! [`Step::Write`]: crate::Step::Write
//! [`Uri::parse`]: crate::handshake::Uri::parse
