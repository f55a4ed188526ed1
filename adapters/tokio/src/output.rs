use crate::error::Error;
use std::cell::Cell;
#[cfg(feature = "deflate")]
use std::cell::RefCell;
use std::fmt;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};
#[cfg(feature = "deflate")]
use wsparse::deflate::{Agreed, Codecs, Deflater, Policy};
use wsparse::{Duty, OutgoingFrame, SendError, Sender};

/// Any stream that can be read and written, such as a `TcpStream`.
pub trait Io: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Io for S {}

impl fmt::Debug for dyn Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Io")
    }
}

/// A stream of any type.
pub type Stream = Pin<Box<dyn Io>>;

/// A client has a source of masking keys, a server none.
pub(crate) type Keys = Option<fn() -> [u8; 4]>;

/// If at least this many bytes wait to be written, nothing is read, and sending waits.
const HIGH_WATER: usize = 64 << 10;

thread_local! {
    /// A buffer for each half. Connections of a thread borrow it while they have something to read or
    /// to write, so that an idle one has none, and active ones use memory that is in the CPU's cache.
    static SPARE: [Cell<Vec<u8>>; 2] = const { [const { Cell::new(Vec::new()) }; 2] };
}

/// The longest buffer that a thread keeps.
const KEPT: usize = 256 << 10;

/// Returns the thread's buffer.
pub(crate) fn borrow_spare(half: usize) -> Vec<u8> {
    SPARE.with(|spare| spare[half].take())
}

/// Takes back a buffer. Keeps the longer one of it and the thread's, up to a limit.
pub(crate) fn return_spare(half: usize, buffer: Vec<u8>) {
    SPARE.with(|spare| {
        let kept = spare[half].take();
        let is_better = (kept.len()..=KEPT).contains(&buffer.len());
        spare[half].set(if is_better { buffer } else { kept });
    });
}

/// The two halves of a connection.
pub(crate) const READER: usize = 0;
pub(crate) const WRITER: usize = 1;

/// What the two halves of a connection share.
#[derive(Debug)]
pub(crate) struct Shared(pub(crate) Mutex<Output>);

impl Shared {
    pub(crate) fn new(
        stream: Stream,
        sender: Sender<Vec<u8>, Keys>,
        patience: Duration,
    ) -> Arc<Self> {
        let output = Output {
            stream,
            sender,
            tasks: [None, None],
            is_waiting: [false; 2],
            both: None,
            error: None,
            is_end_known: false,
            stalled: None,
            patience,
            is_flushed: false,
            #[cfg(feature = "deflate")]
            deflate: None,
        };
        Arc::new(Self(output.into()))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Output> {
        // Nothing panics in the middle of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls something in the task of one half. If the other half is waiting in another task, both are
    /// woken, because either may write, and a stream remembers only the last task that has tried to.
    pub(crate) fn poll<T>(
        &self,
        half: usize,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Output, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let mut output = self.lock();
        if !output.tasks[half].as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            output.tasks[half] = Some(cx.waker().clone());
            output.both = match &output.tasks {
                [Some(reader), Some(writer)] if !reader.will_wake(writer) => {
                    Some(Arc::new(Both([reader.clone(), writer.clone()])).into())
                }
                _ => None,
            };
        }
        let both = if output.is_waiting[1 - half] { output.both.clone() } else { None };
        let waker = both.as_ref().unwrap_or(cx.waker());
        let polled = poll(&mut output, &mut Context::from_waker(waker));
        output.is_waiting[half] = polled.is_pending();
        polled
    }
}

/// Wakes the tasks of both halves.
struct Both([Waker; 2]);

impl Wake for Both {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.iter().for_each(Waker::wake_by_ref);
    }
}

/// The stream, and the sending half of the protocol.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stream: Stream,
    pub(crate) sender: Sender<Vec<u8>, Keys>,
    /// The tasks in which the halves were polled last.
    tasks: [Option<Waker>; 2],
    /// Whether they were pending then.
    is_waiting: [bool; 2],
    /// Wakes both tasks, if they are two.
    both: Option<Waker>,
    /// Why nothing more can be read or written.
    error: Option<Arc<io::Error>>,
    /// The application has closed the connection, or has been told of its end.
    pub(crate) is_end_known: bool,
    /// Set while the stream takes no bytes. It may do so for as long as `patience`.
    stalled: Option<Pin<Box<Sleep>>>,
    patience: Duration,
    /// The stream was flushed, and the buffer returned, after everything that was written.
    is_flushed: bool,
    /// How messages are compressed, with the compressor of a connection that has one of its own.
    #[cfg(feature = "deflate")]
    pub(crate) deflate: Option<(Policy, Agreed, Option<Box<Deflater>>)>,
}

#[cfg(feature = "deflate")]
thread_local! {
    /// For all connections of a thread. They are lent for one call, never across an await.
    pub(crate) static CODECS: RefCell<Codecs> = const { RefCell::new(Codecs::new()) };
}

