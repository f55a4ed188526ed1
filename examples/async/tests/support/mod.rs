//! The servers as processes, and a client that uses wsparse over a blocking socket.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use wsparse::handshake::{HeadLimits, HeadReader, Key, Offer, Uri};
use wsparse::{Assembler, Connection, Input, Limits, OutgoingFrame, Received, Status};

/// So that a test that would hang fails instead.
const FOREVER: Duration = Duration::from_secs(60);

pub struct Server {
    child: Child,
    pub address: String,
    pub path: &'static str,
}

impl Server {
    fn start(program: &str, path: &'static str) -> Self {
        let mut child = Command::new(program)
            .args(["--addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").and_then(|l| l.strip_suffix("/\n"));
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, address, path }
    }

    pub fn tokio() -> Self {
        Self::start(env!("CARGO_BIN_EXE_tokio"), "/")
    }

    pub fn hyper() -> Self {
        Self::start(env!("CARGO_BIN_EXE_hyper"), "/ws")
    }

    pub fn both() -> [Self; 2] {
        [Self::tokio(), Self::hyper()]
    }

    pub fn url(&self) -> String {
        format!("ws://{}{}", self.address, self.path)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(FOREVER)).unwrap();
        stream.set_write_timeout(Some(FOREVER)).unwrap();
        stream
    }

    pub fn client(&self) -> Client {
        self.client_that_sends_at_once(b"")
    }

    /// Sends frames in the same write as the opening handshake.
    pub fn client_that_sends_at_once(&self, frames: &[u8]) -> Client {
        let url = self.url();
        let offer = Offer::new(Uri::parse(&url).unwrap());
        let key = Key::new(rand::random());
        let mut request = [0; 512];
        let request = offer.write(key, &mut request).unwrap();
        let mut stream = self.connect();
        stream.write_all(&[request, frames].concat()).unwrap();

        let mut reader = HeadReader::new(HeadLimits::default());
        let (mut received, mut buffer) = (Vec::new(), [0; 512]);
        let head_len = loop {
            let read = stream.read(&mut buffer).unwrap();
            assert_ne!(read, 0, "{:?}", String::from_utf8_lossy(&received));
            received.extend_from_slice(&buffer[..read]);
            if let Status::Complete(response) = reader.response(&received).unwrap() {
                response.accepted(&offer, key).unwrap();
                break response.head_len();
            }
        };
        let mut client = Client {
            stream,
            connection: Connection::client(Limits::DEFAULT, rand::random),
            assembler: Assembler::new(Vec::new()),
            events: VecDeque::new(),
        };
        client.take(&mut received[head_len..]);
        client
    }

    /// Sends SIGINT, as Ctrl-C does.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    }

    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Something that the server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// With the status code, if there is one.
    Close(Option<u16>),
    /// The end of the stream.
    End,
}

pub struct Client {
    pub stream: TcpStream,
    connection: Connection<fn() -> [u8; 4]>,
    assembler: Assembler<Vec<u8>>,
    events: VecDeque<Event>,
}

impl Client {
    pub fn send<'f>(&mut self, frame: impl Into<OutgoingFrame<'f>>) {
        let frame = frame.into();
        let mut output = vec![0; frame.payload().len() + 16];
        self.stream.write_all(self.connection.send(frame, &mut output).unwrap()).unwrap();
    }

    /// Returns the next event. A Ping or Close has been answered by then.
    pub fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let mut buffer = vec![0; 1 << 16];
            match self.stream.read(&mut buffer).unwrap() {
                0 => return Event::End,
                read => self.take(&mut buffer[..read]),
            }
        }
    }

    fn take(&mut self, input: &mut [u8]) {
        use wsparse::Message::{Binary, Text};

        let mut input = Input::new(input);
        while let Some(received) = self.connection.next(&mut input, &mut self.assembler).unwrap() {
            if let Received::Ping(payload) = received {
                let mut output = [0; Connection::MAX_TRANSMIT];
                self.stream.write_all(self.connection.pong(payload, &mut output).unwrap()).unwrap();
            }
            self.events.push_back(match received {
                Received::Message(Text(text)) => Event::Text(text.to_owned()),
                Received::Message(Binary(bytes)) => Event::Binary(bytes.to_vec()),
                Received::Ping(payload) => Event::Ping(payload.to_vec()),
                Received::Pong(payload) => Event::Pong(payload.to_vec()),
                Received::Close(close) => Event::Close(close.code.map(wsparse::CloseCode::get)),
            });
        }
        let mut output = [0; 256];
        self.stream.write_all(self.connection.transmit(&mut output).unwrap()).unwrap();
    }
}
