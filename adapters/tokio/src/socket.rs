use crate::SharedMessage;
use crate::error::Error;
use crate::input::{Input, Outcome};
use crate::opening::Config;
use crate::output::{Keys, Output, Payload, READER, Shared, Stream, WRITER};
use futures_util::{Sink, stream};
use std::future::poll_fn;
use std::io::ErrorKind;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use wsparse::deflate::Agreed;
use wsparse::{CloseCode, Endpoint, Failure, Message, OutgoingFrame, SendError};

/// A connection after its opening handshake, of a client or a server.
///
/// Its halves are fields, so that a message can be answered while it is lent, and so that they can
/// be moved to two tasks. Both may write: the reader writes Pongs even if the writer is never used.
#[derive(Debug)]
pub struct WebSocket {
    /// The receiving half.
    pub reader: Reader,
    /// The sending half.
    pub writer: Writer,
    /// The subprotocol that was agreed on in the opening handshake.
    pub subprotocol: Option<Box<str>>,
}

impl WebSocket {
    pub(crate) fn new(
        stream: Stream,
        (input, received): (Vec<u8>, Range<usize>),
        config: &Config,
        keys: Keys,
        subprotocol: Option<&str>,
        agreed: Option<Agreed>,
    ) -> Self {
        let endpoint = Endpoint::with_received(input, received, Vec::new(), config.limits, keys);
        #[cfg(feature = "deflate")]
        let endpoint = endpoint.with_deflate(agreed);
        let (receiver, sender) = endpoint.split();
        let shared = Shared::new(stream, sender, config.timeouts.answer);
        #[cfg(feature = "deflate")]
        if let Some(agreed) = agreed {
            shared.lock().deflate = Some((config.deflate.unwrap_or_default(), agreed, None));
        }
        #[cfg(not(feature = "deflate"))]
        let _: Option<Agreed> = agreed;
        let input = Input::new(receiver, config.timeouts, agreed);
        let reader = Reader { input, shared: shared.clone(), drain: None, close_code: None };
        Self { reader, writer: Writer { shared }, subprotocol: subprotocol.map(Box::from) }
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
        self.writer.start_close(code, reason)?;
        while self.next().await?.is_some() {}
        Ok(self.reader.close_code)
    }

    /// Returns the halves.
    pub fn split(self) -> (Reader, Writer) {
        (self.reader, self.writer)
    }

    /// Returns the stream, and the bytes that have been read and not decoded, to decode the frames
    /// in another way after the opening handshake. Returns `None` if the halves are of two sockets.
    pub fn into_stream(self) -> Option<(Stream, Vec<u8>)> {
        let Reader { input: Input { receiver, .. }, shared, .. } = self.reader;
        if !Arc::ptr_eq(&shared, &self.writer.shared) {
            return None;
        }
        drop(shared);
        let output = Arc::into_inner(self.writer.shared)?.0.into_inner().ok()?;
        let received = receiver.unread();
        Some((output.stream, receiver.into_buffer().get(received)?.to_vec()))
    }
}

/// The receiving half of a [`WebSocket`].
///
/// While you receive, it answers Pings, performs the closing handshake and checks the time-outs.
/// Keep it for as long as the [`Writer`].
#[derive(Debug)]
pub struct Reader {
    input: Input,
    shared: Arc<Shared>,
    drain: Option<watch::Receiver<Option<CloseCode>>>,
    close_code: Option<CloseCode>,
}

