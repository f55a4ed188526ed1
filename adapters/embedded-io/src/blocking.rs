//! The same over the traits of [`embedded_io`], whose functions block.
//!
//! ```
//! use embedded_io::{Read, Write};
//! use wsparse::Limits;
//! use wsparse_embedded_io::Error;
//! use wsparse_embedded_io::blocking::WebSocket;
//!
//! /// Sends every message back.
//! fn serve<S: Read + Write>(stream: &mut S) -> Result<(), Error<S::Error>> {
//!     let limits = Limits { max_message: 252, ..Limits::DEFAULT };
//!     let mut socket = WebSocket::accept(stream, [0; 768], [0; 256], limits)?;
//!     while socket.next()?.is_some() {
//!         socket.reply(|message, sender| sender.send(message))?;
//!     }
//!     Ok(())
//! }
//! ```

use crate::error::Error;
use crate::socket;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use embedded_io::{ErrorType, Read, Write};
use wsparse::handshake::{Accept, Refusal, Upgrade};
use wsparse::{
    Buffer, ClientKeys, ClientOpening, CloseCode, Due, Endpoint, KeySource, Limits, Message,
    NoKeys, OutgoingFrame, Sender, Timeouts,
};

/// A WebSocket over a stream that blocks: see [`WebSocket`](crate::WebSocket), whose functions it has, with the same
/// errors.
#[derive(Debug)]
pub struct WebSocket<S, I, O, K = NoKeys>(socket::WebSocket<Ready<S>, I, O, K>);

impl<S: Read + Write, I: Buffer, O: Buffer> WebSocket<S, I, O> {
    /// Accepts a WebSocket as a server: see [`accept`](crate::WebSocket::accept).
    pub fn accept(stream: S, input: I, output: O, limits: Limits) -> Result<Self, Error<S::Error>> {
        now(socket::WebSocket::accept(Ready(stream), input, output, limits)).map(Self)
    }

    /// Accepts a WebSocket as a server if `choose` does: see
    /// [`accept_with`](crate::WebSocket::accept_with).
    pub fn accept_with<'a>(
        stream: S,
        input: I,
        output: O,
        limits: Limits,
        choose: impl FnOnce(&Upgrade<'_>) -> Result<Accept<'a>, Refusal<'a>>,
    ) -> Result<Self, Error<S::Error>> {
        now(socket::WebSocket::accept_with(Ready(stream), input, output, limits, choose)).map(Self)
    }
}

impl<S: Read + Write, I: Buffer, O: Buffer, K: ClientKeys> WebSocket<S, I, O, K> {
    /// Opens a WebSocket as a client: see [`connect`](crate::WebSocket::connect).
    pub fn connect(
        stream: S,
        opening: ClientOpening<'_, I>,
        output: O,
        limits: Limits,
        keys: K,
    ) -> Result<Self, Error<S::Error>> {
        now(socket::WebSocket::connect(Ready(stream), opening, output, limits, keys)).map(Self)
    }
}

impl<S: Read + Write, I: Buffer, O: Buffer, K: KeySource> WebSocket<S, I, O, K> {
    /// Joins a stream and an endpoint, after an opening handshake of your own.
    pub const fn new(stream: S, endpoint: Endpoint<I, O, K>) -> Self {
        Self(socket::WebSocket::new(Ready(stream), endpoint))
    }

    /// Receives the next message, or `None` at the end of the connection: see
    /// [`next`](crate::WebSocket::next).
    ///
    /// After the error of a `read` that took too long, you can call it again.
    #[expect(clippy::should_implement_trait, reason = "the message borrows the socket")]
    pub fn next(&mut self) -> Result<Option<Message<'_>>, Error<S::Error>> {
        now(self.0.next())
    }

    /// Answers a message: see [`reply`](crate::WebSocket::reply).
    pub fn reply<R>(&mut self, reply: impl FnOnce(Message<'_>, &mut Sender<O, K>) -> R) -> R {
        self.0.reply(reply)
    }

    /// Sends a message or another frame: see [`send`](crate::WebSocket::send).
    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<(), Error<S::Error>> {
        now(self.0.send(frame))
    }

    /// Closes the connection: see [`close`](crate::WebSocket::close).
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error<S::Error>> {
        now(self.0.close(code, reason))
    }

    /// Checks the time-outs by your clock: see [`tick`](crate::WebSocket::tick). Let `read` return an error
    /// after a while, so that there is time for it.
    pub fn tick(&mut self, now: Duration, timeouts: &Timeouts) -> Due {
        self.0.tick(now, timeouts)
    }

    /// Returns the endpoint, for its counters and its state.
    pub const fn endpoint(&self) -> &Endpoint<I, O, K> {
        self.0.endpoint()
    }

    /// Returns the stream and the endpoint.
    pub fn into_parts(self) -> (S, Endpoint<I, O, K>) {
        let (Ready(stream), endpoint) = self.0.into_parts();
        (stream, endpoint)
    }
}

/// A stream whose futures are ready when they are polled for the first time, because it blocks.
#[derive(Debug)]
struct Ready<S>(S);

impl<S: ErrorType> ErrorType for Ready<S> {
    type Error = S::Error;
}

impl<S: Read> embedded_io_async::Read for Ready<S> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, S::Error> {
        self.0.read(space)
    }
}

impl<S: Write> embedded_io_async::Write for Ready<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, S::Error> {
        self.0.write(bytes)
    }

    async fn flush(&mut self) -> Result<(), S::Error> {
        self.0.flush()
    }
}

/// Returns the result of a future that waits for nothing but a [`Ready`] stream.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
