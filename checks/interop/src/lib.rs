//! A client over a blocking socket, for checks. Anything unexpected is an error.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use wsparse::deflate::{Agreed, Deflater, Direction, Inflater, Policy};
use wsparse::handshake::{HeadLimits, HeadReader, Key, Offer, Uri};
use wsparse::{
    Assembler, CloseCode, CompressedMessage, Connection, Error, Input, Limits, Message,
    OutgoingFrame, Phase, Received, Status,
};

pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

pub struct Client {
    stream: TcpStream,
    connection: Connection<fn() -> [u8; 4]>,
    assembler: Assembler<Vec<u8>>,
    agreed: Option<Agreed>,
    inflater: Inflater,
    deflater: Deflater,
    input: Box<[u8]>,
    /// The bytes of `input` that were read and have not been decoded start here.
    start: usize,
    end: usize,
    output: Vec<u8>,
    /// How many bytes were written and read.
    pub sent: usize,
    pub received: usize,
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
        Self::connect_with(uri, None)
    }

    /// Connects, and offers to compress, if there is a policy for it.
    pub fn connect_with(uri: &str, policy: Option<&Policy>) -> Result<Self> {
        let limits = Limits {
            max_frame: u64::MAX,
            max_message: u64::MAX,
            max_fragments: u32::MAX,
            ..Limits::DEFAULT
        };
        let uri = Uri::parse(uri)?;
        let mut stream = TcpStream::connect((uri.host(), uri.port()))?;
        stream.set_nodelay(true)?;
        let alone = Direction::WITHOUT_CONTEXT;
        let none = Agreed { outgoing: alone, incoming: alone };
        let mut client = Self {
            agreed: None,
            inflater: Inflater::new(none),
            deflater: Deflater::new(&Policy::DEFAULT, none),
            sent: 0,
            received: 0,
            connection: Connection::client(limits, rand::random::<[u8; 4]> as fn() -> [u8; 4]),
            assembler: Assembler::new(Vec::new()),
            input: vec![0; 64 << 10].into(),
            start: 0,
            end: 0,
            output: vec![0; 64 << 10],
            stream: stream.try_clone()?,
        };
        let extensions = policy.map(Policy::offer);
        let extensions = extensions.as_ref().map_or("", |offer| offer.as_str());
        let (offer, key) = (Offer { extensions, ..Offer::new(uri) }, Key::new(rand::random()));
        stream.write_all(offer.write(key, &mut client.output)?)?;
        let mut reader = HeadReader::new(HeadLimits::default());
        loop {
            if client.read()? == 0 {
                return Err("the stream ended inside the response".into());
            }
            if let Status::Complete(response) = reader.response(&client.input[..client.end])? {
                let accepted = response.accepted(&offer, key)?;
                client.start = response.head_len();
                if let Some(policy) = policy
                    && let Some(agreed) = policy.check(accepted.extensions())?
                {
                    client.inflater = Inflater::new(agreed);
                    client.deflater = Deflater::new(policy, agreed);
                    client.connection = client.connection.with_deflate(Some(agreed));
                    client.agreed = Some(agreed);
                }
                client.received = 0;
                return Ok(client);
            }
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        let read = self.stream.read(&mut self.input[self.end..])?;
        self.end += read;
        self.received += read;
        Ok(read)
    }

    /// What was negotiated, if compression was.
    pub fn agreed(&self) -> Option<Agreed> {
        self.agreed
    }

    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) -> Result<()> {
        let frame = frame.into();
        let needed = self.connection.encoded_len(frame);
        if self.output.len() < needed {
            self.output.resize(needed, 0);
        }
        let bytes = self.connection.send(frame, &mut self.output)?;
        self.sent += bytes.len();
        Ok(self.stream.write_all(bytes)?)
    }

    /// Sends a message, compressed if that was negotiated.
    pub fn send_deflated(&mut self, message: Message<'_>) -> Result<()> {
        let mut output = Vec::new();
        self.connection.append_deflated(message, &mut self.deflater, &mut output)?;
        self.sent += output.len();
        Ok(self.stream.write_all(&output)?)
    }

    /// Sends a text compressed, in fragments that are compressed one by one.
    pub fn send_fragments(&mut self, text: &str, size: usize) -> Result<()> {
        let mut parts = text.as_bytes().chunks(size).peekable();
        let (mut payload, mut is_first) = (Vec::new(), true);
        self.deflater.begin();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            payload.clear();
            self.deflater.compress_part_to_vec(part, is_last, &mut payload);
            let message = CompressedMessage::Text(&payload);
            self.send(match (is_first, is_last) {
                (true, true) => message.into(),
                (true, false) => message.first_fragment(),
                (false, true) => message.last_fragment(),
                (false, false) => message.next_fragment(),
            })?;
            is_first = false;
        }
        Ok(())
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
            let received =
                self.connection.next_inflated(&mut input, &mut self.assembler, &mut self.inflater);
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
