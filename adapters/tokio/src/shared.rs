use crate::error::Error;
use std::io::{self, ErrorKind, IoSlice};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};
use wsparse::{CloseCode, Duty, Failure, OutgoingFrame, SendError, Sender};

/// A client has a source of masking keys, a server none.
pub(crate) type Keys = Option<fn() -> [u8; 4]>;

/// A server does not copy payloads of at least this length, in bytes.
const LARGE: usize = 16 << 10;

/// If more bytes than this wait to be written, nothing is read, and `send` waits.
pub(crate) const HIGH_WATER: usize = 64 << 10;

/// What the two halves of a connection share.
pub(crate) struct Shared<S> {
    output: Mutex<Output<S>>,
    tasks: Arc<Tasks>,
    pub(crate) stop: Arc<Stop>,
}

/// The tasks that wait for the stream: the reader and the writer.
///
/// Both are always woken, because a stream remembers only the last waker, but either half may write.
#[derive(Default)]
struct Tasks(Mutex<[Option<Waker>; 2]>);

/// A request to send a Close, from a [`Drain`](crate::Drain).
#[derive(Debug)]
pub(crate) struct Stop {
    code: Mutex<Option<CloseCode>>,
    waker: Waker,
}

/// The sending half, and the stream.
pub(crate) struct Output<S> {
    pub(crate) stream: S,
    pub(crate) sender: Sender<Vec<u8>, Keys>,
    /// The payload of [`Sending`] follows the output, so that nothing may be appended.
    in_payload: bool,
    /// What became due in the meantime. The newest replaces the others (§5.5.2, §5.5.3).
    held: Option<Box<Duty>>,
    /// Why the stream failed.
    pub(crate) error: Option<io::Error>,
    /// The stream has failed or ended.
    is_dead: bool,
    /// The stream has taken no byte since this was created.
    stalled: Option<Pin<Box<Sleep>>>,
    /// How long it may do so.
    patience: Duration,
    needs_flush: bool,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics in the middle of a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        let tasks = mem::take(&mut *lock(&self.0));
        tasks.into_iter().flatten().for_each(Waker::wake);
    }
}

