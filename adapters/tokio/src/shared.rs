use crate::drain::Membership;
use crate::error::Error;
use std::io::{self, ErrorKind, IoSlice};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use wsparse::{CloseCode, Duty, Failure, OutgoingFrame, SendError, Sender};

/// A client has a source of masking keys, a server none.
pub(crate) type Keys = Option<fn() -> [u8; 4]>;

/// A server does not copy payloads of at least this length, in bytes.
const LARGE: usize = 16 << 10;

/// If more bytes than this wait to be written, nothing is read, and nothing more is queued.
pub(crate) const HIGH_WATER: usize = 64 << 10;

/// What the two halves of a connection share.
pub(crate) struct Shared<S> {
    output: Mutex<Output<S>>,
    pub(crate) tasks: Arc<Tasks>,
    /// Wakes both tasks: a stream remembers only the last waker, but either half may write.
    waker: Waker,
}

/// The tasks that wait for the stream.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    reader: Mutex<Option<Waker>>,
    writer: Mutex<Option<Waker>>,
    /// The code of a Close that must be sent because the server stops.
    stop: Mutex<Option<CloseCode>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Half {
    Reader,
    Writer,
}

/// The sending half, and the stream.
pub(crate) struct Output<S> {
    pub(crate) stream: S,
    pub(crate) sender: Sender<Vec<u8>, Keys>,
    /// The payload of [`Sending`] must follow the output, so that nothing may be appended.
    in_payload: bool,
    /// What became due in the meantime.
    held: Vec<Duty>,
    /// Why the stream cannot be written to any more.
    pub(crate) error: Option<io::Error>,
    /// The stream has failed or ended, and what waited to be written was discarded.
    is_dead: bool,
    /// The stream has not taken a byte since this was created.
    stalled: Option<Pin<Box<Sleep>>>,
    /// How long it may do so.
    pub(crate) patience: Duration,
    needs_flush: bool,
    has_shut_down: bool,
    pub(crate) membership: Option<Membership>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics in the middle of a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tasks {
    pub(crate) fn stop(&self, code: CloseCode) {
        *lock(&self.stop) = Some(code);
        self.wake_all();
    }

    pub(crate) fn wake_all(&self) {
        for task in [&self.reader, &self.writer] {
            let waker = lock(task).take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shared<S> {
    pub(crate) fn new(stream: S, sender: Sender<Vec<u8>, Keys>, patience: Duration) -> Self {
        let tasks = Arc::<Tasks>::default();
        let output = Output {
            stream,
            sender,
            in_payload: false,
            held: Vec::new(),
            error: None,
            is_dead: false,
            stalled: None,
            patience,
            needs_flush: false,
            has_shut_down: false,
            membership: None,
        };
        Self { output: output.into(), waker: tasks.clone().into(), tasks }
    }

    /// Locks the output. Never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Output<S>> {
        let mut output = lock(&self.output);
        if !output.in_payload {
            let stop = lock(&self.tasks.stop).take();
            if let Some(code) = stop {
                // Refused if a Close was sent before.
                _ = output.sender.close(code, "");
            }
        }
        output
    }

    /// Registers the task of one half, and returns the context to poll the stream with.
    pub(crate) fn register(&self, half: Half, cx: &Context<'_>) -> Context<'_> {
        let task = match half {
            Half::Reader => &self.tasks.reader,
            Half::Writer => &self.tasks.writer,
        };
        let mut task = lock(task);
        match &mut *task {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *task = Some(cx.waker().clone()),
        }
        Context::from_waker(&self.waker)
    }

    /// Performs what the receiving half found due.
    pub(crate) fn perform(&self, duty: Duty) {
        let ends = !duty.is_pong() && duty != Duty::PING;
        self.lock().perform(duty);
        if ends {
            // The writer may be waiting for a peer that has gone.
            self.tasks.wake_all();
        }
    }

    /// Begins to send a frame.
    pub(crate) fn begin<'a>(&'a self, frame: OutgoingFrame<'a>) -> Result<Sending<'a, S>, Error> {
        let mut output = self.lock();
        let payload = frame.payload();
        let rest = if payload.len() < LARGE || output.sender.masks() {
            output.sender.send(frame)?;
            &[]
        } else {
            output.sender.send_header(frame)?;
            output.in_payload = true;
            payload
        };
        Ok(Sending { shared: self, rest })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Output<S> {
    pub(crate) fn perform(&mut self, duty: Duty) {
        if !self.in_payload || duty == Duty::STOP {
            self.is_dead |= duty == Duty::STOP;
            if let Err(error) = self.sender.perform(&duty) {
                self.fail(io::Error::new(ErrorKind::OutOfMemory, error));
            }
            return;
        }
        if duty.is_pong() {
            self.held.retain(|held| !held.is_pong());
        }
        self.held.push(duty);
    }

    /// The payload has been written, or copied to the output.
    fn end_payload(&mut self) {
        self.in_payload = false;
        for duty in mem::take(&mut self.held) {
            self.perform(duty);
        }
    }

    fn fail(&mut self, error: io::Error) {
        (self.error, self.is_dead) = (Some(error), true);
        _ = self.sender.perform(&Duty::STOP);
    }

    /// Writes the output, unless a payload is being written by the other half.
    pub(crate) fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.in_payload && !self.is_dead {
            return Poll::Pending;
        }
        self.poll_write(cx, &mut &[][..])
    }

    /// Writes the output and then `payload`, and flushes the stream.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        payload: &mut &[u8],
    ) -> Poll<Result<(), Error>> {
        if self.is_dead {
            return Poll::Ready(Err(SendError::Closed.into()));
        }
        let error = match ready!(self.poll_stream(cx, payload)) {
            Ok(()) => return Poll::Ready(Ok(())),
            Err(error) => error,
        };
        let kind = error.kind();
        self.fail(error);
        Poll::Ready(Err(match kind {
            ErrorKind::TimedOut => Failure::TimedOut.into(),
            _ => Error::Io(kind.into()),
        }))
    }

    fn poll_stream(
        &mut self,
        cx: &mut Context<'_>,
        payload: &mut &[u8],
    ) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        loop {
            let output = self.sender.output();
            if output.is_empty() && payload.is_empty() {
                break;
            }
            let both = [IoSlice::new(output), IoSlice::new(payload)];
            let slices = if payload.is_empty() { &both[..1] } else { &both };
            let Poll::Ready(written) = stream.as_mut().poll_write_vectored(cx, slices) else {
                return self.poll_stalled(cx);
            };
            let written = written?;
            if written == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            let first = written.min(output.len());
            self.sender.wrote(first);
            *payload = payload.get(written - first..).unwrap_or_default();
            (self.stalled, self.needs_flush) = (None, true);
        }
        if self.needs_flush {
            let Poll::Ready(flushed) = stream.poll_flush(cx) else {
                return self.poll_stalled(cx);
            };
            flushed?;
            (self.stalled, self.needs_flush) = (None, false);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }

    /// Writes until less waits than [`HIGH_WATER`].
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.sender.output().len() < HIGH_WATER {
            return Poll::Ready(Ok(()));
        }
        self.poll_output(cx)
    }

    /// Shuts down the sending half of the stream. If that fails, so will the next read.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) {
        if !self.has_shut_down {
            self.has_shut_down = Pin::new(&mut self.stream).poll_shutdown(cx).is_ready();
        }
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut space = ReadBuf::new(space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut space))?;
        Poll::Ready(Ok(space.filled().len()))
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
        let cx = &mut self.shared.register(Half::Writer, cx);
        let output = &mut *self.shared.lock();
        if !self.rest.is_empty() {
            let written = output.poll_write(cx, &mut self.rest);
            if !self.rest.is_empty() {
                return written;
            }
            output.end_payload();
            // The reader may have something to write.
            self.shared.tasks.wake_all();
        }
        output.poll_output(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Drop for Sending<'_, S> {
    fn drop(&mut self) {
        if self.rest.is_empty() {
            return;
        }
        let mut output = self.shared.lock();
        if !output.is_dead
            && let Err(error) = output.sender.append_payload(self.rest)
        {
            output.fail(io::Error::new(ErrorKind::OutOfMemory, error));
        }
        output.end_payload();
        drop(output);
        // The reader writes it if nothing more is sent.
        self.shared.tasks.wake_all();
    }
}
