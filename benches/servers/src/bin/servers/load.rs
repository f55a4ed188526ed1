//! The load generator: one thread, which keeps many connections busy.

use crate::client::{Client, open};
use crate::message::Message;
use crate::row::Row;
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const READ: usize = 256 << 10;
/// All bytes of every so many connections are compared.
const CHECKED: usize = 8;
/// How long the last echoes may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Load {
    poll: Poll,
    clients: Vec<Client>,
    message: Message,
    /// The bytes of each echo.
    echo: Vec<u8>,
    buffer: Vec<u8>,
    received: u64,
    /// No further messages are sent.
    is_stopping: bool,
}

impl Load {
    /// Opens the connections, and sends the first messages. Returns `None` if the server does not
    /// compress and should.
    pub fn start(server: SocketAddr, row: &Row) -> io::Result<Option<Self>> {
        let message = Message::new(row.len, row.depth, row.deflate);
        let poll = Poll::new()?;
        let mut clients = Vec::new();
        let mut echo = Vec::new();
        for at in 0..row.connections {
            let Some(mut stream) = open(server, row.deflate)? else { return Ok(None) };
            if at == 0 {
                stream.write_all(&message.frames[..message.frame_len])?;
                echo = message.read_echo(&mut stream, row.deflate)?;
            }
            let mut client = Client::new(stream, at % CHECKED == 0)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut client.stream, Token(at), interest)?;
            clients.push(client);
        }
        for client in &mut clients {
            client.send(&message, row.depth as u64)?;
        }
        let buffer = vec![0; READ];
        Ok(Some(Self { poll, clients, message, echo, buffer, received: 0, is_stopping: false }))
    }

    /// How many echoes have arrived.
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Answers each echo with a new message, for this time.
    pub fn drive(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        let mut events = Events::with_capacity(1024);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if self.is_stopping && self.clients.iter().all(Client::is_idle) {
                return Ok(());
            }
            match self.poll.poll(&mut events, Some(left)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                let client = &mut self.clients[event.token().0];
                let echoes = client.receive(&mut self.buffer, &self.echo)?;
                self.received += echoes;
                client.send(&self.message, if self.is_stopping { 0 } else { echoes })?;
            }
        }
        Ok(())
    }

    /// Waits for the last echoes.
    pub fn stop(&mut self) -> io::Result<()> {
        self.is_stopping = true;
        self.drive(PATIENCE)?;
        if self.clients.iter().all(Client::is_idle) {
            return Ok(());
        }
        let sent: u64 = self.clients.iter().map(|client| client.sent).sum();
        Err(io::Error::other(format!("{} echoes of {sent} are missing", sent - self.received)))
    }
}
