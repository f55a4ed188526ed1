use crate::error::Error;
use crate::message::SharedMessage;
use crate::shared::{HIGH_WATER, Shared};
use futures_sink::Sink;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wsparse::{CloseCode, OutgoingFrame};

/// The sending half of a [`WebSocket`](crate::WebSocket). Also a `Sink` of [`SharedMessage`].
pub struct Writer<S> {
    pub(crate) shared: Arc<Shared<S>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// Sends a message or another frame, and waits until it is written. A server does not copy a
    /// payload of 16 KiB or more.
    ///
    /// If the future is dropped before it is ready, the message is sent nevertheless, unless it had
    /// to wait for earlier ones: the [`Reader`](crate::Reader) or the next call writes the rest.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] after a Close in either direction, [`Error::Io`], and [`Error::Failure`] if
    /// the peer takes no byte for as long as [`Timeouts::answer`](wsparse::Timeouts::answer).
    pub fn send<'a>(
        &'a mut self,
        frame: impl Into<OutgoingFrame<'a>>,
    ) -> impl Future<Output = Result<(), Error>> {
        let frame = frame.into();
        async move {
            poll_fn(|cx| self.poll(cx, true)).await?;
            let mut sending = self.shared.begin(frame)?;
            poll_fn(|cx| sending.poll(cx)).await
        }
    }

    /// Appends a message or another frame to the output without waiting. It is written by
    /// [`flush`](Self::flush), by the next [`send`](Self::send), or before the
    /// [`Reader`](crate::Reader) waits for the peer.
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
        poll_fn(|cx| self.poll(cx, false)).await
    }

    /// Sends a Close, after which nothing more can be sent. [`Reader::next`](crate::Reader::next)
    /// then returns the messages that still arrive, and `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and [`Error::Send`] for a reason of more than 123 bytes.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.shared.lock().sender.close(code, reason)?;
        // The reader waits for the peer's Close no longer than `Timeouts::close`.
        self.shared.wake();
        self.flush().await
    }

    /// Writes until there is room for more, or everything.
    fn poll(&mut self, cx: &Context<'_>, until_room: bool) -> Poll<Result<(), Error>> {
        let cx = &mut self.shared.register(1, cx);
        let mut output = self.shared.lock();
        if until_room && output.sender.output().len() < HIGH_WATER {
            return Poll::Ready(Ok(()));
        }
        output.poll_output(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<SharedMessage> for Writer<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, true)
    }

    fn start_send(mut self: Pin<&mut Self>, message: SharedMessage) -> Result<(), Error> {
        self.queue(message.as_message())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, false)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // An error if a Close was sent before.
        _ = self.shared.lock().sender.close(CloseCode::NORMAL, "");
        self.poll(cx, false)
    }
}
