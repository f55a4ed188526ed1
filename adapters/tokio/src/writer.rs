use crate::error::Error;
use crate::message::SharedMessage;
use crate::shared::{HIGH_WATER, Io, Payload, Shared};
use futures_sink::Sink;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use wsparse::{CloseCode, OutgoingFrame};

/// The sending half of a [`WebSocket`](crate::WebSocket). Also a `Sink` of [`SharedMessage`].
pub struct Writer<S> {
    pub(crate) shared: Arc<Shared<S>>,
}

impl<S: Io> Writer<S> {
    /// Sends a message or another frame, and waits until it is written. A server does not copy a
    /// payload of 16 KiB or more.
    ///
    /// If the future is dropped, the message is sent as a whole or not at all. What is left of it is
    /// written by the [`Reader`](crate::Reader) or the next call.
    ///
    /// # Errors
    ///
    /// - [`Error::Send`] with [`Closed`](wsparse::SendError::Closed) after a Close in either direction.
    ///   It is the end of sending, not a failure: go on receiving until
    ///   [`Reader::next`](crate::Reader::next) returns `None`.
    /// - [`Error::Io`], and [`Error::Failure`] if the peer takes no byte for as long as
    ///   [`Timeouts::answer`](wsparse::Timeouts::answer).
    pub async fn send<'a>(&mut self, frame: impl Into<OutgoingFrame<'a>>) -> Result<(), Error> {
        let frame = frame.into();
        poll_fn(|cx| self.poll(cx, HIGH_WATER)).await?;
        let is_large = self.shared.lock().send(frame)?;
        if is_large {
            let payload = Payload(&self.shared, frame.payload());
            poll_fn(|cx| self.shared.poll(1, cx, |output, cx| output.poll_write(cx, payload.1)))
                .await?;
        }
        self.flush().await
    }

    /// Appends a message or another frame to the output without waiting. It is written by the next
    /// [`send`](Self::send) or [`flush`](Self::flush), or before the [`Reader`](crate::Reader) waits
    /// for the peer.
    pub fn queue<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<(), Error> {
        Ok(self.shared.lock().sender.send(frame)?)
    }

    /// Waits until everything is written.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll(cx, 0)).await
    }

    /// Sends a Close, after which nothing more can be sent. [`Reader::next`](crate::Reader::next)
    /// then returns the messages that still arrive, and `None` at the end.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.shared.lock().sender.close(code, reason)?;
        // The reader waits for the peer's Close no longer than `Timeouts::close`.
        self.shared.waker().wake();
        self.flush().await
    }

    /// Writes until no more than this many bytes wait.
    fn poll(&mut self, cx: &Context<'_>, max: usize) -> Poll<Result<(), Error>> {
        self.shared.poll(1, cx, |output, cx| {
            if max > 0 && output.sender.output().len() <= max {
                return Poll::Ready(Ok(()));
            }
            output.poll_write(cx, &[])
        })
    }
}

impl<S: Io> Sink<SharedMessage> for Writer<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, HIGH_WATER)
    }

    fn start_send(mut self: Pin<&mut Self>, message: SharedMessage) -> Result<(), Error> {
        self.queue(message.as_message())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, 0)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // An error if a Close was sent before.
        _ = self.shared.lock().sender.close(CloseCode::NORMAL, "");
        self.poll(cx, 0)
    }
}

impl<S> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