impl Output {
    /// Returns whether nothing more can be appended.
    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed() || self.error.is_some()
    }

    /// Returns whether a Close has been sent, or nothing can be. A Close after a payload is sent once the
    /// payload is.
    pub(crate) fn has_sent_close(&self) -> bool {
        self.is_closed() && (self.sender.payload_left() == 0 || self.error.is_some())
    }

    pub(crate) fn is_crowded(&self) -> bool {
        self.sender.waiting() >= HIGH_WATER && self.error.is_none()
    }

    fn is_written(&self) -> bool {
        self.is_flushed && self.sender.waiting() == 0 && self.sender.payload_left() == 0
    }

    pub(crate) fn has_timed_out(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::TimedOut)
    }

    /// Wakes the task of a half if it is waiting.
    pub(crate) fn wake(&self, half: usize) {
        if self.is_waiting[half] {
            self.tasks[half].as_ref().inspect(|task| task.wake_by_ref());
        }
    }

    pub(crate) fn perform(&mut self, duty: &Duty) {
        if self.sender.perform(duty).is_err() {
            self.fail(ErrorKind::OutOfMemory.into());
        }
    }

    pub(crate) fn fail(&mut self, error: io::Error) {
        self.error.get_or_insert(Arc::new(error));
        _ = self.sender.perform(&Duty::STOP);
    }

    pub(crate) fn failed(&self) -> Result<(), Error> {
        let error = self.error.clone();
        error.map_or(Ok(()), |error| Err(io::Error::new(error.kind(), error).into()))
    }

    /// Appends a frame, or only its header if the payload is `large`. Returns the rest.
    ///
    /// A frame after a Close that the application does not know of is discarded.
    pub(crate) fn send<'p>(
        &mut self,
        frame: OutgoingFrame<'p>,
        large: usize,
    ) -> Result<&'p [u8], SendError> {
        if self.sender.is_closed() && !self.is_end_known {
            return Ok(&[]);
        }
        if self.sender.waiting() == 0 {
            _ = self.sender.replace_buffer(borrow_spare(WRITER));
            self.is_flushed = false; // so that it is returned
        }
        #[cfg(feature = "deflate")]
        if let Some((policy, agreed, own)) = &mut self.deflate
            && frame.is_compressible()
        {
            return CODECS.with_borrow_mut(|codecs| {
                let deflater = codecs.deflater(own, policy, *agreed);
                self.sender.send_deflated(frame, deflater).map(|()| &[][..])
            });
        }
        if frame.payload().len() >= large && !self.sender.masks() {
            return self.sender.send_header(frame);
        }
        self.sender.send(frame).map(|()| &[][..])
    }

    /// Writes until a message may be appended.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.is_crowded() {
            ready!(self.poll_write(cx, &[]));
            return Poll::Ready(self.failed());
        }
        Poll::Ready(Ok(()))
    }

    /// Writes the output, and the payload if this half has it. Ready once both are written, or writing
    /// has [`failed`](Self::failed).
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, payload: &[u8]) -> Poll<()> {
        if self.is_written() || self.error.is_some() {
            return Poll::Ready(());
        }
        match self.poll_stream(cx, payload) {
            Poll::Ready(Ok(())) => self.stalled = None,
            Poll::Ready(Err(error)) => self.fail(error),
            // The writer has the payload, and a time-out for it.
            Poll::Pending if payload.is_empty() && self.sender.payload_left() > 0 => {
                return Poll::Pending;
            }
            Poll::Pending => {
                let sleep = || Box::pin(sleep(self.patience));
                ready!(self.stalled.get_or_insert_with(sleep).as_mut().poll(cx));
                self.fail(ErrorKind::TimedOut.into());
            }
        }
        Poll::Ready(())
    }

    fn poll_stream(&mut self, cx: &mut Context<'_>, payload: &[u8]) -> Poll<io::Result<()>> {
        loop {
            let written = payload.len().saturating_sub(self.sender.payload_left());
            let (output, rest) = (self.sender.output(), &payload[written..]);
            if output.is_empty() && rest.is_empty() {
                break;
            }
            let stream = self.stream.as_mut();
            let write = if rest.is_empty() {
                stream.poll_write(cx, output) // takes less time than a vectored call
            } else {
                stream.poll_write_vectored(cx, &[output, rest].map(IoSlice::new))
            };
            match ready!(write)? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                len => self.sender.wrote(len),
            }
            (self.stalled, self.is_flushed) = (None, false);
            if !rest.is_empty() && self.sender.payload_left() == 0 {
                self.wake(READER); // a Close may have been behind the payload
            }
        }
        if self.sender.payload_left() > 0 {
            return Poll::Pending; // see `poll_write`
        }
        if let Ok(buffer) = self.sender.replace_buffer(Vec::new()) {
            return_spare(WRITER, buffer);
        }
        ready!(self.stream.as_mut().poll_flush(cx))?;
        self.is_flushed = true;
        Poll::Ready(Ok(()))
    }
}

/// A payload that is being written. If it is dropped, the rest is copied to the output, so that the
/// stream stays intact.
pub(crate) struct Payload<'a>(pub(crate) &'a Shared, pub(crate) &'a [u8]);

impl Drop for Payload<'_> {
    fn drop(&mut self) {
        if self.1.is_empty() {
            return;
        }
        let mut output = self.0.lock();
        if output.sender.append_payload(self.1).is_err() {
            output.fail(ErrorKind::OutOfMemory.into());
        }
        output.wake(READER); // the reader may have something to write
    }
}
