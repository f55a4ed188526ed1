use crate::error::Error;
use crate::message::SharedMessage;
use crate::shared::{HIGH_WATER, Shared};
use futures_core::Stream;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};
use wsparse::{Arrival, CloseCode, Due, Duty, Failure, Message, Receiver, Timeouts};

/// A buffer that has grown by more than this is released when the connection is idle.
const KEPT: usize = 64 << 10;

/// Instead of never, because a clock ends somewhere.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The receiving half of a [`WebSocket`](crate::WebSocket). Also a `Stream` of [`SharedMessage`].
///
/// While you receive, it answers Pings, performs the closing handshake and checks the time-outs.
/// After you drop it, nobody does.
pub struct Reader<S> {
    receiver: Receiver<Vec<u8>>,
    shared: Arc<Shared<S>>,
    timeouts: Timeouts,
    start: Instant,
    alarm: Pin<Box<Sleep>>,
    /// Something has changed since the time-outs were checked.
    is_unchecked: bool,
    knows_close: bool,
    has_shut_down: bool,
    close_code: Option<CloseCode>,
    /// As a stream, it has returned an error, its last item.
    has_failed: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    pub(crate) fn new(
        receiver: Receiver<Vec<u8>>,
        shared: Arc<Shared<S>>,
        timeouts: Timeouts,
    ) -> Self {
        Self {
            receiver,
            shared,
            timeouts,
            start: Instant::now(),
            alarm: Box::pin(sleep(A_YEAR)),
            is_unchecked: true,
            knows_close: false,
            has_shut_down: false,
            close_code: None,
            has_failed: false,
        }
    }

    /// Returns the next message, lent from the buffer for input. Returns `None` once both sides have
    /// sent a Close and the stream has ended.
    ///
    /// If the future is dropped, nothing is lost.
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
    fn poll_advance(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        loop {
            if self.is_unchecked {
                self.check_time();
            }
            match self.receiver.advance() {
                Arrival::Message => return Poll::Ready(Ok(true)),
                Arrival::Pong => {}
                Arrival::Duty(duty) => {
                    if !duty.is_pong() {
                        // The writer may be waiting for a peer that has gone.
                        self.shared.wake();
                    }
                    self.shared.lock().perform(duty);
                }
                Arrival::Read => ready!(self.poll_read(cx)),
                Arrival::Done(outcome) => {
                    // The Close may still have to be written. The peer may not read it.
                    let cx = &mut self.shared.register(0, cx);
                    let mut output = self.shared.lock();
                    _ = ready!(output.poll_output(cx));
                    if !self.has_shut_down {
                        _ = ready!(Pin::new(&mut output.stream).poll_shutdown(cx));
                        self.has_shut_down = true;
                    }
                    drop(output);
                    return Poll::Ready(self.end(outcome));
                }
            }
        }
    }

    fn check_time(&mut self) {
        self.is_unchecked = false;
        match self.receiver.tick(self.start.elapsed(), &self.timeouts) {
            Due::Wait { until } => {
                let until = until.min(self.start.elapsed().saturating_add(A_YEAR));
                self.alarm.as_mut().reset(self.start + until);
            }
            Due::Ping => {
                self.shared.lock().perform(Duty::PING);
                self.is_unchecked = true;
            }
            Due::GiveUp => self.fail(ErrorKind::TimedOut.into()),
        }
    }

    /// Writes what is due, and reads once.
    fn poll_read(&mut self, cx: &Context<'_>) -> Poll<()> {
        let cx = &mut self.shared.register(0, cx);
        let mut output = self.shared.lock();
        if output.sender.is_closed() && !self.knows_close {
            self.receiver.close_was_sent();
            (self.knows_close, self.is_unchecked) = (true, true);
            return Poll::Ready(());
        }
        let written = output.poll_output(cx);
        if output.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::TimedOut) {
            self.receiver.filled(0);
            return Poll::Ready(());
        }
        if written.is_ready() && self.receiver.wants_shutdown() && !self.has_shut_down {
            // If it fails, so will the next read.
            self.has_shut_down = Pin::new(&mut output.stream).poll_shutdown(cx).is_ready();
        }
        if output.sender.output().len() < HIGH_WATER {
            let mut space = ReadBuf::new(self.receiver.space());
            let read = Pin::new(&mut output.stream).poll_read(cx, &mut space);
            let len = space.filled().len();
            drop(output);
            if let Poll::Ready(read) = read {
                match read {
                    Ok(()) => self.receiver.filled(len),
                    Err(error) => self.fail(error),
                }
                self.is_unchecked = true;
                return Poll::Ready(());
            }
        }
        if self.receiver.is_idle() && self.receiver.space().len() > KEPT {
            _ = self.receiver.replace_buffer(Vec::new());
        }
        ready!(self.alarm.as_mut().poll(cx));
        self.is_unchecked = true;
        Poll::Ready(())
    }

    /// Ends the connection because of the stream or the time.
    fn fail(&mut self, error: io::Error) {
        self.shared.lock().error.get_or_insert(error);
        self.receiver.filled(0);
    }

    fn end(&mut self, outcome: Result<Option<CloseCode>, Failure>) -> Result<bool, Error> {
        match (outcome, self.shared.lock().error.take()) {
            (Ok(code), _) => self.close_code = code,
            (Err(Failure::Cut), Some(error)) if error.kind() == ErrorKind::TimedOut => {
                return Err(Failure::TimedOut.into());
            }
            (Err(Failure::Cut), Some(error)) => return Err(error.into()),
            (Err(failure), _) => return Err(failure.into()),
        }
        Ok(false)
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
        Poll::Ready(is_message.map(|is| is.then(|| self.receiver.message().into())).transpose())
    }
}
