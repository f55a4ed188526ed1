//! yawc's connections, over a socket in memory.

use super::{Codec, Setting};
use futures::Sink;
use std::cell::RefCell;
use std::io::Result;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use yawc::{CompressionLevel, Frame, Options, Role, WebSocket};

/// What is read from the socket, and what was written to it.
#[derive(Default)]
struct Bytes {
    read: Vec<u8>,
    at: usize,
    written: Vec<u8>,
}

#[derive(Clone, Default)]
struct Socket(Rc<RefCell<Bytes>>);

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let mut bytes = self.0.borrow_mut();
        let rest = &bytes.read[bytes.at..];
        if rest.is_empty() {
            return Poll::Pending;
        }
        let len = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..len]);
        bytes.at += len;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.0.borrow_mut().written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn connection(socket: Socket, role: Role, setting: Setting) -> WebSocket<Socket> {
    let extensions = if setting.context_takeover {
        "permessage-deflate"
    } else {
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    };
    let options =
        Options::default().with_compression_level(CompressionLevel::new(setting.level.into()));
    WebSocket::from_stream_with_extensions(socket, role, Some(extensions), options).expect("legal")
}

/// A server, which masks nothing.
pub fn sender(setting: Setting) -> Codec {
    let socket = Socket::default();
    let mut server = connection(socket.clone(), Role::Server, setting);
    Box::new(move |message, pass_on| {
        let mut context = Context::from_waker(Waker::noop());
        socket.0.borrow_mut().written.clear();
        let mut server = Pin::new(&mut server);
        assert!(server.as_mut().poll_ready(&mut context).is_ready());
        server.as_mut().start_send(Frame::binary(message.clone())).expect("open");
        assert!(server.poll_flush(&mut context).is_ready());
        let written = &socket.0.borrow().written;
        let header_len = match written[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        pass_on(&written[header_len..]);
    })
}

/// A client, which unmasks nothing.
pub fn receiver(setting: Setting) -> Codec {
    let socket = Socket::default();
    let mut client = connection(socket.clone(), Role::Client, setting);
    Box::new(move |payload, pass_on| {
        {
            let Bytes { read, at, .. } = &mut *socket.0.borrow_mut();
            read.clear();
            *at = 0;
            // FIN, RSV1, binary.
            read.push(0xc2);
            match payload.len() {
                len @ ..126 => read.push(len as u8),
                len => {
                    read.push(126);
                    read.extend((len as u16).to_be_bytes());
                }
            }
            read.extend_from_slice(payload);
        }
        let mut context = Context::from_waker(Waker::noop());
        match client.poll_next_frame(&mut context) {
            Poll::Ready(Ok(frame)) => pass_on(frame.payload()),
            Poll::Ready(Err(error)) => panic!("{error}"),
            Poll::Pending => panic!("the whole frame was there"),
        }
    })
}
