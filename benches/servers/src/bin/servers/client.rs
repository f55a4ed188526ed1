//! One connection of the load generator.

use crate::message::Message;
use mio::net::TcpStream;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// How many bytes of each piece of an echo are compared, on the connections that are not checked as a
/// whole.
const SAMPLE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Client {
    pub stream: TcpStream,
    /// Whether all bytes of the echoes are compared.
    is_checked: bool,
    pub sent: u64,
    pub received: u64,
    /// How many bytes may be sent now.
    to_send: usize,
    /// The position in the frame that is being sent.
    sent_of_frame: usize,
    /// The position in the echo that is being received.
    received_of_echo: usize,
}

/// Connects, and performs the opening handshake. Returns `None` if the server does not compress and
/// should.
pub fn open(server: SocketAddr, compress: bool) -> io::Result<Option<std::net::TcpStream>> {
    let mut stream = std::net::TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let extension = match compress {
        true => {
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
             client_no_context_takeover\r\n"
        }
        false => "",
    };
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{extension}\r\n"
    )?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut space = [0; 1024];
        let len = stream.read(&mut space)?;
        if len == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&space[..len]);
    }
    let head = String::from_utf8_lossy(&head);
    if !head.starts_with("HTTP/1.1 101") || !head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
        return Err(io::Error::other(format!("the handshake failed: {head}")));
    }
    Ok((!compress || head.contains("permessage-deflate")).then_some(stream))
}

impl Client {
    pub fn new(stream: std::net::TcpStream, is_checked: bool) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            is_checked,
            sent: 0,
            received: 0,
            to_send: 0,
            sent_of_frame: 0,
            received_of_echo: 0,
        })
    }

    pub const fn is_idle(&self) -> bool {
        self.sent == self.received && self.received_of_echo == 0
    }

    /// Sends further messages, as far as the socket takes them.
    pub fn send(&mut self, message: &Message, messages: u64) -> io::Result<()> {
        self.sent += messages;
        self.to_send += messages as usize * message.frame_len;
        while self.to_send > 0 {
            let rest = &message.frames[self.sent_of_frame..];
            match self.stream.write(&rest[..rest.len().min(self.to_send)]) {
                Ok(len) => {
                    self.to_send -= len;
                    self.sent_of_frame = (self.sent_of_frame + len) % message.frame_len;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until nothing is left, and returns how many echoes that completed.
    pub fn receive(&mut self, buffer: &mut [u8], echo: &[u8]) -> io::Result<u64> {
        let before = self.received;
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => {
                    self.check(&buffer[..len], echo)?;
                    // Then nothing is left: epoll(7) reports what arrives later.
                    if len < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.received - before)
    }

    fn check(&mut self, mut read: &[u8], echo: &[u8]) -> io::Result<()> {
        while !read.is_empty() {
            let expected = &echo[self.received_of_echo..];
            let len = expected.len().min(read.len());
            let compared = if self.is_checked { len } else { len.min(SAMPLE) };
            if read[..compared] != expected[..compared] || self.received == self.sent {
                return Err(io::Error::other("an echo is wrong"));
            }
            self.received_of_echo += len;
            if self.received_of_echo == echo.len() {
                self.received_of_echo = 0;
                self.received += 1;
            }
            read = &read[len..];
        }
        Ok(())
    }
}
