use crate::error::Error;
use crate::message::SharedMessage;
use crate::shared::{HIGH_WATER, Half, Shared};
use futures_core::Stream;
use futures_sink::Sink;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};
use wsparse::{
    Arrival, CloseCode, Due, Duty, Failure, Message, OutgoingFrame, Receiver, Timeouts, Traffic,
};

/// A buffer that has grown to more than this many bytes is released when the connection is idle.
const KEPT: usize = 64 << 10;

/// The receiving half of a [`WebSocket`](crate::WebSocket).
///
/// It also answers Pings, performs the closing handshake and checks the time-outs, while you call
/// [`next`](Self::next). Drop it only when you drop the [`Writer`] as well.
pub struct Reader<S> {
    receiver: Receiver<Vec<u8>>,
    shared: Arc<Shared<S>>,
    timeouts: Timeouts,
    start: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
    /// Something has changed since the time-outs were checked.
    is_unchecked: bool,
    knows_close: bool,
    close_code: Option<CloseCode>,
    /// The stream of messages has returned an error, which was the last item.
    has_failed: bool,
}

/// The sending half of a [`WebSocket`](crate::WebSocket).
pub struct Writer<S> {
    shared: Arc<Shared<S>>,
}

pub(crate) fn halves<S>(
    receiver: Receiver<Vec<u8>>,
    shared: Shared<S>,
    timeouts: Timeouts,
) -> (Reader<S>, Writer<S>) {
    let shared = Arc::new(shared);
    let writer = Writer { shared: shared.clone() };
    let reader = Reader {
        receiver,
        shared,
        timeouts,
        start: Instant::now(),
        alarm: None,
        is_unchecked: true,
        knows_close: false,
        close_code: None,
        has_failed: false,
    };
    (reader, writer)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    /// Returns the next message, or `None` at the end of the connection.
    ///
    /// The message is lent from the input buffer. It is `None` after the peer's Close, once the
    /// closing handshake is complete and the stream has ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is lost.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Failure`] if the peer breaks a rule, takes too long, or ends the
    /// stream without a Close. No message follows an error.
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        let is_message = poll_fn(|cx| self.poll_advance(cx)).await?;
        Ok(is_message.then(|| self.receiver.message()))
    }

    /// Goes on to the next message, and returns whether there is one.
    fn poll_advance(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        loop {
            if self.is_unchecked {
                self.check_time();
            }
            match self.receiver.advance() {
                Arrival::Message => return Poll::Ready(Ok(true)),
                Arrival::Pong => {}
                Arrival::Duty(duty) => self.shared.perform(duty),
                Arrival::Read => ready!(self.poll_read(cx)),
                Arrival::Done(outcome) => return Poll::Ready(self.end(outcome)),
            }
        }
    }

    fn check_time(&mut self) {
        self.is_unchecked = false;
        match self.receiver.tick(self.start.elapsed(), &self.timeouts) {
            Due::Wait { until } => {
                let until = self.start.checked_add(until);
                match (&mut self.alarm, until) {
                    // An alarm that rings too early is cheaper than one that is often changed.
                    (Some(alarm), Some(until)) if alarm.deadline() > until || alarm.is_elapsed() => {
                        alarm.as_mut().reset(until);
                    }
                    (None, Some(until)) => self.alarm = Some(Box::pin(sleep_until(until))),
                    _ => {}
                }
            }
            Due::Ping => {
                self.shared.perform(Duty::PING);
                self.is_unchecked = true;
            }
            Due::GiveUp => self.fail(ErrorKind::TimedOut.into()),
        }
    }

    /// Writes what is due, and reads once.
    fn poll_read(&mut self, cx: &Context<'_>) -> Poll<()> {
        let cx = &mut self.shared.register(Half::Reader, cx);
        let mut output = self.shared.lock();
        if output.sender.is_closed() && !self.knows_close {
            self.knows_close = true;
            self.receiver.close_was_sent();
            self.is_unchecked = true;
            return Poll::Ready(());
        }
        let written = output.poll_output(cx);
        if let Some(ErrorKind::TimedOut) = output.error.as_ref().map(io::Error::kind) {
            self.receiver.filled(0);
            return Poll::Ready(());
        }
        if written.is_ready() && self.receiver.wants_shutdown() {
            output.poll_shutdown(cx);
        }
        if output.sender.output().len() < HIGH_WATER {
            match output.poll_read(cx, self.receiver.space()) {
                Poll::Ready(Ok(len)) => {
                    self.receiver.filled(len);
                    self.is_unchecked = true;
                    return Poll::Ready(());
                }
                Poll::Ready(Err(error)) => {
                    drop(output);
                    self.fail(error);
                    return Poll::Ready(());
                }
                Poll::Pending => {}
            }
        }
        drop(output);
        if let Some(alarm) = &mut self.alarm
            && alarm.as_mut().poll(cx).is_ready()
        {
            self.is_unchecked = true;
            return Poll::Ready(());
        }
        self.release();
        Poll::Pending
    }

    /// Releases large buffers while nothing is in them.
    fn release(&mut self) {
        if self.receiver.is_idle() && self.receiver.space().len() > KEPT {
            _ = self.receiver.replace_buffer(Vec::new());
        }
    }

    /// Ends the connection because of the stream or the time.
    fn fail(&mut self, error: io::Error) {
        self.shared.lock().error.get_or_insert(error);
        self.receiver.filled(0);
    }

    fn end(&mut self, outcome: Result<Option<CloseCode>, Failure>) -> Result<bool, Error> {
        match outcome {
            Ok(code) => {
                self.close_code = code;
                Ok(false)
            }
            Err(Failure::Cut) => Err(match self.shared.lock().error.take() {
                Some(error) if error.kind() == ErrorKind::TimedOut => Failure::TimedOut.into(),
                Some(error) => error.into(),
                None => Failure::Cut.into(),
            }),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Returns the code of the peer's Close, once [`next`](Self::next) has returned `None`. It is
    /// `None` if the Close has no code.
    #[must_use]
    pub fn close_code(&self) -> Option<CloseCode> {
        self.close_code
    }

    /// Returns how much has been received.
    #[must_use]
    pub fn received(&self) -> Traffic {
        self.receiver.received()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// Sends a message or another frame, and waits until it is written.
    ///
    /// A server does not copy a payload of 16 KiB or more.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped after it was polled, the message is sent nevertheless: the rest of
    /// it is written by the next call, or by the [`Reader`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] after a Close in either direction, [`Error::Io`], and [`Error::Failure`] if
    /// the peer takes no byte for as long as [`Timeouts::answer`].
    pub fn send<'a>(
        &'a mut self,
        frame: impl Into<OutgoingFrame<'a>>,
    ) -> impl Future<Output = Result<(), Error>> {
        let frame = frame.into();
        async move {
            self.poll_output(true).await?;
            let mut sending = self.shared.begin(frame)?;
            poll_fn(|cx| sending.poll(cx)).await
        }
    }

    /// Appends a message or another frame to the output without writing it.
    ///
    /// It is written by [`flush`](Self::flush), by the next [`send`](Self::send), or before the
    /// [`Reader`] waits for the peer, together with others.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] after a Close in either direction.
    pub fn queue<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<(), Error> {
        Ok(self.shared.lock().sender.send(frame)?)
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub async fn flush(&mut self) -> Result<(), Error> {
        self.poll_output(false).await
    }

    /// Writes until there is room for more, or everything.
    async fn poll_output(&mut self, until_room: bool) -> Result<(), Error> {
        poll_fn(|cx| self.poll(cx, until_room)).await
    }

    fn poll(&mut self, cx: &Context<'_>, until_room: bool) -> Poll<Result<(), Error>> {
        let cx = &mut self.shared.register(Half::Writer, cx);
        let mut output = self.shared.lock();
        if until_room { output.poll_ready(cx) } else { output.poll_output(cx) }
    }

    /// Sends a Close, after which nothing more can be sent. [`Reader::next`] then returns the
    /// messages that still arrive, and `None` when the connection has ended.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and [`Error::Send`] for a reason of more than 123 bytes.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.begin_close(code, reason)?;
        self.flush().await
    }

    fn begin_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.shared.lock().sender.close(code, reason)?;
        // The reader waits for the peer's Close no longer than `Timeouts::close`.
        self.shared.tasks.wake_all();
        Ok(())
    }

    /// Returns how much has been sent, or waits to be written.
    #[must_use]
    pub fn sent(&self) -> Traffic {
        self.shared.lock().sender.sent()
    }

    /// Returns whether a Close was sent or received, or the stream has ended: nothing can be sent.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let output = self.shared.lock();
        output.sender.is_closed() || output.sender.is_over()
    }

    pub(crate) fn shared(&self) -> &Shared<S> {
        &self.shared
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for Reader<S> {
    type Item = Result<SharedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_failed {
            return Poll::Ready(None);
        }
        let is_message = ready!(self.poll_advance(cx));
        self.has_failed = is_message.is_err();
        let message = is_message.map(|is| is.then(|| self.receiver.message().into()));
        Poll::Ready(message.transpose())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<SharedMessage> for Writer<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, true)
    }

    fn start_send(mut self: Pin<&mut Self>, message: SharedMessage) -> Result<(), Error> {
        self.queue(&message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, false)
    }

    /// Sends a Close with the code 1000.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.is_closed() {
            self.begin_close(CloseCode::NORMAL, "")?;
        }
        self.poll(cx, false)
    }
}

impl<S> fmt::Debug for Reader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
