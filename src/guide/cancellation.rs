//! Cancellation: what happens if a future is dropped.
//!
//! In async Rust, a future may be dropped at any `await`, for example by `select!` or a time-out.
//! An endpoint has no futures. Each of its calls either happens completely or does not happen. So
//! cancellation is safe if your own code has this shape: await one read or one write, then report
//! its result without another `await` in between.
//!
//! ```
//! use std::error::Error;
//! use std::io;
//! use wsparse::{Endpoint, Message, Step};
//!
//! # trait Stream {
//! #     async fn read(&mut self, space: &mut [u8]) -> io::Result<usize>;
//! #     async fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
//! # }
//! /// Returns the next message, or `None` at the end. It may be dropped and called again.
//! async fn next<'e, const N: usize>(
//!     endpoint: &'e mut Endpoint<[u8; N], [u8; N]>,
//!     stream: &mut impl Stream,
//! ) -> Result<Option<Message<'e>>, Box<dyn Error>> {
//!     loop {
//!         match endpoint.advance() {
//!             Step::Message => return Ok(Some(endpoint.message())),
//!             Step::Read => {
//!                 let len = stream.read(endpoint.space()).await?;
//!                 endpoint.filled(len);
//!             }
//!             Step::Write => {
//!                 let len = stream.write(endpoint.output()).await?;
//!                 endpoint.wrote(len);
//!             }
//!             Step::Done(outcome) => return Ok(outcome.map(|_| None)?),
//!             Step::Ping | Step::Pong | Step::Close | Step::Shutdown => {}
//!         }
//!     }
//! }
//! # /// Moves one byte per call, and is pending before each.
//! # struct Slow { input: &'static [u8], output: Vec<u8>, is_ready: bool }
//! # impl Slow {
//! #     async fn wait(&mut self) {
//! #         std::future::poll_fn(|_| {
//! #             self.is_ready = !self.is_ready;
//! #             if self.is_ready { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
//! #         })
//! #         .await
//! #     }
//! # }
//! # impl Stream for Slow {
//! #     async fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
//! #         self.wait().await;
//! #         io::Read::read(&mut self.input, &mut space[..1])
//! #     }
//! #     async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
//! #         self.wait().await;
//! #         self.output.push(bytes[0]);
//! #         Ok(1)
//! #     }
//! # }
//! # // A Ping inside the masked "Hello" of RFC 6455 §5.7 in two fragments; then a Close.
//! # let input = b"\x01\x83\x37\xfa\x21\x3d\x7f\x9f\x4d\x89\x81abcd\x1f\
//! #     \x80\x82\x37\xfa\x21\x3d\x5b\x95\x88\x80abcd";
//! # let mut stream = Slow { input, output: Vec::new(), is_ready: false };
//! # let mut endpoint = Endpoint::server([0; 256], [0; 256], wsparse::Limits::DEFAULT);
//! # let (mut texts, mut dropped) = (Vec::new(), 0);
//! # loop {
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     // It is dropped at the first await.
//! #     let future = std::pin::pin!(next(&mut endpoint, &mut stream));
//! #     match future.poll(&mut context) {
//! #         std::task::Poll::Ready(Ok(Some(Message::Text(text)))) => texts.push(text.to_string()),
//! #         std::task::Poll::Ready(end) => break assert!(matches!(end, Ok(None))),
//! #         std::task::Poll::Pending => dropped += 1,
//! #     }
//! # }
//! # assert_eq!((texts, &stream.output[..]), (vec!["Hello".to_string()], &b"\x8a\x01~\x88\x00"[..]));
//! # assert_eq!(dropped, input.len() + 5 + 1);
//! ```
//!
//! # What to await
//!
//! The read and the write must be safe to cancel themselves: if they are dropped, no byte has been
//! moved.
//!
//! | | Safe | Not safe |
//! |---|---|---|
//! | tokio | `read`, `write`, `write_vectored`, `flush` | `read_exact`, `write_all` |
//! | `embedded-io-async` | `read`, `write` where the driver says so | `read_exact`, `write_all` |
//!
//! `write_all` forgets how much it has written. If it is dropped, you would write some bytes twice,
//! and the peer would report a broken rule. `write` followed by [`wrote`](crate::Endpoint::wrote)
//! has no such problem. The endpoint asks for the rest in the next turn.
//!
//! All futures of a connection in `wsparse-tokio` may be dropped at any time.
//!
//! # Sending
//!
//! [`Endpoint::send`](crate::Endpoint::send) is not async. After it has returned, the whole frame
//! is in the output, and dropping a future cannot cut it in two. It is written in later turns of
//! the loop.
//!
//! [`Sender::send_header`](crate::Sender::send_header) is the exception, because the payload stays
//! with you. If you give up before all of it has been written, call
//! [`Sender::append_payload`](crate::Sender::append_payload), for example in the destructor of a
//! guard. Until then, other frames wait in the sender, so that the stream stays intact.
//!
//! # Dropping the connection
//!
//! If you drop an endpoint, no Close is sent, and the peer sees the connection break off. To end a
//! connection properly, call [`close`](crate::Endpoint::close) and go on until `Step::Done`. Limit
//! the time for that with [`Timeouts::close`](crate::Timeouts::close).
