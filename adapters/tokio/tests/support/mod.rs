//! A stream in memory that is pending before each byte, and frames of a client.

mod frame;

pub use frame::frame;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a [`Trickle`] has to read, and what was written to it.
#[derive(Default)]
pub struct Bytes {
    pub input: Vec<u8>,
    pub output: Vec<u8>,
    /// Whether the input ends after the last byte.
    pub ends: bool,
    /// Refuses to write.
    pub is_full: bool,
}

/// A stream that is pending before each byte that is read or written.
#[derive(Clone, Default)]
pub struct Trickle {
    pub bytes: Arc<Mutex<Bytes>>,
    ready: [bool; 2],
}

impl Trickle {
    pub fn new(input: &[u8]) -> Self {
        let bytes = Bytes { input: input.to_vec(), ends: true, ..Bytes::default() };
        Self { bytes: Arc::new(Mutex::new(bytes)), ready: [false; 2] }
    }

    pub fn written(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().output.clone()
    }

    /// Returns whether it is ready this time.
    fn turn(&mut self, half: usize, cx: &Context<'_>) -> bool {
        cx.waker().wake_by_ref();
        self.ready[half] ^= true;
        !self.ready[half]
    }
}

impl AsyncRead for Trickle {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.turn(0, cx) {
            return Poll::Pending;
        }
        let mut bytes = self.bytes.lock().unwrap();
        if bytes.input.is_empty() {
            return if bytes.ends { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
        space.put_slice(&[bytes.input.remove(0)]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Trickle {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.turn(1, cx) {
            return Poll::Pending;
        }
        let mut bytes = self.bytes.lock().unwrap();
        if bytes.is_full {
            return Poll::Pending;
        }
        // Small ones byte by byte, large ones in larger steps.
        let len = if from.len() > 200 { from.len() / 3 } else { 1 };
        bytes.output.extend_from_slice(&from[..len]);
        Poll::Ready(Ok(len))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
