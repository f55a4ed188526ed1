//! Limits and back-pressure: what a peer can cost, and how to bound it.
//!
//! # All limits in one place
//!
//! | What | Bound | Set by | Default |
//! |---|---|---|---|
//! | head of the opening handshake | bytes, number of headers | [`HeadLimits`], and the input buffer | 16 KiB, 100 |
//! | one frame | bytes of payload | [`Limits::max_frame`] | 16 MiB |
//! | one message | bytes of payload | [`Limits::max_message`], and the input buffer | 64 MiB |
//! | a [compressed](super::compression#limits) message | bytes, also inflated | [`Limits::max_message`] | 64 MiB |
//! | one message | number of frames | [`Limits::max_fragments`] | 16 384 |
//! | Pings and Pongs | number in a second | [`Limits::max_control_rate`], if you call `tick` | 1 000 |
//! | memory for input | bytes | the input buffer | |
//! | memory for output | bytes | the output buffer | |
//! | silence, slow messages, slow closing | time | [`Timeouts`], if you call `tick` | see [time-outs](super::timeouts) |
//! | the opening handshake | time | your own timer | none |
//! | number of connections | | your own program | none |
//!
//! A frame that is too big is refused when its header has arrived, before any of its payload. The
//! peer receives a Close with the status code 1009, and `Step::Done` contains the rule.
//!
//! # Buffers
//!
//! **An array, a slice or a `Box` of one** never grows. With `n` bytes for input, the longest
//! message has `n - 125` bytes: the rest is kept for a control frame that arrives between the
//! fragments of a message. With `n` bytes for output, a frame of at most `n` bytes can be sent,
//! header included.
//!
//! **A `Vec`** (feature `alloc`) grows with the bytes that have arrived, to about twice their
//! number. A length that a peer announces reserves nothing. While each read fills it, it grows to 64 KiB,
//! even if the messages are short, so that fewer reads are needed. The `Vec` keeps its memory for the
//! next message. To release it between messages, replace it:
//! [`Endpoint::replace_input`](crate::Endpoint::replace_input).
//!
//! # A recipe for messages of 1 MiB
//!
//! ```
//! use wsparse::Limits;
//!
//! const MAX_MESSAGE: usize = 1 << 20;
//!
//! const LIMITS: Limits = Limits {
//!     max_frame: MAX_MESSAGE as u64,
//!     max_message: MAX_MESSAGE as u64,
//!     max_fragments: 1024,
//!     max_control_rate: 20,
//!     ..Limits::DEFAULT
//! };
//! # #[cfg(feature = "alloc")] {
//! # use wsparse::{Endpoint, Step};
//!
//! // Memory that is reserved once: exactly 1 MiB and 125 bytes for each connection.
//! let input = vec![0; MAX_MESSAGE + 125].into_boxed_slice();
//! # let fixed = Endpoint::server(input, [0; 256], LIMITS);
//!
//! // Or memory that grows while a message arrives, to about 2 MiB at most.
//! let input = Vec::new();
//! # let growing = Endpoint::server(input, [0; 256], LIMITS);
//! #
//! # fn receive(
//! #     mut server: Endpoint<impl wsparse::Buffer, [u8; 256]>,
//! #     len: usize,
//! # ) -> (usize, usize, Option<u16>) {
//! #     // A binary message in two frames, masked with zeros.
//! #     let mut stream = b"\x02\xfe\x80\0\0\0\0\0".to_vec();
//! #     stream.resize(stream.len() + 0x8000, 7);
//! #     stream.extend_from_slice(b"\x80\xff");
//! #     stream.extend_from_slice(&((len - 0x8000) as u64).to_be_bytes());
//! #     stream.resize(stream.len() + 4, 0);
//! #     stream.resize(stream.len() + len - 0x8000, 7);
//! #     let (mut stream, mut max, mut received) = (&stream[..], 0, 0);
//! #     loop {
//! #         match server.advance() {
//! #             Step::Message => received = server.message().as_bytes().len(),
//! #             Step::Read => {
//! #                 max = max.max(server.space().len());
//! #                 server.read_with(|space| std::io::Read::read(&mut stream, space)).unwrap();
//! #             }
//! #             Step::Write => server.write_with(|output| Ok::<_, ()>(output.len())).unwrap(),
//! #             Step::Done(_) => break,
//! #             _ => {}
//! #         }
//! #     }
//! #     let code = match server.phase() {
//! #         wsparse::Phase::Failed(error) => Some(error.close_code().get()),
//! #         _ => None,
//! #     };
//! #     (received, max, code)
//! # }
//! # let (received, max, code) = receive(fixed, MAX_MESSAGE);
//! # assert_eq!((received, max, code), (MAX_MESSAGE, MAX_MESSAGE + 125, None));
//! # let (received, max, code) = receive(growing, MAX_MESSAGE);
//! # assert_eq!((received, code), (MAX_MESSAGE, None));
//! # assert!(max <= (2 << 20) + 4096, "{max}");
//! # for len in [MAX_MESSAGE + 1, 5 << 20] {
//! #     let growing = Endpoint::server(Vec::new(), [0; 256], LIMITS);
//! #     let (received, _, code) = receive(growing, len);
//! #     assert_eq!((received, code), (0, Some(1009)));
//! # }
//! # }
//! ```
//!
//! - **`max_fragments`**: the default allows for 16 384 fragments. Most peers send a message in one
//!   frame, or in frames of some kilobytes.
//! - **`max_control_rate`**: peers send a Ping every few seconds, not a thousand in one. The rate
//!   is checked in [`Endpoint::tick`](crate::Endpoint::tick).
//! - **Output**: choose an array for a fixed bound, or a `Vec` and the check
//!   [below](#slow-readers).
//! - **Time**: a peer that sends one byte every 20 seconds keeps its buffer for as long as
//!   [`Timeouts::message`] allows, 30 minutes by default. Choose the time in which an honest peer
//!   can send 1 MiB, such as 60 seconds.
//! - **The opening handshake**: 1 KiB to 4 KiB of buffer are enough for a browser's request without
//!   long cookies. Limit the time as well.
//!
//! With these values, a hostile client costs you at most the buffers above and one Pong for each of
//! its Pings. Multiply by the number of connections that you accept, in total and from one address.
//!
//! # Back-pressure
//!
//! If you do not read, the peer's sending stalls: TCP does that for you. So the question is when to
//! stop reading. The usual loop over [`advance`](crate::Endpoint::advance) answers it on its own:
//! it returns `Step::Read` only after the whole output has been written. A client that does not
//! read its replies holds up its own requests, and no others.
//!
//! With an output buffer of fixed size, `advance` goes further, and returns `Step::Write` before
//! the next message if anything waits. So the buffer must have space for the replies to one
//! message. With a `Vec`, it returns all messages of one read first. Their replies add up in the
//! output.
//!
//! # Slow readers
//!
//! If you send on your own account, as in a broadcast or from a [sending half](super::halves), you
//! must look at the output yourself. Its length is the number of bytes that wait:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use wsparse::{Message, SendError, Sender};
//!
//! /// How many bytes may wait for one client.
//! const MAX_WAITING: usize = 4 << 20;
//!
//! /// Returns whether the client keeps up. If not, drop its connection.
//! fn push(sender: &mut Sender<Vec<u8>>, message: Message<'_>) -> Result<bool, SendError> {
//!     if sender.output().len() > MAX_WAITING {
//!         return Ok(false);
//!     }
//!     sender.send(message)?;
//!     Ok(true)
//! }
//! # }
//! ```
//!
//! With an array, the same limit is built in: [`SendError::NoRoom`](crate::SendError::NoRoom) means
//! that the frame does not fit after the bytes that wait. Nothing of it has been appended.
//!
//! With blocking I/O, a peer that never reads blocks your write. Set a write time-out on the
//! socket. Two peers that both write without reading wait for each other forever. If a peer may
//! send at any time, receive and send in [two halves](super::halves).
//!
//! # With tokio
//!
//! `wsparse-tokio` sets `Limits`, `Timeouts` and the time for the opening handshake in its
//! `Config`. Its buffers grow, and are released when they are large and the connection is idle.
//! Sending waits until the stream has taken the message, so a slow reader slows its sender down.
//! For a broadcast, use a task and a channel of bounded length per client, and drop a client whose
//! channel is full. Its example `chat` does so.
//!
//! # Counters
//!
//! [`Endpoint::received`](crate::Endpoint::received) and [`Endpoint::sent`](crate::Endpoint::sent)
//! return the number of messages, frames and bytes so far. Use them for a quota: a limit on the
//! messages per minute, for example, is a subtraction in your timer.
//!
//! [`HeadLimits`]: crate::handshake::HeadLimits
//! [`Limits::max_control_rate`]: crate::Limits::max_control_rate
//! [`Limits::max_fragments`]: crate::Limits::max_fragments
//! [`Limits::max_frame`]: crate::Limits::max_frame
//! [`Limits::max_message`]: crate::Limits::max_message
//! [`Timeouts`]: crate::Timeouts
//! [`Timeouts::message`]: crate::Timeouts::message
