//! TLS, and when to flush.
//!
//! wsparse reads and writes plain bytes. For `wss`, put a TLS stream between the endpoint and the
//! socket. Everything else stays the same: perform the TLS handshake first, then the opening
//! handshake of the WebSocket, then use the endpoint. A client needs TLS if
//! [`Uri::secure`](crate::handshake::Uri::secure) returns true.
//!
//! There are three differences from a plain socket.
//!
//! # Flush before you wait
//!
//! A TLS stream may keep bytes that you have written until you flush it. If you wait for an answer
//! to such bytes, you wait forever. An endpoint returns [`Step::Read`](crate::Step::Read) only
//! when its whole output has been written, so that is the place to flush. For a stream without a
//! buffer, such as a `TcpStream`, this does nothing. Flush the messages of the opening handshake as
//! well.
//!
//! # The end of the stream
//!
//! TLS has its own end of stream, the alert `close_notify`. After it, a read returns 0 bytes, as at
//! the end of a plain socket. Many peers drop the socket without sending it. A read then returns an
//! error, with rustls of the kind `UnexpectedEof`, because an attacker might have cut the stream.
//!
//! A WebSocket has an end of its own, the Close frame, and TLS protects that frame. So treat this
//! error as a read of 0 bytes, and let the endpoint decide. If the peer's Close has arrived,
//! `Step::Done` contains `Ok`, and nothing was cut off. Otherwise, it contains
//! [`Failure::Cut`](crate::Failure::Cut).
//!
//! # Shutting down
//!
//! At [`Step::Shutdown`](crate::Step::Shutdown), send `close_notify`, then go on. With rustls, that
//! is `stream.conn.send_close_notify()`, and the flush before the next read sends it. With
//! tokio-rustls, it is `stream.shutdown().await`.
//!
//! # All three in a program
//!
//! ```
//! use std::error::Error;
//! use std::io::{self, ErrorKind, Read, Write};
//! use wsparse::{Endpoint, Step};
//!
//! /// Prints messages until the connection is over.
//! fn run<const N: usize>(
//!     endpoint: &mut Endpoint<[u8; N], [u8; N]>,
//!     mut stream: impl Read + Write,
//! ) -> Result<(), Box<dyn Error>> {
//!     loop {
//!         match endpoint.advance() {
//!             Step::Message => println!("{:?}", endpoint.message()),
//!             Step::Write => endpoint.write_with(|output| stream.write(output))?,
//!             Step::Read => {
//!                 stream.flush()?;
//!                 endpoint.read_with(|space| match stream.read(space) {
//!                     Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
//!                     result => result,
//!                 })?;
//!             }
//!             Step::Shutdown => {} // with rustls: `stream.conn.send_close_notify()`
//!             Step::Done(outcome) => return Ok(outcome.map(drop)?),
//!             Step::Ping | Step::Pong | Step::Close => {}
//!         }
//!     }
//! }
//! # /// Reads some bytes, then fails like a TLS stream without a `close_notify`.
//! # struct Tls<'a>(&'static [u8], io::BufWriter<&'a mut Vec<u8>>);
//! # impl Read for Tls<'_> {
//! #     fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
//! #         match self.0.read(space)? {
//! #             0 => Err(ErrorKind::UnexpectedEof.into()),
//! #             len => Ok(len),
//! #         }
//! #     }
//! # }
//! # impl Write for Tls<'_> {
//! #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
//! #         self.1.write(bytes)
//! #     }
//! #     fn flush(&mut self) -> io::Result<()> {
//! #         self.1.flush()
//! #     }
//! # }
//! # let endpoint = || Endpoint::server([0; 256], [0; 256], wsparse::Limits::DEFAULT);
//! # let mut written = Vec::new();
//! # // The peer closes, then cuts the stream.
//! # let stream = Tls(b"\x88\x80abcd", io::BufWriter::new(&mut written));
//! # assert!(run(&mut endpoint(), stream).is_ok());
//! # assert_eq!(written, b"\x88\x00");
//! # // It cuts the stream without a Close.
//! # written.clear();
//! # let stream = Tls(b"\x81\x80abcd", io::BufWriter::new(&mut written));
//! # let error = run(&mut endpoint(), stream).unwrap_err();
//! # assert_eq!(error.to_string(), wsparse::Failure::Cut.to_string());
//! ```
//!
//! # With tokio
//!
//! `wsparse-tokio` does all this. With its feature `rustls` or `native-roots`, `Config::connect`
//! accepts `wss` URIs. A server passes the stream that its `TlsAcceptor` returns to
//! `Config::accept`.
//!
//! # Other advice
//!
//! - Offer or accept the ALPN protocol `http/1.1`. The opening handshake that this crate writes is
//!   one of HTTP/1.1.
//! - Check the server's certificate against the host of the URI:
//!   [`Uri::host`](crate::handshake::Uri::host).
//! - Both directions of a TLS stream share one state. In async code, your runtime can split the
//!   stream for two tasks. With blocking I/O, one thread cannot write while another waits in a
//!   read: use one thread, and a read time-out.