impl Stop {
    pub(crate) fn stop(&self, code: CloseCode) {
        *lock(&self.code) = Some(code);
        self.waker.wake_by_ref();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shared<S> {
    pub(crate) fn new(stream: S, sender: Sender<Vec<u8>, Keys>, patience: Duration) -> Self {
        let tasks = Arc::<Tasks>::default();
        let stop = Stop { code: Mutex::new(None), waker: tasks.clone().into() };
        let output = Output {
            stream,
            sender,
            in_payload: false,
            held: None,
            error: None,
            is_dead: false,
            stalled: None,
            patience,
            needs_flush: false,
        };
        Self { output: output.into(), tasks, stop: stop.into() }
    }

    /// Locks the output, for less time than a future is suspended.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Output<S>> {
        let mut output = lock(&self.output);
        if !output.in_payload
            && let Some(code) = lock(&self.stop.code).take()
        {
            // An error if a Close was sent before.
            _ = output.sender.close(code, "");
        }
        output
    }

    /// Registers the task of the reader (0) or the writer (1), and returns the context to poll the
    /// stream with.
    pub(crate) fn register(&self, half: usize, cx: &Context<'_>) -> Context<'_> {
        lock(&self.tasks.0)[half] = Some(cx.waker().clone());
        Context::from_waker(&self.stop.waker)
    }

    pub(crate) fn into_stream(self) -> S {
        self.output.into_inner().unwrap_or_else(PoisonError::into_inner).stream
    }

    pub(crate) fn wake(&self) {
        self.stop.waker.wake_by_ref();
    }

    /// Begins to send a frame.
    pub(crate) fn begin<'a>(&'a self, frame: OutgoingFrame<'a>) -> Result<Sending<'a, S>, Error> {
        let mut output = self.lock();
        let mut rest: &[u8] = &[];
        if frame.payload().len() < LARGE || output.sender.masks() {
            output.sender.send(frame)?;
        } else {
            output.sender.send_header(frame)?;
            (output.in_payload, rest) = (true, frame.payload());
        }
        Ok(Sending { shared: self, rest })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Output<S> {
    /// Performs what the receiving half found due.
    pub(crate) fn perform(&mut self, duty: Duty) {
        if self.in_payload && duty != Duty::STOP {
            if duty != Duty::PING {
                self.held = Some(Box::new(duty));
            }
        } else {
            self.is_dead |= duty == Duty::STOP;
            let performed = self.sender.perform(&duty);
            self.check_memory(performed);
        }
    }

    fn check_memory(&mut self, result: Result<(), SendError>) {
        if let Err(error) = result {
            self.error.get_or_insert(io::Error::new(ErrorKind::OutOfMemory, error));
            self.perform(Duty::STOP);
        }
    }

    /// The payload has been written, or copied to the output.
    fn end_payload(&mut self) {
        self.in_payload = false;
        if let Some(duty) = self.held.take() {
            self.perform(*duty);
        }
    }

    /// Writes the output and flushes the stream, unless a payload is being written.
    pub(crate) fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.in_payload && !self.is_dead {
            return Poll::Pending;
        }
        self.poll_write(cx, &mut &[][..])
    }

    /// Writes the output and then `payload`, and flushes the stream.
    fn poll_write(&mut self, cx: &mut Context<'_>, payload: &mut &[u8]) -> Poll<Result<(), Error>> {
        if self.is_dead {
            return Poll::Ready(Err(SendError::Closed.into()));
        }
        let mut written = self.poll_stream(cx, payload);
        if written.is_pending() {
            let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
            ready!(stalled.as_mut().poll(cx));
            written = Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        self.stalled = None;
        written.map_err(|error| {
            let kind = error.kind();
            self.error.get_or_insert(error);
            self.perform(Duty::STOP);
            if kind == ErrorKind::TimedOut {
                Failure::TimedOut.into()
            } else {
                Error::Io(kind.into())
            }
        })
    }

    fn poll_stream(&mut self, cx: &mut Context<'_>, payload: &mut &[u8]) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        while !self.sender.output().is_empty() || !payload.is_empty() {
            let output = self.sender.output();
            let both = [IoSlice::new(output), IoSlice::new(payload)];
            let written = ready!(stream.as_mut().poll_write_vectored(cx, &both))?;
            if written == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            let first = written.min(output.len());
            self.sender.wrote(first);
            *payload = payload.get(written - first..).unwrap_or_default();
            (self.stalled, self.needs_flush) = (None, true);
        }
        if self.needs_flush {
            ready!(stream.poll_flush(cx))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// A frame that is being written. If it is dropped, what has not been written of the payload is
/// copied to the output, so that the stream stays intact.
pub(crate) struct Sending<'a, S: AsyncRead + AsyncWrite + Unpin> {
    shared: &'a Shared<S>,
    /// The rest of a payload that is not copied.
    rest: &'a [u8],
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sending<'_, S> {
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), Error>> {
        let cx = &mut self.shared.register(1, cx);
        let mut output = self.shared.lock();
        if !self.rest.is_empty() {
            let written = output.poll_write(cx, &mut self.rest);
            if !self.rest.is_empty() {
                return written;
            }
            output.end_payload();
            // The reader may have something to write.
            self.shared.wake();
        }
        output.poll_output(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Drop for Sending<'_, S> {
    fn drop(&mut self) {
        if !self.rest.is_empty() {
            let mut output = self.shared.lock();
            if !output.is_dead {
                let appended = output.sender.append_payload(self.rest);
                output.check_memory(appended);
            }
            output.end_payload();
            self.shared.wake();
        }
    }
}
