use crate::SharedMessage;
use crate::error::Error;
use crate::opening::Config;
#[cfg(feature = "deflate")]
use crate::output::CODECS;
use crate::output::{Keys, Output, Payload, READER, Shared, Stream, WRITER};
use crate::output::{borrow_spare, return_spare};
use futures_util::{Sink, stream};
use std::future::poll_fn;
use std::io::ErrorKind;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::ReadBuf;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use wsparse::deflate::Agreed;
#[cfg(feature = "deflate")]
use wsparse::deflate::Inflater;
use wsparse::{Arrival, CloseCode, Due, Duty, Endpoint, Failure, Message, OutgoingFrame};
use wsparse::{Receiver, SendError, Timeouts};

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
        let reader = Reader {
            receiver,
            shared: shared.clone(),
            timeouts: config.timeouts,
            start: Instant::now(),
            alarm: None,
            reads: 0,
            drain: None,
            close_code: None,
            #[cfg(feature = "deflate")]
            inflate: agreed.map(|agreed| (agreed, None)),
        };
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
        let Reader { receiver, shared, .. } = self.reader;
        if !Arc::ptr_eq(&shared, &self.writer.shared) {
            return None;
        }
        drop(shared);
        let output = Arc::into_inner(self.writer.shared)?.output.into_inner().ok()?;
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
    receiver: Receiver<Vec<u8>>,
    shared: Arc<Shared>,
    timeouts: Timeouts,
    start: Instant,
    /// Set to the next time-out or earlier, so that few reads set it.
    alarm: Option<Pin<Box<Sleep>>>,
    /// The number of reads since the time-outs were checked.
    reads: u8,
    drain: Option<watch::Receiver<Option<CloseCode>>>,
    close_code: Option<CloseCode>,
    /// What was agreed on, with the inflater of a connection that has one of its own.
    #[cfg(feature = "deflate")]
    inflate: Option<(Agreed, Option<Box<Inflater>>)>,
}

