use crate::config::Config;
use crate::error::Error;
use crate::reader::Reader;
use crate::shared::{Io, Keys, Shared};
use crate::writer::Writer;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use wsparse::{CloseCode, Endpoint, Message, OutgoingFrame, SendError};

/// A connection after its opening handshake, of a client or a server.
///
/// Its halves are fields, so that a message can be answered while it is lent, and so that they can
/// be moved to two tasks. Both may write: the reader writes Pongs even if the writer is never used.
///
/// ```
/// # async fn echo(stream: tokio::net::TcpStream) -> Result<(), wsparse_tokio::Error> {
/// let mut socket = wsparse_tokio::Config::DEFAULT.accept(stream).await?;
/// while let Some(message) = socket.reader.next().await? {
///     socket.writer.send(message).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct WebSocket<S> {
    /// The receiving half.
    pub reader: Reader<S>,
    /// The sending half.
    pub writer: Writer<S>,
    /// The subprotocol that was agreed on in the opening handshake.
    pub subprotocol: Option<Box<str>>,
}

impl<S: Io> WebSocket<S> {
    pub(crate) fn new(
        stream: S,
        (input, received): (Vec<u8>, Range<usize>),
        config: &Config,
        keys: Keys,
        subprotocol: Option<Box<str>>,
    ) -> Self {
        let endpoint = Endpoint::with_received(input, received, Vec::new(), config.limits, keys);
        let (receiver, sender) = endpoint.split();
        let shared = Arc::new(Shared::new(stream, sender, config.timeouts.answer));
        let reader = Reader::new(receiver, shared.clone(), config.timeouts);
        Self { reader, writer: Writer { shared }, subprotocol }
    }

    /// Returns the next message: see [`Reader::next`].
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        self.reader.next().await
    }

    /// Sends a message or another frame: see [`Writer::send`].
    pub async fn send<'a>(&mut self, frame: impl Into<OutgoingFrame<'a>>) -> Result<(), Error> {
        self.writer.send(frame).await
    }

    /// Sends a Close, and waits for the end of the connection. Messages that still arrive are
    /// discarded. Returns the code of the peer's Close.
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

    /// Returns the halves.
    pub fn split(self) -> (Reader<S>, Writer<S>) {
        (self.reader, self.writer)
    }

    /// Returns the stream, and the bytes that have been read and not decoded, to decode the frames
    /// in another way after the opening handshake. Returns `None` if the halves are of two sockets.
    pub fn into_stream(self) -> Option<(S, Vec<u8>)> {
        let received = self.reader.into_received();
        Some((Arc::into_inner(self.writer.shared)?.into_stream(), received))
    }
}

impl<S> fmt::Debug for WebSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").field("reader", &self.reader).finish_non_exhaustive()
    }
}
