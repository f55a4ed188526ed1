//! A TCP socket of the standard library with the traits of `embedded_io_async`, and an executor. It
//! blocks: each connection has a thread.

use embedded_io_async::{ErrorType, Read, Write};
use std::future::Future;
use std::io::{Error, Read as _, Write as _};
use std::net::TcpStream;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A TCP socket.
pub struct Socket(pub TcpStream);

impl ErrorType for Socket {
    type Error = Error;
}

impl Read for Socket {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Error> {
        self.0.read(space)
    }
}

impl Write for Socket {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.0.write(bytes)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        self.0.flush()
    }
}

/// Runs a future to its end.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}
