//! Compression: when to use it, and how.
//!
//! The extension permessage-deflate (RFC 7692) compresses messages. The two sides negotiate it in the
//! opening handshake. After that, each message may be sent compressed or not.
//!
//! The feature `deflate` has the codecs: a `Deflater` compresses, and an `Inflater` decompresses. You
//! own them, and pass them to the calls that need them. The module [`deflate`](crate::deflate) lists
//! these [calls](crate::deflate#connections) for each type. Nothing changes for connections that do
//! not use them.
//!
//! # Should I use it?
//!
//! The module says [which messages](crate::deflate#when-to-use-it) become smaller, how much
//! [memory](crate::deflate#memory) the codecs take, and why a secret must not be compressed together
//! with data that an attacker can choose.
//!
//! The other choice is context takeover: may a message refer to earlier messages of the connection?
//!
//! | | Without, the default | With |
//! |---|---|---|
//! | Compressors and inflaters | one pair for all connections of a thread | one pair for each connection |
//! | Memory of an idle connection | none | that of its codecs |
//! | Short messages that are similar | hardly smaller | much smaller |
//! | Processor time for a short message | more, because the compressor starts afresh | less |
//! | One message for many clients | compressed once | compressed for each client |
//!
//! As a rule, choose context takeover for few connections with much traffic, such as those of a client.
//! Do without it in a server with many connections.
//!
//! ```
//! # #[cfg(feature = "deflate")] {
//! use wsparse::deflate::{Agreed, Deflater, Direction, Policy};
//!
//! let length = |direction| {
//!     let policy = Policy { threshold: 0, ..Policy::DEFAULT };
//!     let mut deflater = Deflater::new(&policy, Agreed { outgoing: direction, incoming: direction });
//!     let mut output = Vec::new();
//!     for price in 100..150 {
//!         let message = format!("{{\"type\": \"tick\", \"symbol\": \"ABC\", \"price\": {price}}}");
//!         if !deflater.compress_to_vec(message.as_bytes(), &mut output) {
//!             output.extend_from_slice(message.as_bytes());
//!         }
//!     }
//!     output.len()
//! };
//! // 50 messages of 47 bytes
//! assert!(length(Direction::WITHOUT_CONTEXT) > 2000);
//! assert!(length(Direction::WITH_CONTEXT) < 500);
//! # }
//! ```
//!
//! # A server with shared codecs
//!
//! [`Policy::DEFAULT`](crate::deflate::Policy::DEFAULT) asks the client for messages that stand alone, so
//! one set of codecs serves all clients of an event loop. The type `Codecs` has them. For a client with
//! context takeover, it creates codecs that belong to the connection.
//!
//! ```
//! # #[cfg(all(feature = "deflate", feature = "handshake"))]
//! # mod server {
//! use std::io::{self, Write};
//! use wsparse::deflate::{Agreed, Codecs, Deflater, Inflater, Policy};
//! use wsparse::handshake::Accept;
//! use wsparse::{Endpoint, Limits, OpeningError, SendError, ServerOpening, Step};
//!
//! const POLICY: Policy = Policy::DEFAULT;
//!
//! pub struct Client {
//!     pub endpoint: Endpoint<Vec<u8>, Vec<u8>>,
//!     agreed: Option<Agreed>,
//!     inflater: Option<Box<Inflater>>,
//!     deflater: Option<Box<Deflater>>,
//! }
//!
//! /// Answers the request.
//! pub fn accept(mut opening: ServerOpening<Vec<u8>>, mut stream: impl Write) -> io::Result<Client> {
//!     let agreed = opening.accept_deflate(&Accept::default(), Some(POLICY));
//!     stream.write_all(opening.answer())?;
//!     let endpoint = opening.into_endpoint(Vec::new(), Limits::DEFAULT).map_err(io::Error::other)?;
//!     let endpoint = endpoint.with_deflate(agreed);
//!     Ok(Client { endpoint, agreed, inflater: None, deflater: None })
//! }
//!
//! /// Echoes the messages that have arrived. Returns what to do with the socket next.
//! pub fn echo(client: &mut Client, codecs: &mut Codecs) -> Result<Step, SendError> {
//!     let Client { endpoint, agreed, inflater, deflater } = client;
//!     let agreed = agreed.unwrap_or(Agreed::WITHOUT_CONTEXT);
//!     loop {
//!         match endpoint.advance_with(codecs.inflater(inflater, agreed)) {
//!             Step::Message => {
//!                 let deflater = codecs.deflater(deflater, &POLICY, agreed);
//!                 endpoint.reply(|message, sender| sender.send_deflated(message, deflater))?;
//!             }
//!             Step::Ping | Step::Pong | Step::Close => {}
//!             step => return Ok(step),
//!         }
//!     }
//! }
//! # }
//! # #[cfg(all(feature = "deflate", feature = "handshake"))] {
//! # use wsparse::deflate::{Agreed, Codecs, Deflater, Policy};
//! # use wsparse::{Endpoint, Limits, ServerOpening, Step, transfer};
//! # let mut codecs = Codecs::new();
//! # let connect = |extensions: &str| {
//! #     let mut opening = ServerOpening::new(Vec::new());
//! #     let request = format!(
//! #         "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{extensions}\
//! #         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
//! #     );
//! #     opening.space()[..request.len()].copy_from_slice(request.as_bytes());
//! #     opening.filled(request.len());
//! #     let mut response = Vec::new();
//! #     let server = server::accept(opening, &mut response).unwrap();
//! #     assert!(response.starts_with(b"HTTP/1.1 101 "));
//! #     let keys = || [1, 2, 3, 4];
//! #     let client = Endpoint::client(Vec::new(), Vec::new(), Limits::DEFAULT, keys);
//! #     let agreed = (!extensions.is_empty()).then_some(Agreed::WITHOUT_CONTEXT);
//! #     (server, client.with_deflate(agreed), agreed.is_some())
//! # };
//! # let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
//! # let mut deflater =
//! #     Deflater::new(&Policy::DEFAULT, Agreed::WITHOUT_CONTEXT);
//! # let text = "ten bytes.".repeat(100);
//! # for (mut server, mut client, is_compressed) in [connect(offer), connect(""), connect(offer)] {
//! #     client.send_deflated(&text, &mut deflater).unwrap();
//! #     assert_eq!(client.output().len() < 100, is_compressed);
//! #     transfer(&mut client, &mut server.endpoint);
//! #     assert_eq!(server::echo(&mut server, &mut codecs), Ok(Step::Write));
//! #     assert_eq!(server.endpoint.output().len() < 100, is_compressed);
//! # }
//! # }
//! ```
//!
//! A client that did not offer compression is served by the same code: its messages are not compressed.
//! A client may also ask for a smaller [window](crate::deflate::Direction::window_bits): `Codecs` has one
//! compressor for each.
//!
//! The inflater keeps the memory of the longest message that it has inflated. To free it, call
//! `Codecs::release`.
//!
//! Connections that each have a thread of their own cannot share codecs. Create a pair for each, and
//! [release](#memory-of-idle-connections) their memory while nothing is sent.
//!
//! With tokio, you need none of this: the crate `wsparse-tokio` has a feature `deflate`. Set
//! `Config::deflate` to a [`Policy`](crate::deflate::Policy), and it negotiates, compresses and inflates, with
//! one pair of codecs for each thread. With context takeover, it creates a pair for each connection, and
//! releases the compressor while the connection is idle.
//!
//! # A client with context takeover
//!
//! ```no_run
//! # #[cfg(all(feature = "deflate", feature = "handshake"))]
//! # mod client {
//! # use std::error::Error;
//! # use std::io::{Read, Write};
//! # use std::net::TcpStream;
//! # use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
//! # use wsparse::handshake::{Key, Offer, Uri};
//! # use wsparse::{ClientOpening, CloseCode, Limits, Step};
//! const POLICY: Policy = Policy {
//!     outgoing: Direction::WITH_CONTEXT,
//!     incoming: Direction::WITH_CONTEXT,
//!     threshold: 32, // short messages become smaller too
//!     ..Policy::DEFAULT
//! };
//!
//! /// If the server does not compress, the codecs are not used.
//! const UNUSED: Agreed =
//!     Agreed::WITHOUT_CONTEXT;
//!
//! /// Sends one message, prints the answer, and closes the connection.
//! fn ask(uri: &str, question: &str) -> Result<(), Box<dyn Error>> {
//!     let extensions = POLICY.offer();
//!     let offer = Offer { extensions: extensions.as_str(), ..Offer::new(Uri::parse(uri)?) };
//!     let mut stream = TcpStream::connect((offer.uri.host(), offer.uri.port()))?;
//!     let mut opening = ClientOpening::new(&offer, Key::new(rand::random()), [0; 4096]);
//!     stream.write_all(opening.request()?)?;
//!     while opening.wants_read() {
//!         opening.read_with(|space| stream.read(space))?;
//!     }
//!
//!     let agreed = POLICY.check(opening.accepted()?.extensions())?;
//!     let mut inflater = Inflater::new(agreed.unwrap_or(UNUSED));
//!     let mut deflater = Deflater::new(&POLICY, agreed.unwrap_or(UNUSED));
//!     let client = opening.into_endpoint([0; 4096], Limits::DEFAULT, rand::random)?;
//!     let mut client = client.with_deflate(agreed);
//!     client.send_deflated(question, &mut deflater)?;
//!     loop {
//!         match client.advance_with(&mut inflater) {
//!             Step::Message => {
//!                 println!("{:?}", client.message());
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
//! In place of `offer` and `check`, a server has
//! [`Policy::answer`](crate::deflate::Policy::answer), which `accept_deflate` calls. The two directions are independent: a server may well use context takeover for what it
//! sends and not for what it receives, or the opposite.
//!
//! With context takeover, the codecs belong to one connection:
//!
//! - Pass the same `Deflater` to every `send_deflated`, and the same `Inflater` to every `advance_with`.
//! - Do not drop output that is compressed. The messages after it may refer to it.
//!
//! A message that you send with `send` is not compressed, and does no harm to the context. Where a program
//! compresses all messages, mark a single one that must not be compressed:
//! `OutgoingFrame::text(token).uncompressed()`.
//!
//! # Memory of idle connections
//!
//! A codec allocates its memory when it handles its first message. `Deflater::release` frees it again,
//! between any two messages. The next message is then compressed without the context of earlier ones. A
//! good moment is when [`tick`](crate::Endpoint::tick) returns [`Due::Ping`](crate::Due::Ping), because
//! the peer has been silent for a while.
//!
//! With context takeover, an inflater must keep its memory as long as the connection exists, because
//! the peer may refer to what it has sent. Only `Policy::incoming` without context takeover avoids that.
//!
//! # Limits
//!
//! A short compressed message can become a thousand times as long. So
//! [`Limits::max_message`](crate::Limits::max_message) holds for both the compressed message and the
//! inflated one, and inflating stops at the limit. An inflated message is stored in a `Vec` of the
//! `Inflater`, not in the input buffer. `Inflater::release` frees this memory too.
//!
//! If a message cannot be inflated, the connection fails as after any broken rule, with the status code
//! 1007.
//!
//! # One message for many clients
//!
//! `EncodedMessage::shared_deflated` compresses a message once. Each connection sends the compressed or
//! the plain form, as it was negotiated:
//!
//! ```
//! # #[cfg(feature = "deflate")] {
//! use wsparse::deflate::{Agreed, Deflater, Policy};
//! use wsparse::{EncodedMessage, Endpoint, Limits};
//!
//! let agreed = Agreed::WITHOUT_CONTEXT;
//! let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
//! let news = EncodedMessage::shared_deflated(&"news ".repeat(100), &mut deflater);
//! for (agreed, sent) in [(Some(agreed), 20), (None, 504)] {
//!     let client = Endpoint::server([0; 1024], [0; 1024], Limits::DEFAULT);
//!     let mut client = client.with_deflate(agreed);
//!     client.send(&news)?;
//!     assert!(client.output().len() <= sent);
//! }
//! # }
//! # Ok::<(), wsparse::SendError>(())
//! ```
//!
//! A connection that sends with context takeover takes the plain form. `send_deflated` does not compress it
//! again.
//!
//! # Piece by piece
//!
//! An endpoint inflates a message when all of it has arrived. With a [`Decoder`](crate::Decoder), you can
//! inflate each piece as it arrives, for example to write it to a file:
//!
//! ```
//! # #[cfg(feature = "deflate")] {
//! use wsparse::deflate::Inflater;
//! use wsparse::{Boundary, Decoder, Error, Event, Input, Opcode, Rsv};
//!
//! const MAX_MESSAGE: u64 = 1 << 30;
//!
//! struct Download {
//!     decoder: Decoder, // with `allowed_rsv: Rsv::RSV1` in its limits
//!     inflater: Inflater,
//!     is_compressed: bool,
//!     space: [u8; 4096],
//! }
//!
//! impl Download {
//!     /// Passes on the pieces of messages that are in the bytes of one read.
//!     fn receive(&mut self, read: &mut [u8], mut pass_on: impl FnMut(&[u8])) -> Result<(), Error> {
//!         let mut input = Input::new(read);
//!         while let Some(event) = self.decoder.next(&mut input)? {
//!             let Event::Data(chunk) = event else { continue };
//!             if let Some(header) = chunk.header.filter(|it| it.opcode != Opcode::Continuation) {
//!                 self.is_compressed = header.rsv.contains(Rsv::RSV1);
//!                 self.inflater.begin(header.opcode == Opcode::Text, MAX_MESSAGE);
//!             }
//!             if !self.is_compressed {
//!                 pass_on(chunk.payload);
//!                 continue;
//!             }
//!             let is_last = chunk.boundary == Boundary::Message;
//!             let mut part: &[u8] = chunk.payload;
//!             loop {
//!                 let progress = self.inflater.inflate(&mut part, is_last, &mut self.space)?;
//!                 pass_on(&self.space[..progress.written]);
//!                 if progress.is_done {
//!                     break;
//!                 }
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//! # use wsparse::deflate::Agreed;
//! # use wsparse::{Limits, Role};
//! # let limits = Limits { allowed_rsv: Rsv::RSV1, ..Limits::DEFAULT };
//! # let mut download = Download {
//! #     decoder: Decoder::new(Role::Client, limits),
//! #     inflater: Inflater::new(Agreed::WITHOUT_CONTEXT),
//! #     is_compressed: false,
//! #     space: [0; 4096],
//! # };
//! # // Compressed in two fragments, plain, compressed (RFC 7692 §7.2.3.1).
//! # let mut stream = *b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00\x81\x01-\
//! #     \xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
//! # let mut text = Vec::new();
//! # for read in stream.chunks_mut(2) {
//! #     download.receive(read, |piece| text.extend_from_slice(piece))?;
//! # }
//! # assert_eq!(text, b"Hello-Hello");
//! # }
//! # Ok::<(), wsparse::Error>(())
//! ```
//!
//! While a message is open, its inflater cannot serve another connection. After an error of the inflater,
//! send a Close with [`Error::close_code`](crate::Error::close_code) yourself.
//!
//! To send a long message in fragments, compress each part, and send what came out of it as a
//! `CompressedMessage`:
//!
//! ```
//! # #[cfg(feature = "deflate")] {
//! use wsparse::deflate::Deflater;
//! use wsparse::{CompressedMessage, Endpoint, SendError};
//!
//! fn upload<'p>(
//!     server: &mut Endpoint<Vec<u8>, Vec<u8>>,
//!     deflater: &mut Deflater,
//!     parts: impl Iterator<Item = &'p [u8]>,
//! ) -> Result<(), SendError> {
//!     let mut payload = Vec::new();
//!     deflater.begin();
//!     deflater.compress_part_to_vec(b"", false, &mut payload);
//!     server.send(CompressedMessage::Binary(&payload).first_fragment())?;
//!     for part in parts {
//!         payload.clear();
//!         deflater.compress_part_to_vec(part, false, &mut payload);
//!         // The compressor may need more before anything comes out.
//!         if !payload.is_empty() {
//!             server.send(CompressedMessage::Binary(&payload).next_fragment())?;
//!         }
//!     }
//!     payload.clear();
//!     deflater.compress_part_to_vec(b"", true, &mut payload);
//!     server.send(CompressedMessage::Binary(&payload).last_fragment())
//! }
//! # use wsparse::deflate::{Agreed, Inflater, Policy};
//! # use wsparse::{Limits, Message, Step, transfer};
//! # let agreed = Agreed::WITHOUT_CONTEXT;
//! # let new = || Endpoint::server(Vec::new(), Vec::new(), Limits::DEFAULT);
//! # let mut server = new().with_deflate(Some(agreed));
//! # let parts = [[1; 100_000], [2; 100_000], [3; 100_000]];
//! # let mut deflater = Deflater::new(&Policy::DEFAULT, agreed);
//! # for _ in 0..2 {
//! #     upload(&mut server, &mut deflater, parts.iter().map(<[u8; 100_000]>::as_slice))?;
//! # }
//! # assert!(server.output().len() < 10_000);
//! # let keys = || [1, 2, 3, 4];
//! # let client = Endpoint::client(Vec::new(), Vec::new(), Limits::DEFAULT, keys);
//! # let mut client = client.with_deflate(Some(agreed));
//! # let mut inflater = Inflater::new(agreed);
//! # transfer(&mut server, &mut client);
//! # for _ in 0..2 {
//! #     assert_eq!(client.advance_with(&mut inflater), Step::Message);
//! #     assert_eq!(client.message(), Message::Binary(&parts.concat()));
//! # }
//! # }
//! # Ok::<(), wsparse::SendError>(())
//! ```
