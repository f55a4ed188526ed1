//! Halves and broadcasting.
//!
//! An [`Endpoint`] lives in one task: it reads, and it writes. If messages must be sent while a
//! read is waiting, split it into a [`Receiver`] and a [`Sender`]. Each half can move to a task or
//! thread of its own.
//!
//! # Duties
//!
//! The receiving half finds that something must be sent: a Pong for a Ping, or a Close. It returns
//! this as a [`Duty`], a small value that you pass to the sending half. A channel is enough, if its
//! length is bounded. A peer that sends Pings and reads nothing would fill an unbounded one.
//!
//! ```
//! use std::error::Error;
//! use std::io::{Read, Write};
//! use std::sync::mpsc;
//! use wsparse::{Arrival, Duty, Endpoint, Limits, Receiver, SendError, Sender};
//!
//! /// What the sending thread can be asked to do.
//! enum Order {
//!     Send(String),
//!     Perform(Duty),
//! }
//!
//! fn receive(
//!     mut receiver: Receiver<[u8; 4096]>,
//!     mut stream: impl Read,
//!     orders: mpsc::SyncSender<Order>,
//! ) -> Result<(), Box<dyn Error>> {
//!     loop {
//!         match receiver.advance() {
//!             Arrival::Read => {
//!                 if let Err(error) = receiver.read_with(|space| stream.read(space)) {
//!                     _ = orders.send(Order::Perform(Duty::STOP));
//!                     return Err(error.into());
//!                 }
//!             }
//!             Arrival::Message => println!("{:?}", receiver.message()),
//!             Arrival::Pong => {}
//!             // If the sending thread has ended, nothing can be sent any more.
//!             Arrival::Duty(duty) => _ = orders.send(Order::Perform(duty)),
//!             Arrival::Done(outcome) => return Ok(outcome.map(drop)?),
//!         }
//!     }
//! }
//!
//! fn send(
//!     mut sender: Sender<[u8; 4096]>,
//!     mut stream: impl Write,
//!     orders: mpsc::Receiver<Order>,
//! ) -> Result<(), Box<dyn Error>> {
//!     for order in orders {
//!         let sent = match order {
//!             Order::Send(text) => sender.send(text.as_str()),
//!             Order::Perform(duty) => sender.perform(&duty),
//!         };
//!         match sent {
//!             Ok(()) | Err(SendError::Closed) => {}
//!             Err(error) => return Err(error.into()),
//!         }
//!         while !sender.output().is_empty() {
//!             sender.write_with(|output| stream.write(output))?;
//!         }
//!         if sender.is_over() {
//!             break; // for a server's socket, first `stream.shutdown(Shutdown::Write)?`
//!         }
//!     }
//!     Ok(())
//! }
//!
//! let (receiver, sender) = Endpoint::server([0; 4096], [0; 4096], Limits::DEFAULT).split();
//! let (orders, queue) = mpsc::sync_channel(16);
//! orders.send(Order::Send("Hello".into())).unwrap();
//! // A Ping and a Close, both masked, in place of a socket.
//! let input: &[u8] = b"\x89\x80abcd\x88\x80abcd";
//! let mut output = Vec::new();
//! std::thread::scope(|threads| {
//!     threads.spawn(|| receive(receiver, input, orders).unwrap());
//!     threads.spawn(|| send(sender, &mut output, queue).unwrap());
//! });
//! assert_eq!(output, b"\x81\x05Hello\x8a\x00\x88\x00");
//! ```
//!
//! - Pass on every duty, in the order in which they were returned.
//! - The sending half knows that the connection is over once it has performed the last duty:
//!   [`Sender::is_over`]. The receiving half knows it too: [`Arrival::Done`]. Neither needs to ask
//!   the other.
//! - A server must shut down the sending half of its socket once [`Sender::is_over`] returns true and
//!   the output has been written. The client waits for that, and the receiving half waits for the
//!   client. A client may leave it to the server.
//! - If a read fails, pass [`Duty::STOP`] to the sending half, so that it ends as well. If a write
//!   fails, shut down the socket in both directions, so that the read in the other thread returns.
//! - If you call [`Receiver::tick`], also call [`Receiver::close_was_sent`] after [`Sender::close`].
//!   The receiving half then waits for the peer's Close no longer than [`Timeouts::close`]. A shared
//!   `AtomicBool` is enough to inform it, because a read time-out wakes its thread in any case.
//! - If many Pongs wait in the channel, you may drop all but the newest: [`Duty::is_pong`].
//! - If [`Receiver::tick`] returns [`Due::Ping`], pass [`Duty::PING`] to the sending half.
//! - A message may be received while another one is being sent, even in the middle of its
//!   fragments.
//!
//! `wsparse-tokio` passes the duties itself: there, `WebSocket::split` returns a reader and a
//! writer for two tasks.
//!
//! # Large payloads
//!
//! [`Sender::send`] copies the payload into the output. A server can avoid that:
//! [`Sender::send_header`] appends the header only, and you write the payload after it, best with
//! one vectored write. Frames that are appended meanwhile, such as a Pong, follow the payload.
//!
//! # Broadcasting
//!
//! To send one message to many connections, encode it once. An [`EncodedMessage`] is accepted
//! wherever a message is. With the feature `alloc`, `EncodedMessage::shared` stores it in an `Arc`,
//! so that a clone is cheap and can be sent through a channel:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use wsparse::{EncodedMessage, Endpoint, Limits};
//!
//! let news = EncodedMessage::shared("news");
//! let mut clients = [(); 3].map(|()| Endpoint::server([0; 256], [0; 256], Limits::DEFAULT));
//! for client in &mut clients {
//!     client.send(&news)?;
//!     assert_eq!(client.output(), b"\x81\x04news");
//! }
//! # }
//! # Ok::<(), wsparse::SendError>(())
//! ```
//!
//! The frame takes its place among the connection's other frames. After a Close, it is refused like
//! any other. [`Connection::send_encoded`](crate::Connection::send_encoded) and
//! [`Encoder::send_encoded`](crate::Encoder::send_encoded) lend the encoded bytes without copying
//! them. A client's endpoint accepts an encoded message as well, and masks it with a key of its own
//! while it copies it.
//!
//! If clients have negotiated compression, a message can be
//! [compressed once](super::compression#one-message-for-many-clients) for all of them.
//!
//! When you broadcast, one slow client must not hold up the others, nor fill your memory: see
//! [slow readers](super::limits#slow-readers).
//!
//! [`Arrival::Done`]: crate::Arrival::Done
//! [`Due::Ping`]: crate::Due::Ping
//! [`Duty`]: crate::Duty
//! [`Duty::is_pong`]: crate::Duty::is_pong
//! [`Duty::PING`]: crate::Duty::PING
//! [`Duty::STOP`]: crate::Duty::STOP
//! [`EncodedMessage`]: crate::EncodedMessage
//! [`Endpoint`]: crate::Endpoint
//! [`Receiver`]: crate::Receiver
//! [`Receiver::close_was_sent`]: crate::Receiver::close_was_sent
//! [`Receiver::tick`]: crate::Receiver::tick
//! [`Sender`]: crate::Sender
//! [`Sender::close`]: crate::Sender::close
//! [`Sender::is_over`]: crate::Sender::is_over
//! [`Sender::send`]: crate::Sender::send
//! [`Sender::send_header`]: crate::Sender::send_header
//! [`Timeouts::close`]: crate::Timeouts::close