impl Reader {
    /// Returns the next message, lent from the buffer for input. Returns `None` once both sides have
    /// sent a Close and the stream has ended. If the future is dropped, nothing is lost.
    ///
    /// # Errors
    ///
    /// [`Error::Failure`] if the peer breaks a rule, takes too long, or ends the stream without a
    /// Close; [`Error::Io`]. No message follows an error.
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        loop {
            let Self { input, shared, drain, .. } = self;
            let next = poll_fn(|cx| input.poll_next(shared, cx));
            let end = if let Some(drain) = drain.as_mut().filter(|_| !shared.lock().is_closed()) {
                let drained = async { *drain.wait_for(Option::is_some).await.ok()? };
                tokio::select! {
                    biased;
                    Some(code) = drained => {
                        _ = shared.lock().sender.close(code, "");
                        continue;
                    }
                    end = next => end,
                }
            } else {
                next.await // there is nothing to `select!`
            };
            return match end {
                None => Ok(Some(self.input.receiver.message())),
                Some(outcome) => self.end(outcome).await.map(|()| None),
            };
        }
    }

    /// Returns a `Stream` of the messages, which ends after an error.
    pub fn into_stream(self) -> impl stream::Stream<Item = Result<SharedMessage, Error>> + Send {
        stream::try_unfold(self, async |mut reader: Self| {
            let message = reader.next().await?.map(SharedMessage::shared);
            Ok(message.map(|message| (message, reader)))
        })
    }

    /// Returns the code of the peer's Close, after [`next`](Self::next) has returned `None`. It is
    /// `None` if the Close had no code.
    pub fn close_code(&self) -> Option<CloseCode> {
        self.close_code
    }

    /// Writes what is left, such as a Close, and ends the connection.
    async fn end(&mut self, outcome: Outcome) -> Result<(), Error> {
        let write = |output: &mut Output, cx: &mut Context<'_>| output.poll_write(cx, &[]);
        let end = |output: &mut Output, cx: &mut Context<'_>| {
            _ = output.stream.as_mut().poll_shutdown(cx);
            let failed = output.failed();
            output.is_end_known = true;
            if outcome.is_err() {
                output.fail(ErrorKind::BrokenPipe.into());
            }
            output.wake(WRITER); // it may be waiting for a peer that has gone
            Poll::Ready(failed)
        };
        if outcome != Err(Failure::Cut) {
            // A writer may be in the middle of a payload, and not go on.
            let write = poll_fn(|cx| self.shared.poll(READER, cx, write));
            _ = timeout(self.input.timeouts.close, write).await;
        }
        let failed = poll_fn(|cx| self.shared.poll(READER, cx, end)).await;
        if outcome == Err(Failure::Cut) {
            failed?;
        }
        self.close_code = outcome?;
        Ok(())
    }
}

