//! A client over a blocking socket, for checks. Anything unexpected is an error.

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
    /// The bytes of `input` that were read and have not been decoded start here.
    start: usize,
    end: usize,
    output: Vec<u8>,
}

/// Something that was received, in memory of its own.
#[derive(PartialEq, Eq)]
pub enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// The code (1005 if there is none, §7.1.5) and the reason.
    Close(u16, String),
    /// The server broke a rule, and was sent a Close.
    Broken(Error),
    /// The stream has ended.
    End,
}

impl Client {
    /// Connects, and completes the opening handshake. There are no limits.
    pub fn connect(uri: &str) -> Result<Self> {
        let limits = Limits {
            max_frame: u64::MAX,
            max_message: u64::MAX,
            max_fragments: u32::MAX,
            ..Limits::DEFAULT
        };
        let uri = Uri::parse(uri)?;
        let mut stream = TcpStream::connect((uri.host(), uri.port()))?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            connection: Connection::client(limits, rand::random::<[u8; 4]> as fn() -> [u8; 4]),
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

    /// Waits for the next event. Sends the frames that the connection must send on its own.
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
                Ok(Some(Received::Ping(payload))) => {
                    self.stream.write_all(self.connection.pong(payload, &mut self.output)?)?;
                    Some(Event::Ping(payload.into()))
                }
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
                // Autobahn resets the connection when both sides have sent a Close.
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

    /// Discards bytes until the end of the stream. If a socket is dropped with unread bytes, the
    /// connection is reset, and the peer may lose the last bytes sent to it.
    fn drain(&mut self) -> Result<Event> {
        // It fails if the server has closed already.
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
