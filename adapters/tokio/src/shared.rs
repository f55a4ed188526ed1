use crate::error::Error;
use std::io::{self, ErrorKind, IoSlice};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};
use wsparse::{CloseCode, Duty, OutgoingFrame, SendError, Sender};

/// Any stream that can be read and written, such as a `TcpStream`.
pub trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Io for S {}

/// A client has a source of masking keys, a server none.
pub(crate) type Keys = Option<fn() -> [u8; 4]>;

/// A server does not copy payloads of at least this length, in bytes.
const LARGE: usize = 16 << 10;

/// If more bytes than this wait to be written, nothing is read, and sending waits.
pub(crate) const HIGH_WATER: usize = 64 << 10;

/// What the two halves of a connection share.
pub(crate) struct Shared<S> {
    output: Mutex<Output<S>>,
    tasks: Arc<Tasks>,
    /// The code of a Close that a [`Drain`](crate::Drain) asks for.
    pub(crate) stop: Arc<Mutex<Option<CloseCode>>>,
}

/// The tasks that wait for the stream: the reader's and the writer's.
///
/// Both are woken, because a stream remembers only the last waker, and either half may write.
#[derive(Default)]
struct Tasks(Mutex<[Option<Waker>; 2]>);

/// The sending half, and the stream.
pub(crate) struct Output<S> {
    pub(crate) stream: S,
    pub(crate) sender: Sender<Vec<u8>, Keys>,
    /// What must wait until a payload is written. The newest replaces others (§5.5.2, §5.5.3).
    held: Option<Box<Duty>>,
    /// Why the connection failed, apart from what the peer sent.
    pub(crate) error: Option<io::Error>,
    is_dead: bool,
    /// Set when the stream takes no more bytes. It may do so for as long as `patience`.
    stalled: Option<Pin<Box<Sleep>>>,
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

impl<S: Io> Shared<S> {
    pub(crate) fn new(stream: S, sender: Sender<Vec<u8>, Keys>, patience: Duration) -> Self {
        let (held, error, is_dead, stalled, needs_flush) = (None, None, false, None, false);
        let output =
            Output { stream, sender, held, error, is_dead, stalled, patience, needs_flush };
        Self { output: output.into(), tasks: Arc::default(), stop: Arc::default() }
    }

    pub(crate) fn waker(&self) -> Waker {
        self.tasks.clone().into()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Output<S>> {
        let mut output = lock(&self.output);
        if output.sender.payload_left() == 0
            && let Some(code) = lock(&self.stop).take()
        {
            // An error if a Close was sent before.
            _ = output.sender.close(code, "");
        }
        output
    }

    /// Polls something in the task of the reader (0) or the writer (1).
    pub(crate) fn poll<T>(
        &self,
        half: usize,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Output<S>, &mut Context<'_>) -> T,
    ) -> T {
        let waker = cx.waker().clone();
        // Dropped at the end, when nothing is locked: a waker may own a task.
        let _old = lock(&self.tasks.0)[half].replace(waker);
        poll(&mut self.lock(), &mut Context::from_waker(&self.waker()))
    }

    pub(crate) fn into_stream(self) -> S {
        self.output.into_inner().unwrap_or_else(PoisonError::into_inner).stream
    }
}

impl<S: Io> Output<S> {
    /// Performs what the receiving half found due.
    pub(crate) fn perform(&mut self, duty: Duty) {
        self.is_dead |= duty == Duty::STOP;
        if let Some(held) = self.held.take_if(|_| self.sender.payload_left() == 0) {
            _ = self.sender.perform(&held);
        }
        if self.sender.perform(&duty).is_err()
            && self.sender.payload_left() > 0
            && duty != Duty::PING
        {
            self.held = Some(Box::new(duty));
        }
    }

    pub(crate) fn fail(&mut self, error: io::Error) {
        self.error.get_or_insert(error);
        self.perform(Duty::STOP);
    }

    pub(crate) fn has_timed_out(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::TimedOut)
    }

    /// Appends a frame to the output. Returns whether only its header was appended.
    pub(crate) fn send(&mut self, frame: OutgoingFrame<'_>) -> Result<bool, SendError> {
        let is_large = frame.payload().len() >= LARGE && !self.sender.masks();
        if is_large { self.sender.send_header(frame) } else { self.sender.send(frame) }?;
        Ok(is_large)
    }

    /// Writes the output and the payload that follows it, if this half has it.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        payload: &[u8],
    ) -> Poll<Result<(), Error>> {
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
            self.fail(error);
            io::Error::from(kind).into()
        })
    }

    fn poll_stream(&mut self, cx: &mut Context<'_>, payload: &[u8]) -> Poll<io::Result<()>> {
        loop {
            let left = payload.len().saturating_sub(self.sender.payload_left());
            let slices = [self.sender.output(), &payload[left..]].map(IoSlice::new);
            if slices.iter().any(|slice| !slice.is_empty()) {
                let stream = Pin::new(&mut self.stream);
                let len = ready!(stream.poll_write_vectored(cx, &slices))?;
                if len == 0 {
                    return Poll::Ready(Err(ErrorKind::WriteZero.into()));
                }
                self.sender.wrote(len);
                (self.stalled, self.needs_flush) = (None, true);
            } else if self.sender.payload_left() > 0 {
                return Poll::Pending; // the writer has it
            } else if let Some(duty) = self.held.take() {
                self.perform(*duty);
            } else if self.needs_flush {
                ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
                self.needs_flush = false;
            } else {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// A payload that is being written. If it is dropped, the rest is copied to the output, so that the
/// stream stays intact.
pub(crate) struct Payload<'a, S: Io>(pub(crate) &'a Shared<S>, pub(crate) &'a [u8]);

impl<S: Io> Drop for Payload<'_, S> {
    fn drop(&mut self) {
        let mut output = self.0.lock();
        if output.sender.payload_left() > 0 && output.sender.append_payload(self.1).is_err() {
            output.fail(ErrorKind::OutOfMemory.into());
        }
        // The reader may have something to write.
        self.0.waker().wake();
    }
}
