use crate::config::Config;
use crate::error::Error;
use crate::halves::{Reader, Writer, halves};
use crate::message::SharedMessage;
use crate::shared::{Keys, Shared};
use futures_core::Stream;
use futures_sink::Sink;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wsparse::{CloseCode, Endpoint, Message, OutgoingFrame, SendError};

/// A connection after its opening handshake, of a client or a server.
///
/// Receive with [`next`](Self::next), and send with [`send`](Self::send). While you wait for a
/// message, Pings are answered, the closing handshake is performed, and the time-outs are checked.
///
/// To answer a message without copying it, use both halves:
///
/// ```
/// # async fn echo(stream: tokio::net::TcpStream) -> Result<(), wsparse_tokio::Error> {
/// let mut socket = wsparse_tokio::accept(stream).await?;
/// while let Some(message) = socket.reader.next().await? {
///     socket.writer.send(message).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// For two tasks, take it [apart](Self::split).
#[derive(Debug)]
pub struct WebSocket<S> {
    /// The receiving half.
    pub reader: Reader<S>,
    /// The sending half.
    pub writer: Writer<S>,
    subprotocol: Option<Box<str>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    pub(crate) fn new(
        stream: S,
        input: Vec<u8>,
        received: Range<usize>,
        config: &Config,
        keys: Keys,
        subprotocol: Option<Box<str>>,
    ) -> Self {
        let endpoint =
            Endpoint::with_received(input, received, Vec::new(), config.limits, keys);
        let (receiver, sender) = endpoint.split();
        let shared = Shared::new(stream, sender, config.timeouts.answer);
        let (reader, writer) = halves(receiver, shared, config.timeouts);
        Self { reader, writer, subprotocol }
    }

    /// Returns the subprotocol that was agreed on in the opening handshake.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Returns the next message: see [`Reader::next`].
    ///
    /// # Errors
    ///
    /// Those of [`Reader::next`].
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        self.reader.next().await
    }

    /// Sends a message: see [`Writer::send`].
    ///
    /// # Errors
    ///
    /// Those of [`Writer::send`].
    pub fn send<'a>(
        &'a mut self,
        frame: impl Into<OutgoingFrame<'a>>,
    ) -> impl Future<Output = Result<(), Error>> {
        self.writer.send(frame)
    }

    /// Closes the connection: sends a Close, and waits until the peer has answered it. Messages that
    /// still arrive are discarded. Returns the code of the peer's Close.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::next`] and [`Writer::close`].
    pub async fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
    ) -> Result<Option<CloseCode>, Error> {
        match self.writer.close(code, reason).await {
            // The peer was first.
            Ok(()) | Err(Error::Send(SendError::Closed)) => {}
            Err(error) => return Err(error),
        }
        while self.reader.next().await?.is_some() {}
        Ok(self.reader.close_code())
    }

    /// Takes it apart into halves for two tasks.
    ///
    /// Both may write: the reader writes what the peer is owed, such as Pongs, even if the writer is
    /// never used.
    #[must_use]
    pub fn split(self) -> (Reader<S>, Writer<S>) {
        (self.reader, self.writer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<S> {
    type Item = Result<SharedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.reader).poll_next(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<SharedMessage> for WebSocket<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.writer).poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: SharedMessage) -> Result<(), Error> {
        self.writer.queue(&message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.writer).poll_close(cx)
    }
}
