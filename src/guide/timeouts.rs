//! Time-outs: how to notice that a peer is gone, or too slow.
//!
//! wsparse has no clock. You pass the time to [`Endpoint::tick`], which compares it with
//! [`Timeouts`], and returns what to do.
//!
//! | Time-out | Default | It limits | Then |
//! |---|---|---|---|
//! | [`idle`](crate::Timeouts::idle) | 30 s | the time without a byte from the peer | a Ping is sent |
//! | [`answer`](crate::Timeouts::answer) | 20 s | the time without a byte after that Ping | give up |
//! | [`message`](crate::Timeouts::message) | 30 min | the time from the first byte of a message to its last | give up |
//! | [`close`](crate::Timeouts::close) | 5 s | the time without a byte after your Close, and from the peer's Close to the end of the stream | give up |
//!
//! So a peer that is gone is noticed after `idle` and `answer` together, 50 s by default. To notice it
//! after 20 s, set both to 10 s.
//!
//! Any byte proves that the peer is alive, not only a Pong. The Ping also keeps the connection open in
//! proxies and NAT routers. Some of them drop a connection after 60 seconds without traffic.
//!
//! # The calls
//!
//! Call `tick` after each read, and again at the time that it has returned in
//! [`Due::Wait`](crate::Due::Wait). The time is counted from any fixed moment, such as the start of
//! the connection. Over `std::net`, the socket does the waiting:
//!
//! ```no_run
//! use std::error::Error;
//! use std::io::{self, ErrorKind, Read, Write};
//! use std::net::{Shutdown, TcpStream};
//! use std::time::{Duration, Instant};
//! use wsparse::{Due, Endpoint, Failure, Step, Timeouts};
//!
//! fn run<const N: usize>(
//!     mut endpoint: Endpoint<[u8; N], [u8; N]>,
//!     mut stream: TcpStream,
//! ) -> Result<(), Box<dyn Error>> {
//!     let timeouts = Timeouts { idle: Duration::from_secs(20), ..Timeouts::DEFAULT };
//!     let start = Instant::now();
//!     stream.set_write_timeout(Some(Duration::from_secs(20)))?;
//!     loop {
//!         let now = start.elapsed();
//!         match endpoint.tick(now, &timeouts) {
//!             Due::Wait { until } => stream.set_read_timeout(Some(until - now))?,
//!             Due::Ping => {} // it is in the output
//!             Due::GiveUp => return Err(Failure::TimedOut.into()),
//!         }
//!         match endpoint.advance() {
//!             Step::Message => println!("{:?}", endpoint.message()),
//!             Step::Write => endpoint.write_with(|output| stream.write(output))?,
//!             Step::Read => match endpoint.read_with(|space| stream.read(space)) {
//!                 Err(error) if is_time_out(&error) => {} // the next turn calls `tick`
//!                 result => result?,
//!             },
//!             Step::Shutdown => stream.shutdown(Shutdown::Write)?,
//!             Step::Done(outcome) => return Ok(outcome.map(drop)?),
//!             Step::Ping | Step::Pong | Step::Close => {}
//!         }
//!     }
//! }
//!
//! fn is_time_out(error: &io::Error) -> bool {
//!     matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
//! }
//! ```
//!
//! While this thread waits in a read, it sends nothing. If messages to send come from elsewhere, such
//! as a channel, wait no longer than some 50 ms in each read, and look into the channel before
//! `advance`. Or use two threads: see [halves](super::halves).
//!
//! In an event loop, use the earliest `until` of all connections as the time-out of your poll. In
//! async code, wait for the read and for a timer at the same time. `wsparse-tokio` does so while
//! you receive. On a device, use a timer that counts from power-on.
//!
//! `tick` also checks the [rate of control frames](crate::Limits::max_control_rate), because that
//! needs a clock too.
//!
//! # What `tick` does not see
//!
//! - **The opening handshake.** Limit its time yourself, together with that of a TLS handshake:
//!   with the socket's time-outs, or one timer for both.
//! - **Your writes.** A peer that does not read holds up your writes, while its own bytes may still
//!   arrive. Set a write time-out as above, or limit the bytes that wait: see
//!   [slow readers](super::limits#slow-readers).
//! - **Requests that are never answered.** A peer that answers each Ping may still ignore your
//!   messages. That is for your application to notice.
//!
//! [`Endpoint::tick`]: crate::Endpoint::tick
//! [`Timeouts`]: crate::Timeouts