/// The sending half of a [`WebSocket`]. Also a `Sink` of [`SharedMessage`].
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    /// A server does not copy payloads of at least this length, in bytes.
    const LARGE: usize = 32 << 10;

    /// Sends a message or another frame, and waits until it is written. A server does not copy a
    /// payload of 32 KiB or more.
    ///
    /// If compression was agreed on, messages are compressed, except short ones, a [`SharedMessage`],
    /// and those that are marked as `OutgoingFrame::uncompressed`. With context takeover, the compressor
    /// is released whenever the reader sends a Ping to a silent peer.
    ///
    /// If the future is dropped, the message is sent as a whole or not at all. What is left of it is
    /// written by the [`Reader`] or the next call.
    ///
    /// A message after the peer's Close or that of a [`Drain`] is discarded without an error:
    /// [`Reader::next`] soon returns `None` or an error.
    ///
    /// # Errors
    ///
    /// - [`Error::Send`] with [`Closed`](wsparse::SendError::Closed) after [`close`](Self::close), and
    ///   after `next` has returned `None` or an error.
    /// - [`Error::Io`], and [`Error::Failure`] if the peer takes no byte for as long as
    ///   [`Timeouts::answer`](wsparse::Timeouts::answer).
    pub async fn send<'a>(&mut self, frame: impl Into<OutgoingFrame<'a>>) -> Result<(), Error> {
        let frame = frame.into();
        let payload = poll_fn(|cx| self.poll_append(cx, frame, Self::LARGE)).await?;
        let payload = Payload(&self.shared, payload);
        poll_fn(|cx| self.poll_write(cx, payload.1)).await
    }

    /// Appends a message or another frame to those that wait to be written, and does not wait. The
    /// [`Reader`] writes them before it waits for more input. In a loop that answers each message, this
    /// is faster than [`send`](Self::send), because the answers to all messages that have arrived
    /// together are written together.
    ///
    /// If the `Reader` is in another task, call [`flush`](Self::flush) after the last message. While
    /// 64 KiB wait, and for a payload of 32 KiB or more, this waits like `send`.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub async fn feed<'a>(&mut self, frame: impl Into<OutgoingFrame<'a>>) -> Result<(), Error> {
        let frame = frame.into();
        if frame.payload().len() >= Self::LARGE {
            return self.send(frame).await;
        }
        poll_fn(|cx| self.poll_append(cx, frame, usize::MAX)).await.map(drop)
    }

    /// Writes everything that waits.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_write(cx, &[])).await
    }

    /// Sends a Close, after which nothing more can be sent. [`Reader::next`] then returns the messages
    /// that still arrive, and `None` at the end.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.start_close(code, reason)?;
        self.flush().await
    }

    /// Appends a Close, unless the connection is closing already.
    fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let mut output = self.shared.lock();
        match output.sender.close(code, reason) {
            // The reader waits for the peer's Close no longer than `Timeouts::close`.
            Ok(()) => output.wake(READER),
            Err(SendError::Closed) => {}
            Err(error) => return Err(error.into()),
        }
        output.is_end_known = true;
        Ok(())
    }

    /// Waits until a frame may be appended, and appends it: see [`Output::send`].
    fn poll_append<'p>(
        &self,
        cx: &Context<'_>,
        frame: OutgoingFrame<'p>,
        large: usize,
    ) -> Poll<Result<&'p [u8], Error>> {
        let mut output = self.shared.lock();
        if output.is_crowded() {
            drop(output);
            ready!(self.poll(cx, Output::poll_room))?;
            output = self.shared.lock();
        }
        let payload = output.send(frame, large)?;
        if output.is_closed() {
            output.wake(READER); // the frame may be a Close: see `start_close`
        }
        Poll::Ready(Ok(payload))
    }

    fn poll_write(&self, cx: &Context<'_>, payload: &[u8]) -> Poll<Result<(), Error>> {
        self.poll(cx, |output, cx| output.poll_write(cx, payload).map(|()| output.failed()))
    }

    fn poll(
        &self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Output, &mut Context<'_>) -> Poll<Result<(), Error>>,
    ) -> Poll<Result<(), Error>> {
        self.shared.poll(WRITER, cx, |output, cx| {
            let done = ready!(poll(output, cx));
            if done.is_err() {
                output.wake(READER); // the reader has no longer to wait for a message
            }
            Poll::Ready(done)
        })
    }
}

impl Sink<SharedMessage> for Writer {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, Output::poll_room)
    }

    fn start_send(self: Pin<&mut Self>, message: SharedMessage) -> Result<(), Error> {
        self.shared.lock().send((&message).into(), usize::MAX)?;
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_write(cx, &[])
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.start_close(CloseCode::NORMAL, "")?;
        self.poll_write(cx, &[])
    }
}

/// The connections of a server, to be closed together. A clone refers to the same connections.
#[derive(Clone, Debug, Default)]
pub struct Drain(watch::Sender<Option<CloseCode>>);

impl Drain {
    /// Adds a connection. It is closed at once if [`close`](Self::close) was called before.
    pub fn add(&self, socket: &mut WebSocket) {
        socket.reader.drain = Some(self.0.subscribe());
    }

    /// Sends a Close on every connection, and waits until all readers have been dropped or this time is
    /// over. Returns how many are left.
    ///
    /// Go on receiving on each: [`Reader::next`] sends the Close, returns the messages that still
    /// arrive, and returns `None` after the peer's answer.
    pub async fn close(&self, code: CloseCode, limit: Duration) -> usize {
        self.0.send_replace(Some(code));
        _ = timeout(limit, self.0.closed()).await;
        self.0.receiver_count()
    }
}