/// The longest time for which the alarm is set.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Reader {
    /// The time-outs are checked when there is nothing to read, and after this many reads.
    const READS: u8 = 64;

    /// Returns the next message, lent from the buffer for input. Returns `None` once both sides have
    /// sent a Close and the stream has ended. If the future is dropped, nothing is lost.
    ///
    /// # Errors
    ///
    /// [`Error::Failure`] if the peer breaks a rule, takes too long, or ends the stream without a
    /// Close; [`Error::Io`]. No message follows an error.
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        loop {
            #[cfg(feature = "deflate")]
            let arrival = match &mut self.inflate {
                Some((agreed, own)) => CODECS.with_borrow_mut(|codecs| {
                    self.receiver.advance_with(codecs.inflater(own, *agreed))
                }),
                None => self.receiver.advance(),
            };
            #[cfg(not(feature = "deflate"))]
            let arrival = self.receiver.advance();
            match arrival {
                Arrival::Message => return Ok(Some(self.receiver.message())),
                Arrival::Pong => {}
                Arrival::Duty(duty) => self.shared.lock().perform(&duty),
                Arrival::Read => self.read().await,
                Arrival::Done(outcome) => return self.end(outcome).await.map(|()| None),
            }
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

    /// Writes what is due, and reads once. Checks the time-outs if there is nothing to read.
    async fn read(&mut self) {
        let Self { receiver, shared, alarm, reads, drain, .. } = self;
        let mut read = |output: &mut Output, cx: &mut Context<'_>| {
            loop {
                let is_written = output.poll_write(cx, &[]).is_ready();
                if output.has_timed_out() {
                    receiver.filled(0);
                    break;
                }
                if output.has_sent_close() {
                    receiver.close_was_sent();
                }
                if is_written && receiver.wants_shutdown() {
                    // If it fails, so will the next read.
                    _ = output.stream.as_mut().poll_shutdown(cx);
                }
                if receiver.space().is_empty()
                    && let Ok(own) = receiver.replace_buffer(Vec::new())
                {
                    _ = receiver.replace_buffer(borrow_spare(READER, own));
                }
                if receiver.space().is_empty() {
                    break; // `advance` makes room
                }
                let is_flooded = *reads >= Self::READS;
                let mut space = ReadBuf::new(receiver.space());
                if !is_flooded
                    && !output.is_crowded()
                    && let Poll::Ready(read) = output.stream.as_mut().poll_read(cx, &mut space)
                {
                    let len = space.filled().len();
                    *reads += 1;
                    receiver.filled(len);
                    read.unwrap_or_else(|error| output.fail(error));
                    break;
                }
                *reads = 0;
                let now = Instant::now();
                let since_start = now - self.start;
                let wait = match receiver.tick(since_start, &self.timeouts) {
                    Due::Wait { until } => until.saturating_sub(since_start),
                    Due::Ping => {
                        // Nothing has arrived for a long time.
                        #[cfg(feature = "deflate")]
                        if let Some((_, Some(own))) = &mut self.inflate {
                            own.release();
                        }
                        #[cfg(feature = "deflate")]
                        output.deflate.iter_mut().for_each(|(_, _, own)| *own = None);
                        output.perform(&Duty::PING);
                        break;
                    }
                    Due::GiveUp => {
                        output.fail(ErrorKind::TimedOut.into());
                        receiver.filled(0);
                        break;
                    }
                };
                let at = now + wait.min(A_YEAR);
                if let Ok(buffer) = receiver.replace_buffer(Vec::new()) {
                    return_spare(READER, buffer);
                }
                // The waker is always the same, so the alarm is polled only after it was set.
                let deadline = alarm.as_ref().map(|alarm| alarm.deadline());
                if deadline.is_none_or(|deadline| deadline <= now || at < deadline) {
                    let alarm = alarm.get_or_insert_with(|| Box::pin(sleep_until(at)));
                    alarm.as_mut().reset(at);
                    if alarm.as_mut().poll(cx).is_ready() {
                        continue;
                    }
                }
                if !is_flooded {
                    return Poll::Pending;
                }
            }
            Poll::Ready(())
        };
        let read = poll_fn(|cx| shared.poll(READER, cx, &mut read));
        let Some(drain) = drain.as_mut().filter(|_| !shared.lock().is_closed()) else {
            return read.await; // there is nothing to `select!`
        };
        let drained = async { *drain.wait_for(Option::is_some).await.ok()? };
        tokio::select! {
            biased;
            () = read => {}
            Some(code) = drained => drop(shared.lock().sender.close(code, "")),
        }
    }

    /// Writes what is left, such as a Close, and ends the connection.
    async fn end(&mut self, outcome: Result<Option<CloseCode>, Failure>) -> Result<(), Error> {
        let write = |output: &mut Output, cx: &mut Context<'_>| {
            if outcome != Err(Failure::Cut) {
                _ = ready!(output.poll_write(cx, &[]));
            }
            _ = output.stream.as_mut().poll_shutdown(cx);
            let failed = output.failed();
            output.is_end_known = true;
            if outcome.is_err() {
                output.fail(ErrorKind::BrokenPipe.into());
            }
            Poll::Ready(failed)
        };
        let failed = poll_fn(|cx| self.shared.poll(READER, cx, write)).await;
        // The writer may be waiting for a peer that has gone.
        self.shared.wake();
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
    ///   [`Timeouts::answer`].
    pub async fn send<'a>(&mut self, frame: impl Into<OutgoingFrame<'a>>) -> Result<(), Error> {
        let payload = self.append(frame.into(), Self::LARGE).await?;
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
        self.append(frame, usize::MAX).await?;
        Ok(())
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
            Ok(()) => self.shared.wake(),
            Err(SendError::Closed) => {}
            Err(error) => return Err(error.into()),
        }
        output.is_end_known = true;
        Ok(())
    }

    /// Waits until a frame may be appended, and appends it: see [`Output::send`].
    async fn append<'p>(&self, frame: OutgoingFrame<'p>, large: usize) -> Result<&'p [u8], Error> {
        loop {
            {
                let mut output = self.shared.lock();
                if !output.is_crowded() {
                    return Ok(output.send(frame, large)?);
                }
            }
            poll_fn(|cx| self.shared.poll(WRITER, cx, Output::poll_room)).await?;
        }
    }

    fn poll_write(&self, cx: &Context<'_>, payload: &[u8]) -> Poll<Result<(), Error>> {
        self.shared.poll(WRITER, cx, |output, cx| output.poll_write(cx, payload))
    }
}

impl Sink<SharedMessage> for Writer {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.poll(WRITER, cx, Output::poll_room)
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
