//! Libraries that put messages together.

use crate::groups::assemble::{self, NewReader, Reader, Stream};
use crate::groups::common::{Role, Subject};
use std::io::{self, Read, Write};
use tungstenite::WebSocket;
use tungstenite::protocol::{Role as Peer, WebSocketConfig};

pub fn subjects() -> Vec<Subject<NewReader>> {
    let mut subjects = assemble::subjects();
    subjects.push(Subject::new("tungstenite", Role::Peer, tungstenite));
    subjects
}

/// A socket that the stream comes out of.
struct Socket {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(assemble::READ).min(self.bytes.len() - self.at);
        if len == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        buffer[..len].copy_from_slice(&self.bytes[self.at..][..len]);
        self.at += len;
        Ok(len)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tungstenite(stream: &Stream) -> Reader {
    let config = WebSocketConfig::default().read_buffer_size(assemble::READ);
    let config = config.max_frame_size(None).max_message_size(None);
    let socket = Socket { bytes: stream.bytes.clone(), at: 0 };
    let mut socket = WebSocket::from_raw_socket(socket, Peer::Server, Some(config));
    Box::new(move |_| {
        socket.get_mut().at = 0;
        let message = socket.read().expect("a message");
        (message.len(), message.is_text())
    })
}
