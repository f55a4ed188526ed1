//! A client on a blocking socket, for tests: whatever surprises it ends the program.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use wsparse::handshake::{HeadLimits, HeadReader, Key, Offer, Uri};
use wsparse::{
    Assembler, CloseCode, Connection, Error, Input, Limits, Message, OutgoingFrame, Phase,
    Received, Status,
};

pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

pub struct Client {
    stream: TcpStream,
    connection: Connection<fn() -> [u8; 4]>,
    assembler: Assembler<Vec<u8>>,
    input: Box<[u8]>,
    /// What of `input` was read and not yet looked at.
    start: usize,
    end: usize,
    output: Vec<u8>,
}

/// What the server sent, in memory of its own.
#[derive(PartialEq, Eq)]
pub enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// The code as §7.1.5 has it.
    Close(u16, String),
    /// It broke a rule: that was said to it.
    Broken(Error),
    /// The stream has ended.
    End,
}

impl Client {
    /// All limits as wide as they go.
    pub fn connect(uri: &str) -> Result<Self> {
        let config = Limits {
            max_frame: u64::MAX,
            max_message: u64::MAX,
            max_fragments: u32::MAX,
            ..Limits::DEFAULT
        };
        let uri = Uri::parse(uri)?;
        let mut stream = TcpStream::connect((uri.host(), uri.port()))?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            connection: Connection::client(config, rand::random::<[u8; 4]> as fn() -> [u8; 4]),
            assembler: Assembler::new(Vec::new()),
            input: vec![0; 64 << 10].into(),
            start: 0,
            end: 0,
            output: vec![0; 64 << 10],
            stream: stream.try_clone()?,
        };
        let (offer, key) = (Offer::new(uri), Key::new(rand::random()));
        stream.write_all(offer.write(key, &mut client.output)?)?;
        let mut reader = HeadReader::new(HeadLimits::default());
        loop {
            if client.read()? == 0 {
                return Err("the stream ended inside the response".into());
            }
            if let Status::Complete(response) = reader.response(&client.input[..client.end])? {
                response.accepted(&offer, key)?;
                client.start = response.head_len();
                return Ok(client);
            }
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        let read = self.stream.read(&mut self.input[self.end..])?;
        self.end += read;
        Ok(read)
    }

    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<()> {
        let frame = frame.into();
        let needed = self.connection.encoded_len(frame);
        if self.output.len() < needed {
            self.output.resize(needed, 0);
        }
        Ok(self.stream.write_all(self.connection.send(frame, &mut self.output)?)?)
    }

    /// Begins the closing handshake.
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<()> {
        Ok(self.stream.write_all(self.connection.close(code, reason, &mut self.output)?)?)
    }

    /// Waits for the next event. First sends the frames that the connection must send on its own.
    pub fn receive(&mut self) -> Result<Event> {
        loop {
            if self.connection.should_close() {
                return self.drain();
            }
            let mut input = Input::new(&mut self.input[self.start..self.end]);
            let received = self.connection.next(&mut input, &mut self.assembler);
            let event = match received {
                Ok(None) => None,
                Ok(Some(Received::Message(Message::Text(text)))) => Some(Event::Text(text.into())),
                Ok(Some(Received::Message(Message::Binary(bytes)))) => {
                    Some(Event::Binary(bytes.into()))
                }
                Ok(Some(Received::Ping(payload))) => Some(Event::Ping(payload.into())),
                Ok(Some(Received::Pong(payload))) => Some(Event::Pong(payload.into())),
                Ok(Some(Received::Close(close))) => {
                    let code = close.code.map_or(1005, CloseCode::get);
                    Some(Event::Close(code, close.reason.into()))
                }
                Err(error) => Some(Event::Broken(error)),
            };
            self.start = self.end - input.len();
            if self.connection.wants_transmit() {
                self.stream.write_all(self.connection.transmit(&mut self.output)?)?;
            }
            if let Some(event) = event {
                return Ok(event);
            }
            (self.start, self.end) = (0, 0);
            match self.read() {
                Ok(0) => self.connection.handle_eof(),
                Ok(_) => {}
                // How Autobahn ends a connection that both sides have closed.
                Err(error)
                    if error.kind() == ErrorKind::ConnectionReset
                        && matches!(self.connection.phase(), Phase::Closed(_)) =>
                {
                    self.connection.handle_eof();
                }
                Err(error) => {
                    return Err(format!("{error} in {:?}", self.connection.phase()).into());
                }
            }
        }
    }

    /// Waits for the end of what is not looked at any more: a socket that is closed with bytes
    /// unread resets the connection, and what was sent last is lost.
    fn drain(&mut self) -> Result<Event> {
        // Of a server that is gone already there is nothing to wait for.
        _ = self.stream.shutdown(Shutdown::Write);
        while self.stream.read(&mut self.input).is_ok_and(|read| read > 0) {}
        Ok(Event::End)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, bytes): (_, &[u8]) = match self {
            Self::Text(text) => ("Text", text.as_bytes()),
            Self::Binary(bytes) => ("Binary", bytes),
            Self::Ping(bytes) => ("Ping", bytes),
            Self::Pong(bytes) => ("Pong", bytes),
            Self::Close(code, reason) => return write!(f, "Close {code} {reason:?}"),
            Self::Broken(error) => return write!(f, "Broken: {error}"),
            Self::End => return write!(f, "End"),
        };
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(32)]);
        write!(f, "{kind} of {} bytes, {start:?}…", bytes.len())
    }
}
