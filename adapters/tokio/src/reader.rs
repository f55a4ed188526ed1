use crate::error::Error;
use crate::message::SharedMessage;
use crate::shared::{HIGH_WATER, Io, Shared};
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::ReadBuf;
use tokio::time::{Instant, Sleep, sleep};
use wsparse::{Arrival, CloseCode, Due, Duty, Failure, Message, Receiver, Timeouts};

/// Instead of never.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The receiving half of a [`WebSocket`](crate::WebSocket). Also a `Stream` of [`SharedMessage`].
///
/// While you receive, it answers Pings, performs the closing handshake and checks the time-outs.
/// Keep it for as long as the [`Writer`](crate::Writer).
pub struct Reader<S> {
    receiver: Receiver<Vec<u8>>,
    shared: Arc<Shared<S>>,
    timeouts: Timeouts,
    start: Instant,
    alarm: Pin<Box<Sleep>>,
    close_code: Option<CloseCode>,
    /// As a stream, it has returned an error, its last item.
    has_failed: bool,
}

impl<S: Io> Reader<S> {
    pub(crate) fn new(
        receiver: Receiver<Vec<u8>>,
        shared: Arc<Shared<S>>,
        timeouts: Timeouts,
    ) -> Self {
        let (start, alarm) = (Instant::now(), Box::pin(sleep(A_YEAR)));
        let (close_code, has_failed) = (None, false);
        Self { receiver, shared, timeouts, start, alarm, close_code, has_failed }
    }

    /// Returns the next message, lent from the buffer for input. Returns `None` once both sides have
    /// sent a Close and the stream has ended. If the future is dropped, nothing is lost.
    ///
    /// # Errors
    ///
    /// [`Error::Failure`] if the peer breaks a rule, takes too long, or ends the stream without a
    /// Close; [`Error::Io`]. No message follows an error.
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        let is_message = poll_fn(|cx| self.poll_advance(cx)).await?;
        Ok(is_message.then(|| self.receiver.message()))
    }

    /// Returns the code of the peer's Close, after [`next`](Self::next) has returned `None`. It is
    /// `None` if the Close had no code.
    pub fn close_code(&self) -> Option<CloseCode> {
        self.close_code
    }

    pub(crate) fn into_received(self) -> Vec<u8> {
        let unread = self.receiver.unread();
        self.receiver.into_buffer().get(unread).unwrap_or_default().to_vec()
    }

    /// Goes on to the next message, and returns whether there is one.
    fn poll_advance(&mut self, cx: &Context<'_>) -> Poll<Result<bool, Error>> {
        loop {
            match self.receiver.advance() {
                Arrival::Message => return Poll::Ready(Ok(true)),
                Arrival::Pong => {}
                Arrival::Duty(duty) => self.shared.lock().perform(duty),
                Arrival::Read => ready!(self.poll_read(cx)),
                Arrival::Done(outcome) => return self.poll_end(cx, outcome),
            }
        }
    }

    /// Checks the time-outs, writes what is due, and reads once.
    fn poll_read(&mut self, cx: &Context<'_>) -> Poll<()> {
        let Self { receiver, shared, alarm, .. } = self;
        shared.poll(0, cx, |output, cx| {
            if output.sender.is_closed() {
                receiver.close_was_sent();
            }
            let now = self.start.elapsed();
            let due = receiver.tick(now, &self.timeouts);
            let written = output.poll_write(cx, &[]);
            match due {
                Due::Wait { until } => {
                    alarm.as_mut().reset(self.start + until.min(now.saturating_add(A_YEAR)));
                }
                Due::Ping => {
                    output.perform(Duty::PING);
                    // Nothing has arrived for a long time. Refused while part of a message waits.
                    _ = receiver.replace_buffer(Vec::new());
                    return Poll::Ready(());
                }
                Due::GiveUp => output.fail(ErrorKind::TimedOut.into()),
            }
            if output.has_timed_out() {
                receiver.filled(0);
                return Poll::Ready(());
            }
            if written.is_ready() && receiver.wants_shutdown() {
                // If it fails, so will the next read.
                _ = Pin::new(&mut output.stream).poll_shutdown(cx);
            }
            if output.sender.output().len() < HIGH_WATER {
                let mut space = ReadBuf::new(receiver.space());
                if let Poll::Ready(read) = Pin::new(&mut output.stream).poll_read(cx, &mut space) {
                    let len = space.filled().len();
                    receiver.filled(len);
                    if let Err(error) = read {
                        output.fail(error);
                    }
                    return Poll::Ready(());
                }
            }
            alarm.as_mut().poll(cx)
        })
    }

    /// Writes what is left, such as a Close, and ends the connection.
    fn poll_end(
        &mut self,
        cx: &Context<'_>,
        outcome: Result<Option<CloseCode>, Failure>,
    ) -> Poll<Result<bool, Error>> {
        let error = ready!(self.shared.poll(0, cx, |output, cx| {
            _ = ready!(output.poll_write(cx, &[]));
            _ = Pin::new(&mut output.stream).poll_shutdown(cx);
            Poll::Ready(output.error.take())
        }));
        // The writer may be waiting for a peer that has gone.
        self.shared.waker().wake();
        Poll::Ready(match (outcome, error) {
            (Ok(code), _) => {
                self.close_code = code;
                Ok(false)
            }
            (Err(Failure::Cut), Some(error)) => Err(error.into()),
            (Err(failure), _) => Err(failure.into()),
        })
    }
}

impl<S: Io> Stream for Reader<S> {
    type Item = Result<SharedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_failed {
            return Poll::Ready(None);
        }
        let is_message = ready!(self.poll_advance(cx));
        self.has_failed = is_message.is_err();
        Poll::Ready(is_message.map(|is| is.then(|| self.receiver.message().into())).transpose())
    }
}

impl<S> fmt::Debug for Reader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}
